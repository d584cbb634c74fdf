"""One interview on one page, entered by keyboard: what the page shows and how what was typed is read; pure.

Every answer is typed into a field of its own: the number of the point, ``n`` where the item does not apply, ``-`` where
the respondent gave no answer. A field that is still empty is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from servq.errors import AnswersInvalid, Problem
from servq.messages import Message
from servq.responses.answers import COMMENT_PREFIX, NOT_APPLICABLE_VALUE, blank_codes, read_page
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.pages import Page
from servq.web.answer.composing import question_page
from servq.web.answer.editions import Edition
from servq.web.answer.views import (
    ChoiceRow,
    ChoiceSection,
    CommentBox,
    Frame,
    PairedSection,
    PointsSection,
    RatingRow,
    RatingSection,
    Scale,
    Section,
    SummaryLine,
)

NOT_APPLICABLE_KEY = "n"
NO_ANSWER_KEY = "-"
CONSENT = "consent"
SITE = "site"
ENTRY = "entry"

MOST_LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One answer: its field, its wording and what may be typed (`low` to `high`)."""

    field: str
    wording: str
    options: tuple[str, ...]
    low: int
    high: int
    takes_not_applicable: bool
    is_rated: bool
    typed: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryGroup:
    """Answers of one kind, with the key to their points."""

    title: str
    instruction: str
    key: tuple[str, ...]
    rows: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """The entry page; `entry` names the interview, so that it is stored once."""

    frame: Frame
    script: str
    heading: str
    label: str
    entry: str
    consent: str
    consent_error: str
    sites: tuple[str, ...]
    site: str
    groups: tuple[EntryGroup, ...]
    comments: tuple[CommentBox, ...]
    problems: tuple[SummaryLine, ...]
    n_more: int
    is_saved: bool


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that is asked in this interview, and its form as respondents' pages would have sent it."""

    page: Page
    form: Mapping[str, str]


def read_entry(survey: LaunchedSurvey, form: Mapping[str, str]) -> list[ReadPage]:
    """Check a whole interview and return its pages in order; what the skip rules leave out is not read.

    Raises
    ------
    AnswersInvalid
        With every problem, `Problem.column` being the field or the battery.
    """
    problems: list[Problem] = []
    if survey.asks_consent and not form.get(CONSENT):
        problems.append(
            Problem(
                Message("The respondent has not agreed yet."),
                fix=Message("Read out the text and tick the box, or end the interview."),
                column=CONSENT,
            )
        )
    codes = list(blank_codes(survey.n_columns))
    asked = []
    for page in survey.pages:
        route = survey.route(codes)
        if page not in route.asked:
            continue
        names = [name for position, name in enumerate(page.fields, page.first) if route.asks_at(position)]
        typed = {name: _as_sent(form.get(name, "")) for name in names}
        typed |= {name: form.get(name, "") for name in (COMMENT_PREFIX + each.id for each in route.comments(page))}
        rated = {name for block in route.blocks(page) if block.required for name in block.fields} & set(names)
        problems += [
            Problem(Message("No answer yet."), fix=Message("Type - where none was given."), column=name)
            for name in names
            if name in rated and not form.get(name, "").strip()
        ]
        try:
            answers = read_page(page, typed, route)
        except AnswersInvalid as invalid:
            problems += invalid.problems
            continue
        blank = {problem.column for problem in problems}
        problems += [each for each in answers.lacking if not blank & {each.column, *names}]
        codes[page.first : page.end] = answers.codes
        asked.append(ReadPage(page, typed))
    if problems:
        raise AnswersInvalid(problems)
    return asked


