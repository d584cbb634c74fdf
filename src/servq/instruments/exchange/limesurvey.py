"""An instrument in LimeSurvey's tab-separated structure, which its import reads as a survey."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from servq.instruments.exchange import losses
from servq.instruments.model import (
    ChoiceBattery,
    Column,
    Condition,
    Instrument,
    PointsBattery,
    RatingBattery,
)
from servq.instruments.parts import battery_pages

COLUMNS = (
    "id",
    "related_id",
    "class",
    "type/scale",
    "name",
    "relevance",
    "text",
    "help",
    "language",
    "validation",
    "mandatory",
    "other",
    "default",
    "same_default",
    "equals_num_value",
    "exclude_all_others",
    "maximum_chars",
)
NOT_APPLICABLE = "na"
CODE_LENGTH = 20
ANSWER_LENGTH = 5
"""LimeSurvey keeps at most five characters of an answer's code."""

QUESTION_TYPES = {"text": "T", "number": "N", "date": "D", "time": "S"}

Line = dict[str, str]


def to_limesurvey(instrument: Instrument) -> tuple[bytes, tuple[str, ...]]:
    """The file (UTF-8 with a byte order mark, as LimeSurvey writes it), and what it does not carry."""
    lost = [
        *losses.source(instrument),
        *losses.scoring(instrument),
        *losses.asking(instrument),
        *losses.side_by_side(instrument),
        *losses.distinct_options(instrument),
        *losses.form_of_fields(instrument),
        *losses.evidence(instrument),
    ]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, delimiter="\t", lineterminator="\r\n", restval="")
    writer.writeheader()
    # a brace with a space behind it begins no expression
    writer.writerows(line | {"text": line["text"].replace("{", "{ ")} for line in limesurvey_lines(instrument))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode(), tuple(lost)


def limesurvey_lines(instrument: Instrument) -> Iterator[Line]:
    """Lines of the file: settings, then everything in the first language, then in each other one."""
    first, *others = instrument.definition.locales
    yield {"class": "S", "name": "language", "text": first}
    if others:
        yield {"class": "S", "name": "additional_languages", "text": " ".join(others)}
    yield {"class": "S", "name": "format", "text": "G"}
    for locale in (first, *others):
        texts = instrument.texts[locale]
        for name, text in (
            ("surveyls_title", texts.title),
            ("surveyls_welcometext", texts.introduction),
            ("surveyls_endtext", texts.thanks),
            ("surveyls_policy_notice", texts.consent),
        ):
            yield {"class": "SL", "name": name, "text": texts.fill(text), "language": locale}
    for locale in (first, *others):
        yield from _Language(instrument, locale).lines()


class _Language:
    """The questionnaire in one language; ids are the same in each."""

    def __init__(self, instrument: Instrument, locale: str) -> None:
        self.instrument = instrument
        self.locale = locale
        self.texts = instrument.texts[locale]
        self._id = 0

    def lines(self) -> Iterator[Line]:
        definition = self.instrument.definition
        for page in battery_pages(definition):
            yield self._group(" · ".join(self.texts.fill(self.texts.batteries[key].title) for key in page))
            for battery_id in page:
                yield from self._battery(battery_id)
        if definition.comments:
            yield self._group(self.texts.fill(self.texts.title))
            for comment in definition.comments:
                yield self._question(
                    QUESTION_TYPES[comment.form],
                    _code(comment.id),
                    self.texts.fill(self.texts.comments[comment.id]),
                    self._relevance(comment.asked_if),
                    mandatory=comment.required,
                ) | ({"maximum_chars": str(comment.max_length)} if comment.form == "text" else {})

    def _battery(self, battery_id: str) -> Iterator[Line]:
        battery = self.instrument.definition.batteries[battery_id]
        relevance = self._relevance(battery.asked_if)
        told = self.texts.fill(self.texts.batteries[battery_id].instruction)
        if isinstance(battery, RatingBattery):
            yield self._question("F", _code(battery_id), told, relevance, mandatory=not battery.optional)
            yield from self._subquestions(battery_id)
            scale, words = self.instrument.scale_of(battery_id), self.texts.scales[battery.scale]
            for point in scale.points:
                word = words.anchors.get(point)
                yield self._line("A", name=str(point), text=f"{point} {word}" if word else str(point)) | {
                    "type/scale": "0"
                }
            if scale.not_applicable:
                yield self._line("A", name=NOT_APPLICABLE, text=words.not_applicable) | {"type/scale": "0"}
        elif isinstance(battery, PointsBattery):
            line = self._question("K", _code(battery_id), told, relevance, mandatory=not battery.optional)
            yield line | {"equals_num_value": str(battery.total)}
            yield from self._subquestions(battery_id)
        else:
            yield from self._choices(battery_id, battery)

    def _choices(self, battery_id: str, battery: ChoiceBattery) -> Iterator[Line]:
        for item in battery.items:
            wording = self.instrument.wording(Column(battery_id, item.id), self.locale)
            relevance = self._relevance((*battery.asked_if, *item.asked_if))
            yield self._question("L", _code(item.id), wording, relevance, mandatory=not battery.optional)
            for number, option in enumerate(self.instrument.options_of(item.id), start=1):
                label = self.instrument.option_label(item.id, option, self.locale)
                yield self._line("A", name=_answer(option, number), text=label) | {"type/scale": "0"}

    def _subquestions(self, battery_id: str) -> Iterator[Line]:
        battery = self.instrument.definition.batteries[battery_id]
        for asked in self.instrument.asked_in(battery_id):
            if isinstance(battery, PointsBattery):
                text = self.texts.fill(self.texts.dimensions[asked].name)
            else:
                text = self.instrument.wording(Column(battery_id, asked), self.locale)
            yield self._line("SQ", name=_code(asked), text=text) | {"type/scale": "0", "relevance": "1"}

    def _group(self, name: str) -> Line:
        return self._line("G", name=name, text="") | {"type/scale": "1", "relevance": "1"}

    def _question(self, kind: str, name: str, text: str, relevance: str, *, mandatory: bool) -> Line:
        line = self._line("Q", name=name, text=text)
        return line | {
            "type/scale": kind,
            "relevance": relevance,
            "mandatory": "Y" if mandatory else "N",
            "other": "N",
        }

    def _line(self, kind: str, *, name: str, text: str) -> Line:
        self._id += 1
        return {"id": str(self._id), "class": kind, "name": name, "text": text, "language": self.locale}

    def _relevance(self, asked_if: Sequence[Condition]) -> str:
        """The expression of a skip rule; ratings are named battery_item, options by their item."""
        parts = []
        for condition in asked_if:
            rated = isinstance(self.instrument.definition.batteries[condition.battery], RatingBattery)
            name = f"{_code(condition.battery)}_{_code(condition.item)}" if rated else _code(condition.item)
            numbers = {} if rated else {o: n for n, o in enumerate(self.instrument.options_of(condition.item), start=1)}
            answers = [*map(str, condition.points), *(_answer(one, numbers[one]) for one in condition.options)]
            parts.append("(" + " or ".join(f'{name}.NAOK == "{answer}"' for answer in answers) + ")")
        return " and ".join(parts) or "1"


def _code(name: str) -> str:
    """A question code: letters and digits, beginning with a letter, at most twenty characters."""
    return re.sub(r"[^A-Za-z0-9]", "", name)[:CODE_LENGTH]


def _answer(option: str, number: int) -> str:
    code = re.sub(r"[^A-Za-z0-9]", "", option)
    return code if len(code) <= ANSWER_LENGTH else f"A{number}"
