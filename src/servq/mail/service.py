"""Decisions about what a survey says by mail: its own texts, looked at and tried out before anybody gets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.mail import queries
from servq.mail.composing import Addressed, compose_worded
from servq.mail.letters import Kind, Letter, first_question
from servq.mail.models import MailPlan, MailText
from servq.mail.sending import Handover, MailConnections
from servq.mail.servers import MailSettings, is_address
from servq.mail.wording import (
    SHIPPED,
    WordedLetter,
    Wording,
    check_wording,
    shipped_parts,
    starting_wording,
    word,
)
from servq.settings import Settings
from servq.surveys.launched import LaunchedSurvey, get_tried
from servq.surveys.service import get_survey

MOST_REMINDERS = 5
LONGEST_WAIT_DAYS = 90
MOST_ALERT_ADDRESSES = 20

_SAMPLE_TOKEN = "A-sample-link-no-token"  # noqa: S105 (it opens nothing)


class NewMailText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A survey's own text; a part that is left out stays as shipped."""

    subject: Annotated[
        str | None, Meta(description="Template of the subject.", examples=["How was your stay, {{ name }}?"])
    ] = None
    text: Annotated[
        str | None,
        Meta(
            description="Template of the paragraphs, blank lines between them; link and footer are added.",
            examples=["Hello {{ name or 'dear guest' }},\n\nhow was {{ organisation }}?"],
        ),
    ] = None
    html: Annotated[
        str | None,
        Meta(description="Template of the paragraphs as HTML; made from the text when left out.", examples=[None]),
    ] = None

    def wording(self) -> Wording:
        """Return it as templates."""
        return Wording(subject=self.subject, text=self.text, html=self.html)


class NewMailPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a survey reminds, whether it thanks, and who is told of low scores."""

    reminder_days: Annotated[
        list[int],
        Meta(description="Days after the message before, one for each reminder.", examples=[[3, 7]]),
    ] = []
    thank_you: Annotated[bool, Meta(description="Whether answers are thanked for.")] = False
    alert_addresses: Annotated[
        list[str],
        Meta(description="Who gets a mail when a score is low.", examples=[["manager@example.org"]]),
    ] = []


async def set_plan(session: AsyncSession, survey_id: int, new: NewMailPlan) -> MailPlan:
    """Keep when a survey reminds and whether it thanks; raises `SurveyUnknown` or `RequestInvalid`."""
    await get_survey(session, survey_id)
    problems = []
    if len(new.reminder_days) > MOST_REMINDERS:
        fix = f"Plan at most {MOST_REMINDERS}."
        problems.append(Problem(f"{len(new.reminder_days)} reminders are too many.", fix, column="reminder_days"))
    problems += [
        Problem(f"A reminder cannot wait {days} days.", f"Give 1 to {LONGEST_WAIT_DAYS}.", column="reminder_days")
        for days in new.reminder_days
        if not 1 <= days <= LONGEST_WAIT_DAYS
    ]
    if len(new.alert_addresses) > MOST_ALERT_ADDRESSES:
        fix = f"Name at most {MOST_ALERT_ADDRESSES}, or a list."
        problems.append(Problem("Too many addresses are told of low scores.", fix, column="alert_addresses"))
    problems += [
        Problem(f'"{address[:100]}" is not an e-mail address.', "Correct it.", column="alert_addresses")
        for address in new.alert_addresses
        if not is_address(address)
    ]
    if problems:
        raise RequestInvalid(problems)
    return await queries.store_plan(
        session,
        survey_id,
        reminder_days=new.reminder_days,
        thank_you=new.thank_you,
        alert_addresses=list(dict.fromkeys(new.alert_addresses)),
    )


async def get_plan(session: AsyncSession, survey_id: int) -> NewMailPlan:
    """Return when a survey reminds and whether it thanks; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    plan = await queries.find_plan(session, survey_id)
    if plan is None:
        return NewMailPlan()
    return NewMailPlan(reminder_days=plan.reminder_days, thank_you=plan.thank_you, alert_addresses=plan.alert_addresses)


