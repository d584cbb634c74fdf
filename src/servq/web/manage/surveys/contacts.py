"""``…/setup/contacts``: who may be asked: the file of contacts, whom the survey reaches, the policy, invitations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.contacts import campaign
from servq.contacts.models import DecisionSource, Quota, Reason
from servq.contacts.policy import CHANNELS_OF_CONTACTS
from servq.contacts.queries import count_contacts
from servq.contacts.rules import Policy, Reach, get_policy, get_reach, set_policy, set_reach
from servq.contacts.uploads import LARGEST_UPLOAD, Preview, keep_upload, preview_upload, store_upload
from servq.errors import BadInput, PayloadTooLarge, Problem, RequestInvalid
from servq.fieldwork.words import CHANNELS, REASONS
from servq.messages import Message
from servq.surveys.models import Channel, Survey
from servq.surveys.service import ensure_launched, get_survey
from servq.translation import translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of, texts_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS, Frame, frame_of, lines_of, moment_of, note
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/contacts.html.j2"


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """The forms; `outcome` is what became of an invitation that was just sent: sentences and numbers."""

    frame: Frame
    n_contacts: int
    reach: Mapping[str, object]
    channels: tuple[tuple[str, str], ...]
    policy: Policy
    typed: Mapping[str, str]
    can_mail: bool
    most_mb: int
    outcome: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What a file holds and what storing it would do."""

    frame: Frame
    preview: Preview
    shown: tuple[str, ...]


