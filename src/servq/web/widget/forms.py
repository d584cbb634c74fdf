"""A short survey as a script shows it: its parts in order, in one language, with what each of them depends on; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from servq.instruments.model import RatingBattery
from servq.responses.answers import COMMENT_PREFIX, NOT_APPLICABLE_VALUE
from servq.responses.feedback import (
    ADDRESS,
    COMMENT,
    LONGEST_COMMENT,
    LONGEST_CONTACT,
    LONGEST_CONTACT_NAME,
    NAME,
    SCORE,
)
from servq.scoring.routing import Requirement
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.pages import Block, Page
from servq.translation import Translator, translator
from servq.web.answer.editions import Edition
from servq.web.answer.sections import Filled, sections_of
from servq.web.answer.views import RatingSection

Needs = list[tuple[str, list[str]]]


class Point(Struct, frozen=True):
    """One answer on offer: what is sent, what is seen, what is heard besides."""

    value: str
    label: str
    heard: str = ""


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing asked.

    Parameters
    ----------
    kind
        ``rating``, ``text`` for several lines, or ``line``.
    needs
        Fields that must hold one of these values, or this is not asked.
    listed
        Every point has a label of its own, so they stand below each other.
    """

    kind: str
    name: str
    label: str
    needs: Needs = []
    required: bool = False
    points: list[Point] = []
    listed: bool = False
    low: str = ""
    high: str = ""
    most: int = 0
    heading: str = ""


class Form(Struct, frozen=True, kw_only=True):
    """Everything that is shown of a survey."""

    title: str
    lang: str
    dir: str
    language: str
    instruction: str
    parts: list[Part]
    thanks: str
    words: dict[str, str]


def widget_words(say: Translator) -> dict[str, str]:
    """Return what the dialog itself says."""
    return {
        "send": say("Send"),
        "close": say("Close"),
        "optional": say("optional"),
        "sending": say("Sending …"),
        "saved": say("Your answer is saved."),
        "kept": say("There is no connection. Your answer is kept in this browser and sent as soon as possible."),
        "refused": say("Your answer could not be saved."),
        "closed": say("This survey is closed. Your answer was not saved."),
        "choose": say("Please choose an answer first."),
    }


def survey_form(edition: Edition, words: dict[str, str]) -> Form:
    """Describe a survey that fits into a dialog."""
    survey = edition.survey
    parts = [part for page in survey.pages for part in _page_parts(edition, page)]
    ratings = [part for part in parts if part.kind == "rating"]
    instructions = {
        edition.fill(edition.texts.batteries[block.battery_id].instruction)
        for page in survey.pages
        for block in page.blocks
    }
    return Form(
        title=edition.frame.title,
        lang=edition.locale,
        dir=edition.frame.language.direction,
        language=edition.frame.language.name,
        # One question says by itself what is to be done.
        instruction="" if len(ratings) == 1 or len(instructions) != 1 else instructions.pop(),
        parts=parts,
        thanks=edition.fill(edition.texts.thanks),
        words=words,
    )


def feedback_form(edition: Edition, page: Page, words: dict[str, str]) -> Form:
    """Describe the permanent feedback form of a survey."""
    say = translator(edition.locale, "widget")
    (rating,) = _ratings(edition, page)
    note = say("Only if you would like an answer. It is kept apart from your feedback.")
    return Form(
        title=say("Your feedback"),
        lang=edition.locale,
        dir=edition.frame.language.direction,
        language=edition.frame.language.name,
        instruction="",
        parts=[
            Part(kind="text", name=COMMENT, label=say("What would you like to tell us?"), most=LONGEST_COMMENT),
            Part(
                kind="rating",
                name=SCORE,
                label=rating.label,
                points=rating.points,
                listed=rating.listed,
                low=rating.low,
                high=rating.high,
            ),
            Part(kind="line", name=NAME, label=say("Name"), most=LONGEST_CONTACT_NAME, heading=note),
            Part(kind="line", name=ADDRESS, label=say("E-mail address or telephone number"), most=LONGEST_CONTACT),
        ],
        thanks="",
        words={**words, "saved": say("Your feedback is saved. Thank you.")},
    )


def _page_parts(edition: Edition, page: Page) -> Iterator[Part]:
    yield from _ratings(edition, page)
    rules = edition.survey.rules
    for comment in page.comments:
        yield Part(
            kind="text" if comment.form == "text" else "line",
            name=COMMENT_PREFIX + comment.id,
            label=edition.fill(edition.texts.comments[comment.id]),
            required=comment.required,
            most=comment.max_length,
            needs=_needs(edition.survey, rules.comments.get(comment.id, ())),
        )


def _ratings(edition: Edition, page: Page) -> Iterator[Part]:
    for block in page.blocks:
        yield from _block_parts(edition, page, block)


def _block_parts(edition: Edition, page: Page, block: Block) -> Iterator[Part]:
    alone = Page(number=page.number, part=page.part, first=block.first, blocks=(block,), comments=())
    (section,) = sections_of(edition, alone, edition.survey.open_route, 0, Filled({}, {}, {}))
    if not isinstance(section, RatingSection) or not isinstance(block.battery, RatingBattery):
        raise TypeError(f'Battery "{block.battery_id}" is not rated.')
    scale = section.scale
    points = [Point(point.value, point.label, point.announcement) for point in scale.points]
    if scale.not_applicable:
        points.append(Point(NOT_APPLICABLE_VALUE, scale.not_applicable))
    for position, row in enumerate(section.rows, start=block.first):
        yield Part(
            kind="rating",
            name=row.field,
            label=row.wording,
            required=block.required,
            points=points,
            listed=scale.every_point_labelled,
            low="" if scale.every_point_labelled else scale.low,
            high="" if scale.every_point_labelled else scale.high,
            needs=_needs(edition.survey, _requirements_at(edition.survey, position)),
        )


def _requirements_at(survey: LaunchedSurvey, position: int) -> Sequence[Requirement]:
    return [
        requirement
        for rule in survey.rules.rules
        if rule.first <= position < rule.end
        for requirement in rule.requirements
    ]


def _needs(survey: LaunchedSurvey, requirements: Iterable[Requirement]) -> Needs:
    fields = [name for page in survey.pages for name in page.fields]
    return [(fields[each.position], [str(code) for code in each.codes]) for each in requirements]
