"""Scores by answers to an item, choices as groups, batteries beside the headline, importance of the items.

Expected means, Welch's test and pairs are recomputed from the raw answers; the tests themselves have golden figures.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import servq
from analysis.small_instruments import rated, replaced
from servq.analysis import analyse
from servq.analysis.findings import Segment, Unavailable
from servq.analysis.score_findings import BreakdownFinding, Priorities
from servq.instruments import load_instrument
from servq.scoring import AnswerTable, Missing
from servq.scoring.routing import apply_skip_rules
from servq.simulate import Population, simulate_codes
from servq.statistics import games_howell, welch_anova

LOYALTY = load_instrument("loyalty-intentions")
COLUMNS = {column.item: i for i, column in enumerate(LOYALTY.columns)}
LOYAL = [i for i, column in enumerate(LOYALTY.columns) if column.battery == "loyalty_intentions"]


def loyalty_table(n: int = 300, **facts: object) -> AnswerTable:
    """Simulated answers in which whoever found it easy is more loyal."""
    codes = simulate_codes(LOYALTY, n, Population(blank=0, not_applicable=0), seed=8)
    ease = codes[:, COLUMNS["contact_ease"]]
    for i in LOYAL:
        item = LOYALTY.item(LOYALTY.columns[i].item)
        lower = np.where(ease <= 4, -2, 0)
        codes[:, i] = np.clip(codes[:, i] - lower if item.reversed else codes[:, i] + lower, 1, 7)
    return rated(LOYALTY, apply_skip_rules(LOYALTY, codes.astype(np.int16)), **facts)


def loyalty_of(table: AnswerTable) -> np.ndarray:
    """Mean of the dimension means, every item turned to the loyal end; written without servq's scoring."""
    values: dict[str, list[np.ndarray]] = {}
    for i in LOYAL:
        item = LOYALTY.item(LOYALTY.columns[i].item)
        answers = table.codes[:, i].astype(float)
        values.setdefault(item.dimension or "", []).append(8 - answers if item.reversed else answers)
    return np.mean([np.mean(columns, axis=0) for columns in values.values()], axis=0)


def breakdown(table: AnswerTable, name: str) -> BreakdownFinding:
    return next(one for one in analyse(table).breakdowns if one.id == name)


def test_loyalty_is_reported_by_effort() -> None:
    table = loyalty_table()
    found = breakdown(table, "loyalty_by_effort")
    ease, loyalty = table.codes[:, COLUMNS["contact_ease"]], loyalty_of(table)
    for group, points in zip(found.groups, ([1, 2, 3], [4], [5, 6, 7]), strict=True):
        rows = np.isin(ease, points)
        assert group.n == rows.sum()
        assert group.estimate.value == pytest.approx(loyalty[rows].mean())
    asked = ease > 0
    labels = np.where(ease[asked] <= 3, 0, np.where(ease[asked] == 4, 1, 2))
    assert found.test.statistic == pytest.approx(welch_anova(loyalty[asked], labels).statistic)
    expected = [pair.value for pair in games_howell(loyalty[asked], labels)]
    assert [pair.difference.value for pair in found.pairs] == pytest.approx(expected)
    assert found.reading.startswith("The groups differ, most between “Easy (5–7)” and")
    assert "no proof of a cause" in found.reading


def test_loyalty_is_reported_by_first_contact_resolution() -> None:
    table = loyalty_table()
    found = breakdown(table, "loyalty_by_first_contact")
    chosen = table.codes[:, COLUMNS["first_contact_resolution"]]
    assert [group.n for group in found.groups] == [(chosen == code).sum() for code in (1, 2, 3)]
    assert found.wording == "Was your request resolved?"


def test_a_small_group_is_hidden_with_the_next_smallest_and_left_out_of_the_tests() -> None:
    table = loyalty_table()
    codes = table.codes.copy()
    ease = codes[:, COLUMNS["contact_ease"]]
    few = np.flatnonzero(ease == 4)
    codes[few[3:], COLUMNS["contact_ease"]] = 6
    hard = np.flatnonzero(np.isin(ease, [1, 2, 3]))
    codes[hard[7:], COLUMNS["contact_ease"]] = 6
    found = breakdown(rated(LOYALTY, codes), "loyalty_by_effort")
    assert [group.suppressed for group in found.groups] == [True, True, False]
    assert [group.n for group in found.groups[:2]] == [None, None]
    assert isinstance(found.test, Unavailable)
    assert found.pairs == ()


def test_a_few_without_an_answer_hide_a_group_that_would_give_them_away() -> None:
    table = loyalty_table()
    codes = table.codes.copy()
    ease = codes[:, COLUMNS["contact_ease"]]
    ease[ease == Missing.NOT_SHOWN] = 6
    ease[:3] = Missing.SKIPPED
    found = breakdown(rated(LOYALTY, codes), "loyalty_by_effort")
    sizes = [int(np.isin(ease, points).sum()) for points in ([1, 2, 3], [4], [5, 6, 7])]
    assert [group.suppressed for group in found.groups] == [size == min(sizes) for size in sizes]


def test_weighted_means_say_that_the_tests_are_not() -> None:
    found = breakdown(loyalty_table(survey_weights=np.linspace(0.5, 2, 300)), "loyalty_by_effort")
    assert any("count every respondent alike" in caveat for caveat in found.caveats)


def test_choices_form_groups_by_their_labels() -> None:
    table = loyalty_table()
    segments = analyse(table).segments
    assert not isinstance(segments, Unavailable)
    found = {segment.attribute: segment for segment in segments}
    assert {"had_contact", "first_contact_resolution"} <= set(found)
    assert isinstance(found["had_contact"], Segment)
    assert found["had_contact"].wording
    chosen = table.codes[:, COLUMNS["had_contact"]]
    sizes = {group.label: group.n for group in found["had_contact"].groups}
    assert sizes == {"Yes": (chosen == 1).sum(), "No": (chosen == 2).sum()}


