"""The comparison that the golden tests rest on refuses what differs, and keeps by how much the rest does."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agreement import AGREEMENT_VARIABLE, agrees
from servq.statistics import cronbach_alpha

SOURCE = {"reference": "a book", "data": "three numbers"}


def kept(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: Any, **limits: float) -> dict[str, Any]:
    target = folder / "agreement.jsonl"
    monkeypatch.setenv(AGREEMENT_VARIABLE, str(target))
    agrees(cronbach_alpha, *arguments, **SOURCE, **limits)
    (line,) = target.read_text(encoding="utf-8").splitlines()
    comparison: dict[str, Any] = json.loads(line)
    return comparison


@pytest.mark.parametrize(
    ("actual", "expected", "limits"),
    [
        (1.0, 1.0 + 2e-8, {"relative": 1e-8}),
        (1e-20, 2e-20, {"relative": 1e-8}),
        (1e-30, 0.0, {"relative": 1e-8}),
        (1.0, 1.0 + 1e-15, {}),
        ([1.0, 2.0], [1.0, 2.1], {"absolute": 0.01}),
        ([1.0, math.nan], [1.0, 2.0], {"absolute": 1.0}),
        ([1.0, 2.0], [1.0, None], {"absolute": 1.0}),
        (None, 1.0, {"absolute": 1.0}),
        ([1.0], [1.0, 1.0], {"absolute": 1.0}),
        (1.0, [1.0, 1.0], {"absolute": 1.0}),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}, {"absolute": 1.0}),
        ({"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 1.0}, {"absolute": 0.5}),
    ],
)
def test_what_differs_is_refused(actual: object, expected: object, limits: dict[str, float]) -> None:
    with pytest.raises(AssertionError):
        agrees(cronbach_alpha, actual, expected, **SOURCE, **limits)


def test_what_is_not_public_is_refused() -> None:
    with pytest.raises(AssertionError, match="no public function"):
        agrees(math.sqrt, 1.0, 1.0, **SOURCE)


def test_mappings_are_compared_by_key_and_blanks_by_place() -> None:
    agrees(cronbach_alpha, {"b": 2.0, "a": 1.0}, {"a": 1.0, "b": 2.0}, **SOURCE)
    agrees(cronbach_alpha, np.array([1.0, np.nan]), [1.0, None], **SOURCE)


def test_the_largest_relative_difference_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = kept(monkeypatch, tmp_path, [10.0, 2.0, math.nan], [10.0 + 1e-8, 2.0 + 1e-8, None], relative=1e-8)
    assert (found["function"], found["reference"], found["data"]) == ("cronbach_alpha", "a book", "three numbers")
    assert found["relative"] == pytest.approx(0.5e-8)
    assert found["relative_tolerance"] == 1e-8
    assert (found["absolute"], found["absolute_tolerance"]) == (None, None)


def test_each_number_counts_in_the_measure_that_judges_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = kept(monkeypatch, tmp_path, [100.0, 1e-13], [100.0 + 1e-7, 0.0], relative=1e-8, absolute=1e-12)
    assert found["relative"] == pytest.approx(1e-9)
    assert found["absolute"] == pytest.approx(1e-13)


def test_nothing_is_kept_unless_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(AGREEMENT_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    agrees(cronbach_alpha, 1.0, 1.0, **SOURCE)
    assert list(tmp_path.iterdir()) == []
