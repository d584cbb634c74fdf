"""Kano classes through the analysis: the table of Berger et al., clearness, coefficients, what a report says.

Expected numbers are worked out by hand from the published table and formulas.
"""

from __future__ import annotations

import numpy as np
import pytest

import servq
from analysis.small_instruments import rated
from servq.analysis import analyse
from servq.analysis.findings import Unavailable
from servq.analysis.score_findings import Kano, KanoResult
from servq.instruments import load_instrument
from servq.scoring import Missing
from servq.translation import translator

INSTRUMENT = load_instrument("kano")
N_ATTRIBUTES = len(INSTRUMENT.asked_in("functional"))


def findings_of(*pairs: tuple[int, int, int]) -> servq.Findings:
    """Everybody answers every attribute alike: (functional, dysfunctional, respondents)."""
    rows = [[f] * N_ATTRIBUTES + [d] * N_ATTRIBUTES for f, d, n in pairs for _ in range(n)]
    return servq.Findings(**vars(analyse(rated(INSTRUMENT, rows))))


def result_of(findings: servq.Findings) -> KanoResult:
    assert isinstance(findings.kano, Kano)
    result = findings.kano.attributes[0].result
    assert isinstance(result, KanoResult)
    return result


@pytest.mark.parametrize(
    ("functional", "dysfunctional", "category"),
    [
        (1, 5, "one_dimensional"),
        (1, 3, "attractive"),
        (3, 5, "must_be"),
        (3, 3, "indifferent"),
        (5, 1, "reverse"),
        (1, 1, "questionable"),
    ],
)
def test_a_pair_of_answers_gives_its_class(functional: int, dysfunctional: int, category: str) -> None:
    result = result_of(findings_of((functional, dysfunctional, 30), (3, 3, 5)))
    assert result.counts[category] == (35 if category == "indifferent" else 30)
    assert result.category == category


def test_a_class_is_open_where_the_first_two_cannot_be_told_apart() -> None:
    findings = findings_of((1, 5, 16), (3, 5, 14))
    result = result_of(findings)
    assert result.category is None
    assert findings.kano.attributes[0].reading == "Open: one-dimensional and must-be cannot be told apart."
    assert translator("de").say(findings.kano.attributes[0].reading).startswith("Offen: Leistung und Basis")


def test_the_coefficients_are_shares_of_the_four_classes_that_count() -> None:
    result = result_of(findings_of((1, 5, 10), (1, 3, 20), (3, 5, 5), (3, 3, 5), (1, 1, 7), (5, 1, 3)))
    assert result.n == 50
    assert result.better.value == pytest.approx(30 / 40)
    assert result.worse.value == pytest.approx(15 / 40)
    assert result.better.n == 40


def test_the_shares_of_all_classes_hold_together() -> None:
    """Goodman's interval is Wilson's with the quantile of the sixth part of the error: z = 2.6383 for 5 %."""
    share = result_of(findings_of((1, 5, 30), (3, 3, 70))).shares["one_dimensional"]
    z2, n, p = 2.6382572734**2, 100, 0.3
    middle, reach = (p + z2 / (2 * n)) / (1 + z2 / n), np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    assert (share.ci_low, share.ci_high) == pytest.approx((middle - reach, middle + reach), rel=1e-6)
    assert share.confidence_level == 0.95


def test_an_attribute_that_few_answered_is_not_shown() -> None:
    codes = np.full((40, 2 * N_ATTRIBUTES), 3)
    codes[4:, 0] = Missing.SKIPPED
    kano = analyse(rated(INSTRUMENT, codes)).kano
    assert isinstance(kano, Kano)
    assert isinstance(kano.attributes[0].result, Unavailable)
    assert isinstance(kano.attributes[1].result, KanoResult)


def test_classes_have_no_score_to_compare_groups_and_waves_on() -> None:
    table = rated(INSTRUMENT, [[1] * N_ATTRIBUTES + [5] * N_ATTRIBUTES] * 20)
    grouped = rated(INSTRUMENT, table.codes, attributes={"site": np.array(["a", "b"] * 10, dtype=np.object_)})
    findings = analyse(grouped, previous=table)
    assert findings.scores == ()
    assert isinstance(findings.segments, Unavailable)
    assert isinstance(findings.change, Unavailable)
    assert isinstance(findings.reliability, Unavailable)
    assert "Make sure" not in " ".join(findings.summary.first_steps)
    assert findings.summary.first_steps[0].startswith("Improve “")


def test_the_report_places_every_attribute() -> None:
    page = findings_of((1, 5, 16), (3, 5, 14), (1, 3, 9)).to_html()
    assert "How far attributes please and annoy" in page
    assert page.count("cannot be told apart") >= N_ATTRIBUTES
    assert "Wording and answers of every item" not in page
