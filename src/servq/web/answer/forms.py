"""The form of a question page: what a browser may send, and how the page comes back when it cannot be saved; pure.

A form that no browser showing the page could have sent is refused as a whole. Anything a person can do on the page
brings the page back, with what was typed and with what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from servq.errors import AnswersInvalid, Problem
from servq.instruments.model import Column, PointsBattery
from servq.responses.answers import COMMENT_PREFIX, NOT_APPLICABLE_VALUE
from servq.responses.evidence import StoredEvidence
from servq.scoring.answers import Missing
from servq.surveys.pages import Page
from servq.surveys.routes import Route
from servq.web.answer.composing import question_page
from servq.web.answer.editions import Edition
from servq.web.answer.sections import EVIDENCE_PREFIX, REMOVE_PREFIX
from servq.web.answer.uploads import Form
from servq.web.answer.views import (
    ChoiceSection,
    ErrorSummary,
    PairedSection,
    QuestionPage,
    RatingRow,
    RatingSection,
    Section,
    SummaryLine,
)

HONEYPOT = "website"

MOST_LINES = 6
"""Lines of an error summary: a phone still shows what comes below them."""

Step = Literal["next", "back", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedPage:
    """What a respondent sent.

    Parameters
    ----------
    typed
        Every field of the page as it was sent, "" where it was not.
    step
        Which button was pressed.
    show
        The language asked for by the switch, or "".
    is_trapped
        The field that people do not see was filled in.
    files
        Files by the field of the answer that they go with.
    removed
        Answers whose file shall go.
    """

    typed: Mapping[str, str]
    step: Step
    show: str
    is_trapped: bool
    files: Mapping[str, bytes] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page as one respondent has it before them."""

    edition: Edition
    page: Page
    route: Route
    order: int = 0
    evidence: Mapping[Column, StoredEvidence] = field(default_factory=dict)
    carries_consent: bool = False

    def show(self, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> QuestionPage:
        """Build the view."""
        return question_page(
            self.edition,
            self.page,
            self.route,
            order=self.order,
            typed=typed,
            errors=errors,
            evidence=self.evidence,
            carries_consent=self.carries_consent,
        )


def read_form(form: Form, page: Page) -> PostedPage:
    """Read the form of a page.

    Raises
    ------
    AnswersInvalid
        If no browser showing this page could have sent it.
    """
    sent = dict(form.pairs)
    if len(sent) != len(form.pairs):
        raise AnswersInvalid(Problem("A field was sent twice in one form.", fix="Send one value for each."))
    fields = fields_of(page)
    removable = {REMOVE_PREFIX + name for name in page.evidence}
    # Without a file a browser that cannot send files sends its name as text.
    unknown = sorted(sent.keys() - fields - removable - {"do", "show", HONEYPOT} - evidence_limits(page).keys())
    if unknown:
        named = ", ".join(name[:40] for name in unknown[:5])
        raise AnswersInvalid(Problem(f"The page has no field {named}.", fix="Open the page again."))
    step = sent.get("do", "next")
    if step not in get_args(Step):
        raise AnswersInvalid(Problem(f"The page has no button “{step[:20]}”.", fix="Use one of its buttons."))
    return PostedPage(
        typed={name: sent.get(name, "") for name in fields},
        step=step,  # type: ignore[arg-type]  # checked above against the same Literal, which does not narrow str
        show=sent.get("show", ""),
        is_trapped=bool(sent.get(HONEYPOT)),
        files={name.removeprefix(EVIDENCE_PREFIX): content for name, content in form.files.items()},
        removed=frozenset(name.removeprefix(REMOVE_PREFIX) for name in removable if sent.get(name)),
    )


def fields_of(page: Page) -> frozenset[str]:
    """Names of the fields that the page can show."""
    return frozenset(page.fields) | {COMMENT_PREFIX + comment.id for comment in page.comments}


def evidence_limits(page: Page) -> dict[str, int]:
    """Largest file by the field that takes it, in bytes."""
    return {EVIDENCE_PREFIX + name: wanted.most_bytes for name, wanted in page.evidence.items()}


def typed_from(page: Page, codes: Sequence[int], texts: Mapping[str, str]) -> dict[str, str]:
    """Fill the fields of a page from stored answers, `codes` as in `Instrument.columns`."""
    typed = {COMMENT_PREFIX + comment.id: texts.get(comment.id, "") for comment in page.comments}
    for position, name in enumerate(page.fields, start=page.first):
        code = codes[position]
        if code >= 0:
            typed[name] = str(code)
        elif code == Missing.NOT_APPLICABLE:
            typed[name] = NOT_APPLICABLE_VALUE
    return typed


def blank_fields(page: Page, route: Route, typed: Mapping[str, str]) -> tuple[str, ...]:
    """Return the items without an answer, of the batteries that ask for one."""
    return tuple(
        name
        for block in page.blocks
        if block.required and not isinstance(block.battery, PointsBattery)
        for position, name in enumerate(block.fields, start=block.first)
        if route.asks_at(position) and not typed.get(name)
    )


def ask_about_blanks(sheet: Sheet, typed: Mapping[str, str], blanks: Sequence[str]) -> QuestionPage:
    """Show the page again, pointing at what is blank; some of it may stay blank on purpose."""
    say = sheet.edition.say
    view = sheet.show(typed, dict.fromkeys(blanks, say("No answer yet.")))
    heading = say("One answer is missing") if len(blanks) == 1 else say("Some answers are missing")
    can_skip = any(typed.get(name) for name in sheet.page.fields)
    return replace(view, summary=_summary(heading, _lines(sheet.edition, view), can_skip=can_skip))


def explain_problems(sheet: Sheet, typed: Mapping[str, str], problems: Iterable[Problem]) -> QuestionPage:
    """Show the page again with what is wrong with it.

    Raises `AnswersInvalid` if a point was chosen that the page does not offer.
    """
    problems = list(problems)
    say = sheet.edition.say.say
    shown = fields_of(sheet.page) | evidence_limits(sheet.page).keys()
    errors: dict[str, str] = {}
    general: list[str] = []
    for problem in problems:
        text = f"{say(problem.message)} {say(problem.fix)}"
        if problem.column not in shown:
            general.append(text)
        elif not _is_offered(sheet.page, problem.column, typed):
            raise AnswersInvalid(problems)
        else:
            errors[problem.column] = text
    view = sheet.show(typed, errors)
    lines = (*(SummaryLine(_first_field(view), text) for text in general), *_lines(sheet.edition, view))
    return replace(view, summary=_summary(sheet.edition.say("Please check this page"), lines))


def point_out(sheet: Sheet, typed: Mapping[str, str], text: str) -> QuestionPage:
    """Show the page again with one sentence about all of it."""
    view = sheet.show(typed)
    lines = (SummaryLine(_first_field(view), text),)
    return replace(view, summary=_summary(sheet.edition.say("Please check this page"), lines))


def _is_offered(page: Page, name: str, typed: Mapping[str, str]) -> bool:
    """Whether what was sent for a field can be chosen or typed on the page."""
    for block in page.blocks:
        if name in block.fields and not isinstance(block.battery, PointsBattery):
            offered = {str(point) for point in block.points[block.fields.index(name)]}
            return typed.get(name, "") in offered | {""} | ({NOT_APPLICABLE_VALUE} if block.not_applicable else set())
    return True


def _first_field(view: QuestionPage) -> str:
    for section in view.sections:
        for row in _rows_of(section):
            return row
    return view.comments[0].field


def _rows_of(section: Section) -> Iterator[str]:
    if isinstance(section, PairedSection):
        yield from (answer.row.field for item in section.items for answer in item.answers)
    else:
        yield from (row.field for row in section.rows)


def _summary(heading: str, lines: tuple[SummaryLine, ...], *, can_skip: bool = False) -> ErrorSummary:
    return ErrorSummary(heading, lines[:MOST_LINES], max(0, len(lines) - MOST_LINES), can_skip)


def _lines(edition: Edition, view: QuestionPage) -> tuple[SummaryLine, ...]:
    lines = [line for section in view.sections for line in _section_lines(edition, section)]
    lines += [SummaryLine(box.field, f"{box.label}: {box.error}") for box in view.comments if box.error]
    return tuple(lines)


def _section_lines(edition: Edition, section: Section) -> Iterator[SummaryLine]:
    say = edition.say
    if isinstance(section, PairedSection):
        for item in section.items:
            for answer in item.answers:
                place = say("Statement {number}, {column}", number=item.number, column=answer.label)
                yield from _row_lines(answer.row, place)
    elif isinstance(section, RatingSection):
        for row in section.rows:
            yield from _row_lines(row, say("Statement {number}", number=row.number) if len(section.rows) > 1 else "")
    elif isinstance(section, ChoiceSection):
        yield from (SummaryLine(row.field, f"{row.wording} {row.error}") for row in section.rows if row.error)
    else:
        yield from (SummaryLine(row.field, f"{row.name}: {row.error}") for row in section.rows if row.error)


def _row_lines(row: RatingRow, place: str) -> Iterator[SummaryLine]:
    before = f"{place}: " if place else ""
    if row.error:
        yield SummaryLine(row.field, before + row.error)
    if row.evidence is not None and row.evidence.error:
        yield SummaryLine(row.evidence.field, before + row.evidence.error)
