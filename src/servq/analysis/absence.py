"""The finding that stands where there is none."""

from __future__ import annotations

from dataclasses import dataclass

from servq.messages import Message


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """A part that the data, the instrument or the suppression rule does not allow, and why."""

    reason: Message
