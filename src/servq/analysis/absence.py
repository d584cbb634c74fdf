"""What stands where there is no finding, or no reading of it."""

from __future__ import annotations

from dataclasses import dataclass

from servq.messages import Message

NOTHING_SAID = Message("")
"""Reading of a finding that has not been read yet."""


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """A part that the data, the instrument or the suppression rule does not allow, and why."""

    reason: Message
