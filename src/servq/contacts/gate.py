"""What one decision looks at, read once for all candidates and kept current while they are decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.models import Outcome, Reason, SuppressionReason
from servq.contacts.policy import Rules, Standing, draw, is_in_sample, refusal, reminder_refusal
from servq.contacts.queries import ContactRow
from servq.contacts.quiet_hours import next_allowed
from servq.contacts.rules import Reach, get_policy, reach_of
from servq.contacts.time_zones import zone_of
from servq.surveys.models import Channel, Survey, SurveyStatus, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A contact that might be asked, when at the earliest, and what happened there.

    `attributes` of an event, such as ``site`` and ``touchpoint``, go before those of the contact. `in_sample` is False
    where the rule that asks has drawn it out already.
    """

    contact_id: int
    due_at: datetime
    event_id: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    in_sample: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided about a candidate; `token` is that of the new personal link, and is stored nowhere in clear."""

    contact_id: int | None
    outcome: Outcome
    reason: Reason | None
    due_at: datetime
    event_id: int | None = None
    invitation_id: int | None = None
    token: str | None = None

    @property
    def invited(self) -> bool:
        """Whether the person is asked."""
        return self.outcome is Outcome.INVITED

    @property
    def path(self) -> str | None:
        """Where the new personal link leads, below the address of the service."""
        return None if self.token is None else f"/s/{self.token}"


@dataclass(slots=True, kw_only=True)
class Gate:
    """The rules, one survey and its contacts as they stand; made by `open_gate`.

    `counts` holds the invitations of the wave that count towards each quota, and grows with every invitation.
    """

    survey: Survey
    wave: Wave
    rules: Rules
    reach: Reach
    contacts: Mapping[int, ContactRow]
    suppressed: Mapping[str, SuppressionReason]
    consents: Mapping[int, tuple[bool, datetime]]
    invited: set[int]
    reached: dict[int, list[tuple[datetime, bool]]]
    counts: dict[tuple[str, str], int]

    def decide(self, candidate: Candidate, channel: Channel, *, now: datetime) -> Decided:
        """Decide about one candidate and count it if it is invited."""
        contact = self.contacts[candidate.contact_id]
        due_at = max(candidate.due_at, now)
        if channel is not Channel.IN_APP:  # who is in the app is awake
            due_at = self.allowed_from(contact, due_at)
        quotas = self._quotas_of(self.attributes_of(candidate))
        reason = self._survey_refusal(channel, due_at) or refusal(
            self.rules,
            self._standing(contact),
            channel=channel,
            due_at=due_at,
            in_sample=candidate.in_sample
            and is_in_sample(self.reach.sampling_share, survey_id=self.survey.id, contact_id=contact.id),
            quota_full=any(self.counts.get(key, 0) >= most for key, most in quotas.items()),
        )
        if reason is None:
            self.invited.add(contact.id)
            self.reached.setdefault(contact.id, []).append((due_at, False))
            for key in quotas:
                self.counts[key] = self.counts.get(key, 0) + 1
        return Decided(
            contact_id=contact.id,
            outcome=Outcome.INVITED if reason is None else Outcome.NOT_INVITED,
            reason=reason,
            due_at=due_at,
            event_id=candidate.event_id,
        )

    def attributes_of(self, candidate: Candidate) -> dict[str, str]:
        """Return what is known of a candidate: what just happened before what is stored."""
        return {**self.contacts[candidate.contact_id].attributes, **candidate.attributes}

    def decide_reminder(self, contact_id: int | None, due_at: datetime) -> tuple[Reason | None, datetime]:
        """Return why the contact of an invitation is not reminded, or None, and when it is at the earliest."""
        contact = None if contact_id is None else self.contacts.get(contact_id)
        if contact is None:
            return Reason.NO_ADDRESS, due_at
        due_at = self.allowed_from(contact, due_at)
        reason = self._closed_at(due_at) or reminder_refusal(self.rules, self._standing(contact), due_at=due_at)
        if reason is None:
            self.reached.setdefault(contact.id, []).append((due_at, True))
        return reason, due_at

    def allowed_from(self, contact: ContactRow, moment: datetime) -> datetime:
        """Return `moment`, or when the contact's quiet hours end."""
        return next_allowed(moment, zone_of(contact.time_zone, otherwise=self.rules.time_zone), self.rules.quiet)

    def _standing(self, contact: ContactRow) -> Standing:
        consent = self.consents.get(contact.id)
        reached = self.reached.get(contact.id, ())
        return Standing(
            has_address=contact.email is not None,
            suppressed=None if contact.email is None else self.suppressed.get(contact.email),
            consent=None if consent is None else consent[0],
            invited_in_wave=contact.id in self.invited,
            invited_at=[moment for moment, is_reminder in reached if not is_reminder],
            reminded_at=[moment for moment, is_reminder in reached if is_reminder],
        )

    def _survey_refusal(self, channel: Channel, due_at: datetime) -> Reason | None:
        if self.reach.channels and channel not in self.reach.channels:
            return self._closed_at(due_at) or Reason.CHANNEL_OFF
        return self._closed_at(due_at)

    def _closed_at(self, due_at: datetime) -> Reason | None:
        closes_at = self.survey.closes_at
        is_closed = self.survey.status is SurveyStatus.CLOSED or (closes_at is not None and closes_at <= due_at)
        return Reason.CLOSED if is_closed else None

    def _quotas_of(self, attributes: Mapping[str, str]) -> dict[tuple[str, str], int]:
        return {
            (quota.attribute, quota.value): quota.most
            for quota in self.reach.quotas
            if attributes.get(quota.attribute) == quota.value
        }


def by_lot(candidates: Iterable[Candidate], survey_id: int) -> list[Candidate]:
    """Return candidates in an order that is random but always the same.

    A quota fills in this order: who comes first in a list is no sample of those who are on it.
    """
    return sorted(candidates, key=lambda candidate: draw("order", survey_id, candidate.contact_id))


async def open_gate(
    session: AsyncSession, survey: Survey, wave: Wave, contact_ids: Iterable[int], *, now: datetime, holding: bool
) -> Gate:
    """Read what decisions about these contacts look at; `holding` lets nobody else count the survey's quotas."""
    contact_ids = set(contact_ids)
    row = await queries.find_reach(session, survey.id)
    reach = reach_of(row)
    if holding and reach.quotas:
        reach = reach_of(await queries.hold_reach(session, survey.id))
    rules = (await get_policy(session)).rules()
    contacts = await queries.list_contacts(session, contact_ids)
    addresses = {contact.email for contact in contacts.values() if contact.email is not None}
    return Gate(
        survey=survey,
        wave=wave,
        rules=rules,
        reach=reach,
        contacts=contacts,
        suppressed=await queries.list_suppressions(session, addresses),
        consents=await queries.list_consents(session, contact_ids),
        invited=await queries.list_invited(session, wave.id, contact_ids),
        reached=await queries.list_reached(session, contact_ids, since=now - timedelta(days=1) - rules.memory),
        counts=await queries.count_quotas(session, wave.id) if reach.quotas else {},
    )
