"""Keeping benchmark sets: published scores to stand beside one's own, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.analysis.benchmark_findings import PublishedValue
from servq.analysis.target_findings import Metric
from servq.errors import AlreadyExists, Problem, RecordUnknown, RequestInvalid
from servq.messages import Message
from servq.targets import queries
from servq.targets.benchmark_files import NewBenchmark
from servq.targets.models import BenchmarkSet

LONGEST_NAME = 120
LONGEST_SOURCE = 500
SHORTEST_SOURCE = 10
LARGEST_NUMBER = 2**31 - 1


async def keep_benchmark(
    session: AsyncSession, new: NewBenchmark, metrics: Sequence[Metric], *, account_id: int | None, now: datetime
) -> BenchmarkSet:
    """Store a benchmark set; `metrics` are those of its instrument.

    Raises `RequestInvalid` with every problem, or `AlreadyExists` for a name in use.
    """
    problems = list(_problems(new, metrics, today=now.date()))
    if problems:
        raise RequestInvalid(problems)
    if await queries.find_benchmark_set_by_name(session, new.name) is not None:
        raise AlreadyExists(Message("Another benchmark set has this name."))
    stored = BenchmarkSet(
        name=new.name,
        instrument_id=new.instrument,
        source=new.source,
        measured_on=new.measured_on,
        n=new.n,
        scores={metric: {"value": one.value, "n": one.n, "sd": one.sd} for metric, one in new.scores.items()},
        account_id=account_id,
        created_at=now,
    )
    session.add(stored)
    await session.flush()
    return stored


async def drop_benchmark(session: AsyncSession, set_id: int) -> BenchmarkSet:
    """Delete a benchmark set; raises `RecordUnknown`."""
    found = await queries.find_benchmark_set(session, set_id) if 0 < set_id <= LARGEST_NUMBER else None
    if found is None:
        raise RecordUnknown(Message("There is no such benchmark set."))
    await session.delete(found)
    await session.flush()
    return found


async def list_benchmarks(session: AsyncSession, instrument_id: str | None = None) -> Sequence[BenchmarkSet]:
    """Return the benchmark sets of an instrument, or of all, the newest measurement first."""
    return await queries.list_benchmark_sets(session, instrument_id)


def published(stored: BenchmarkSet) -> dict[str, PublishedValue]:
    """Return the scores of a stored set as the findings know them."""
    return {metric: PublishedValue(**one) for metric, one in stored.scores.items()}


def _problems(new: NewBenchmark, metrics: Sequence[Metric], *, today: date) -> Iterator[Problem]:
    if not 1 <= len(new.name) <= LONGEST_NAME or not new.name.isprintable():
        fix = Message("Give 1 to {n} characters on one line.", n=LONGEST_NAME)
        yield Problem(Message("This cannot name a benchmark set."), fix, column="name")
    if not SHORTEST_SOURCE <= len(new.source) <= LONGEST_SOURCE or not new.source.isprintable():
        fix = Message(
            "Name author, year and title, in {low} to {high} characters.", low=SHORTEST_SOURCE, high=LONGEST_SOURCE
        )
        yield Problem(Message("The source is not named so that it could be found."), fix, column="source")
    if new.measured_on > today:
        fix = Message("Give the day on which it was measured.")
        yield Problem(Message("This day lies in the future."), fix, column="measured_on")
    known = {metric.id: metric for metric in metrics}
    if not new.scores:
        yield Problem(Message("No score is given."), Message("Give at least one."), column="scores")
    for metric, score in new.scores.items():
        if metric not in known:
            message = Message("The instrument has no score “{metric}”.", metric=metric)
            yield Problem(message, Message("It has: {known}.", known=", ".join(known)), column=metric)
        elif not known[metric].low <= score.value <= known[metric].high:
            message = Message(
                "This score lies between {low:g} and {high:g}.", low=known[metric].low, high=known[metric].high
            )
            yield Problem(message, Message("Give a value between them."), column=metric)
