"""How many of those invited answered, as far as somebody may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.fieldwork.numbers import Progress
from servq.fieldwork.service import get_fieldwork

GOOD_FOR = timedelta(minutes=1)
"""Counting every invitation takes longer than the rest of the page; a rate a minute old is as good."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Personal links that were made, and complete answers that came by them."""

    invited: int
    completed: int

    @property
    def share(self) -> float:
        """Completed of invited (AAPOR's RR1 where everybody invited is eligible)."""
        return self.completed / self.invited


_Counted = tuple[datetime, Mapping[str, Progress]]
_KEPT: WeakKeyDictionary[Any, dict[tuple[int, int], _Counted]] = WeakKeyDictionary()


async def find_rate(session: AsyncSession, viewer: Viewer, survey_id: int, wave: int, *, now: datetime) -> Rate | None:
    """Return the response rate of a wave at the sites that somebody may see; None where nobody was invited."""
    kept = _KEPT.setdefault(session.get_bind(), {})
    found = kept.get((survey_id, wave))
    if found is None or not now - GOOD_FOR < found[0] <= now:
        fieldwork = await get_fieldwork(session, survey_id, wave=wave, now=now)
        found = kept[survey_id, wave] = (now, fieldwork.invited_by_site)
    seen = [progress for site, progress in found[1].items() if viewer.sees(site)]
    rate = Rate(sum(one.invited for one in seen), sum(one.completed for one in seen))
    return rate if rate.invited else None
