"""Addresses of mail: what a survey says and when, what became of each message, and what came back."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar import delete, get, post, put
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct

from servq.accounts.models import Scope
from servq.errors import RequestInvalid
from servq.invitations import outbox, outbox_queries
from servq.invitations.bounces import record_report
from servq.invitations.models import MessageKind, MessageStatus, OutgoingMessage
from servq.mail import service
from servq.mail.letters import Kind
from servq.mail.models import MailText
from servq.mail.reports import Report, Trouble, read_report
from servq.mail.sending import Outcome
from servq.mail.service import NewMailPlan, NewMailText
from servq.web.api.access import SCOPE
from servq.web.api.places import LARGEST_NUMBER, Now, Session, SurveyId
from servq.worker.jobs import suppressing

_READ = {SCOPE: Scope.MAIL_READ}
_WRITE = {SCOPE: Scope.MAIL_WRITE}

MessageNumber = Annotated[int, PathParameter(description="Number of the message.", ge=1, le=LARGEST_NUMBER)]
MailKind = Annotated[MessageKind, PathParameter(description="What the message is for.")]
Locale = Annotated[str, PathParameter(description="A language of the survey, such as en.", max_length=20)]
OfSurvey = Annotated[int | None, QueryParameter(description="Only messages of this survey.", ge=1, le=LARGEST_NUMBER)]
WithStatus = Annotated[MessageStatus | None, QueryParameter(description="Only messages that got so far.")]
After = Annotated[
    int, QueryParameter(description="Go on behind the message with this number.", ge=0, le=LARGEST_NUMBER)
]


class MailTextShown(Struct, frozen=True, kw_only=True):
    """A survey's own text; a part that is null is as shipped."""

    kind: str
    locale: str
    subject: str | None
    text: str | None
    html: str | None
    changed_at: datetime

    @classmethod
    def of(cls, text: MailText) -> MailTextShown:
        """Show a stored text."""
        return cls(**{name: getattr(text, name) for name in cls.__struct_fields__})


class TemplatesShown(Struct, frozen=True, kw_only=True):
    """The templates that mails are made from now; `html` is null when it is made from the text."""

    subject: str | None
    text: str | None
    html: str | None


class MailShown(Struct, frozen=True, kw_only=True):
    """A mail as a made-up person would get it."""

    subject: str
    text: str
    html: str


class TestOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to send a test."""

    to: Annotated[str, Meta(description="Your own address.", examples=["you@example.org"], max_length=254)]


class TestSent(Struct, frozen=True, kw_only=True):
    """What the mail server said to a test."""

    accepted: bool
    reply: str


class MessageShown(Struct, frozen=True, kw_only=True):
    """A message and what became of it; who gets it is told by the contact alone."""

    id: int
    survey_id: int
    invitation_id: int | None
    kind: MessageKind
    number: int
    locale: str
    status: MessageStatus
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    n_bounces: int
    message_id: str
    last_error: str | None

    @classmethod
    def of(cls, message: OutgoingMessage) -> MessageShown:
        """Show a stored message."""
        return cls(**{name: getattr(message, name) for name in cls.__struct_fields__})


class MessageCount(Struct, frozen=True, kw_only=True):
    """How many messages of one kind got so far."""

    kind: MessageKind
    status: MessageStatus
    n: int


WholeMail = Annotated[
    str,
    Meta(
        description="A delivery status notification (RFC 3464) or complaint (ARF) with all its headers.",
        max_length=500_000,
    ),
]
MessageId = Annotated[
    str,
    Meta(
        description="Message-ID of the message that came back.",
        examples=["<0123456789abcdef01234567@example.org>"],
        max_length=300,
    ),
]


class ReturnedMail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came back: the whole mail as it was received, or what a provider says about one message."""

    mail: WholeMail | None = None
    message_id: MessageId | None = None
    trouble: Annotated[
        Trouble | None, Meta(description="What happened to it: hard, soft or complaint.", examples=["hard"])
    ] = None
    status: Annotated[str, Meta(description="Status code (RFC 3463).", examples=["5.1.1"], max_length=20)] = ""
    detail: Annotated[
        str, Meta(description="What the other server said.", examples=["550 no such user"], max_length=300)
    ] = ""


class ReturnTaken(Struct, frozen=True, kw_only=True):
    """The message that a report was about; null when it is none of ours or reports no trouble."""

    message: MessageShown | None


@get("/surveys/{survey_id:int}/mail-plan", opt=_READ)
async def show_mail_plan(survey_id: SurveyId, session: Session) -> NewMailPlan:
    """Show when a survey reminds, whether it thanks and who is told of low scores."""
    return await service.get_plan(session, survey_id)


@put("/surveys/{survey_id:int}/mail-plan", opt=_WRITE)
async def set_mail_plan(survey_id: SurveyId, data: JSONBody[NewMailPlan], session: Session) -> NewMailPlan:
    """Decide when a survey reminds, whether it thanks and who is told of low scores."""
    await service.set_plan(session, survey_id, data)
    return await service.get_plan(session, survey_id)


@get("/surveys/{survey_id:int}/mail-texts", opt=_READ)
async def show_mail_texts(survey_id: SurveyId, session: Session) -> list[MailTextShown]:
    """List the texts that a survey has of its own."""
    return [MailTextShown.of(text) for text in await service.list_texts(session, survey_id)]


