"""A survey as one respondent reads it, and the views of its pages; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from urllib.parse import quote

from servq.instruments.model import Column, PointsBattery, RatingBattery, ResponseScale, ScaleText, Texts
from servq.responses.answers import COMMENT_PREFIX
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.pages import Page, Part
from servq.translation import Translator, translator
from servq.web.answer.asked import Asked, asked_in, shown_columns
from servq.web.answer.views import (
    CommentBox,
    ErrorSummary,
    Frame,
    Language,
    Point,
    PointsRow,
    QuestionPage,
    RatingRow,
    SavedPage,
    Scale,
    WelcomePage,
)
from servq.web.assets import POINTS_SCRIPT, STYLESHEET

SECONDS_PER_QUESTION = 7.5
"""Reading and answering one rated statement; only used to announce the length on the first page."""


@dataclass(frozen=True)
class Edition:
    """One survey in one language, at one site if the link names one."""

    survey: LaunchedSurvey
    locale: str
    site: str = ""
    is_open: bool = False

    @cached_property
    def texts(self) -> Texts:
        """Texts of the instrument in this language."""
        return self.survey.instrument.texts_in(self.locale)

    @cached_property
    def say(self) -> Translator:
        """Texts of the interface in this language."""
        return translator(self.locale, "web")

    @cached_property
    def _asked(self) -> dict[Part, Asked]:
        return {"before": asked_in(self.survey.pages, "before"), "after": asked_in(self.survey.pages, "after")}

    def asked(self, part: Part) -> Asked:
        """Return the pages of one part."""
        return self._asked[part]

    @cached_property
    def _fields(self) -> dict[int, tuple[str, ...]]:
        name = self.survey.instrument.column_name
        return {page.number: tuple(name(column) for column in page.columns) for page in self.survey.pages}

    def fields(self, page: Page) -> tuple[str, ...]:
        """Names of the fields of a page, one per column in stored order."""
        return self._fields[page.number]

    @cached_property
    def carried(self) -> str:
        """What every address within the sitting carries on."""
        return f"&lang={quote(self.locale)}" + (f"&site={quote(self.site)}" if self.site else "")

    @cached_property
    def frame(self) -> Frame:
        """What every page of this edition shares."""
        return Frame(
            title=self.fill(self.texts.title),
            organisation=self.survey.organisation,
            language=language(self.locale),
            languages=tuple(language(locale) for locale in self.survey.locales),
            stylesheet=STYLESHEET.path,
            carried=self.carried,
            site=f"&site={quote(self.site)}" if self.site else "",
        )

    def fill(self, template: str) -> str:
        """Fill the placeholders of a text."""
        return self.texts.fill(template, self.survey.placeholders)


def language(locale: str) -> Language:
    """Describe a language by its own name and direction of writing."""
    from babel import Locale

    name = Locale.parse(locale.replace("-", "_")).get_display_name(locale.replace("-", "_")) or locale
    return Language(code=locale, name=name[:1].upper() + name[1:], direction=translator(locale, "web").direction)


def question_page(
    edition: Edition,
    page: Page,
    *,
    order: int = 0,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    summary: ErrorSummary | None = None,
) -> QuestionPage:
    """Build a page of questions.

    `typed` maps a field to what is in it; `errors` maps a field to what is wrong with it, in this language.
    """
    typed, errors = typed or {}, errors or {}
    asked = edition.asked(page.part)
    battery = page.battery
    words = edition.texts.batteries[page.battery_id]
    previous = asked.before(page)
    return QuestionPage(
        frame=edition.frame,
        address_number=page.number + 1,
        number=asked.position(page),
        n_pages=len(asked.pages),
        introduction="" if asked.has_welcome or previous else edition.fill(edition.texts.introduction),
        heading=edition.fill(words.title),
        instruction=edition.fill(words.instruction),
        scale=_scale(edition, battery.scale) if isinstance(battery, RatingBattery) else None,
        rows=_rating_rows(edition, shown_columns(page, order), typed, errors)
        if isinstance(battery, RatingBattery)
        else (),
        points=_points_rows(edition, page, typed, errors) if isinstance(battery, PointsBattery) else (),
        points_total=battery.total if isinstance(battery, PointsBattery) else 0,
        points_script=POINTS_SCRIPT.path if isinstance(battery, PointsBattery) else "",
        comments=tuple(
            CommentBox(
                field=COMMENT_PREFIX + comment.id,
                label=edition.fill(edition.texts.comments[comment.id]),
                max_length=comment.max_length,
                typed=typed.get(COMMENT_PREFIX + comment.id, ""),
                error=errors.get(COMMENT_PREFIX + comment.id, ""),
            )
            for comment in page.comments
        ),
        summary=summary,
        has_previous=previous is not None,
        is_last=asked.after(page) is None,
        comes_back_later=asked.comes_back_later,
        has_honeypot=edition.is_open,
    )


def welcome_page(edition: Edition, asked: Asked, *, goes_on_at: Page, is_resumed: bool) -> WelcomePage:
    """Build the page that says what is asked, how long it takes and what becomes of the answers."""
    return WelcomePage(
        frame=edition.frame,
        introduction=edition.fill(edition.texts.introduction),
        n_questions=asked.n_questions,
        minutes=max(1, ceil(asked.n_questions * SECONDS_PER_QUESTION / 60)),
        anonymous=edition.survey.anonymous,
        is_resumed=is_resumed,
        goes_on_at=goes_on_at.number + 1,
    )


def saved_page(edition: Edition, *, can_change: bool, comes_back_later: bool) -> SavedPage:
    """Build the page that thanks; the caller has seen the commit or the stored response."""
    return SavedPage(
        frame=edition.frame,
        thanks="" if comes_back_later else edition.fill(edition.texts.thanks),
        can_change=can_change,
        comes_back_later=comes_back_later,
    )


def _rating_rows(
    edition: Edition, columns: tuple[Column, ...], typed: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[RatingRow, ...]:
    instrument, placeholders = edition.survey.instrument, dict(edition.survey.placeholders)
    rows = []
    for position, column in enumerate(columns, start=1):
        field = instrument.column_name(column)
        rows.append(
            RatingRow(
                field=field,
                number=position,
                wording=instrument.wording(column, edition.locale, placeholders),
                chosen=typed.get(field, ""),
                error=errors.get(field, ""),
            )
        )
    return tuple(rows)


def _points_rows(
    edition: Edition, page: Page, typed: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[PointsRow, ...]:
    rows = []
    for column in page.columns:
        field = edition.survey.instrument.column_name(column)
        words = edition.texts.dimensions[column.item]
        rows.append(
            PointsRow(
                field=field,
                name=edition.fill(words.name),
                description=edition.fill(words.description),
                typed=typed.get(field, ""),
                error=errors.get(field, ""),
            )
        )
    return tuple(rows)


def _scale(edition: Edition, scale_id: str) -> Scale:
    scale = edition.survey.instrument.definition.scales[scale_id]
    words = edition.texts.scales[scale_id]
    labelled = all(point in words.anchors for point in scale.points)
    return Scale(
        points=tuple(
            Point(value=str(point), label=words.anchors[point], announcement="")
            if labelled
            else Point(value=str(point), label=str(point), announcement=_announcement(edition, scale, words, point))
            for point in scale.points
        ),
        low=words.anchors.get(scale.low, ""),
        high=words.anchors.get(scale.high, ""),
        not_applicable=words.not_applicable if scale.not_applicable else "",
        every_point_labelled=labelled,
    )


def _announcement(edition: Edition, scale: ResponseScale, words: ScaleText, point: int) -> str:
    """Say what a point means to somebody who hears it without seeing its place in the row."""
    if point in words.anchors:
        return words.anchors[point]
    return edition.say("on the scale from {low} to {high}", low=scale.low, high=scale.high)
