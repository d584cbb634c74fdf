"""The parts of a question page: batteries as the sections that a template shows; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servq.instruments.model import Column, PointsBattery, RatingBattery, ResponseScale, ScaleText
from servq.responses.evidence import StoredEvidence
from servq.responses.evidence_files import KINDS
from servq.surveys.pages import Block, Page
from servq.surveys.routes import Route
from servq.web.answer.asked import shown_columns
from servq.web.answer.editions import Edition
from servq.web.answer.views import (
    ChoiceRow,
    ChoiceSection,
    EvidenceBox,
    PairedAnswer,
    PairedItem,
    PairedSection,
    Point,
    PointsRow,
    PointsSection,
    RatingRow,
    RatingSection,
    Scale,
    Section,
)

EVIDENCE_PREFIX = "evidence_"
REMOVE_PREFIX = "remove_"


@dataclass(frozen=True)
class Filled:
    """What stands in a page: what was typed, what is wrong with it, and the files stored beside its answers.

    `typed` and `errors` are by field; `errors` are in the language of the page.
    """

    typed: Mapping[str, str]
    errors: Mapping[str, str]
    evidence: Mapping[Column, StoredEvidence]


def sections_of(edition: Edition, page: Page, route: Route, order: int, filled: Filled) -> tuple[Section, ...]:
    """Return the sections of a page; batteries that rate the same items stand in one of them."""
    asked = [(block, shown_columns(block, route.columns(block), order)) for block in route.blocks(page)]
    by_items: dict[object, list[tuple[Block, tuple[Column, ...]]]] = {}
    for block, columns in asked:
        key = tuple(column.item for column in columns) if isinstance(block.battery, RatingBattery) else block.battery_id
        by_items.setdefault(key, []).append((block, columns))
    maker = _Maker(edition, filled, is_alone=len(by_items) == 1)
    return tuple(maker.section(group) for group in by_items.values())


@dataclass(frozen=True)
class _Maker:
    edition: Edition
    filled: Filled
    is_alone: bool

    def section(self, group: Sequence[tuple[Block, tuple[Column, ...]]]) -> Section:
        if len(group) > 1:
            return self._paired(group)
        ((block, columns),) = group
        title, instruction = ("", "") if self.is_alone else self._heading(block)
        if isinstance(block.battery, PointsBattery):
            rows = tuple(self._points_row(column) for column in columns)
            return PointsSection(title=title, instruction=instruction, total=block.battery.total, rows=rows)
        if isinstance(block.battery, RatingBattery):
            ratings = tuple(self._rating_row(block, column, number) for number, column in enumerate(columns, start=1))
            scale = self._scale(block.battery.scale)
            return RatingSection(title=title, instruction=instruction, scale=scale, rows=ratings)
        choices = tuple(self._choice_row(column, number) for number, column in enumerate(columns, start=1))
        return ChoiceSection(title=title, instruction=instruction, rows=choices)

    def _heading(self, block: Block) -> tuple[str, str]:
        words = self.edition.texts.batteries[block.battery_id]
        return self.edition.fill(words.title), self.edition.fill(words.instruction)

    def _paired(self, group: Sequence[tuple[Block, tuple[Column, ...]]]) -> PairedSection:
        items = []
        for number, columns in enumerate(zip(*(columns for _, columns in group), strict=True), start=1):
            wordings = [self._wording(column) for column in columns]
            common = wordings[0] if len(set(wordings)) == 1 else ""
            answers = tuple(
                PairedAnswer(
                    label=self.edition.fill(self.edition.texts.batteries[block.battery_id].short),
                    scale=self._scale(self._battery(block).scale),
                    row=self._rating_row(block, column, number),
                )
                for (block, _), column in zip(group, columns, strict=True)
            )
            items.append(PairedItem(number=number, wording=common, answers=answers))
        headings = tuple(dict.fromkeys(self._heading(block) for block, _ in group))
        return PairedSection(introductions=headings, items=tuple(items))

    @staticmethod
    def _battery(block: Block) -> RatingBattery:
        if not isinstance(block.battery, RatingBattery):
            raise TypeError(f'Battery "{block.battery_id}" is not rated.')
        return block.battery

    def _rating_row(self, block: Block, column: Column, number: int) -> RatingRow:
        field = self._field(column)
        return RatingRow(
            field=field,
            number=number,
            wording=self._wording(column),
            chosen=self.filled.typed.get(field, ""),
            error=self.filled.errors.get(field, ""),
            evidence=self._evidence_box(block, column, field),
        )

    def _evidence_box(self, block: Block, column: Column, field: str) -> EvidenceBox | None:
        wanted = block.evidence[block.columns.index(column)]
        if wanted is None:
            return None
        say = self.edition.say
        kinds = [say.say(KINDS[kind]) for kind in wanted.types]
        stored = self.filled.evidence.get(column)
        return EvidenceBox(
            field=EVIDENCE_PREFIX + field,
            remove_field=REMOVE_PREFIX + field,
            accepted=",".join(wanted.types),
            hint=say(
                "{kinds}; at most {megabytes:.1f} MB.", kinds=say.listing(kinds), megabytes=wanted.most_bytes / 1e6
            ),
            required=wanted.required,
            stored=say(
                "Saved: {kind}, {megabytes:.1f} MB.",
                kind=KINDS[stored.media_type],
                megabytes=max(stored.n_bytes / 1e6, 0.1),
            )
            if stored
            else "",
            error=self.filled.errors.get(EVIDENCE_PREFIX + field, ""),
        )

    def _choice_row(self, column: Column, number: int) -> ChoiceRow:
        instrument, field = self.edition.survey.instrument, self._field(column)
        return ChoiceRow(
            field=field,
            number=number,
            wording=self._wording(column),
            options=tuple(
                Point(value=str(code), label=self._option_label(column, option), announcement="")
                for code, option in enumerate(instrument.options_of(column.item), start=1)
            ),
            chosen=self.filled.typed.get(field, ""),
            error=self.filled.errors.get(field, ""),
        )

    def _option_label(self, column: Column, option: str) -> str:
        texts = self.edition.texts
        return self.edition.fill(texts.choices[column.item].options.get(option) or texts.dimensions[option].name)

    def _points_row(self, column: Column) -> PointsRow:
        field = self._field(column)
        words = self.edition.texts.dimensions[column.item]
        return PointsRow(
            field=field,
            name=self.edition.fill(words.name),
            description=self.edition.fill(words.description),
            typed=self.filled.typed.get(field, ""),
            error=self.filled.errors.get(field, ""),
        )

    def _field(self, column: Column) -> str:
        return self.edition.survey.instrument.column_name(column)

    def _wording(self, column: Column) -> str:
        survey = self.edition.survey
        return survey.instrument.wording(column, self.edition.locale, dict(survey.placeholders))

    def _scale(self, scale_id: str) -> Scale:
        scale = self.edition.survey.instrument.definition.scales[scale_id]
        words = self.edition.texts.scales[scale_id]
        labelled = all(point in words.anchors for point in scale.points)
        return Scale(
            points=tuple(
                Point(value=str(point), label=words.anchors[point], announcement="")
                if labelled
                else Point(value=str(point), label=str(point), announcement=self._announcement(scale, words, point))
                for point in scale.points
            ),
            low=words.anchors.get(scale.low, ""),
            high=words.anchors.get(scale.high, ""),
            not_applicable=words.not_applicable if scale.not_applicable else "",
            every_point_labelled=labelled,
        )

    def _announcement(self, scale: ResponseScale, words: ScaleText, point: int) -> str:
        """Say what a point means to somebody who hears it without seeing its place in the row."""
        if point in words.anchors:
            return words.anchors[point]
        return self.edition.say("on the scale from {low} to {high}", low=scale.low, high=scale.high)
