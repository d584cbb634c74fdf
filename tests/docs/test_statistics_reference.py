"""The reference page of the statistics is complete, current and honest.

1. Every public function is on the page, and nothing else is.
2. The page is what its script writes from the recorded agreement and the docstrings.
3. A function either has a recorded agreement or names an existing test; never both, never neither.
4. No recorded difference is beyond its limit, every comparison names its data, and limits are not loosened unseen.
"""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "write_statistics_reference.py"))
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
RECORD: dict[str, Any] = json.loads((ROOT / "docs" / "statistics-agreement.json").read_text(encoding="utf-8"))
FUNCTIONS: list[str] = SCRIPT["public_functions"]()
CHECKED_OTHERWISE: dict[str, tuple[str, str, str]] = SCRIPT["CHECKED_OTHERWISE"]
#: Fits that search for a maximum or a fixed point, and effect sizes whose bounds R searches.
ITERATED = {
    *("mcdonald_omega", "omega_hierarchical", "polychoric_correlation", "ordinal_alpha", "exploratory_factor_analysis"),
    *("confirmatory_factor_analysis", "measurement_invariance", "pls_path_model", "plsc", "ecsi_index"),
    *("construct_importance_performance", "cohens_d", "hedges_g"),
}
MEASURED = {entry["function"] for entry in RECORD["agreement"]}


def test_every_public_function_is_on_the_page_and_nothing_else_is() -> None:
    listed = re.findall(r"^\| `([\w.]+)`<br>", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(FUNCTIONS)


def test_the_page_is_current() -> None:
    assert SCRIPT["page"](RECORD) == PAGE, "run scripts/write_statistics_reference.py --recorded"


def test_only_public_functions_are_sorted_into_topics() -> None:
    assert {name for names in SCRIPT["TOPICS"].values() for name in names} - set(FUNCTIONS) == set()


def test_every_function_has_either_a_recorded_agreement_or_another_check() -> None:
    assert MEASURED & set(CHECKED_OTHERWISE) == set()
    assert MEASURED | set(CHECKED_OTHERWISE) == set(FUNCTIONS)


@pytest.mark.parametrize("name", CHECKED_OTHERWISE)
def test_the_test_that_checks_a_function_without_a_reference_exists_and_calls_it(name: str) -> None:
    _, module, test = CHECKED_OTHERWISE[name]
    text = (ROOT / "tests" / "statistics" / f"test_{module}.py").read_text(encoding="utf-8")
    assert f"def test_{test}(" in text
    assert name in text


def test_closed_forms_are_held_to_eight_digits() -> None:
    limits = [entry.get("relative_tolerance", 0) for entry in RECORD["agreement"] if entry["function"] not in ITERATED]
    assert len(limits) > 50
    assert max(limits) <= 1e-8


@pytest.mark.parametrize("entry", RECORD["agreement"], ids=lambda entry: f"{entry['function']}, {entry['reference']}")
def test_every_recorded_difference_is_within_its_limit(entry: dict[str, Any]) -> None:
    measures = [measure for measure in ("relative", "absolute") if measure in entry]
    assert measures
    assert entry["data"]
    for measure in measures:
        assert 0 <= entry[measure] <= entry[f"{measure}_tolerance"]