@get(f"{ADDRESS}/{{survey_id:int}}/setup/contacts", opt=FOR_RESEARCHERS)
async def show_contacts(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show the forms."""
    return page(request, viewer, TEMPLATE, await _contacts(request, session, viewer, survey_id))


@post(
    f"{ADDRESS}/{{survey_id:int}}/setup/contacts",
    opt=FOR_RESEARCHERS,
    request_max_body_size=LARGEST_UPLOAD + 64 * 1024,
)
async def change_contacts(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Take a file, keep whom the survey reaches or the policy, or invite."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey, where = await get_survey(session, survey_id), request.scope["path"]
    action = text_of(sent, "action")
    try:
        if action == "upload":
            upload_id = await _take(session, viewer, sent, now=now)
            return redirect(request, f"{where}/{upload_id}")
        if action == "invite":
            outcome, links = await _invite(request, session, viewer, survey, sent, now=now)
            shown = await _contacts(request, session, viewer, survey_id, outcome=outcome, links=links)
            return page(request, viewer, TEMPLATE, shown)
        if action == "reach":
            await set_reach(session, survey_id, _reach(sent))
            await note(session, viewer, AuditAction.CHANGED, survey, now=now, part="reach")
        elif action == "policy":
            await set_policy(session, _policy(sent), now=now)
            await record(session, viewer, AuditAction.CHANGED, kind="contact policy", target="", now=now)
    except (BadInput, PayloadTooLarge) as refused:
        errors = errors_of(refused, say) if isinstance(refused, BadInput) else {"file": str(refused)}
        if action == "upload" and "file" not in errors:
            errors = {"file": " ".join(errors.values())}
        typed = {name: value for name, value in sent.items() if isinstance(value, str)}
        shown = await _contacts(request, session, viewer, survey_id, typed=typed, errors=errors)
        return page(request, viewer, TEMPLATE, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, where, notice=say("Saved."))


@get(f"{ADDRESS}/{{survey_id:int}}/setup/contacts/{{upload_id:int}}", opt=FOR_RESEARCHERS)
async def show_preview(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, upload_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show what a file holds before anything is stored."""
    survey, say = await get_survey(session, survey_id), say_in(viewer, DOMAIN)
    preview = await preview_upload(session, viewer.account_id, upload_id, now=now)
    shown = PreviewPage(
        frame_of(survey, "contacts", say), preview, tuple(str(problem) for problem in preview.rejected[:20])
    )
    return page(request, viewer, "surveys/contacts_preview.html.j2", shown)


@post(f"{ADDRESS}/{{survey_id:int}}/setup/contacts/{{upload_id:int}}", opt=FOR_RESEARCHERS)
async def store(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, upload_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Store the contacts of a file."""
    say = say_in(viewer, DOMAIN)
    await get_survey(session, survey_id)
    stored = await store_upload(session, viewer.account_id, upload_id, now=now)
    numbers = {"created": str(stored.n_created), "updated": str(stored.n_updated), "rejected": str(stored.n_rejected)}
    await record(session, viewer, AuditAction.IMPORTED, kind="contacts", target="", detail=numbers, now=now)
    said = say(
        "{created} contacts are new, {updated} were brought up to date.",
        created=stored.n_created,
        updated=stored.n_updated,
    )
    return redirect(request, f"{ADDRESS}/{survey_id}/setup/contacts", notice=said)


async def _contacts(
    request: PageRequest,
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    outcome: Sequence[tuple[str, str]] = (),
    links: Sequence[str] = (),
    errors: Mapping[str, str] | None = None,
) -> ContactsPage:
    survey, words = await get_survey(session, survey_id), translator(viewer.locale, "fieldwork")
    reach = await get_reach(session, survey_id)
    return ContactsPage(
        frame=frame_of(survey, "contacts", say_in(viewer, DOMAIN)),
        n_contacts=await count_contacts(session),
        reach={
            "share": round(reach.sampling_share * 100, 4),
            "quotas": "\n".join(f"{quota.attribute} = {quota.value}: {quota.most}" for quota in reach.quotas),
            "channels": tuple(channel.value for channel in reach.channels),
            "link_days": reach.link_days or "",
        },
        channels=tuple((channel.value, words(CHANNELS[channel])) for channel in sorted(CHANNELS_OF_CONTACTS)),
        policy=await get_policy(session),
        typed=typed or {},
        can_mail=bool(request.app.state.settings.smtp),
        most_mb=LARGEST_UPLOAD // 1024 // 1024,
        outcome=tuple(outcome),
        links=tuple(links),
        errors=errors or {},
    )


async def _take(session: AsyncSession, viewer: Viewer, sent: FormMultiDict, *, now: datetime) -> int:
    file = sent.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        fix = Message("Choose a CSV or XLSX file.")
        raise RequestInvalid(Problem(Message("There is no file."), fix, column="file"))
    return await keep_upload(session, viewer.account_id, file.filename, await file.read(), now=now)


async def _invite(
    request: PageRequest, session: AsyncSession, viewer: Viewer, survey: Survey, sent: FormMultiDict, *, now: datetime
) -> tuple[list[tuple[str, str]], list[str]]:
    ensure_launched(survey)
    words, say = translator(viewer.locale, "fieldwork"), say_in(viewer, DOMAIN)
    channel = Channel.PERSONAL_LINK if text_of(sent, "by") == "personal_link" else Channel.EMAIL
    pairs = _pairs(text_of(sent, "where"))
    contact_ids = await campaign.find_contact_ids(session, attributes=pairs)
    decided = await campaign.invite(
        session,
        survey.id,
        contact_ids,
        channel=channel,
        due_at=moment_of(sent, "due_at", viewer),
        source=DecisionSource.IMPORT,
        now=now,
        tokens=request.app.state.tokens() if channel is Channel.EMAIL else None,
    )
    invited = [each for each in decided if each.invited]
    await note(session, viewer, AuditAction.SENT, survey, now=now, invited=str(len(invited)), channel=channel.value)
    reasons = Counter(each.reason for each in decided if each.reason is not None)
    outcome = [(say("Invited"), say.count(len(invited)))]
    outcome += [(words(REASONS[Reason(reason)]), say.count(n)) for reason, n in reasons.most_common()]
    address = request.app.state.address.rstrip("/")
    is_shown = channel is Channel.PERSONAL_LINK
    return outcome, [f"{address}{each.path}" for each in invited if each.path is not None and is_shown]


def _pairs(text: str) -> dict[str, str]:
    """Read lines like ``region = North``; none means everybody."""
    pairs, problems = {}, []
    for line in lines_of(text):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not name or not value:
            fix = Message("Write it like: region = North.")
            problems.append(Problem(Message("“{line}” names no attribute.", line=line[:60]), fix, column="where"))
        pairs[name] = value
    if problems:
        raise RequestInvalid(problems)
    return pairs


def _reach(sent: FormMultiDict) -> Reach:
    quotas, problems = [], []
    for line in lines_of(text_of(sent, "quotas")):
        left, _, most = line.rpartition(":")
        attribute, _, value = (part.strip() for part in left.partition("="))
        if not attribute or not value or not most.strip().isdigit():
            fix = Message("Write it like: site = North: 200.")
            problems.append(Problem(Message("“{line}” is no quota.", line=line[:60]), fix, column="quotas"))
        else:
            quotas.append(Quota(attribute=attribute, value=value, most=int(most.strip()[:12])))
    share = _number(sent, "share", "share", problems, lowest=0, highest=100)
    days = _number(sent, "link_days", "link_days", problems, lowest=1, highest=3650, default=0)
    if problems:
        raise RequestInvalid(problems)
    chosen = texts_of(sent, "channels")
    channels = tuple(channel for channel in sorted(CHANNELS_OF_CONTACTS) if channel.value in chosen)
    return Reach(
        sampling_share=share / 100,
        quotas=tuple(quotas),
        channels=() if len(channels) == len(CHANNELS_OF_CONTACTS) else channels,
        link_days=int(days) or None,
    )


def _policy(sent: FormMultiDict) -> Policy:
    problems: list[Problem] = []
    numbers = {
        "rest_days": _number(sent, "rest_days", "rest_days", problems, lowest=0, highest=3650),
        "most_invitations": _number(sent, "most_invitations", "most_invitations", problems, lowest=1, highest=1000),
        "within_days": _number(sent, "within_days", "within_days", problems, lowest=1, highest=3650),
    }
    if problems:
        raise RequestInvalid(problems)
    return msgspec.structs.replace(
        Policy(),
        **{name: int(value) for name, value in numbers.items()},
        quiet_from=text_of(sent, "quiet_from").strip(),
        quiet_until=text_of(sent, "quiet_until").strip(),
        time_zone=text_of(sent, "time_zone").strip(),
        reminders_count=bool(text_of(sent, "reminders_count")),
        needs_consent=bool(text_of(sent, "needs_consent")),
    )


def _number(
    sent: FormMultiDict,
    name: str,
    column: str,
    problems: list[Problem],
    *,
    lowest: float,
    highest: float,
    default: float | None = None,
) -> float:
    text = text_of(sent, name).strip().replace(",", ".")
    if not text and default is not None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not lowest <= value <= highest:
        fix = Message("Give a number from {low} to {high}.", low=int(lowest), high=int(highest))
        problems.append(Problem(Message("“{text}” cannot be used here.", text=text[:20]), fix, column=column))
        return lowest
    return value


HANDLERS = (show_contacts, change_contacts, show_preview, store)