@get("/surveys/{survey_id:int}/mail-texts/{kind:str}/{locale:str}", opt=_READ)
async def show_mail_text(survey_id: SurveyId, kind: MailKind, locale: Locale, session: Session) -> TemplatesShown:
    """Show the templates of a mail, the shipped ones where the survey has none of its own."""
    wording = await service.find_wording(session, survey_id, _kind(kind), locale)
    return TemplatesShown(subject=wording.subject, text=wording.text, html=wording.html)


@put("/surveys/{survey_id:int}/mail-texts/{kind:str}/{locale:str}", opt=_WRITE)
async def set_mail_text(
    survey_id: SurveyId,
    kind: MailKind,
    locale: Locale,
    data: JSONBody[NewMailText],
    session: Session,
    now: Now,
    state: State,
) -> MailTextShown:
    """Store a text of a survey's own once it was rendered without a fault; a fault names its part and line."""
    text = await service.set_text(session, survey_id, _kind(kind), locale, data, address=state.address, now=now)
    return MailTextShown.of(text)


@delete("/surveys/{survey_id:int}/mail-texts/{kind:str}/{locale:str}", opt=_WRITE)
async def remove_mail_text(survey_id: SurveyId, kind: MailKind, locale: Locale, session: Session) -> None:
    """Go back to the shipped text."""
    await service.remove_text(session, survey_id, _kind(kind), locale)


@post("/surveys/{survey_id:int}/mail-texts/{kind:str}/{locale:str}/preview", opt=_READ, status_code=HTTPStatus.OK)
async def preview_mail(
    survey_id: SurveyId, kind: MailKind, locale: Locale, data: JSONBody[NewMailText], session: Session, state: State
) -> MailShown:
    """Show a mail as a made-up person would get it: by the text in the body, by the stored one where that is empty."""
    wording = None if data == NewMailText() else data.wording()
    worded = await service.preview(session, survey_id, _kind(kind), locale, address=state.address, wording=wording)
    return MailShown(subject=worded.subject, text=worded.text, html=worded.html)


@post("/surveys/{survey_id:int}/mail-texts/{kind:str}/{locale:str}/test", opt=_WRITE, status_code=HTTPStatus.OK)
async def send_test_mail(
    survey_id: SurveyId,
    kind: MailKind,
    locale: Locale,
    data: JSONBody[TestOrder],
    session: Session,
    now: Now,
    state: State,
) -> TestSent:
    """Send a mail as it is stored to your own address; its links open nothing."""
    worded = await service.preview(session, survey_id, _kind(kind), locale, address=state.address)
    message_id = outbox.new_message_id()
    said = await service.send_test(state.settings, worded, locale=locale, to=data.to, message_id=message_id, now=now)
    return TestSent(accepted=said.outcome is Outcome.ACCEPTED, reply=said.reply)


@get("/messages", opt=_READ)
async def show_messages(
    session: Session, survey_id: OfSurvey = None, status: WithStatus = None, after: After = 0
) -> list[MessageShown]:
    """List messages in the order in which they were planned, 100 at a time."""
    found = await outbox_queries.list_messages(session, survey_id=survey_id, status=status, after=after)
    return [MessageShown.of(message) for message in found]


@get("/messages/count", opt=_READ)
async def count_messages(session: Session, survey_id: OfSurvey = None) -> list[MessageCount]:
    """Count messages by kind and status."""
    counts = await outbox_queries.count_messages(session, survey_id)
    return [MessageCount(kind=kind, status=status, n=n) for (kind, status), n in sorted(counts.items())]


@post("/messages/{number:int}/resend", opt=_WRITE, status_code=HTTPStatus.OK)
async def resend_message(number: MessageNumber, session: Session, now: Now) -> MessageShown:
    """Send a message again of which nobody knows whether it arrived, or that was refused."""
    return MessageShown.of(await outbox.resend(session, number, now=now))


@post("/bounces", opt=_WRITE, status_code=HTTPStatus.OK)
async def take_bounce(data: JSONBody[ReturnedMail], session: Session, now: Now, state: State) -> ReturnTaken:
    """Take in what came back: a hard bounce or a complaint ends the mails to an address, a soft one is tried again."""
    report = _report(data)
    if report is None:
        return ReturnTaken(message=None)
    message = await record_report(session, report, tokens=state.tokens(), suppress=suppressing(now), now=now)
    return ReturnTaken(message=None if message is None else MessageShown.of(message))


def _report(data: ReturnedMail) -> Report | None:
    if data.mail is not None:
        return read_report(data.mail.encode("utf-8", "surrogateescape"))
    if data.message_id is None or data.trouble is None:
        raise RequestInvalid('Give the whole "mail", or a "message_id" with the "trouble".')
    return Report(
        trouble=data.trouble,
        return_tags=(),
        message_ids=(data.message_id.strip().strip("<>").partition("@")[0],),
        status=data.status,
        detail=data.detail,
    )


def _kind(kind: MessageKind) -> Kind:
    return kind.value


HANDLERS = (
    show_mail_plan,
    set_mail_plan,
    show_mail_texts,
    show_mail_text,
    set_mail_text,
    remove_mail_text,
    preview_mail,
    send_test_mail,
    show_messages,
    count_messages,
    resend_message,
    take_bounce,
)
