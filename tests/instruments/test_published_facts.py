"""The shipped structure is the published one: numbers of items, dimensions, reverse keys, points, scoring."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from servq.instruments import Instrument, list_instruments, load_instrument
from servq.instruments.model import EffortScore, GapScore, MeanScore, NetPromoterScore, PointsBattery, TopBoxScore

SERVQUAL_DIMENSIONS = {
    "tangibles": range(1, 5),
    "reliability": range(5, 10),
    "responsiveness": range(10, 14),
    "assurance": range(14, 18),
    "empathy": range(18, 23),
}
NEGATIVE_1988 = {10, 11, 12, 13, 18, 19, 20, 21, 22}


def numbers(instrument: Instrument, dimension: str) -> list[int]:
    return [item.number for item in instrument.items_of(dimension)]


@pytest.mark.parametrize("instrument_id", ["servqual", "servqual-1988", "servperf", "servperf-weighted"])
def test_servqual_family_has_five_dimensions_of_4_5_4_4_5_items_on_seven_points(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    assert {part.id: numbers(instrument, part.id) for part in instrument.definition.dimensions} == {
        dimension: list(published) for dimension, published in SERVQUAL_DIMENSIONS.items()
    }
    assert all(list(scale.points) == [1, 2, 3, 4, 5, 6, 7] for scale in instrument.definition.scales.values())


@pytest.mark.parametrize("instrument_id", ["servqual", "servqual-1988"])
def test_importance_is_a_hundred_points_that_may_be_left_out(instrument_id: str) -> None:
    importance = load_instrument(instrument_id).definition.batteries["importance"]
    assert isinstance(importance, PointsBattery)
    assert (importance.total, importance.optional) == (100, True)


@pytest.mark.parametrize(("instrument_id", "reversed_"), [("servqual-1988", NEGATIVE_1988), ("servqual", set())])
def test_reverse_keys_hold_on_both_batteries(instrument_id: str, reversed_: set[int]) -> None:
    definition = load_instrument(instrument_id).definition
    assert {item.number for item in definition.items if item.reversed} == reversed_
    assert all(item.batteries is None for item in definition.items)
    score = definition.scores[0]
    assert isinstance(score, GapScore)
    assert (score.perception, score.expectation, score.weights) == ("perception", "expectation", "importance")


def test_expectations_of_1988_say_should_or_excuse_and_those_of_1991_say_excellent() -> None:
    form_1988, form_1991 = load_instrument("servqual-1988"), load_instrument("servqual")
    excuses = re.compile(r"need not|not (always )?have to|cannot|acceptable|unrealistic")
    for item in form_1988.definition.items:
        wording = form_1988.texts["en"].items[item.id]["expectation"]
        assert bool(excuses.search(wording)) is item.reversed
        assert ("should" in wording) is not item.reversed
    assert all("xcellent" in by_battery["expectation"] for by_battery in form_1991.texts["en"].items.values())
    assert all("usgezeichnete" in by_battery["expectation"] for by_battery in form_1991.texts["de"].items.values())


def test_servperf_asks_perceptions_with_the_wording_of_servqual_and_no_expectations() -> None:
    servperf, servqual = load_instrument("servperf"), load_instrument("servqual")
    assert list(servperf.definition.batteries) == ["perception"]
    assert isinstance(servperf.definition.scores[0], MeanScore)
    for locale, texts in servperf.texts.items():
        for item_id, by_battery in texts.items.items():
            assert by_battery == {"perception": servqual.texts[locale].items[item_id]["perception"]}


@pytest.mark.parametrize(
    ("instrument_id", "sizes"),
    [
        ("e-s-qual", {"efficiency": 8, "system_availability": 4, "fulfilment": 7, "privacy": 3}),
        ("e-recs-qual", {"responsiveness": 5, "compensation": 3, "contact": 3}),
    ],
)
def test_electronic_scales_have_their_dimensions_on_five_points(instrument_id: str, sizes: dict[str, int]) -> None:
    instrument = load_instrument(instrument_id)
    assert {part.id: len(instrument.items_of(part.id)) for part in instrument.definition.dimensions} == sizes
    assert list(instrument.scale_of("perception").points) == [1, 2, 3, 4, 5]


def test_single_item_measures_have_their_published_points_and_directions() -> None:
    (nps,), (ces,) = load_instrument("nps").definition.scores, load_instrument("ces").definition.scores
    (ces_1,), (csat,) = load_instrument("ces-1").definition.scores, load_instrument("csat").definition.scores
    assert isinstance(nps, NetPromoterScore)
    assert isinstance(ces, EffortScore)
    assert isinstance(ces_1, EffortScore)
    assert isinstance(csat, TopBoxScore)
    assert (ces.boxes, csat.boxes) == (3, 2)
    scales = {key: load_instrument(key).scale_of("rating") for key in ("nps", "ces", "ces-1", "csat")}
    assert {key: (scale.low, scale.high, scale.better) for key, scale in scales.items()} == {
        "nps": (0, 10, "high"),
        "ces": (1, 7, "high"),
        "ces-1": (1, 5, "low"),
        "csat": (1, 5, "high"),
    }


def test_wording_is_own_unvalidated_and_short_enough_for_a_phone() -> None:
    for instrument in list_instruments():
        assert instrument.definition.rights.wording == "own"
        for texts in instrument.texts.values():
            assert texts.validated is False
            wordings = list(chain.from_iterable(by_battery.values() for by_battery in texts.items.values()))
            assert max(map(len, wordings)) <= 130
            if not instrument.id.startswith("gaps-"):  # there a dimension is rated by its mere name
                assert all(wording[-1] in ".?।؟" for wording in wordings)


def test_german_defaults_stand_where_their_article_is_right() -> None:
    """ "das Unternehmen" fits as subject and object only; after these prepositions German wants another case."""
    dative = re.compile(r"\b(von|mit|bei|zu|aus|nach|seit) \{(organisation|providers)\}", re.IGNORECASE)
    for instrument in list_instruments():
        texts = instrument.texts["de"]
        every = [texts.introduction, texts.thanks, *(part.instruction for part in texts.batteries.values())]
        every += chain.from_iterable(by_battery.values() for by_battery in texts.items.values())
        assert [text for text in every if dative.search(text)] == []
