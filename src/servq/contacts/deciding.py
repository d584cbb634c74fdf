"""The one gate through which every channel and every survey invites: who is asked now, who is not, and why.

Two callers that decide about the same contacts or the same quotas at once wait for each other, so the rules hold over
both. Decide about one survey per transaction: PostgreSQL ends one of two transactions that wait for each other
crosswise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.gate import Candidate, Decided, Gate, by_lot, open_gate
from servq.contacts.models import DecisionSource, Outcome
from servq.contacts.policy import CHANNELS_OF_CONTACTS
from servq.contacts.queries import ContactRow
from servq.errors import InvalidArgument
from servq.invitations import outbox
from servq.invitations.models import Disposition, Invitation
from servq.invitations.outbox import MailedInvitation
from servq.invitations.tokens import invitation_digest, new_token
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel, Survey
from servq.surveys.names import FIELDWORK_ATTRIBUTES
from servq.surveys.service import ensure_launched, get_survey, get_wave

_SITE = "site"


async def decide_and_invite(
    session: AsyncSession,
    survey_id: int,
    contact_ids: Iterable[int],
    *,
    channel: Channel,
    due_at: datetime,
    source: DecisionSource,
    now: datetime,
    tokens: SecurityTokens | None = None,
) -> list[Decided]:
    """Decide about contacts that are all asked at the same time; see `decide`."""
    candidates = [Candidate(contact_id=contact_id, due_at=due_at) for contact_id in contact_ids]
    return await decide(session, survey_id, candidates, channel=channel, source=source, now=now, tokens=tokens)


async def decide(
    session: AsyncSession,
    survey_id: int,
    candidates: Sequence[Candidate],
    *,
    channel: Channel,
    source: DecisionSource,
    now: datetime,
    tokens: SecurityTokens | None = None,
) -> list[Decided]:
    """Invite those candidates whom the contact policy and the survey's reach allow, and record why not the others.

    Parameters
    ----------
    candidates
        Unknown contacts are left out of the result; a contact that is there twice is asked at most once.
    channel
        ``email`` plans a mail; ``in_app`` and ``personal_link`` leave it to the caller to hand over the link.
    tokens
        Of the installation; needed for mail only.

    Returns
    -------
    list of Decided
        In a random but repeatable order. `due_at` is after the quiet hours of the contact, except in the app.

    Raises
    ------
    SurveyUnknown, SurveyNotLaunched
        There is nothing to invite to.
    InvalidArgument
        The channel reaches no known person, or mail was asked for without `tokens`.
    """
    if channel not in CHANNELS_OF_CONTACTS:
        raise InvalidArgument(f'No known person is invited by "{channel}".')
    if channel is Channel.EMAIL and tokens is None:
        raise InvalidArgument("Mail needs the tokens of the installation.")
    gate = await _hold_gate(session, survey_id, {candidate.contact_id for candidate in candidates}, now=now)
    known = [candidate for candidate in candidates if candidate.contact_id in gate.contacts]
    pairs = [(candidate, gate.decide(candidate, channel, now=now)) for candidate in by_lot(known, survey_id)]
    if gate.reach.quotas:
        await queries.store_quota_counts(session, gate.wave.id, gate.counts)
    links = await _store_links(session, gate, pairs, channel=channel, now=now)
    if tokens is not None and channel is Channel.EMAIL:
        await outbox.plan(session, [_mail(gate, link) for link in links.values()], tokens=tokens, now=now)
    pairs = [(candidate, _with_link(decided, links)) for candidate, decided in pairs]
    await _record(session, gate, pairs, channel=channel, source=source, now=now)
    return [decided for _, decided in pairs]


async def may_ask(session: AsyncSession, survey_id: int, contact_id: int, now: datetime) -> bool:
    """Whether an app may show a survey to a contact now; the same rules, but nothing is recorded or held.

    `decide` has the last word: ask it when the survey is shown. Raises `SurveyUnknown` or `SurveyNotLaunched`.
    """
    survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    wave = await get_wave(session, survey_id)
    gate = await open_gate(session, survey, wave, [contact_id], now=now, holding=False)
    if contact_id not in gate.contacts:
        return False
    decided = gate.decide(Candidate(contact_id=contact_id, due_at=now), Channel.IN_APP, now=now)
    return decided.invited


async def decide_reminders(
    session: AsyncSession, survey_id: int, invitation_ids: Iterable[int], *, due_at: datetime, now: datetime
) -> list[Decided]:
    """Decide which invitations of one survey may be followed by a reminder, and record it; the caller plans the mail.

    The result has one decision for each invitation that exists, with its `invitation_id`; `due_at` is after the quiet
    hours of the contact. Whether somebody answered already is for the caller to know.
    """
    invitations = await queries.list_invitations(session, survey_id, invitation_ids)
    contact_ids = {row.contact_id for row in invitations if row.contact_id is not None}
    gate = await _hold_gate(session, survey_id, contact_ids, now=now)
    results, rows = [], []
    for row in invitations:
        reason, allowed_from = gate.decide_reminder(row.contact_id, max(due_at, now))
        decided = Decided(
            contact_id=row.contact_id,
            outcome=Outcome.INVITED if reason is None else Outcome.NOT_INVITED,
            reason=reason,
            due_at=allowed_from,
            invitation_id=row.id,
        )
        results.append(decided)
        rows.append(
            {
                "contact_id": row.contact_id,
                "survey_id": survey_id,
                "wave_id": row.wave_id,
                "site": row.attributes.get(_SITE),
                "channel": row.channel,
                "source": DecisionSource.REMINDER,
                "decided_at": now,
                **_outcome(decided),
            }
        )
    await queries.insert_decisions(session, rows)
    return results


async def _hold_gate(session: AsyncSession, survey_id: int, contact_ids: set[int], *, now: datetime) -> Gate:
    await queries.hold_decisions(session, contact_ids)
    survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    wave = await get_wave(session, survey_id)
    return await open_gate(session, survey, wave, contact_ids, now=now, holding=True)


@dataclass(frozen=True, slots=True)
class _Link:
    invitation: Invitation
    token: str
    contact: ContactRow
    due_at: datetime


async def _store_links(
    session: AsyncSession, gate: Gate, pairs: Sequence[tuple[Candidate, Decided]], *, channel: Channel, now: datetime
) -> dict[int, _Link]:
    """Store an invitation for everybody who is invited; by contact."""
    invited = [(candidate, decided) for candidate, decided in pairs if decided.invited]
    tokens = [new_token() for _ in invited]
    days = gate.reach.link_days
    rows: list[dict[str, object]] = [
        {
            "survey_id": gate.survey.id,
            "wave_id": gate.wave.id,
            "contact_id": candidate.contact_id,
            "channel": channel,
            "digest": invitation_digest(token),
            "attributes": attributes_of_answers(gate.survey, gate.attributes_of(candidate)),
            "created_at": now,
            "expires_at": None if days is None else decided.due_at + timedelta(days=days),
            "disposition": Disposition.UNKNOWN,
        }
        for (candidate, decided), token in zip(invited, tokens, strict=True)
    ]
    stored = await queries.insert_invitations(session, rows)
    return {
        candidate.contact_id: _Link(
            stored[invitation_digest(token)], token, gate.contacts[candidate.contact_id], decided.due_at
        )
        for (candidate, decided), token in zip(invited, tokens, strict=True)
    }


def attributes_of_answers(survey: Survey, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return what may be stored with the answers of a personal link.

    A site that the survey does not have is left out. Answers to an anonymous survey get their site and nothing else,
    and no site where the survey names none: whatever they carry could tell whose they are.
    """
    known = {name: value for name, value in attributes.items() if name not in FIELDWORK_ATTRIBUTES}
    site = known.pop(_SITE, None)
    kept = {} if survey.anonymous else known
    if site is not None and (site in survey.sites or not (survey.sites or survey.anonymous)):
        kept[_SITE] = site
    return kept


