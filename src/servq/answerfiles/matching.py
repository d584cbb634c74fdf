"""Which column of somebody else's table holds which answer, as far as names, wordings and their order tell; pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from servq.answerfiles.foreign import ForeignTable, Role, code_of
from servq.instruments.model import Column, Instrument, PointsBattery

How = Literal["name", "wording", "order", "kind", "none"]
"""By what a column was recognised."""

LEAST_ALIKE = 0.86
"""Likeness from which on two wordings are taken for the same statement; a person looks at every guess."""

LONGEST_WORDING = 400

ANSWER, COMMENT, KNOWN, TIME = "answer ", "comment ", "known ", "time "
LOCALE = "locale"

_TARGETS: Mapping[Role, str] = {
    "started": f"{TIME}started",
    "submitted": f"{TIME}submitted",
    "seconds": f"{TIME}seconds",
    "locale": LOCALE,
    "site": f"{KNOWN}site",
    "respondent": "",
    "ignored": "",
}
_NUMBERED = re.compile(r"(?P<question>.*?)[_.\s]?(?P<part>\d{1,3})")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column is taken for; `target` is "" for a column that is not stored."""

    target: str
    how: How


def answer_target(instrument: Instrument, column: Column) -> str:
    """Return the target of an answer."""
    return f"{ANSWER}{instrument.column_name(column)}"


def targets_of(instrument: Instrument) -> dict[str, Column]:
    """Return the answer behind each target of one."""
    return {answer_target(instrument, column): column for column in instrument.columns}


def guess_columns(foreign: ForeignTable, instrument: Instrument) -> dict[str, Guess]:
    """Guess what each column holds: by its name, then by its wording, then by its place in a numbered group.

    No answer is guessed twice.
    """
    names = foreign.table.frame.columns
    found = _Guesses()
    by_name = _names(instrument)
    for name in names:
        if name not in foreign.roles:
            found.take(name, by_name.get(_plain(name), ""), "name")
    for name, role in foreign.roles.items():
        found.take(name, _TARGETS[role], "kind", also_none=True)
    wordings = _wordings(instrument)
    for name in names:
        for target in _alike(foreign.wordings.get(name) or name, wordings):
            found.take(name, target, "wording")
    left = [name for name in names if name not in found.guesses]
    for name, target in _in_order(left, instrument, found.taken):
        found.take(name, target, "order")
    return {name: found.guesses.get(name, Guess("", "none")) for name in names}


class _Guesses:
    """Guesses so far, each target once."""

    def __init__(self) -> None:
        self.guesses: dict[str, Guess] = {}
        self.taken: set[str] = set()

    def take(self, name: str, target: str, how: How, *, also_none: bool = False) -> None:
        if name in self.guesses or target in self.taken or not (target or also_none):
            return
        self.guesses[name] = Guess(target, how)
        if target:
            self.taken.add(target)


def _names(instrument: Instrument) -> dict[str, str]:
    """Target by every name that an answer or comment goes by, written plainly."""
    found = {_plain(comment.id): f"{COMMENT}{comment.id}" for comment in instrument.definition.comments}
    found |= {_plain(f"comment{comment.id}"): f"{COMMENT}{comment.id}" for comment in instrument.definition.comments}
    n_of: dict[str, int] = {}
    for column in instrument.columns:
        n_of[column.item] = n_of.get(column.item, 0) + 1
    for column in instrument.columns:
        target = answer_target(instrument, column)
        found[_plain(f"{column.battery}{column.item}")] = target
        if n_of[column.item] == 1:
            found[_plain(column.item)] = target
    return found | {
        _plain(instrument.column_name(column)): answer_target(instrument, column) for column in instrument.columns
    }


def _wordings(instrument: Instrument) -> dict[str, list[str]]:
    """Targets by wording in any language, written plainly."""
    found: dict[str, list[str]] = {}
    for locale, texts in instrument.texts.items():
        for column in instrument.columns:
            is_points = isinstance(instrument.definition.batteries[column.battery], PointsBattery)
            said = texts.dimensions[column.item].name if is_points else instrument.wording(column, locale)
            found.setdefault(_plain(said), []).append(answer_target(instrument, column))
        for comment in instrument.definition.comments:
            found.setdefault(_plain(texts.fill(texts.comments[comment.id])), []).append(f"{COMMENT}{comment.id}")
    return {said: list(dict.fromkeys(targets)) for said, targets in found.items()}


def _alike(asked: str, wordings: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Targets whose wording is this one, or so much like it that it can be no other."""
    plain = _plain(asked[:LONGEST_WORDING])
    if plain in wordings:
        return wordings[plain]
    close = difflib.get_close_matches(plain, list(wordings), n=2, cutoff=LEAST_ALIKE)
    return wordings[close[0]] if len(close) == 1 else ()


def _in_order(names: Sequence[str], instrument: Instrument, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Columns of numbered groups that are as large as a battery nobody has claimed, in the order of both."""
    groups: dict[str, list[str]] = {}
    for name in names:
        question, part = code_of(name)
        if not part and (found := _NUMBERED.fullmatch(name.strip())):
            question = found["question"]
        groups.setdefault(question, []).append(name)
    free = [
        [answer_target(instrument, Column(battery, item)) for item in instrument.asked_in(battery)]
        for battery in instrument.definition.batteries
    ]
    free = [targets for targets in free if len(targets) > 1 and not taken.intersection(targets)]
    for group in groups.values():
        fitting = next((targets for targets in free if len(targets) == len(group)), None)
        if fitting is not None:
            free.remove(fitting)
            yield from zip(group, fitting, strict=True)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
