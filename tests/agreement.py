"""Compares what a statistic gives with an independent reference and, on request, keeps by how much they differ.

With the environment variable ``SERVQ_AGREEMENT_FILE`` every comparison adds one line of JSON to that file;
``scripts/write_statistics_reference.py`` makes the table of docs/statistics.md from those lines. A number is judged by
the larger of its two tolerances, and its difference is kept in the measure by which it was judged.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import servq.statistics

AGREEMENT_VARIABLE = "SERVQ_AGREEMENT_FILE"


def agrees(
    function: Callable[..., Any],
    actual: object,
    expected: object,
    *,
    reference: str,
    data: str,
    relative: float = 0.0,
    absolute: float = 0.0,
) -> None:
    """Assert that numbers of `function` are those of `reference` on `data`; NaN and None must stand in the same places.

    `actual` and `expected` are numbers, (nested) sequences, arrays or frames of one shape, or mappings with the same
    keys. A difference may reach `relative` times the expected number or `absolute`, whichever is larger.
    """
    name = function.__name__
    assert getattr(servq.statistics, name, None) is function, f"{name} is no public function of servq.statistics"
    found, wanted = _numbers(actual, expected)
    assert found.shape == wanted.shape, f"{name}: shape {found.shape} instead of {wanted.shape}"
    difference = np.abs(found - wanted)
    by_relative = (relative * np.abs(wanted) >= absolute) & (wanted != 0)
    blank = np.isnan(found) & np.isnan(wanted)
    within = (difference <= np.maximum(relative * np.abs(wanted), absolute)) | blank
    assert within.all(), (
        f"{name} differs from {reference} on {data} (relative {relative:g}, absolute {absolute:g}):\n"
        + "\n".join(
            f"  {one!r} instead of {other!r}" for one, other in zip(found[~within], wanted[~within], strict=True)
        )
    )
    shares = difference[by_relative & ~blank] / np.abs(wanted[by_relative & ~blank])
    _keep(
        function=name,
        reference=reference,
        data=data,
        relative=_largest(shares),
        relative_tolerance=relative if shares.size else None,
        absolute=_largest(difference[~by_relative & ~blank]),
        absolute_tolerance=absolute if (~by_relative & ~blank).any() else None,
    )


def _numbers(actual: object, expected: object) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if isinstance(expected, Mapping):
        assert isinstance(actual, Mapping)
        assert set(actual) == set(expected)
        actual, expected = [actual[key] for key in expected], list(expected.values())
    return np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)


def _largest(differences: NDArray[np.float64]) -> float | None:
    return float(differences.max()) if differences.size else None


def _keep(**comparison: object) -> None:
    target = os.environ.get(AGREEMENT_VARIABLE)
    if target:
        with Path(target).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(comparison) + "\n")
