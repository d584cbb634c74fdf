"""Which items a respondent was asked, by the skip rules of the instrument and the answers given.

A skip rule looks at answers of earlier pages only. An answer that is missing, or that was given to an item which by
its own rule was not asked, meets no condition. Nothing here knows pages, files or databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Self

import numpy as np
from numpy.typing import NDArray

from servq.errors import InvalidArgument
from servq.instruments.model import ChoiceBattery, Column, Condition, Instrument
from servq.scoring.answers import Missing

Codes = NDArray[np.int16]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition in terms of stored answers: one of `codes` in the column at `position`."""

    position: int
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Columns `first` up to before `end` are asked only when every requirement is met."""

    first: int
    end: int
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class SkipRules:
    """The skip rules of one instrument, ready to be applied to stored answers; made by `SkipRules.of`.

    Parameters
    ----------
    n_columns
        Columns of the instrument.
    rules
        Rules of batteries and of single items, in the order of the columns.
    comments
        Requirements of each comment by its id, in the order of the instrument.
    has_any
        Whether anything is asked of some respondents only.
    """

    n_columns: int
    rules: tuple[Rule, ...]
    comments: Mapping[str, tuple[Requirement, ...]]
    has_any: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_any", bool(self.rules) or any(self.comments.values()))

    @classmethod
    def of(cls, instrument: Instrument) -> Self:
        """Prepare the rules of an instrument."""
        columns = instrument.columns
        where = {column: position for position, column in enumerate(columns)}
        return cls(
            n_columns=len(columns),
            rules=tuple(_rules(instrument, where)),
            comments={
                comment.id: _requirements(instrument, where, comment.asked_if)
                for comment in instrument.definition.comments
            },
        )

    def shown(self, codes: Codes) -> Flags:
        """Whether each column is asked of each respondent, shape (n_respondents, n_columns)."""
        if codes.ndim != 2 or codes.shape[1] != self.n_columns:  # rows and columns
            raise InvalidArgument(f"Codes have shape {codes.shape}; {self.n_columns} columns are needed.")
        asked = np.ones(codes.shape, dtype=np.bool_)
        for rule in self.rules:
            asked[:, rule.first : rule.end] &= _met(codes, asked, rule.requirements)[:, None]
        return asked

    def comments_shown(self, codes: Codes) -> Flags:
        """Whether each comment is asked of each respondent, shape (n_respondents, n_comments)."""
        asked = self.shown(codes)
        flags = np.ones((codes.shape[0], len(self.comments)), dtype=np.bool_)
        for position, requirements in enumerate(self.comments.values()):
            flags[:, position] = _met(codes, asked, requirements)
        return flags

    def apply(self, codes: Codes) -> Codes:
        """Codes in which whatever was not asked is `Missing.NOT_SHOWN`; `codes` stays as it is."""
        if not self.rules:
            return codes
        return np.where(self.shown(codes), codes, np.int16(Missing.NOT_SHOWN))


def shown(instrument: Instrument, codes: Codes) -> Flags:
    """Whether each item is asked of each respondent.

    Parameters
    ----------
    instrument
        The instrument with its skip rules.
    codes
        Answers as stored, int16 of shape (n_respondents, n_columns), columns as in ``instrument.columns``.

    Returns
    -------
    ndarray
        bool, shape (n_respondents, n_columns).

    Raises
    ------
    InvalidArgument
        If `codes` do not have the instrument's columns.
    """
    return SkipRules.of(instrument).shown(codes)


def apply_skip_rules(instrument: Instrument, codes: Codes) -> Codes:
    """Take every answer to what was not asked for `Missing.NOT_SHOWN`.

    Parameters and errors are those of `shown`; the result has the shape and type of `codes`.
    """
    return SkipRules.of(instrument).apply(codes)


def _met(codes: Codes, asked: Flags, requirements: tuple[Requirement, ...]) -> Flags:
    """Whether each respondent meets every requirement, shape (n_respondents,)."""
    everybody = np.ones(codes.shape[0], dtype=np.bool_)
    for requirement in requirements:
        given = codes[:, requirement.position]
        nobody = np.zeros(codes.shape[0], dtype=np.bool_)
        everybody &= reduce(or_, (given == code for code in requirement.codes), nobody)
        everybody &= asked[:, requirement.position]
    return everybody


def _rules(instrument: Instrument, where: Mapping[Column, int]) -> Iterator[Rule]:
    for battery_id, battery in instrument.definition.batteries.items():
        items = instrument.asked_in(battery_id)
        first = where[Column(battery_id, items[0])]
        if battery.asked_if:
            yield Rule(first, first + len(items), _requirements(instrument, where, battery.asked_if))
        for position, item in enumerate(battery.items if isinstance(battery, ChoiceBattery) else ()):
            if item.asked_if:
                yield Rule(first + position, first + position + 1, _requirements(instrument, where, item.asked_if))


def _requirements(
    instrument: Instrument, where: Mapping[Column, int], conditions: tuple[Condition, ...]
) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(where[Column(condition.battery, condition.item)], _accepted(instrument, condition))
        for condition in conditions
    )


def _accepted(instrument: Instrument, condition: Condition) -> tuple[int, ...]:
    if isinstance(instrument.definition.batteries[condition.battery], ChoiceBattery):
        options = instrument.options_of(condition.item)
        return tuple(options.index(option) + 1 for option in condition.options)
    return condition.points