async def list_texts(session: AsyncSession, survey_id: int) -> Sequence[MailText]:
    """Return a survey's own texts; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    return await queries.list_texts(session, survey_id)


async def find_wording(session: AsyncSession, survey_id: int, kind: Kind, locale: str) -> Wording:
    """Return the templates that a survey's mails are made from: its own where it has some, else the shipped ones.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid`.
    """
    await _asked(session, survey_id, locale)
    own, shipped = await _own(session, survey_id, kind, locale), shipped_parts(kind)
    return Wording(subject=own.subject or shipped.subject, text=own.text or shipped.text, html=own.html)


async def find_starting_wording(
    session: AsyncSession, survey_id: int, kind: Kind, locale: str, *, address: str
) -> Wording:
    """Return the shipped text as somebody would write it, with names to be filled in; raises as `find_wording`."""
    survey = await _asked(session, survey_id, locale)
    return starting_wording(sample_letter(survey, kind, locale, address=address))


async def find_own_wording(session: AsyncSession, survey_id: int, kind: Kind, locale: str) -> Wording:
    """Return the templates that a survey has of its own; None for what stays as shipped."""
    return await _own(session, survey_id, kind, locale)


async def set_text(
    session: AsyncSession, survey_id: int, kind: Kind, locale: str, new: NewMailText, *, address: str, now: datetime
) -> MailText:
    """Store a survey's own text once it was rendered without a fault.

    Raises
    ------
    MailTextInvalid
        With every problem, its language, part and line.
    SurveyUnknown, SurveyNotLaunched, RequestInvalid
        There is no such survey, or it is not asked in this language.
    """
    survey = await _asked(session, survey_id, locale)
    check_wording(sample_letter(survey, kind, locale, address=address), new.wording())
    return await queries.store_text(
        session, survey_id, kind, locale, subject=new.subject, text=new.text, html=new.html, now=now
    )


async def remove_text(session: AsyncSession, survey_id: int, kind: Kind, locale: str) -> None:
    """Go back to the shipped text; raises as `find_wording` does, or `RecordUnknown` if the survey has no other."""
    await _asked(session, survey_id, locale)
    if not await queries.delete_text(session, survey_id, kind, locale):
        raise RecordUnknown(f"Survey {survey_id} has no {kind} text of its own in {locale}.")


async def preview(
    session: AsyncSession,
    survey_id: int,
    kind: Kind,
    locale: str,
    *,
    address: str,
    wording: Wording | None = None,
) -> WordedLetter:
    """Return a mail as a made-up person would get it, by `wording` or by what is stored; raises as `set_text` does."""
    survey = await _asked(session, survey_id, locale)
    letter = sample_letter(survey, kind, locale, address=address)
    chosen = await _own(session, survey_id, kind, locale) if wording is None else wording
    check_wording(letter, chosen)
    return word(letter, chosen)


async def send_test(
    settings: Settings, worded: WordedLetter, *, locale: str, to: str, message_id: str, now: datetime
) -> Handover:
    """Send a previewed mail to one address, with a subject that says so.

    Raises
    ------
    EnvironmentIncomplete, MailUnavailable, RequestInvalid
        No server is set, it takes nothing, or the address is none.
    """
    if not is_address(to):
        raise RequestInvalid(Problem(f'"{to[:100]}" is not an e-mail address.', "Correct it.", column="to"))
    mail = MailSettings.of(settings)
    envelope = compose_worded(
        replace(worded, subject=f"[Test] {worded.subject}"),
        Addressed(address=to, name="", locale=locale, message_id=message_id, return_tag="test", opt_out=""),
        mail.sender,
        at=now,
    )
    async with MailConnections.open(mail.server, n=1) as connections:
        return await connections.deliver(envelope)


def sample_letter(survey: LaunchedSurvey, kind: Kind, locale: str, *, address: str) -> Letter:
    """Return a letter to a made-up person, whose links open nothing."""
    asks = kind in ("invitation", "reminder")
    link = f"{address.rstrip('/')}/s/{_SAMPLE_TOKEN}" if asks else ""
    return Letter(
        kind=kind,
        number=1 if kind == "reminder" else 0,
        locale=locale,
        name="Alex Sample",
        attributes={"site": survey.sites[0]} if survey.sites else {},
        organisation=survey.organisation,
        title=survey.title,
        anonymous=survey.anonymous,
        link=link,
        opt_out="" if kind == "alert" else f"{address.rstrip('/')}/u/sample",
        question=first_question(survey, locale, link) if asks else None,
    )


async def _own(session: AsyncSession, survey_id: int, kind: Kind, locale: str) -> Wording:
    text = await queries.find_text(session, survey_id, kind, locale)
    return SHIPPED if text is None else Wording(subject=text.subject, text=text.text, html=text.html)


async def _asked(session: AsyncSession, survey_id: int, locale: str) -> LaunchedSurvey:
    """Return the survey as it is asked: frozen, or a draft as it is set up now."""
    survey = await (await session.connection()).run_sync(get_tried, survey_id)
    if locale not in survey.locales:
        raise RequestInvalid(
            Problem(
                f'Survey {survey_id} is not asked in "{locale[:20]}".',
                f"Use one of: {', '.join(survey.locales)}.",
                column="locale",
            )
        )
    return survey
