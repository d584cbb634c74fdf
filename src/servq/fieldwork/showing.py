"""What of the fieldwork may be shown to whoever has the link, and in which steps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from servq.fieldwork.numbers import Progress

MOST_DAYS_SHOWN = 62
MOST_WEEKS_SHOWN = 62
_DAYS_OF_WEEK = 7


class Step(StrEnum):
    """How long one column of the time chart is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Progress by site, with the sites put together of which too few people are.

    Parameters
    ----------
    shown
        By site ("" for none), the largest first.
    together
        The others; None where there are none.
    n_together
        Their number.
    """

    shown: Mapping[str, Progress]
    together: Progress | None
    n_together: int


def summed(parts: Iterable[Progress]) -> Progress:
    """Add progress up."""
    found = list(parts)
    return Progress(**{name: sum(getattr(part, name) for part in found) for name in Progress.__struct_fields__})


def n_people(progress: Progress) -> int:
    """How many people a count is about at least."""
    return max(progress.invited, progress.started)


def sites_shown(by_site: Mapping[str, Progress], *, smallest: int) -> Sites:
    """Put sites of fewer than `smallest` people together, and with them the next ones until they are as many.

    Otherwise the difference to the total would tell what a site that is left out alone would have said.
    """
    ranked = sorted(by_site.items(), key=lambda item: (-n_people(item[1]), item[0]))
    shown = [item for item in ranked if n_people(item[1]) >= smallest]
    together = [progress for _, progress in ranked[len(shown) :]]
    while shown and together and n_people(summed(together)) < smallest:
        together.append(shown.pop()[1])
    return Sites(shown=dict(shown), together=summed(together) if together else None, n_together=len(together))


def over_time(by_day: Mapping[str, Progress]) -> tuple[Step, dict[date, Progress]]:
    """Return progress from the first day to the last without a hole, by week or month where the days are many."""
    days = {date.fromisoformat(day): progress for day, progress in by_day.items()}
    if not days:
        return Step.DAY, {}
    first, last = min(days), max(days)
    n_days = (last - first).days + 1
    if n_days <= MOST_DAYS_SHOWN:
        step = Step.DAY
    else:
        step = Step.WEEK if n_days <= MOST_WEEKS_SHOWN * _DAYS_OF_WEEK else Step.MONTH
    parts: dict[date, list[Progress]] = {}
    for offset in range(n_days):
        day = first + timedelta(days=offset)
        part = parts.setdefault(_begin(day, step), [])
        if day in days:
            part.append(days[day])
    return step, {begin: summed(part) for begin, part in parts.items()}


def _begin(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day
