"""The words of the pages of answers: English sources, which the catalogue ``data`` says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from servq.fieldwork.words import CHANNELS as CHANNELS  # noqa: PLC0414 (the same words here)
from servq.messages import Message
from servq.responses.listing import Order, State
from servq.responses.models import Administration
from servq.responses.quality import Flag
from servq.scoring import Missing

DOMAIN = "data"

FLAGS: Mapping[Flag, Message] = {
    Flag.SAME_ANSWERS: Message("Straight-lining"),
    Flag.TOO_FAST: Message("Too fast"),
    Flag.MANY_MISSING: Message("Much missing"),
    Flag.UNUSUAL: Message("Unusual pattern"),
    Flag.INCONSISTENT: Message("Inconsistent"),
    Flag.REPEATED: Message("Repeated"),
}

FLAG_MEANINGS: Mapping[Flag, Message] = {
    Flag.SAME_ANSWERS: Message("The same answer to at least half of the items in a row, or to every item."),
    Flag.TOO_FAST: Message("Less than two seconds an item: nobody reads that fast."),
    Flag.MANY_MISSING: Message("At least half of what was asked has no answer."),
    Flag.UNUSUAL: Message("A combination of answers that is very rare (Mahalanobis distance, p < 0.001)."),
    Flag.INCONSISTENT: Message("Answers that others give alike differ here, or hard items are rated above easy ones."),
    Flag.REPEATED: Message("Another response has exactly the same answers."),
}

STATES: Mapping[State, Message] = {
    State.COMPLETE: Message("Complete"),
    State.PARTIAL: Message("Partial"),
    State.EXCLUDED: Message("Excluded"),
    State.TRIAL: Message("Trial"),
}

TONES: Mapping[State, str] = {
    State.COMPLETE: "good",
    State.PARTIAL: "neutral",
    State.EXCLUDED: "bad",
    State.TRIAL: "accent",
}

ORDERS: Mapping[Order, Message] = {
    Order.NEWEST: Message("Newest first"),
    Order.OLDEST: Message("Oldest first"),
    Order.SIGNS: Message("Most signs first"),
}

ADMINISTRATIONS: Mapping[Administration, Message] = {
    Administration.SELF: Message("By the respondent"),
    Administration.PHONE_INTERVIEWER: Message("By an interviewer on the telephone"),
    Administration.COUNTER_INTERVIEWER: Message("By an interviewer at the counter"),
    Administration.FEEDBACK_FORM: Message("By a feedback form"),
}

MISSING: Mapping[int, Message] = {
    Missing.SKIPPED: Message("Left blank"),
    Missing.NOT_APPLICABLE: Message("Not applicable"),
    Missing.NOT_SHOWN: Message("Not shown"),
}


def flags_of(flags: int | None) -> tuple[Flag, ...]:
    """Return the signs among stored bits, in the order in which they are shown."""
    return tuple(flag for flag in FLAGS if (flags or 0) & flag)
