"""The words of fieldwork: English sources, which the catalogues ``fieldwork`` and ``report`` say otherwise. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from servq.contacts.models import Reason
from servq.fieldwork.numbers import CaseKind, Measure
from servq.statistics.response_rates import RateDefinition
from servq.surveys.models import Channel

MEASURES: Mapping[Measure, str] = {
    Measure.INVITED: "Invited",
    Measure.DELIVERED: "Delivered",
    Measure.BOUNCED: "Bounced",
    Measure.OPENED: "Opened",
    Measure.STARTED: "Started",
    Measure.COMPLETED: "Completed",
    Measure.OPTED_OUT: "Opted out",
}

MEANINGS: Mapping[Measure, str] = {
    Measure.INVITED: "Personal links that were made, by mail or to hand over.",
    Measure.DELIVERED: "Mails that were handed over and did not come back; shares are of those invited by mail.",
    Measure.BOUNCED: "Mails that came back or were refused; shares are of those invited by mail.",
    Measure.OPENED: "The survey was seen by a personal link.",
    Measure.STARTED: "At least one page of answers was saved.",
    Measure.COMPLETED: "The answers were sent.",
    Measure.OPTED_OUT: "Asked not to be written to any more, after this invitation.",
}

CHANNELS: Mapping[Channel, str] = {
    Channel.EMAIL: "E-mail",
    Channel.PERSONAL_LINK: "Personal link",
    Channel.OPEN_LINK: "Open link",
    Channel.KIOSK: "Kiosk",
    Channel.IN_APP: "In the app",
    Channel.TELEPHONE: "Telephone",
    Channel.COUNTER: "Counter",
    Channel.IMPORTED: "Imported from a file",
}

REASONS: Mapping[Reason, str] = {
    Reason.CLOSED: "The survey was over by then",
    Reason.CHANNEL_OFF: "The survey does not use this channel",
    Reason.ALREADY_INVITED: "Was already invited to this wave",
    Reason.SUPPRESSED: "Asked to be left alone, or mail to the address comes back",
    Reason.NO_CONSENT: "Has not consented to be asked, or withdrew it",
    Reason.NO_ADDRESS: "Has no e-mail address",
    Reason.NOT_SAMPLED: "Was not drawn into the sample",
    Reason.RESTING: "Was asked a short time ago and rests",
    Reason.TOO_MANY: "Has had as many invitations as the policy allows",
    Reason.QUOTA_FULL: "The quota of the group is full",
}

CASES: Mapping[CaseKind, tuple[str, str]] = {
    CaseKind.COMPLETE: ("Complete", "I"),
    CaseKind.PARTIAL: ("Partial: at least one page", "P"),
    CaseKind.REFUSED: ("Asked to be left alone", "R"),
    CaseKind.OPENED_ONLY: ("Opened, but no page was saved", "R"),
    CaseKind.NON_CONTACT: ("Marked as not reached", "NC"),
    CaseKind.SILENT: ("Nothing was heard", "U"),
    CaseKind.UNDELIVERED: ("Mail came back or was refused", "U"),
    CaseKind.NOT_SENT: ("Mail has not left", "U"),
    CaseKind.INELIGIBLE: ("Marked as not part of the population", "–"),
}
"""What became of an invitation, and the letter that AAPOR has for it."""

RATES: Mapping[RateDefinition, tuple[str, str]] = {
    "RR1": ("Complete, of all who may be eligible; the lowest rate", "I / (I + P + R + NC + U)"),
    "RR2": ("Complete and partial, of all who may be eligible", "(I + P) / (I + P + R + NC + U)"),
    "RR3": (
        "Complete, of the eligible and the share e of those of whom it is unknown",
        "I / (I + P + R + NC + e·U)",
    ),
    "RR4": (
        "Complete and partial, of the eligible and the share e of those of whom it is unknown",
        "(I + P) / (I + P + R + NC + e·U)",
    ),
    "RR5": ("Complete, of those known to be eligible", "I / (I + P + R + NC)"),
    "RR6": ("Complete and partial, of those known to be eligible; the highest rate", "(I + P) / (I + P + R + NC)"),
}
"""Each response rate in words and as a formula."""


def every_word() -> set[str]:
    """Return every source text of this module."""
    found = {*MEASURES.values(), *MEANINGS.values(), *CHANNELS.values(), *REASONS.values()}
    return found | {words for words, _ in (*CASES.values(), *RATES.values())}
