"""When and how the answers of a wave came in: what a cover says of its fieldwork."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.statistics.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class Collected:
    """First and last answer of the wave, and how many of those invited answered.

    Parameters
    ----------
    first_on, last_on
        Days as ``2026-03-04`` in UTC; with the precision ``month``, as for anonymous surveys, ``2026-03``.
    n_invited
        Personal invitations of the wave.
    response_rate
        Of those invited personally, or why there is none.
    is_final
        Whether no more answers may come.
    """

    first_on: str
    last_on: str
    precision: Literal["day", "month"]
    n_invited: int
    response_rate: Estimate | Unavailable
    is_final: bool
