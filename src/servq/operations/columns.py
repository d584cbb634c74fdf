"""The columns of a service contact: what each means, and under which names files have it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "time", "count", "amount", "flag", "text"]
LONGEST_TEXT = 100
LARGEST_COUNT = 1_000_000
LARGEST_AMOUNT = 1e9


@dataclass(frozen=True, kw_only=True)
class ContactColumn:
    """One column; `also` are other names by which exports call it, as `plain_name` writes them."""

    name: str
    kind: Kind
    meaning: str
    also: tuple[str, ...] = ()


COLUMNS = (
    ContactColumn(
        name="contact_id",
        kind="id",
        meaning="The organisation's own id of the service contact; every row has another.",
        also=("id", "ticket_id", "call_id", "case_id"),
    ),
    ContactColumn(
        name="opened_at",
        kind="time",
        meaning="When the customer got in touch.",
        also=("opened", "created", "created_at"),
    ),
    ContactColumn(
        name="first_reply_at",
        kind="time",
        meaning="When the first reply by a person was given.",
        also=("first_reply", "first_response", "first_response_at"),
    ),
    ContactColumn(
        name="resolved_at",
        kind="time",
        meaning="When the matter was settled; blank while it is open.",
        also=("resolved", "closed", "closed_at", "solved_at"),
    ),
    ContactColumn(
        name="replies",
        kind="count",
        meaning="Replies given by the service; an answered call or chat is one.",
    ),
    ContactColumn(
        name="response_minutes",
        kind="amount",
        meaning="Minutes that the customer waited for the replies, all replies of the contact together.",
        also=("total_response_minutes",),
    ),
    ContactColumn(
        name="handovers",
        kind="count",
        meaning="How often the contact was passed on to somebody else.",
        also=("transfers", "reassignments"),
    ),
    ContactColumn(name="channel", kind="text", meaning="How the customer came: telephone, email, chat …"),
    ContactColumn(
        name="queue_seconds",
        kind="amount",
        meaning="Seconds spent in the queue; 0 for somebody served at once.",
        also=("queue", "wait_seconds"),
    ),
    ContactColumn(
        name="abandoned",
        kind="flag",
        meaning="Whether the customer left the queue before being served.",
        also=("hung_up",),
    ),
    ContactColumn(
        name="found_sought",
        kind="flag",
        meaning="Whether the customer found what was sought.",
        also=("found", "found_what_was_sought", "success"),
    ),
    ContactColumn(
        name="failures",
        kind="count",
        meaning="Things that went wrong: complaints, defects, mistakes noted for the contact.",
        also=("things_gone_wrong", "complaints"),
    ),
    ContactColumn(name="talk_minutes", kind="amount", meaning="Minutes spent talking.", also=("call_minutes",)),
    ContactColumn(name="site", kind="text", meaning="Where the customer was served.", also=("branch",)),
    ContactColumn(name="team", kind="text", meaning="Team that took care."),
    ContactColumn(
        name="agent", kind="text", meaning="Who took care; a pseudonym serves as well as a name.", also=("assignee",)
    ),
    ContactColumn(name="product", kind="text", meaning="What the contact was about."),
)
BY_NAME = {column.name: column for column in COLUMNS}
REQUIRED = ("contact_id", "opened_at")
GROUPINGS = ("channel", "site", "team", "agent", "product")
"""Columns by which metrics are broken down."""


def plain_name(header: str) -> str:
    """A header in lower case with every other sign as an underscore, so that ``First reply`` is ``first_reply``."""
    return re.sub(r"[^0-9a-z]+", "_", header.strip().lower()).strip("_")
