"""Waves of two revisions, and what a report says of an adapted or unvalidated questionnaire.

1. Only items with the same id, wording, scale and key in both waves are compared, and the report says so.
2. Texts that nobody is asked change nothing; a headline computed otherwise is not compared.
3. An adaptation is named on the cover and in the method, with what was left out, added and reworded.
"""

from __future__ import annotations

import numpy as np
import pytest

import servq
from analysis.small_instruments import rated, replaced
from servq.analysis import analyse
from servq.analysis.change_findings import Change
from servq.analysis.findings import Unavailable
from servq.instruments import Instrument, load_instrument
from servq.instruments.model import Adaptation, MeanScore
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes

SERVPERF = load_instrument("servperf")
POPULATION = Population(blank=0, not_applicable=0)


def answers(instrument: Instrument, seed: int = 1, n: int = 80) -> AnswerTable:
    return rated(instrument, simulate_codes(instrument, n, POPULATION, seed))


def reworded(instrument: Instrument, *items: str) -> Instrument:
    texts = {
        locale: replaced(text, items={**text.items, **{item: {"*": "Something else entirely."} for item in items}})
        for locale, text in instrument.texts.items()
    }
    return replaced(instrument, texts=texts)


def without(instrument: Instrument, *dropped: str) -> Instrument:
    definition = instrument.definition
    items = tuple(item for item in definition.items if item.id not in dropped)
    return replaced(instrument, definition=replaced(definition, items=items))


def change_of(current: AnswerTable, previous: AnswerTable) -> Change:
    change = analyse(current, previous=previous).change
    assert isinstance(change, Change)
    return change


def expected_dimension(table: AnswerTable, items: list[str]) -> float:
    asked = [column.item for column in table.columns]
    return float(np.mean(table.codes[:, [asked.index(item) for item in items]]))


def test_reworded_and_dropped_items_are_left_out_of_the_comparison() -> None:
    first, second, third = (item.id for item in SERVPERF.definition.items[:3])
    now, before = answers(without(reworded(SERVPERF, first), second), seed=2), answers(SERVPERF)
    change = change_of(now, before)
    assert change.unchanged_items is not None
    assert len(change.unchanged_items) == 20
    assert {first, second}.isdisjoint(change.unchanged_items)
    assert third in change.unchanged_items
    assert change.n_changed == 1
    tangibles = next(row for row in change.rows if row.id == "tangibles")
    kept = [item.id for item in SERVPERF.items_of("tangibles") if item.id not in {first, second}]
    assert tangibles.current.value == pytest.approx(expected_dimension(now, kept))
    assert tangibles.previous.value == pytest.approx(expected_dimension(before, kept))


def test_the_report_says_on_which_items_waves_are_compared() -> None:
    first = SERVPERF.definition.items[0].id
    findings = analyse(answers(reworded(SERVPERF, first), seed=2), previous=answers(SERVPERF))
    page = servq.Findings(**vars(findings)).to_html()
    assert "Both are compared on the 21 items whose wording, scale and key are the same; 1 of this wave" in page


def test_another_key_is_another_item() -> None:
    first = SERVPERF.definition.items[0]
    items = (replaced(first, reversed=True), *SERVPERF.definition.items[1:])
    turned = replaced(SERVPERF, definition=replaced(SERVPERF.definition, items=items))
    change = change_of(answers(turned), answers(SERVPERF))
    assert change.unchanged_items is not None
    assert first.id not in change.unchanged_items


def test_another_scale_leaves_nothing_to_compare() -> None:
    scales = {name: replaced(scale, high=5) for name, scale in SERVPERF.definition.scales.items()}
    texts = {
        locale: replaced(
            text, scales={name: replaced(scale, anchors={1: "low", 5: "high"}) for name, scale in text.scales.items()}
        )
        for locale, text in SERVPERF.texts.items()
    }
    shorter = Instrument(definition=replaced(SERVPERF.definition, scales=scales), texts=texts)
    change = analyse(answers(shorter), previous=answers(SERVPERF)).change
    assert isinstance(change, Unavailable)
    assert "not one item" in change.reason


def test_a_text_that_is_no_item_changes_nothing() -> None:
    texts = {locale: replaced(text, thanks="Many thanks indeed.") for locale, text in SERVPERF.texts.items()}
    change = change_of(answers(replaced(SERVPERF, texts=texts), seed=2), answers(SERVPERF))
    assert change.unchanged_items is None
    assert change.rows[0].current.value == pytest.approx(analyse(answers(SERVPERF, seed=2)).scores[0].estimate.value)


def test_a_headline_computed_otherwise_is_not_compared() -> None:
    servqual = load_instrument("servqual")
    score = MeanScore(id="performance", battery="perception")
    other = replaced(servqual, definition=replaced(servqual.definition, scores=(score,)))
    change = analyse(answers(other), previous=answers(servqual)).change
    assert isinstance(change, Unavailable)
    assert "otherwise" in change.reason


def test_gaps_of_two_revisions_compare_the_items_that_are_the_same_on_both_sides() -> None:
    servqual = load_instrument("servqual")
    first = servqual.definition.items[0].id
    change = change_of(answers(reworded(servqual, first), seed=2), answers(servqual))
    assert change.unchanged_items is not None
    assert len(change.unchanged_items) == 21
    assert {row.id for row in change.rows} == {"overall", *(one.id for one in servqual.definition.dimensions)}


def test_an_adaptation_is_named_on_the_cover_and_in_the_method() -> None:
    first = SERVPERF.definition.items[0].id
    adaptation = Adaptation(
        of="servperf", of_version="1.0", dropped=(first,), added=("own_1",), beside=("nps",), reworded=("en",)
    )
    adapted = without(SERVPERF, first)
    adapted = replaced(adapted, definition=replaced(adapted.definition, adaptation=adaptation))
    findings = analyse(answers(adapted))
    assert findings.adaptation is not None
    assert (findings.adaptation.dropped, findings.adaptation.added) == ((first,), ("own_1",))
    assert findings.adaptation.reading in findings.summary.cautions
    page = servq.Findings(**vars(findings)).to_html()
    cover, rest = page.split("<main>")
    assert "An adaptation of servperf 1.0" in cover
    for words in (f"Left out: {first}.", "Added: own_1.", "Reworded in: en.", "Asked in the same questionnaire: nps."):
        assert words in rest


def test_the_method_says_whether_the_wording_was_validated() -> None:
    findings = analyse(answers(SERVPERF))
    assert findings.wording is not None
    assert not findings.wording.validated
    assert "was not validated" in servq.Findings(**vars(findings)).to_html()
    texts = {locale: replaced(text, validated=True) for locale, text in SERVPERF.texts.items()}
    validated = analyse(answers(replaced(SERVPERF, texts=texts)))
    assert validated.wording is not None
    assert validated.wording.validated
