"""``…/setup/mail``: reminders and thanks; every mail in every language, looked at and tried before anybody gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.errors import (
    BadInput,
    EnvironmentIncomplete,
    MailTextInvalid,
    MailUnavailable,
    Problem,
    RequestInvalid,
    SurveyNotLaunched,
)
from servq.invitations.outbox import new_message_id
from servq.mail import service
from servq.mail.letters import KINDS, Kind
from servq.mail.sending import Outcome
from servq.mail.service import NewMailPlan, NewMailText
from servq.mail.wording import WordedLetter, Wording
from servq.messages import Message
from servq.responses.setting_up import prepare_trial
from servq.surveys.launched import LaunchedSurvey, get_tried
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.service import get_survey
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.library.listing import language_names
from servq.web.manage.pages import FRAMED_HEADERS, page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS, Frame, base_of, frame_of, lines_of, note
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/mail.html.j2"
KIND_NAMES: Mapping[Kind, Message] = {
    "invitation": Message("Invitation"),
    "reminder": Message("Reminder"),
    "thank_you": Message("Thanks"),
    "alert": Message("Low score"),
}


@dataclass(frozen=True, slots=True)
class MailPage:
    """The plan, and one mail in one language with its preview; no preview where the text has a fault."""

    frame: Frame
    plan: Mapping[str, Any]
    kind: Kind
    kinds: tuple[tuple[str, str, bool], ...]
    locale: str
    text_direction: str
    languages: tuple[tuple[str, str], ...]
    subject: str
    text: str
    is_own: bool
    preview: WordedLetter | None
    can_mail: bool
    test_to: str
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/{{survey_id:int}}/setup/mail", opt=FOR_RESEARCHERS)
async def show_mail(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show the plan and one mail."""
    survey = await _tried(session, viewer, survey_id, now=now)
    asked = request.query_params
    shown = await _mail(request, session, viewer, survey, _kind(asked.get("kind")), asked.get("language", ""))
    return page(request, viewer, TEMPLATE, shown)


