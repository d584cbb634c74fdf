"""When the answers of a wave came in: the period on the cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Collected:
    """First and last answer of the wave.

    `first_on` and `last_on` are days in UTC such as ``2026-03-04``; with the precision ``month``, as for anonymous
    surveys, months such as ``2026-03``.
    """

    first_on: str
    last_on: str
    precision: Literal["day", "month"]