def _mail(gate: Gate, link: _Link) -> MailedInvitation:
    contact = link.contact
    return MailedInvitation(
        invitation=link.invitation,
        token=link.token,
        address=contact.email or "",
        locale=contact.locale or gate.survey.locale,
        due_at=link.due_at,
        values={**contact.attributes, "name": contact.name or ""},
    )


def _with_link(decided: Decided, links: Mapping[int, _Link]) -> Decided:
    if not decided.invited or decided.contact_id is None:
        return decided
    link = links[decided.contact_id]
    return replace(decided, invitation_id=link.invitation.id, token=link.token)


async def _record(
    session: AsyncSession,
    gate: Gate,
    pairs: Sequence[tuple[Candidate, Decided]],
    *,
    channel: Channel,
    source: DecisionSource,
    now: datetime,
) -> None:
    """Add decisions to the ledger; a refusal that nothing new asked for is there once."""
    refused = [candidate.contact_id for candidate, decided in pairs if not decided.invited]
    known = await queries.list_refused(session, gate.wave.id, refused)
    rows = []
    for candidate, decided in pairs:
        if decided.reason is not None and decided.event_id is None:
            if (candidate.contact_id, decided.reason) in known:
                continue
            known.add((candidate.contact_id, decided.reason))
        rows.append(
            {
                "contact_id": candidate.contact_id,
                "survey_id": gate.survey.id,
                "wave_id": gate.wave.id,
                "site": gate.attributes_of(candidate).get(_SITE),
                "channel": channel,
                "source": source,
                "decided_at": now,
                **_outcome(decided),
            }
        )
    await queries.insert_decisions(session, rows)


def _outcome(decided: Decided) -> dict[str, object]:
    return {
        "outcome": decided.outcome,
        "reason": decided.reason,
        "due_at": decided.due_at,
        "event_id": decided.event_id,
        "invitation_id": decided.invitation_id,
    }