@get(f"{ADDRESS}/{{survey_id:int}}/setup/mail/preview", opt=FOR_RESEARCHERS)
async def show_html(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show the HTML of a mail as its reader sees it, inside the page."""
    survey = await _tried(session, viewer, survey_id, now=now)
    asked = request.query_params
    locale = _locale(survey, asked.get("language", ""))
    worded = await service.preview(session, survey.id, _kind(asked.get("kind")), locale, address=_address(request))
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'"
    headers = {**FRAMED_HEADERS, "Content-Security-Policy": f"{policy}; sandbox"}
    return Response(worded.html.encode(), headers=headers, media_type="text/html; charset=utf-8")


@post(f"{ADDRESS}/{{survey_id:int}}/setup/mail", opt=FOR_RESEARCHERS)
async def change_mail(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Keep the plan or a text, go back to the shipped one, or send a mail to oneself."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await _tried(session, viewer, survey_id, now=now)
    kind, locale = _kind(text_of(sent, "kind")), _locale(survey, text_of(sent, "language"))
    action, stored = text_of(sent, "action"), await get_survey(session, survey_id)
    try:
        if action == "plan":
            await service.set_plan(session, survey_id, _plan(sent))
            said = say("Saved.")
        elif action == "shipped":
            await service.remove_text(session, survey_id, kind, locale)
            said = say("The shipped text is used again.")
        elif action == "test":
            worded = await service.preview(session, survey_id, kind, locale, address=_address(request))
            to, settings = text_of(sent, "test_to").strip(), request.app.state.settings
            handover = await service.send_test(
                settings, worded, locale=locale, to=to, message_id=new_message_id(), now=now
            )
            if handover.outcome is not Outcome.ACCEPTED:
                fix = Message("Check the address and the settings of the mail server.")
                raise RequestInvalid(
                    Problem(Message("The mail server said: {reply}", reply=handover.reply[:200]), fix, column="test_to")
                )
            said = say("The mail is on its way to {address}.", address=to)
        else:
            address = _address(request)
            start = await service.find_starting_wording(session, survey_id, kind, locale, address=address)
            own = _own_text(sent, start)
            await service.set_text(session, survey_id, kind, locale, own, address=address, now=now)
            said = say("Saved.")
    except (BadInput, EnvironmentIncomplete, MailUnavailable) as refused:
        errors = _errors(refused, viewer)
        shown = await _mail(request, session, viewer, survey, kind, locale, sent=sent, errors=errors)
        return page(request, viewer, TEMPLATE, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    done = AuditAction.SENT if action == "test" else AuditAction.CHANGED
    await note(session, viewer, done, stored, now=now, part="mail", kind_of_mail=kind, language=locale)
    return redirect(request, f"{request.scope['path']}?kind={kind}&language={locale}", notice=said)


async def _mail(
    request: PageRequest,
    session: AsyncSession,
    viewer: Viewer,
    survey: LaunchedSurvey,
    kind: Kind,
    wanted: str,
    *,
    sent: FormMultiDict | None = None,
    errors: Mapping[str, str] | None = None,
) -> MailPage:
    say, locale = say_in(viewer, DOMAIN), _locale(survey, wanted)
    start = await service.find_starting_wording(session, survey.id, kind, locale, address=_address(request))
    own = await service.find_own_wording(session, survey.id, kind, locale)
    plan = await service.get_plan(session, survey.id)
    try:
        preview: WordedLetter | None = await service.preview(
            session, survey.id, kind, locale, address=_address(request)
        )
    except MailTextInvalid:
        preview = None
    typed = sent if sent is not None and text_of(sent, "action") not in {"plan", "test", "shipped"} else None
    planned = sent if sent is not None and text_of(sent, "action") == "plan" else None
    return MailPage(
        frame=frame_of(await get_survey(session, survey.id), "mail", say),
        plan={
            "reminder_days": ", ".join(map(str, plan.reminder_days))
            if planned is None
            else text_of(planned, "reminder_days"),
            "thank_you": plan.thank_you if planned is None else bool(text_of(planned, "thank_you")),
            "alert_addresses": "\n".join(plan.alert_addresses)
            if planned is None
            else text_of(planned, "alert_addresses"),
        },
        kind=kind,
        kinds=tuple((each, say.say(KIND_NAMES[each]), each == kind) for each in KINDS),
        locale=locale,
        text_direction=language(locale).direction,
        languages=tuple(zip(survey.locales, language_names(survey.locales), strict=True)),
        subject=own.subject or start.subject or "" if typed is None else text_of(typed, "subject"),
        text=own.text or start.text or "" if typed is None else text_of(typed, "text"),
        is_own=own != Wording(),
        preview=preview,
        can_mail=bool(request.app.state.settings.smtp),
        test_to=viewer.email if sent is None or not text_of(sent, "test_to") else text_of(sent, "test_to"),
        errors=errors or {},
    )


async def _tried(session: AsyncSession, viewer: Viewer, survey_id: int, *, now: Now) -> LaunchedSurvey:
    """Return the survey as it is asked; a draft is put together as it stands now."""
    survey = await get_survey(session, survey_id)
    await _put_together(session, survey, by=viewer.email, now=now)
    return await (await session.connection()).run_sync(get_tried, survey_id)


async def _put_together(session: AsyncSession, survey: Survey, *, by: str, now: Now) -> None:
    if survey.status is not SurveyStatus.DRAFT:
        return
    try:
        await prepare_trial(session, survey.id, await base_of(session, survey), by=by, now=now)
    except BadInput as invalid:
        raise SurveyNotLaunched("The questions of this draft have a fault. Mend them first.") from invalid


def _plan(sent: FormMultiDict) -> NewMailPlan:
    days = [part.strip() for part in text_of(sent, "reminder_days").replace(";", ",").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 5 for part in days):
        fix = Message("Write days like 3, 7.")
        raise RequestInvalid(Problem(Message("These are no numbers of days."), fix, column="reminder_days"))
    return NewMailPlan(
        reminder_days=list(map(int, days)),
        thank_you=bool(text_of(sent, "thank_you")),
        alert_addresses=list(lines_of(text_of(sent, "alert_addresses"))),
    )


def _own_text(sent: FormMultiDict, start: Wording) -> NewMailText:
    """Return what differs from the shipped text; a part that is empty or the same stays as shipped."""
    subject = text_of(sent, "subject").strip()
    text = text_of(sent, "text").replace("\r\n", "\n").strip()
    return NewMailText(
        subject=subject if subject and subject != start.subject else None,
        text=text if text and text != start.text else None,
    )


def _errors(refused: Exception, viewer: Viewer) -> Mapping[str, str]:
    say = say_in(viewer, DOMAIN)
    if isinstance(refused, MailTextInvalid):
        # The place of such a problem reads "invitation, de, text".
        return {
            (problem.file or "text").rpartition(", ")[2]: f"{problem.line}: {problem.message} {problem.fix}"
            for problem in refused.problems
        }
    if isinstance(refused, BadInput):
        found = errors_of(refused, say)
        return {("test_to" if name == "to" else name): said for name, said in found.items()}
    return {"test_to": str(refused)}


def _kind(text: str | None) -> Kind:
    return next((kind for kind in KINDS if kind == text), "invitation")


def _locale(survey: LaunchedSurvey, wanted: str) -> str:
    return wanted if wanted in survey.locales else survey.locale


def _address(request: PageRequest) -> str:
    address: str = request.app.state.address
    return address


HANDLERS = (show_mail, show_html, change_mail)
