"""Which items were asked, against an oracle that asks itself row by row and column by column.

1. All conditions of a rule must hold; a missing answer meets none.
2. An answer to what was not asked decides nothing.
3. What was not asked is not shown, whatever was stored; everything else stays as it is.
"""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servq.errors import InvalidArgument
from servq.instruments import load_instrument
from servq.instruments.model import (
    ChoiceBattery,
    ChoiceItem,
    Column,
    Comment,
    Condition,
    Definition,
    Instrument,
    Item,
    PointsBattery,
    RatingBattery,
    ResponseScale,
)
from servq.scoring import Missing
from servq.scoring.routing import SkipRules, apply_skip_rules, shown

OPTIONS = ("yes", "no", "unsure")
SERVQUAL = load_instrument("servqual")
N_COLUMNS = len(SERVQUAL.columns)
MISSING = [int(reason) for reason in Missing]


def make_instrument(batteries: dict[str, RatingBattery | ChoiceBattery], *comments: Comment) -> Instrument:
    items = tuple(
        Item(id=f"{battery_id}_{place}", number=10 * number + place, batteries=(battery_id,))
        for number, (battery_id, battery) in enumerate(batteries.items(), start=1)
        if isinstance(battery, RatingBattery)
        for place in (1, 2)
    )
    definition = msgspec.structs.replace(
        SERVQUAL.definition,
        scales={"three": ResponseScale(low=0, high=2)},
        batteries=batteries,
        items=items or SERVQUAL.definition.items,
        comments=comments,
        dimensions=(),
    )
    return Instrument(definition=definition, texts={})


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """Batteries in a row, each asked by any answers of those before it."""
    batteries: dict[str, RatingBattery | ChoiceBattery] = {}
    asked: list[tuple[str, str, bool]] = []

    def rule() -> tuple[Condition, ...]:
        if not asked:
            return ()
        deciding = draw(st.lists(st.sampled_from(asked), max_size=2))
        return tuple(
            Condition(battery=battery, item=item, options=draw(st.lists(st.sampled_from(OPTIONS), unique=True)))
            if is_choice
            else Condition(battery=battery, item=item, points=draw(st.lists(st.integers(0, 2), unique=True)))
            for battery, item, is_choice in deciding
        )

    for battery_id in "abcd"[: draw(st.integers(1, 4))]:
        is_choice = draw(st.booleans())
        items = (f"{battery_id}_1", f"{battery_id}_2")
        if is_choice:
            choices = tuple(ChoiceItem(id=item, options=OPTIONS, asked_if=rule()) for item in items)
            batteries[battery_id] = ChoiceBattery(items=choices, columns="{item}", asked_if=rule())
        else:
            batteries[battery_id] = RatingBattery(scale="three", columns="{item}", asked_if=rule())
        asked += [(battery_id, item, is_choice) for item in items]
    return make_instrument(batteries, Comment(id="open"), Comment(id="why", asked_if=rule()))


@st.composite
def answered(draw: st.DrawFn) -> tuple[Instrument, np.ndarray]:
    instrument = draw(instruments())
    points = [[*instrument.points_of(column), *MISSING] for column in instrument.columns]
    row = st.tuples(*(st.sampled_from(allowed) for allowed in points))
    rows = draw(st.lists(row, min_size=0, max_size=6))
    return instrument, np.array(rows, dtype=np.int16).reshape(len(rows), len(points))


def is_met(instrument: Instrument, answers: dict[Column, int], condition: Condition) -> bool:
    column = Column(condition.battery, condition.item)
    if not is_asked(instrument, answers, column):
        return False
    battery = instrument.definition.batteries[condition.battery]
    if isinstance(battery, ChoiceBattery):
        chosen = answers[column]
        return chosen > 0 and instrument.options_of(condition.item)[chosen - 1] in condition.options
    return answers[column] in condition.points


def is_asked(instrument: Instrument, answers: dict[Column, int], column: Column) -> bool:
    battery = instrument.definition.batteries[column.battery]
    conditions = list(battery.asked_if)
    if isinstance(battery, ChoiceBattery):
        conditions += instrument.choice_item(column.item).asked_if
    return all(is_met(instrument, answers, condition) for condition in conditions)


@given(answered())
def test_what_was_asked_agrees_with_going_through_it_row_by_row(case: tuple[Instrument, np.ndarray]) -> None:
    instrument, codes = case
    rows = [dict(zip(instrument.columns, row.tolist(), strict=True)) for row in codes]
    expected = [[is_asked(instrument, row, column) for column in instrument.columns] for row in rows]
    assert shown(instrument, codes).tolist() == expected
    why = instrument.definition.comments[1].asked_if
    asked_why = [all(is_met(instrument, row, condition) for condition in why) for row in rows]
    assert SkipRules.of(instrument).comments_shown(codes).tolist() == [[True, asked] for asked in asked_why]


@given(answered())
def test_only_what_was_not_asked_is_taken_for_not_shown(case: tuple[Instrument, np.ndarray]) -> None:
    instrument, codes = case
    before = codes.copy()
    applied = apply_skip_rules(instrument, codes)
    asked = shown(instrument, codes)
    assert (codes == before).all()
    assert applied.dtype == np.int16
    assert (applied[asked] == codes[asked]).all()
    assert (applied[~asked] == Missing.NOT_SHOWN).all()
    assert (apply_skip_rules(instrument, applied) == applied).all()


def test_an_answer_to_what_was_not_asked_opens_nothing_behind_it() -> None:
    chain = make_instrument(
        {
            "a": ChoiceBattery(items=(ChoiceItem(id="problem", options=OPTIONS),), columns="{item}"),
            "b": ChoiceBattery(
                items=(ChoiceItem(id="told", options=OPTIONS),),
                columns="{item}",
                asked_if=(Condition(battery="a", item="problem", options=("yes",)),),
            ),
            "c": ChoiceBattery(
                items=(ChoiceItem(id="solved", options=OPTIONS),),
                columns="{item}",
                asked_if=(Condition(battery="b", item="told", options=("yes",)),),
            ),
        }
    )
    codes = np.array([[1, 1, 2], [2, 1, 2], [Missing.SKIPPED, 1, 2]], dtype=np.int16)
    hidden = int(Missing.NOT_SHOWN)
    assert apply_skip_rules(chain, codes).tolist() == [[1, 1, 2], [2, hidden, hidden], [-1, hidden, hidden]]


def test_points_may_hang_on_an_answer() -> None:
    batteries = dict(SERVQUAL.definition.batteries)
    batteries["importance"] = PointsBattery(
        total=100, columns="w_{dimension}", asked_if=(Condition(battery="perception", item="tan_1", points=(3,)),)
    )
    definition: Definition = msgspec.structs.replace(SERVQUAL.definition, batteries=batteries)
    instrument = Instrument(definition=definition, texts={})
    codes = np.full((2, N_COLUMNS), 3, dtype=np.int16)
    codes[1, 22] = 2
    assert shown(instrument, codes).sum(axis=1).tolist() == [N_COLUMNS, N_COLUMNS - 5]


def test_an_instrument_without_rules_asks_everybody_everything() -> None:
    codes = np.full((3, N_COLUMNS), 1, dtype=np.int16)
    assert shown(SERVQUAL, codes).all()
    assert apply_skip_rules(SERVQUAL, codes) is codes


def test_codes_of_another_instrument_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=f"{N_COLUMNS} columns"):
        shown(SERVQUAL, np.zeros((2, 3), dtype=np.int16))
