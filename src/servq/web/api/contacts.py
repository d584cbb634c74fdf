"""Addresses of contacts, suppression, the contact policy, and of asking contacts."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import Annotated

from litestar import delete, get, post, put
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter

from servq.accounts.models import Scope
from servq.contacts import campaign, queries, rules
from servq.contacts.lifting import Lifting, lift_suppression
from servq.contacts.models import DecisionSource, SuppressionReason
from servq.contacts.rows import GivenContact, Place, is_address, normal_address
from servq.contacts.rules import Policy, Reach
from servq.contacts.service import get_contact, record_consent, suppress
from servq.contacts.upserting import store_given
from servq.errors import Problem, RequestInvalid
from servq.fieldwork.erasure import erase_contact
from servq.surveys.models import Channel
from servq.web.api.access import SCOPE
from servq.web.api.contacts_bodies import (
    ConsentGiven,
    ConsentShown,
    ContactDetails,
    ContactsGiven,
    ContactShown,
    ContactsStored,
    InvitationsGiven,
    InvitationsMade,
    LiftedShown,
    LiftingGiven,
    LinkOfContact,
    SuppressionGiven,
    SuppressionShown,
)
from servq.web.api.places import LARGEST_NUMBER, Now, Session, SurveyId

_READ = {SCOPE: Scope.CONTACTS_READ}
_WRITE = {SCOPE: Scope.CONTACTS_WRITE}
_SOURCE = "api"

ContactId = Annotated[int, PathParameter(description="Number of the contact.", ge=1, le=LARGEST_NUMBER)]
Reference = Annotated[str | None, QueryParameter(description="Only the contact with this reference.")]
Email = Annotated[str | None, QueryParameter(description="Only the contact with this address.")]
After = Annotated[int, QueryParameter(description="The last number of the page before.", ge=0, le=LARGEST_NUMBER)]
AfterAddress = Annotated[str, QueryParameter(description="The last address of the page before.")]
Limit = Annotated[int, QueryParameter(description="Entries of a page.", ge=1, le=1000)]


@post("/contacts", opt=_WRITE, status_code=HTTPStatus.OK)
async def store_contacts(data: JSONBody[ContactsGiven], session: Session, now: Now) -> ContactsStored:
    """Add contacts and bring known ones up to date; those that cannot be stored are listed, the others are stored."""
    given = [GivenContact(Place(row=row), contact) for row, contact in enumerate(data.contacts, start=1)]
    return ContactsStored.of(await store_given(session, given, source=_SOURCE, now=now, preview=data.preview))


@get("/contacts", opt=_READ)
async def show_contacts(
    session: Session, reference: Reference = None, email: Email = None, after: After = 0, limit: Limit = 100
) -> list[ContactShown]:
    """List contacts in the order of their numbers, a page at a time."""
    _refuse_unstorable(reference=reference, email=email)
    address = None if email is None else normal_address(email)
    found = await queries.list_page(session, reference=reference, email=address, after=after, limit=limit)
    return [ContactShown.of(contact) for contact in found]


@get("/contacts/{contact_id:int}", opt=_READ)
async def show_contact(contact_id: ContactId, session: Session) -> ContactDetails:
    """Show everything that is stored of a contact."""
    contact = await get_contact(session, contact_id)
    suppressed = {} if contact.email is None else await queries.list_suppressions(session, [contact.email])
    reason: SuppressionReason | None = suppressed.get(contact.email or "")
    return ContactDetails(
        contact=ContactShown.of(contact),
        consents=[ConsentShown.of(word) for word in await queries.list_words(session, contact_id)],
        suppression=reason,
    )


@delete("/contacts/{contact_id:int}", opt=_WRITE)
async def erase(contact_id: ContactId, session: Session) -> None:
    """Erase a contact; a suppression of its address and the counts of the fieldwork stay, answers lose their owner."""
    await erase_contact(session, contact_id)


@post("/contacts/{contact_id:int}/consents", opt=_WRITE)
async def say_consent(contact_id: ContactId, data: JSONBody[ConsentGiven], session: Session, now: Now) -> ConsentShown:
    """Keep what a contact says about being asked; a no is heeded by every survey and channel from now on."""
    _refuse_unstorable(source=data.source)
    await get_contact(session, contact_id)
    await record_consent(session, contact_id, given=data.given, source=data.source, now=now)
    return ConsentShown(given=data.given, source=data.source, at=now)


@get("/suppressions", opt=_READ)
async def show_suppressions(session: Session, after: AfterAddress = "", limit: Limit = 100) -> list[SuppressionShown]:
    """List the addresses that are never written to again, in alphabetical order, a page at a time."""
    _refuse_unstorable(after=after)
    return [SuppressionShown.of(row) for row in await queries.list_suppression_page(session, after=after, limit=limit)]


@post("/suppressions", opt=_WRITE, status_code=HTTPStatus.NO_CONTENT)
async def add_suppression(data: JSONBody[SuppressionGiven], session: Session, now: Now) -> None:
    """Never write to an address again; no import changes that."""
    _refuse_unstorable(source=data.source)
    address = normal_address(data.address)
    if not is_address(address):
        raise RequestInvalid(Problem("This is no e-mail address.", "Write name@example.org.", column="address"))
    await suppress(session, address, data.reason, data.source, now=now)


@get("/suppressions/lifted", opt=_READ)
async def show_lifted(session: Session, after: After = 0, limit: Limit = 100) -> list[LiftedShown]:
    """List the suppressions that were lifted, in the order of their numbers, a page at a time."""
    return [LiftedShown.of(row) for row in await queries.list_lifted(session, after=after, limit=limit)]


@post("/suppressions/lifted", opt=_WRITE)
async def lift(data: JSONBody[LiftingGiven], session: Session, now: Now) -> LiftedShown:
    """Let an address be written to again; what the person asked for only a later consent of that person lifts."""
    _refuse_unstorable(address=data.address, reason=data.reason, source=data.source)
    lifting = Lifting(reason=data.reason, source=data.source, consented_at=data.consented_at)
    return LiftedShown.of(await lift_suppression(session, data.address, lifting, now=now))


@get("/contact-policy", opt=_READ)
async def show_policy(session: Session) -> Policy:
    """Show how often and when anybody may be asked, over all surveys and channels."""
    return await rules.get_policy(session)


@put("/contact-policy", opt=_WRITE)
async def set_policy(data: JSONBody[Policy], session: Session, now: Now) -> Policy:
    """Replace the contact policy; invitations that were decided before stay."""
    await rules.set_policy(session, data, now=now)
    return await rules.get_policy(session)


@get("/surveys/{survey_id:int}/reach", opt=_READ)
async def show_reach(survey_id: SurveyId, session: Session) -> Reach:
    """Show whom a survey may reach: the share that is drawn, quotas and channels."""
    return await rules.get_reach(session, survey_id)


@put("/surveys/{survey_id:int}/reach", opt=_WRITE)
async def set_reach(survey_id: SurveyId, data: JSONBody[Reach], session: Session) -> Reach:
    """Replace whom a survey may reach."""
    await rules.set_reach(session, survey_id, data)
    return await rules.get_reach(session, survey_id)


@post("/surveys/{survey_id:int}/invitations", opt=_WRITE)
async def invite(
    survey_id: SurveyId, data: JSONBody[InvitationsGiven], session: Session, now: Now, state: State
) -> InvitationsMade:
    """Ask contacts by mail or by links of their own, as the contact policy allows; the others get a reason."""
    for text in (*data.references, *(data.where or {}), *(data.where or {}).values()):
        _refuse_unstorable(where=text)
    contact_ids = await campaign.find_contact_ids(
        session, contact_ids=data.contact_ids, references=data.references, attributes=data.where
    )
    channel = Channel(data.channel)
    decided = await campaign.invite(
        session,
        survey_id,
        contact_ids,
        channel=channel,
        due_at=data.due_at,
        source=DecisionSource.API,
        now=now,
        tokens=state.tokens() if channel is Channel.EMAIL else None,
    )
    return InvitationsMade(
        invited=sum(each.invited for each in decided),
        not_invited=dict(Counter(each.reason.value for each in decided if each.reason is not None)),
        links=[
            LinkOfContact(contact_id=each.contact_id, url=f"{state.address}{each.path}", due_at=each.due_at)
            for each in decided
            if each.path is not None and each.contact_id is not None and channel is Channel.PERSONAL_LINK
        ],
    )


def _refuse_unstorable(**texts: str | None) -> None:
    """Refuse what no database can hold, before one is asked."""
    problems = [
        Problem("The text has a control character.", "Delete it.", column=name)
        for name, text in texts.items()
        if text is not None and not text.isprintable()
    ]
    if problems:
        raise RequestInvalid(problems)


HANDLERS = (
    store_contacts,
    show_contacts,
    show_contact,
    erase,
    say_consent,
    show_suppressions,
    add_suppression,
    show_lifted,
    lift,
    show_policy,
    set_policy,
    show_reach,
    set_reach,
    invite,
)
