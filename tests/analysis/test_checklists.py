"""Checklists: shares of the attainable points, what does not apply, agreement of assessors.

Expected shares are worked out by hand; kappa and correlations are those of the statistics, which have their own
golden tests: here it counts that the right ratings are put beside each other.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

import servq
from analysis.small_instruments import rated, replaced
from servq.analysis import AnalysisOptions, analyse
from servq.analysis.findings import Segment, Unavailable
from servq.analysis.score_findings import Agreement, Checklist
from servq.instruments import Instrument, load_instrument
from servq.instruments.model import RatingBattery
from servq.scoring import Missing, score
from servq.simulate import Population, simulate_codes
from servq.statistics import cohen_kappa, fleiss_kappa, intraclass_correlation

NOT_APPLICABLE, SKIPPED = int(Missing.NOT_APPLICABLE), int(Missing.SKIPPED)


@pytest.fixture(scope="module")
def small() -> Instrument:
    """Two stages of two items each on 0 no, 1 partly, 2 yes; the first item weighs three times as much."""
    base = load_instrument("documentation-review")
    stages = base.definition.dimensions[:2]
    items = tuple(
        msgspec.structs.replace(item, number=number, dimension=stages[(number - 1) // 2].id, weight=weight)
        for number, (item, weight) in enumerate(zip(base.definition.items[:4], (3.0, 1.0, 1.0, 1.0), strict=True), 1)
    )
    rating = next(b for b in base.definition.batteries.values() if isinstance(b, RatingBattery))
    definition = replaced(
        base.definition,
        batteries={"rubric": rating},
        dimensions=stages,
        items=items,
        comments=(),
        scales={rating.scale: replaced(base.definition.scales[rating.scale], low=0, high=2)},
    )
    return replaced(base, definition=definition)


def test_a_share_is_what_was_attained_of_what_was_attainable(small: Instrument) -> None:
    block = score(rated(small, [[2, 0, 1, 1], [0, 2, 2, 2], [2, 2, 2, 2]])).checklist
    assert block is not None
    assert block.overall.tolist() == pytest.approx([(3 + 0 + 0.5 + 0.5) / 6, 3 / 6, 1])
    assert block.dimension_scores.tolist() == [pytest.approx(row) for row in ([3 / 4, 0.5], [1 / 4, 1], [1, 1])]


def test_what_does_not_apply_is_not_attainable(small: Instrument) -> None:
    block = score(rated(small, [[NOT_APPLICABLE, 0, 2, 2], [NOT_APPLICABLE, NOT_APPLICABLE, 2, 0]])).checklist
    assert block is not None
    assert block.overall.tolist() == pytest.approx([2 / 3, 1 / 2])
    assert np.isnan(block.dimension_scores[1, 0])  # nothing of the stage applied
    assert block.dimension_scores[0].tolist() == pytest.approx([0, 1])


def test_a_stage_needs_half_of_the_items_that_apply(small: Instrument) -> None:
    block = score(rated(small, [[SKIPPED, 2, SKIPPED, SKIPPED], [SKIPPED, NOT_APPLICABLE, 2, 2]])).checklist
    assert block is not None
    assert block.dimension_scores[0, 0] == 1  # one of two
    assert np.isnan(block.dimension_scores[1, 0])  # none of one
    assert np.isnan(block.overall[0])  # one of four


def test_the_findings_count_what_was_left_out_and_the_evidence(small: Instrument) -> None:
    codes = np.full((20, 4), 2)
    codes[:3, 0], codes[:2, 1] = NOT_APPLICABLE, SKIPPED
    first = small.definition.items[0].id
    found = analyse(rated(small, codes, evidence={first: 7})).checklist
    assert isinstance(found, Checklist)
    assert (found.items[0].n_not_applicable, found.items[1].n_missing, found.n_evidence) == (3, 2, 7)
    assert found.items[0].counts == (0, 0, 17)
    assert [stage.weight for stage in found.stages] == pytest.approx([4 / 6, 2 / 6])


def doubly_rated(small: Instrument, n: int = 30, *, same: bool = True) -> Any:
    random = np.random.default_rng(4)
    truth = random.integers(0, 3, (n, 4))
    second = np.where(random.random((n, 4)) < 0.7, truth, random.integers(0, 3, (n, 4)))
    codes = np.empty((2 * n, 4), dtype=int)
    codes[0::2], codes[1::2] = truth, second
    pool = ["ann", "bob"] if same else ["ann", "bob", "cyd"]
    names = [pool[0] if i % 2 == 0 else pool[1 + (i // 2) % (len(pool) - 1)] for i in range(2 * n)]
    attributes = {
        "record": np.repeat([f"r{i}" for i in range(n)], 2).astype(np.object_),
        "assessor": np.array(names, dtype=np.object_),
        "team": np.array(["x", "x", "y", "y"] * (n // 2), dtype=np.object_),
    }
    return rated(small, codes, attributes=attributes), truth, second


def agreement_of(table: Any) -> Agreement:
    checklist = analyse(table).checklist
    assert isinstance(checklist, Checklist)
    assert isinstance(checklist.agreement, Agreement)
    return checklist.agreement


def test_two_assessors_are_compared_by_weighted_kappa(small: Instrument) -> None:
    table, first, second = doubly_rated(small)
    found = agreement_of(table)
    assert (found.target, found.n_several, found.n_raters, found.same_raters) == ("record", 30, 2, True)
    for i, item in enumerate(found.items):
        expected = cohen_kappa(first[:, i], second[:, i], "linear", categories=[0, 1, 2])
        assert item.kappa.value == pytest.approx(expected.value)
        assert item.same.value == pytest.approx((first[:, i] == second[:, i]).mean())
    shares = score(table).checklist
    assert shares is not None
    pairs = np.column_stack([shares.overall[0::2], shares.overall[1::2]])
    assert found.scores[0].correlation.value == pytest.approx(intraclass_correlation(pairs, "ICC2").value)


def test_changing_assessors_are_compared_without_names(small: Instrument) -> None:
    table, first, second = doubly_rated(small, same=False)
    found = agreement_of(table)
    assert (found.n_assessors, found.same_raters) == (3, False)
    expected = fleiss_kappa(np.column_stack([first[:, 0], second[:, 0]]))
    assert found.items[0].kappa.value == pytest.approx(expected.value)
    assert found.scores[0].correlation.method.startswith("ICC1")


def test_no_interval_of_agreement_passes_what_agreement_can_be(small: Instrument) -> None:
    table, first, second = doubly_rated(small, n=12, same=False)
    raw = [fleiss_kappa(np.column_stack([first[:, i], second[:, i]])).ci_high for i in range(4)]
    kappas = [item.kappa for item in agreement_of(table).items]
    assert max(raw) > 1
    assert [kappa.ci_high for kappa in kappas] == pytest.approx([min(high, 1) for high in raw])


def test_records_rated_once_take_no_part(small: Instrument) -> None:
    table, _, _ = doubly_rated(small)
    record = table.attributes["record"].copy()
    record[40:] = [f"single{i}" for i in range(20)]
    found = agreement_of(rated(small, table.codes, attributes={**table.attributes, "record": record}))
    assert (found.n_several, found.n_targets) == (20, 40)


def test_without_names_of_the_assessors_agreement_says_what_it_needs(small: Instrument) -> None:
    checklist = analyse(rated(small, np.full((20, 4), 1))).checklist
    assert isinstance(checklist, Checklist)
    assert isinstance(checklist.agreement, Unavailable)
    assert "assessor" in checklist.agreement.reason


def test_teams_are_groups_and_assessors_and_records_are_not(small: Instrument) -> None:
    table, _, _ = doubly_rated(small)
    segments = analyse(table).segments
    assert not isinstance(segments, Unavailable)
    assert [segment.attribute for segment in segments] == ["team"]


def test_a_file_brings_its_assessors_and_sites_without_being_asked() -> None:
    instrument = load_instrument("mystery-shopping")
    codes = simulate_codes(instrument, 24, Population(blank=0, not_applicable=0), seed=2)
    data: dict[str, Any] = {instrument.column_name(c): codes[:, i] for i, c in enumerate(instrument.columns)}
    data["site"], data["assessor"] = [f"s{i // 2}" for i in range(24)], ["a", "b"] * 12
    findings = servq.analyze(data, "mystery-shopping", options=AnalysisOptions(minimum_group_size=2))
    assert isinstance(findings.checklist, Checklist)
    assert isinstance(findings.checklist.agreement, Agreement)
    assert not isinstance(findings.segments, Unavailable)
    site = next(segment for segment in findings.segments if segment.attribute == "site")
    assert isinstance(site, Segment)
    assert len(site.groups) == 12


def test_the_report_shows_stages_items_and_agreement(small: Instrument) -> None:
    table, _, _ = doubly_rated(small)
    page = servq.Findings(**vars(analyse(table))).to_html()
    for words in ("Attained and attainable by stage", "Agreement on items", "Does not apply"):
        assert words in page