def entry_page(
    edition: Edition,
    *,
    heading: str,
    label: str,
    entry: str,
    script: str,
    typed: Mapping[str, str],
    site: str,
    choose_site: bool,
    invalid: AnswersInvalid | None = None,
    is_saved: bool = False,
) -> EntryPage:
    """Build the page, with what was typed and what is wrong with it."""
    survey, say = edition.survey, edition.say
    places = {field: field for page in survey.pages for field in page.fields}
    places |= {block.battery_id: block.fields[0] for page in survey.pages for block in page.blocks}
    problems = [
        SummaryLine(
            places.get(problem.column or "", problem.column or ENTRY),
            f"{say.say(problem.message)} {say.say(problem.fix)}".strip(),
        )
        for problem in (invalid.problems if invalid is not None else ())
    ]
    errors = {line.field: line.text for line in reversed(problems)}
    shown = [
        question_page(edition, page, survey.open_route, typed=typed, errors=errors)
        for page in survey.pages
        if page in survey.open_route.asked
    ]
    groups = [
        group
        for page in shown
        for number, section in enumerate(page.sections)
        for group in _groups(edition, section, (page.heading, page.instruction) if not number else ("", ""))
    ]
    return EntryPage(
        frame=edition.frame,
        script=script,
        heading=heading,
        label=label,
        entry=entry,
        consent=edition.consent if survey.asks_consent else "",
        consent_error=errors.get(CONSENT, ""),
        sites=survey.sites if choose_site else (),
        site=site,
        groups=tuple(groups),
        comments=tuple(box for page in shown for box in page.comments),
        problems=tuple(problems[:MOST_LINES]),
        n_more=max(0, len(problems) - MOST_LINES),
        is_saved=is_saved,
    )


def _as_sent(typed: str) -> str:
    """Return what the respondents' own pages would send for what an interviewer typed."""
    typed = typed.strip().lower()
    return {NOT_APPLICABLE_KEY: NOT_APPLICABLE_VALUE, NO_ANSWER_KEY: ""}.get(typed, typed)


def _groups(edition: Edition, section: Section, heading: tuple[str, str]) -> Iterator[EntryGroup]:
    if isinstance(section, PairedSection):
        answers = list(zip(*(item.answers for item in section.items), strict=True))
        for (title, instruction), column in zip(section.introductions, answers, strict=False):
            rows = [_rating_row(answer.row, answer.scale) for answer in column]
            yield _group(edition, title, instruction, column[0].scale, rows)
        return
    title, instruction = (section.title, section.instruction) if section.title else heading
    if isinstance(section, RatingSection):
        rows = [_rating_row(row, section.scale) for row in section.rows]
        yield _group(edition, title, instruction, section.scale, rows)
    elif isinstance(section, ChoiceSection):
        yield EntryGroup(
            title=title, instruction=instruction, key=(), rows=tuple(_choice_row(row) for row in section.rows)
        )
    elif isinstance(section, PointsSection):
        rows = [
            EntryRow(
                field=row.field,
                wording=row.name,
                options=(),
                low=0,
                high=section.total,
                takes_not_applicable=False,
                is_rated=False,
                typed=row.typed,
                error=row.error,
            )
            for row in section.rows
        ]
        yield EntryGroup(title=title, instruction=instruction, key=(), rows=tuple(rows))


def _group(edition: Edition, title: str, instruction: str, scale: Scale, rows: Sequence[EntryRow]) -> EntryGroup:
    if scale.every_point_labelled:
        key = [f"{point.value} = {point.label}" for point in scale.points]
    else:
        ends = ((scale.points[0].value, scale.low), (scale.points[-1].value, scale.high))
        key = [f"{value} = {anchor}" for value, anchor in ends if anchor]
    if scale.not_applicable:
        key.append(f"{NOT_APPLICABLE_KEY} = {scale.not_applicable}")
    key.append(f"{NO_ANSWER_KEY} = {edition.say('no answer given')}")
    return EntryGroup(title=title, instruction=instruction, key=tuple(key), rows=tuple(rows))


def _rating_row(row: RatingRow, scale: Scale) -> EntryRow:
    return EntryRow(
        field=row.field,
        wording=row.wording,
        options=(),
        low=int(scale.points[0].value),
        high=int(scale.points[-1].value),
        takes_not_applicable=bool(scale.not_applicable),
        is_rated=True,
        typed=row.chosen,
        error=row.error,
    )


def _choice_row(row: ChoiceRow) -> EntryRow:
    return EntryRow(
        field=row.field,
        wording=row.wording,
        options=tuple(f"{option.value} = {option.label}" for option in row.options),
        low=1,
        high=len(row.options),
        takes_not_applicable=False,
        is_rated=True,
        typed=row.chosen,
        error=row.error,
    )
