"""The contact policy as rules: may this person be asked, and when. Pure: no database and no clock.

The rules are looked at in the order of `Reason`, so that a contact has one reason and the reason table means the same
in every wave: what rules a person out for good comes first, then the draw of the sample, then what passes with time.
The sample is drawn before rest and frequency are looked at, so that the draw depends on nothing but contact and survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b

from servq.contacts.models import Reason, SuppressionReason
from servq.contacts.quiet_hours import QuietHours
from servq.surveys.models import Channel

_HASH_BYTES = 8

NIGHT = QuietHours(time(20), time(8))

CHANNELS_OF_CONTACTS = frozenset({Channel.EMAIL, Channel.IN_APP, Channel.PERSONAL_LINK})
"""Channels by which one known person is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How often and when anybody may be asked, over all surveys and channels.

    Parameters
    ----------
    rest_days
        Days between two invitations of one person; 0 for none.
    most_invitations, within_days
        At most so many invitations in any period of so many days.
    quiet
        Hours of the day in which no invitation is due, by the person's own clock.
    time_zone
        Of contacts that have none.
    reminders_count
        Whether reminders count as invitations for `most_invitations`; rest never concerns reminders.
    needs_consent
        Whether only those may be asked who said yes; whoever said no is never asked.
    """

    rest_days: int = 30
    most_invitations: int = 4
    within_days: int = 365
    quiet: QuietHours = NIGHT
    time_zone: str = "UTC"
    reminders_count: bool = False
    needs_consent: bool = False

    @property
    def memory(self) -> timedelta:
        """How far before and after an invitation others matter."""
        return timedelta(days=max(self.rest_days, self.within_days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one contact when it is decided.

    Parameters
    ----------
    has_address
        Whether the contact has an e-mail address.
    suppressed
        Why its address is suppressed, if it is.
    consent
        What it said last: yes, no or nothing.
    invited_in_wave
        Whether it was invited to this wave before.
    invited_at, reminded_at
        When it is reached by the invitations and reminders of all surveys, past and planned.
    """

    has_address: bool
    suppressed: SuppressionReason | None = None
    consent: bool | None = None
    invited_in_wave: bool = False
    invited_at: Sequence[datetime] = ()
    reminded_at: Sequence[datetime] = ()


def refusal(
    rules: Rules, standing: Standing, *, channel: Channel, due_at: datetime, in_sample: bool, quota_full: bool
) -> Reason | None:
    """Return why this contact may not be invited for `due_at`, or None.

    The survey's own reasons (closed, channel off) come before, they concern everybody.
    """
    checks = (
        (Reason.ALREADY_INVITED, standing.invited_in_wave),
        (Reason.SUPPRESSED, is_silenced(standing.suppressed, channel)),
        (Reason.NO_CONSENT, lacks_consent(rules, standing.consent)),
        (Reason.NO_ADDRESS, channel is Channel.EMAIL and not standing.has_address),
        (Reason.NOT_SAMPLED, not in_sample),
        (Reason.RESTING, is_resting(standing.invited_at, due_at, rest_days=rules.rest_days)),
        (Reason.TOO_MANY, is_one_too_many(rules, standing, due_at)),
        (Reason.QUOTA_FULL, quota_full),
    )
    return next((reason for reason, applies in checks if applies), None)


def reminder_refusal(rules: Rules, standing: Standing, *, due_at: datetime) -> Reason | None:
    """Return why this contact may not be reminded at `due_at`, or None."""
    checks = (
        (Reason.SUPPRESSED, standing.suppressed is not None),
        (Reason.NO_CONSENT, lacks_consent(rules, standing.consent)),
        (Reason.NO_ADDRESS, not standing.has_address),
        (Reason.TOO_MANY, rules.reminders_count and is_one_too_many(rules, standing, due_at)),
    )
    return next((reason for reason, applies in checks if applies), None)


def is_silenced(suppressed: SuppressionReason | None, channel: Channel) -> bool:
    """Whether a suppression holds for a channel: a dead mailbox only for mail, a person's no for every channel."""
    if suppressed is SuppressionReason.HARD_BOUNCE:
        return channel is Channel.EMAIL
    return suppressed is not None


def lacks_consent(rules: Rules, consent: bool | None) -> bool:  # noqa: FBT001 (a reply that may be missing)
    """Whether consent was withdrawn, or is needed and was never given."""
    return consent is False or (rules.needs_consent and consent is None)


def is_resting(invited_at: Sequence[datetime], due_at: datetime, *, rest_days: int) -> bool:
    """Whether another invitation is nearer than the rest period, before or after."""
    rest = timedelta(days=rest_days)
    return any(abs(due_at - moment) < rest for moment in invited_at)


def is_one_too_many(rules: Rules, standing: Standing, due_at: datetime) -> bool:
    """Whether one more at `due_at` would make more than `most_invitations` in some period of `within_days`."""
    within = timedelta(days=rules.within_days)
    counted = [*standing.invited_at, *(standing.reminded_at if rules.reminders_count else ())]
    # what is further away cannot be in one period with this one, however crowded it was there
    moments = sorted([due_at, *(moment for moment in counted if abs(moment - due_at) < within)])
    latest = moments[rules.most_invitations :]
    return any(last - first < within for first, last in zip(moments, latest, strict=False))


def is_in_sample(share: float, *, survey_id: int, contact_id: int) -> bool:
    """Whether a contact belongs to the share of contacts that a survey asks.

    The same contact has the same answer for ever; a larger share keeps everybody whom a smaller one had.
    """
    return draw("sample", survey_id, contact_id) < share


def draw(purpose: str, survey_id: int, contact_id: int) -> float:
    """Return a number in [0, 1) that looks random and is the same each time for one contact, survey and purpose."""
    text = f"{purpose} {survey_id} {contact_id}".encode()
    number = int.from_bytes(blake2b(text, digest_size=_HASH_BYTES, person=b"servq draw").digest(), "big")
    return (number >> 11) / 2**53  # every such number is a float exactly, and none is rounded up to 1
