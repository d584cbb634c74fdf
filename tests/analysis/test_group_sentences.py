"""Sentences on groups and waves in the whole report: only what was asked is compared, and slight is called slight."""

from __future__ import annotations

import numpy as np
import pytest

from servq.analysis import analyse
from servq.analysis.absence import Unavailable
from servq.analysis.findings import Findings
from servq.analysis.readings import read_change
from servq.instruments import load_instrument
from servq.reporting import render_html
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes
from servq.statistics import welch_t_test


def findings_of(name: str, n: int = 120, **attributes: np.ndarray) -> Findings:
    instrument = load_instrument(name)
    codes = simulate_codes(instrument, n, Population(), seed=1)
    return analyse(AnswerTable(instrument=instrument, codes=codes, attributes=attributes))


def test_a_screening_question_is_no_comparison_of_groups() -> None:
    """Only those who had a problem are asked how it was handled; the others have no score to compare."""
    segments = findings_of("e-recs-qual", 150).segments
    assert isinstance(segments, Unavailable)
    assert segments.reason == "No segments were asked for."


def test_the_summary_speaks_of_sites_and_of_nothing_else_that_groups() -> None:
    random = np.random.default_rng(2)
    sites = np.array([f"S{one}" for one in random.integers(4, size=120)], dtype=object)
    ages = np.array([("young", "old")[one] for one in random.integers(2, size=120)], dtype=object)
    with_sites = findings_of("servperf", site=sites, age=ages)
    assert with_sites.segments[0].compared_by == "others"
    assert with_sites.segments[1].compared_by == "pairs"
    assert with_sites.summary.sites[0] == with_sites.segments[0].comparison
    assert findings_of("servperf", age=ages).summary.sites == ()


def test_the_report_of_a_checklist_counts_assessments() -> None:
    found = findings_of("mystery-shopping", 40)
    assert found.responses.reading.startswith("40 assessments; ")
    page = render_html(found)
    assert "Assessments" in page
    assert ">Respondents</th>" not in page.partition("Signs of careless answering")[0]


def test_a_summary_of_classes_has_a_sentence_for_each_attribute() -> None:
    steps = findings_of("kano", 150).summary.first_steps
    assert steps
    assert all(" / " not in step for step in steps)


@pytest.mark.parametrize(
    ("shift", "n", "expected"),
    [
        (0.05, 400_000, "Slightly better than in the previous wave, by "),
        (-0.05, 400_000, "Slightly worse than in the previous wave, by "),
        (1.0, 400, "Better than in the previous wave by "),
        (0.05, 40, "Within noise: "),
    ],
)
def test_a_change_is_called_what_it_is(shift: float, n: int, expected: str) -> None:
    random = np.random.default_rng(3)
    before, now = random.normal(size=n), random.normal(shift, 1, size=n)
    reading = read_change(welch_t_test(now, before), better="high", spread=float(now.std(ddof=1)))
    assert reading.startswith(expected)
