"""When the answers of a wave came in: the period on the cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Collected:
    """First and last answer of the wave, and of which sites these are.

    Parameters
    ----------
    first_on, last_on
        Days in UTC such as ``2026-03-04``; with the precision ``month``, as for anonymous surveys, ``2026-03``.
    sites
        Sites to which the report is limited; empty when it is not.
    """

    first_on: str
    last_on: str
    precision: Literal["day", "month"]
    sites: tuple[str, ...] = ()