def test_choices_that_nobody_was_offered_form_no_groups() -> None:
    table = loyalty_table()
    codes = table.codes.copy()
    for i, column in enumerate(LOYALTY.columns):
        if column.battery.startswith("contact"):
            codes[:, i] = Missing.NOT_SHOWN
    findings = analyse(rated(LOYALTY, codes))
    assert isinstance(findings.segments, Unavailable)


def test_who_was_not_asked_left_nothing_out() -> None:
    table = loyalty_table()
    responses = analyse(table).responses
    assert responses.n_complete == table.n_respondents
    effort = next(battery for battery in responses.batteries if battery.battery == "contact_effort")
    assert effort.n_not_shown == (table.codes[:, COLUMNS["had_contact"]] == 2).sum()
    assert effort.n_asked == effort.n_answered


def test_who_broke_off_left_something_out() -> None:
    table = loyalty_table()
    codes = table.codes.copy()
    codes[:10, LOYAL] = Missing.NOT_SHOWN
    assert analyse(rated(LOYALTY, codes)).responses.n_complete == table.n_respondents - 10


def test_a_battery_with_items_of_its_own_is_reported_beside() -> None:
    findings = analyse(loyalty_table())
    (beside,) = findings.beside
    assert beside.battery == "complaint_intentions"
    assert beside.scale.better == "low"
    assert {item.id for item in beside.items}.isdisjoint({item.id for item in findings.items})
    page = servq.Findings(**vars(findings)).to_html()
    assert all(item.label in page for item in beside.items)


def test_performance_is_weighted_by_the_importance_of_each_item() -> None:
    instrument = load_instrument("servperf-weighted")
    codes = simulate_codes(instrument, 80, Population(blank=0.05, not_applicable=0), seed=3).astype(np.int16)
    findings = analyse(rated(instrument, codes))
    where = {b: [i for i, c in enumerate(instrument.columns) if c.battery == b] for b in ("perception", "importance")}
    p, i = (np.where(codes[:, where[b]] > 0, codes[:, where[b]], np.nan) for b in ("perception", "importance"))
    products, weights = p * i, np.where(np.isnan(p), np.nan, i)
    expected = np.nansum(products, axis=1) / np.nansum(weights, axis=1)
    scores = {score.kind: score.estimate for score in findings.scores}
    assert scores["mean_importance"].value == pytest.approx(np.mean(expected))
    complete = products[~np.isnan(products).any(axis=1)].sum(axis=1)
    assert scores["mean_products"].value == pytest.approx(complete.mean())
    assert scores["mean_products"].n == len(complete)
    assert isinstance(findings.priorities, Priorities)
    assert len(findings.priorities.items) == 22


@pytest.mark.parametrize("instrument_id", ["servperf-weighted", "servqual-1994-one-column", "servqual-1994-two-column"])
def test_sentences_speak_of_the_battery_of_the_headline_and_not_of_the_one_asked_first(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    findings = analyse(rated(instrument, simulate_codes(instrument, 80, Population(), seed=3)))
    assert len(findings.dimensions[0].levels) == 2
    for measure in (*findings.dimensions, *findings.items):
        level = measure.levels[findings.headline_battery]
        assert measure.reading.startswith(f"Rated {level.value:.2f} on the scale")


def test_an_instrument_whose_structure_is_open_reports_items_and_says_why() -> None:
    instrument = load_instrument("hedperf")
    table = rated(instrument, simulate_codes(instrument, 60, Population(), seed=3))
    findings = analyse(table)
    assert findings.dimensions == ()
    assert isinstance(findings.structure, Unavailable)
    assert findings.structure.reason in findings.summary.cautions
    assert len(findings.items) == len(instrument.definition.items)
    assert findings.structure.reason[:60] in servq.Findings(**vars(findings)).to_html()


def test_a_map_of_the_items_brings_the_dimension_scores() -> None:
    from servq.instruments.model import Adaptation

    instrument = load_instrument("hedperf")
    names = [dimension.id for dimension in instrument.definition.dimensions]
    items = tuple(replaced(item, dimension=names[i % len(names)]) for i, item in enumerate(instrument.definition.items))
    adapted = Adaptation(of="hedperf", of_version=instrument.definition.version, mapped=True)
    mapped = replaced(instrument, definition=replaced(instrument.definition, items=items, adaptation=adapted))
    findings = analyse(rated(mapped, simulate_codes(mapped, 60, Population(), seed=3)))
    assert [dimension.id for dimension in findings.dimensions] == names
    assert findings.structure is None
    assert findings.adaptation is not None
    assert any("decided by whoever adapted it" in detail for detail in findings.adaptation.details)


def test_a_score_that_few_of_a_group_have_is_neither_shown_nor_compared() -> None:
    table = loyalty_table()
    ease = table.codes[:, COLUMNS["contact_ease"]]
    middle = np.flatnonzero(ease == 4)
    assert len(middle) >= 5
    codes = table.codes.copy()
    codes[np.ix_(middle[3:], LOYAL)] = Missing.SKIPPED
    codes[np.ix_(np.flatnonzero(ease < 0), LOYAL)] = Missing.SKIPPED
    found = breakdown(replace(table, codes=codes), "loyalty_by_effort")
    n_shown = [isinstance(group.estimate, Unavailable) for group in found.groups].count(False)
    assert isinstance(found.groups[1].estimate, Unavailable)
    assert n_shown == 1
    assert found.pairs == ()
    assert isinstance(found.test, Unavailable)
