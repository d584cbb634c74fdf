"""Order of the stored answers, column names and wording."""

from __future__ import annotations

import msgspec
import pytest

from servq.instruments import Column, list_instruments, load_instrument
from servq.instruments.placeholders import UNFILLED, texts_of


def test_servqual_columns_are_stored_battery_by_battery_under_their_aliases() -> None:
    servqual = load_instrument("servqual")
    names = [servqual.column_name(column) for column in servqual.columns]
    weights = ["w_tangibles", "w_reliability", "w_responsiveness", "w_assurance", "w_empathy"]
    ranking = ["most_important", "second_important", "least_important"]
    assert names == [*(f"e{n:02d}" for n in range(1, 23)), *(f"p{n:02d}" for n in range(1, 23)), *weights, *ranking]


@pytest.mark.parametrize(
    ("instrument_id", "names"),
    [
        ("servperf", ["p01", "p22"]),
        ("servperf-weighted", ["i01", "p22"]),
        ("servqual-1994", ["min01", "des21", "per21"]),
        ("ecsi", ["imag1", "perq7", "cusl3"]),
        ("servqual-1988", ["e01", "p22", "w_empathy"]),
        ("e-s-qual", ["eff1", "eff8", "sys4", "ful7", "pri3"]),
        ("e-recs-qual", ["res1", "com3", "con3"]),
        ("nps", ["nps"]),
        ("ces", ["ces"]),
        ("ces-1", ["ces1"]),
        ("csat", ["csat"]),
    ],
)
def test_aliases_are_the_ones_people_use(instrument_id: str, names: list[str]) -> None:
    instrument = load_instrument(instrument_id)
    assert set(names) <= {instrument.column_name(column) for column in instrument.columns}


def test_points_battery_asks_for_the_dimensions_on_a_scale_from_nothing_to_its_total() -> None:
    servqual = load_instrument("servqual")
    assert servqual.asked_in("importance") == tuple(part.id for part in servqual.definition.dimensions)
    assert (servqual.scale_of("importance").low, servqual.scale_of("importance").high) == (0, 100)


def test_wording_takes_a_given_name_as_it_is_and_capitalises_a_default_that_opens_the_text() -> None:
    column = Column("perception", "emp_21")
    servqual = load_instrument("servqual")
    assert servqual.wording(column, "de") == "Das Unternehmen will das Beste für mich."
    assert servqual.wording(column, "de", {"organisation": "eHotel"}) == "eHotel will das Beste für mich."
    assert servqual.texts_in("de").fill("{organisation} {a}", {"a": "{b}"}) == "Das Unternehmen {b}"


@pytest.mark.parametrize(
    ("asked", "given"), [("de", "de"), ("de-AT", "de"), ("de_CH", "de"), ("pt", "en"), (None, "en"), ("", "en")]
)
def test_texts_fall_back_to_the_base_language_and_then_to_the_default(asked: str | None, given: str) -> None:
    assert load_instrument("nps").texts_in(asked).locale == given


def test_star_wording_stands_for_every_battery_not_named() -> None:
    servqual = load_instrument("servqual")
    texts = servqual.texts_in("en")
    texts.items["tan_1"] = {"*": "Any.", "perception": "Own."}
    assert servqual.wording(Column("expectation", "tan_1"), "en") == "Any."
    assert servqual.wording(Column("perception", "tan_1"), "en") == "Own."


def test_every_text_is_filled_completely_by_its_defaults() -> None:
    for instrument in list_instruments():
        for texts in instrument.texts.values():
            for path, text in texts_of(msgspec.to_builtins(texts)):
                if path[0] not in UNFILLED:
                    filled = texts.fill(text)
                    assert not set("{}") & set(filled)
                    assert filled[:1] == filled[:1].upper() or path[0] == "dimensions"
