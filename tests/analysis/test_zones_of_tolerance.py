"""Zones of tolerance through the public path, against an independent implementation in R.

1. Items, dimensions and the whole: levels, adequacy, superiority, width, position, shares.
2. The place in the zone claims no more than both intervals do.
3. A rating that is missing leaves the item out on all three sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import servq
from analysis.small_instruments import rated, three_columns
from oracle import oracle_expected, oracle_frame
from servq.analysis import analyse
from servq.analysis.findings import Unavailable
from servq.analysis.score_findings import ToleranceZones
from servq.analysis.tolerance import place_of
from servq.instruments import load_instrument
from servq.scoring import Missing
from servq.simulate import Population, simulate_codes
from servq.statistics import Comparison, Estimate

RTOL = 1e-8
INSTRUMENT = three_columns()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    found: dict[str, Any] = oracle_expected("servqual_scores")["results"]["threecolumn1994_sim"]
    return found


@pytest.fixture(scope="module")
def findings() -> servq.Findings:
    return servq.analyze(oracle_frame("servqual1994_threecolumn_sim"), INSTRUMENT)


@pytest.fixture(scope="module")
def zones(findings: servq.Findings) -> ToleranceZones:
    assert isinstance(findings.tolerance, ToleranceZones)
    return findings.tolerance


def check(test: Any, block: dict[str, Any]) -> None:
    assert isinstance(test, Comparison)
    assert test.n == block["n"]
    numbers = (test.value, test.sd, test.se, test.ci_low, test.ci_high, test.statistic, test.p_value)
    assert numbers == pytest.approx(
        (block["mean"], block["sd"], block["se"], *block["ci95"], block["t"], block["p"]), rel=RTOL
    )


def test_every_item_agrees_with_r(zones: ToleranceZones, expected: dict[str, Any]) -> None:
    assert [zone.number for zone in zones.items] == [block["item"] for block in expected["item"]]
    for zone, block in zip(zones.items, expected["item"], strict=True):
        check(zone.adequacy, block["MSA"])
        check(zone.superiority, block["MSS"])
        levels = (zone.minimum.value, zone.desired.value, zone.perceived.value, zone.width.value)
        assert levels == pytest.approx(
            (block["adequate"], block["desired"], block["perceived"], block["ZOT_width"]), rel=RTOL
        )


def test_every_dimension_agrees_with_r(zones: ToleranceZones, expected: dict[str, Any]) -> None:
    assert {zone.id for zone in zones.dimensions} == set(expected["dimension"])
    for zone in zones.dimensions:
        block = expected["dimension"][zone.id]
        check(zone.adequacy, block["MSA"])
        check(zone.superiority, block["MSS"])
        assert zone.position.value == pytest.approx(block["position_in_zone_of_means"], rel=RTOL)
        shares = [100 * share.value for share in (zone.below, zone.within, zone.above)]
        assert shares == pytest.approx([block["pct_below"], block["pct_within"], block["pct_above"]], rel=RTOL)


def test_the_whole_by_items_agrees_with_r(findings: servq.Findings, expected: dict[str, Any]) -> None:
    scores = {score.kind: score.estimate for score in findings.scores}
    check(scores["adequacy_by_items"], expected["overall"]["MSA"])
    check(scores["superiority_by_items"], expected["overall"]["MSS"])
    assert isinstance(findings.tolerance, ToleranceZones)
    by_items = findings.tolerance.overall[1]
    shares = [100 * share.value for share in (by_items.below, by_items.within, by_items.above)]
    overall = expected["overall"]
    assert shares == pytest.approx([overall["pct_below"], overall["pct_within"], overall["pct_above"]], rel=RTOL)


def test_the_headline_is_the_adequacy_of_the_dimensions(findings: servq.Findings, expected: dict[str, Any]) -> None:
    mean = np.mean([block["MSA"]["mean"] for block in expected["dimension"].values()])
    assert findings.scores[0].kind == "adequacy"
    assert findings.scores[0].estimate.value == pytest.approx(mean, rel=RTOL)
    assert findings.summary.headline.startswith("The service lies above what is acceptable")
    weakest = findings.summary.shortfalls[0]
    assert weakest.startswith("Weakest dimension: Reliability. Lies below what is acceptable")


def estimate(low: float, high: float) -> Estimate:
    return Estimate(value=(low + high) / 2, ci_low=low, ci_high=high, n=50, method="made up")


@pytest.mark.parametrize(
    ("adequacy", "superiority", "place"),
    [
        ((-2, -1), (-3, -2), "below"),
        ((-1, 1), (-3, -2), "at_minimum"),
        ((1, 2), (-3, -2), "within"),
        ((1, 2), (-1, 1), "at_desired"),
        ((3, 4), (1, 2), "above"),
        ((-1, 1), (-1, 1), "unknown"),
    ],
)
def test_a_place_is_claimed_only_where_both_intervals_leave_out_the_edge(
    adequacy: tuple[float, float], superiority: tuple[float, float], place: str
) -> None:
    assert place_of(estimate(*adequacy), estimate(*superiority)) == place


def test_a_missing_rating_leaves_the_item_out_on_every_side() -> None:
    random = np.random.default_rng(3)
    codes = random.integers(1, 10, (40, 66))
    codes[:10, 0] = Missing.SKIPPED  # the minimum of the first item
    found = analyse(rated(INSTRUMENT, codes)).tolerance
    assert isinstance(found, ToleranceZones)
    first = found.items[0]
    assert first.perceived.n == first.desired.n == first.adequacy.n == 30
    levels = (first.perceived.value - first.minimum.value, first.perceived.value - first.desired.value)
    assert levels == pytest.approx((first.adequacy.value, first.superiority.value))


def test_few_respondents_are_not_shown() -> None:
    codes = np.random.default_rng(3).integers(1, 10, (40, 66))
    codes[3:, 0] = Missing.SKIPPED
    found = analyse(rated(INSTRUMENT, codes)).tolerance
    assert isinstance(found, ToleranceZones)
    first = found.items[0]
    assert all(isinstance(getattr(first, name), Unavailable) for name in ("perceived", "adequacy", "below", "position"))
    assert first.place == "unknown"


def test_survey_weights_move_every_part_of_a_zone() -> None:
    random = np.random.default_rng(1)
    minimum, desired = np.full((40, 22), 4), np.full((40, 22), 7)
    perceived = np.vstack([random.integers(5, 8, (20, 22)), random.integers(1, 4, (20, 22))])
    weights = np.repeat([1.0, 3.0], 20)
    table = rated(INSTRUMENT, np.hstack([minimum, desired, perceived]), survey_weights=weights)
    found = analyse(table).tolerance
    assert isinstance(found, ToleranceZones)
    first = found.items[0]
    assert first.below.value == pytest.approx(0.75)  # the second half, which weighs three times as much
    assert first.adequacy.value == pytest.approx(np.average(perceived[:, 0] - 4, weights=weights))
    assert isinstance(first.position, Unavailable)


@pytest.mark.parametrize("instrument", ["servqual-1994-two-column", "servqual-1994-one-column"])
def test_the_other_forms_report_both_comparisons(instrument: str) -> None:
    loaded = load_instrument(instrument)
    findings = analyse(rated(loaded, simulate_codes(loaded, 60, Population(), seed=1)))
    labels = [str(score.label) for score in findings.scores]
    assert len(labels) >= 2
    assert len(set(labels)) == len(labels)


def test_the_report_draws_the_zone_with_its_numbers(findings: servq.Findings) -> None:
    page = findings.to_html()
    assert "Where service lies in the zone of tolerance" in page
    assert "Reliability: perceived 6.40 (" in page or "Reliability: perceived 6.41 (" in page  # 6.405
    assert "expect of excellent service" not in page
