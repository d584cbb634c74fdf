"""Two revisions of an instrument brought down to what they have in common, so that waves compare like with like."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from servq.analysis.absence import Unavailable
from servq.instruments import revision_of
from servq.instruments.differences import is_asked_alike
from servq.instruments.model import Column, Instrument, Item, RatingBattery, Score
from servq.messages import Message
from servq.scoring import AnswerTable


@dataclass(frozen=True)
class Common:
    """Both waves on the items that did not change.

    Parameters
    ----------
    items
        Ids of the unchanged items; None when the whole instrument is unchanged.
    n_changed
        Items of the current wave that are left out.
    """

    current: AnswerTable
    previous: AnswerTable
    items: tuple[str, ...] | None
    n_changed: int


def in_common(current: AnswerTable, previous: AnswerTable) -> Common | Unavailable:
    """Keep the items whose id, wording, scale, key and dimension are the same in both waves.

    A wording is the same when it is so in every language that both revisions have.
    """
    now, before = current.instrument, previous.instrument
    if revision_of(now) == revision_of(before):
        return Common(current, previous, None, 0)
    first, earlier = now.definition.scores[0], before.definition.scores[0]
    if _without_weights(first) != _without_weights(earlier):
        return Unavailable(
            reason=Message("The waves are not compared: the instrument computes its headline otherwise since then.")
        )
    asked = [item for item in now.definition.items if set(_batteries(now, item)) & set(_headline_batteries(first))]
    same = tuple(item.id for item in asked if _is_same(item, now, before, _headline_batteries(first)))
    if not same:
        return Unavailable(
            reason=Message("The waves are not compared: not one item has the same wording, scale and key in both.")
        )
    if len(same) == len(asked) and len(same) == sum(
        bool(set(_batteries(before, item)) & set(_headline_batteries(first))) for item in before.definition.items
    ):
        same_everywhere = None
    else:
        same_everywhere = same
    kept = frozenset(same)
    batteries = _headline_batteries(first)
    return Common(
        _restricted(current, kept, batteries),
        _restricted(previous, kept, batteries),
        same_everywhere,
        len(asked) - len(same),
    )


def restricted(answers: AnswerTable, items: frozenset[str]) -> AnswerTable:
    """The same answers as if only these items had been asked, and only in the batteries of the headline."""
    return _restricted(answers, items, _headline_batteries(answers.instrument.definition.scores[0]))


def _without_weights(score: Score) -> dict[str, object]:
    """What a score computes; points and importance only add variants that are not compared."""
    return {
        name: value for name, value in msgspec.structs.asdict(score).items() if name not in {"weights", "importance"}
    } | {"kind": type(score).__name__}


def _headline_batteries(score: Score) -> tuple[str, ...]:
    fields = msgspec.structs.asdict(score)
    names = ("battery", "perception", "expectation", "minimum", "desired", "perceived")
    return (*(str(fields[name]) for name in names if fields.get(name)), *fields.get("batteries", ()))


def _batteries(instrument: Instrument, item: Item) -> tuple[str, ...]:
    rated = [id_ for id_, one in instrument.definition.batteries.items() if isinstance(one, RatingBattery)]
    return tuple(rated) if item.batteries is None else tuple(item.batteries)


def _is_same(item: Item, now: Instrument, before: Instrument, batteries: tuple[str, ...]) -> bool:
    earlier = next((one for one in before.definition.items if one.id == item.id), None)
    if earlier is None:
        return False
    asked = [battery for battery in batteries if battery in _batteries(now, item)]
    if asked != [battery for battery in batteries if battery in _batteries(before, earlier)]:
        return False
    return all(is_asked_alike(before, now, Column(battery, item.id)) for battery in asked)


def _restricted(answers: AnswerTable, items: frozenset[str], batteries: tuple[str, ...]) -> AnswerTable:
    """The same answers as if only these items had been asked, and only in these batteries."""
    instrument = answers.instrument
    definition = instrument.definition
    kept_items = tuple(
        msgspec.structs.replace(
            item, batteries=tuple(battery for battery in batteries if battery in _batteries(instrument, item))
        )
        for item in definition.items
        if item.id in items
    )
    measured = {item.dimension for item in kept_items}
    restricted = msgspec.structs.replace(
        definition,
        items=kept_items,
        batteries={id_: one for id_, one in definition.batteries.items() if id_ in batteries},
        dimensions=tuple(dimension for dimension in definition.dimensions if dimension.id in measured),
        scores=(_plain(definition.scores[0]),),
        breakdowns=(),
        pages=(),
    )
    reduced = msgspec.structs.replace(instrument, definition=restricted)
    positions = [answers.columns.index(column) for column in reduced.columns]
    return replace(answers, instrument=reduced, codes=answers.codes[:, positions])


def _plain(score: Score) -> Score:
    """The score without its weighted variants, whose batteries are gone."""
    without = {name: None for name in ("weights", "importance") if hasattr(score, name)}
    return msgspec.structs.replace(score, **without)
