"""What the columns of exported answers mean: names, wordings, values, missing codes, dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from servq.instruments.model import ChoiceBattery, Column, Instrument, PointsBattery, RatingBattery
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
    key
        What tells it from every other one, whatever the variables are called.
    column
        The answer that it holds; None for a text.
    group
        Heading of the battery; "" for a text.
    dimension
        Name of the dimension that an item measures, or "".
    is_reversed
        Whether the item is scored as low + high − answer; the data hold the answer as given.
    values
        Label by code, for every code that has one; the missing codes apart.
    """

    name: str
    label: str
    key: str
    column: Column | None = None
    group: str = ""
    dimension: str = ""
    is_reversed: bool = False
    values: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_answer(self) -> bool:
        """Whether it holds codes; a text otherwise."""
        return self.column is not None


def variables_of(answers: AnswerTable, locale: str | None = None) -> tuple[Variable, ...]:
    """Every column of exported data: what is known of the respondents, then the answers in stored order."""
    return describe(answers.instrument, text_names(answers), tuple(answers.texts), locale)


def text_names(answers: AnswerTable) -> tuple[str, ...]:
    """Names of what is known of the respondents."""
    ids = () if answers.respondent_ids is None else ("respondent",)
    return (*ids, *(name for name in answers.attributes if name not in ids))


def describe(
    instrument: Instrument, known: Sequence[str], comments: Sequence[str], locale: str | None = None
) -> tuple[Variable, ...]:
    """Describe the columns of exported data.

    Parameters
    ----------
    known
        Names of what is known of the respondents.
    comments
        Ids of the comments whose texts are exported: under their own ids or, where those are taken, as comments.
    locale
        Language of wordings and labels; the instrument's default when None.
    """
    attributes = [Variable(name=name, label=name, key=attribute_key(name)) for name in known]
    taken = set(known)
    given = [_answer(instrument, place, locale, taken) for place in range(len(instrument.columns))]
    taken |= {variable.name for variable in given}
    words = instrument.texts_in(locale)
    written = [
        Variable(
            name=comment if comment not in taken else f"comment_{comment}",
            label=words.fill(words.comments[comment]),
            key=comment_key(comment),
        )
        for comment in comments
    ]
    return (*attributes, *given, *written)


def answer_key(place: int) -> str:
    """Return the key of the answer at a place of the stored order."""
    return f"answer {place}"


def attribute_key(name: str) -> str:
    """Return the key of something known of the respondents."""
    return f"known {name}"


def comment_key(comment: str) -> str:
    """Return the key of the texts of a comment."""
    return f"comment {comment}"


def _answer(instrument: Instrument, place: int, locale: str | None, taken: set[str]) -> Variable:
    column = instrument.columns[place]
    battery, texts = instrument.definition.batteries[column.battery], instrument.texts_in(locale)
    name = instrument.column_name(column)
    item = instrument.item(column.item) if isinstance(battery, RatingBattery) else None
    return Variable(
        name=name if name not in taken else f"{column.battery}_{column.item}",
        label=texts.dimensions[column.item].name
        if isinstance(battery, PointsBattery)
        else instrument.wording(column, locale),
        key=answer_key(place),
        column=column,
        group=texts.fill(texts.batteries[column.battery].title),
        dimension=texts.dimensions[item.dimension].name if item is not None and item.dimension else "",
        is_reversed=item is not None and item.reversed,
        values=_values(instrument, column, locale),
    )


def _values(instrument: Instrument, column: Column, locale: str | None) -> dict[int, str]:
    battery = instrument.definition.batteries[column.battery]
    if isinstance(battery, ChoiceBattery):
        options = instrument.options_of(column.item)
        return {n: instrument.option_label(column.item, option, locale) for n, option in enumerate(options, start=1)}
    if isinstance(battery, RatingBattery):
        return dict(instrument.texts_in(locale).scales[battery.scale].anchors)
    return {}
