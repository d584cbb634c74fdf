"""Customer journeys: touchpoints in the order in which customers meet them, per survey or for the organisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RequestInvalid
from servq.messages import Message
from servq.targets import queries
from servq.targets.models import Journey

MOST_STAGES = 40
LONGEST_STAGE = 100


async def find_journey(session: AsyncSession, survey_id: int) -> tuple[str, ...]:
    """Return the touchpoints of a survey in their order: its own, else those of the organisation, else none."""
    journey = await queries.find_journey(session, survey_id) or await queries.find_journey(session, None)
    return tuple(journey.touchpoints) if journey else ()


async def keep_journey(
    session: AsyncSession, survey_id: int | None, touchpoints: Sequence[str], *, now: datetime
) -> Journey:
    """Store the order of the touchpoints of a survey, or of the organisation; raises `RequestInvalid`."""
    names = [" ".join(name.split()) for name in touchpoints if name.strip()]
    problems = list(_problems(names))
    if problems:
        raise RequestInvalid(problems)
    journey = await queries.find_journey(session, survey_id)
    if journey is None:
        journey = Journey(survey_id=survey_id, touchpoints=names, changed_at=now)
        session.add(journey)
    else:
        journey.touchpoints, journey.changed_at = names, now
    await session.flush()
    return journey


def in_order(journey: Sequence[str], present: Iterable[str]) -> tuple[str, ...]:
    """Touchpoints that answers carry: those of the journey in its order, then the others by name."""
    found = set(present)
    return (*(one for one in journey if one in found), *sorted(found.difference(journey)))


def _problems(names: Sequence[str]) -> Iterable[Problem]:
    if len(names) > MOST_STAGES:
        message = Message("A journey has at most {n} touchpoints.", n=MOST_STAGES)
        yield Problem(message, Message("Leave out the least important ones."), column="touchpoints")
    for name in names:
        if len(name) > LONGEST_STAGE or not name.isprintable():
            message = Message("“{name}” cannot name a touchpoint.", name=name[:LONGEST_STAGE])
            fix = Message("Give at most {n} characters on one line.", n=LONGEST_STAGE)
            yield Problem(message, fix, column="touchpoints")
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = Message("“{name}” is named more than once.", name=name)
        yield Problem(message, Message("Name it once."), column="touchpoints")
