"""What the columns of exported answers mean: names, wordings, values, missing codes, dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from servq.instruments.model import ChoiceBattery, Column, PointsBattery, RatingBattery
from servq.scoring import AnswerTable
from servq.scoring.answers import Missing

MISSING_LABELS: Mapping[int, str] = {
    Missing.SKIPPED: "skipped",
    Missing.NOT_APPLICABLE: "not applicable",
    Missing.NOT_SHOWN: "not shown",
}

MissingAs = Literal["blank", "codes"]
"""Whether a missing answer is left blank or written as its negative code."""


@dataclass(frozen=True)
class Variable:
    """One column of exported data.

    Parameters
    ----------
    name
        Its name in the file.
    label
        What was asked, or what the attribute is.
    group
        Heading of the battery; "" for an attribute.
    dimension
        Name of the dimension that an item measures, or "".
    values
        Label by code, for every code that has one; the missing codes apart.
    codes
        int16, shape (n_respondents,), for an answer; None for an attribute.
    texts
        Shape (n_respondents,), for an attribute; None for an answer.
    """

    name: str
    label: str
    group: str
    dimension: str
    values: Mapping[int, str]
    codes: NDArray[np.int16] | None = None
    texts: NDArray[np.object_] | None = None


def variables_of(answers: AnswerTable, locale: str | None = None) -> tuple[Variable, ...]:
    """Every column of exported data: what is known of the respondents, then the answers in stored order."""
    attributes = [
        Variable(name=name, label=name, group="", dimension="", values={}, texts=values)
        for name, values in _known(answers).items()
    ]
    taken = {variable.name for variable in attributes}
    given = [_answer(answers, place, locale, taken) for place in range(len(answers.columns))]
    return (*attributes, *given, *_comments(answers, locale, taken | {variable.name for variable in given}))


def _comments(answers: AnswerTable, locale: str | None, taken: set[str]) -> list[Variable]:
    """Open answers, under their own ids or, where those are taken, as comments."""
    words = answers.instrument.texts_in(locale)
    return [
        Variable(
            name=comment if comment not in taken else f"comment_{comment}",
            label=words.fill(words.comments[comment]),
            group="",
            dimension="",
            values={},
            texts=texts,
        )
        for comment, texts in answers.texts.items()
    ]


def _known(answers: AnswerTable) -> dict[str, NDArray[np.object_]]:
    ids = {} if answers.respondent_ids is None else {"respondent": answers.respondent_ids}
    return {**ids, **answers.attributes}


def _answer(answers: AnswerTable, place: int, locale: str | None, taken: set[str]) -> Variable:
    instrument, column = answers.instrument, answers.columns[place]
    battery, texts = instrument.definition.batteries[column.battery], instrument.texts_in(locale)
    name = instrument.column_name(column)
    return Variable(
        name=name if name not in taken else f"{column.battery}_{column.item}",
        label=texts.dimensions[column.item].name
        if isinstance(battery, PointsBattery)
        else instrument.wording(column, locale),
        group=texts.fill(texts.batteries[column.battery].title),
        dimension=_dimension(answers, column, locale),
        values=_values(answers, column, locale),
        codes=answers.codes[:, place],
    )


def _dimension(answers: AnswerTable, column: Column, locale: str | None) -> str:
    instrument = answers.instrument
    if not isinstance(instrument.definition.batteries[column.battery], RatingBattery):
        return ""
    dimension = instrument.item(column.item).dimension
    return instrument.texts_in(locale).dimensions[dimension].name if dimension else ""


def _values(answers: AnswerTable, column: Column, locale: str | None) -> dict[int, str]:
    instrument = answers.instrument
    battery = instrument.definition.batteries[column.battery]
    if isinstance(battery, ChoiceBattery):
        options = instrument.options_of(column.item)
        return {n: instrument.option_label(column.item, option, locale) for n, option in enumerate(options, start=1)}
    if isinstance(battery, RatingBattery):
        return dict(instrument.texts_in(locale).scales[battery.scale].anchors)
    return {}
