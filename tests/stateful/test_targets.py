"""Targets, benchmark sets and journeys as they are stored, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.analysis.targets import metrics_of
from servq.errors import AlreadyExists, DataInvalid, RecordUnknown, RequestInvalid
from servq.targets.benchmark_files import load_benchmark
from servq.targets.benchmarks import drop_benchmark, keep_benchmark, list_benchmarks, published
from servq.targets.journeys import find_journey, in_order, keep_journey
from servq.targets.service import NewTarget, drop_target, list_targets, set_target
from stateful.factories import NOW, make_instrument, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
METRICS = metrics_of(make_instrument(), "en", {})
GOOD = NewTarget(metric="fast", site="North", start=-1.0, goal=-0.5, due_on=date(2026, 12, 31))
FILE = """\
name: Hotels of 2024
instrument: small
source: "Nobody, N. (2025), Hotels compared, p. 12"
measured_on: 2024-06-30
n: 400
scores:
  overall: {value: -0.8, sd: 1.1}
  fast: -0.5
"""


def columns(error: pytest.ExceptionInfo[RequestInvalid]) -> list[str | None]:
    return [problem.column for problem in error.value.problems]


async def test_a_target_is_kept_until_it_is_dropped(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        await set_target(session, survey.id, GOOD, METRICS, {"North"}, account_id=None, now=NOW)
        await set_target(
            session, survey.id, msgspec.structs.replace(GOOD, site=None), METRICS, None, account_id=None, now=NOW
        )
    async with sessions.begin() as session:
        everything = await list_targets(session, survey.id, sites=None)
        assert [one.site for one in everything] == ["North", None]
        (north,) = await list_targets(session, None, sites={"North", "West"})
        assert (north.start, north.goal, north.due_on) == (-1.0, -0.5, GOOD.due_on)
        with pytest.raises(RecordUnknown):
            await drop_target(session, north.id, {"South"})
        with pytest.raises(RecordUnknown):  # the whole organisation is not theirs either
            await drop_target(session, everything[1].id, {"North"})
        await drop_target(session, north.id, {"North"})
    async with sessions() as session:
        assert [one.site for one in await list_targets(session, survey.id, sites=None)] == [None]


async def test_a_target_that_cannot_be_meant_is_refused_with_every_reason(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        odd = NewTarget(metric="speed", site="South", start=0, goal=1, due_on=NOW.date())
        with pytest.raises(RequestInvalid) as error:
            await set_target(session, survey.id, odd, METRICS, {"North"}, account_id=None, now=NOW)
        assert columns(error) == ["metric", "site", "due_on"]
        for start, goal, expected in (
            (-7.0, float("nan"), ["start", "goal"]),
            (-0.5, -0.5, ["goal"]),
            (-0.5, -1.0, ["goal"]),
        ):
            odd = msgspec.structs.replace(GOOD, start=start, goal=goal)
            with pytest.raises(RequestInvalid) as error:
                await set_target(session, survey.id, odd, METRICS, None, account_id=None, now=NOW)
            assert columns(error) == expected
        all_sites = msgspec.structs.replace(GOOD, site=None)
        with pytest.raises(RequestInvalid):  # who has sites of their own cannot speak for all
            await set_target(session, survey.id, all_sites, METRICS, {"North"}, account_id=None, now=NOW)
        await set_target(session, survey.id, GOOD, METRICS, None, account_id=None, now=NOW)
        again = msgspec.structs.replace(GOOD, goal=-0.2)
        with pytest.raises(AlreadyExists):
            await set_target(session, survey.id, again, METRICS, None, account_id=None, now=NOW)


async def test_a_benchmark_file_is_kept_with_its_source(sessions: Sessions, tmp_path: Path) -> None:
    path = tmp_path / "hotels.yaml"
    path.write_text(FILE, encoding="utf-8")
    new = load_benchmark(path, "hotels.yaml")
    async with sessions.begin() as session:
        await keep_benchmark(session, new, METRICS, account_id=None, now=NOW)
        with pytest.raises(AlreadyExists):
            await keep_benchmark(session, new, METRICS, account_id=None, now=NOW)
    async with sessions.begin() as session:
        (kept,) = await list_benchmarks(session, "small")
        assert (kept.source, kept.measured_on) == (new.source, date(2024, 6, 30))
        assert published(kept) == dict(new.scores)
        assert (published(kept)["fast"].n, published(kept)["fast"].sd) == (400, None)
        assert await list_benchmarks(session, "servqual") == []
        await drop_benchmark(session, kept.id)
        with pytest.raises(RecordUnknown):
            await drop_benchmark(session, kept.id)


async def test_a_benchmark_of_scores_that_the_instrument_has_not_is_refused(sessions: Sessions, tmp_path: Path) -> None:
    path = tmp_path / "hotels.yaml"
    path.write_text(FILE.replace("fast: -0.5", "speed: 1\n  kind: 9").replace("2024-06-30", "2044-06-30"), "utf-8")
    new = load_benchmark(path, "hotels.yaml")
    async with sessions.begin() as session:
        with pytest.raises(RequestInvalid) as error:
            await keep_benchmark(session, new, METRICS, account_id=None, now=NOW)
    assert columns(error) == ["measured_on", "speed", "kind"]


def test_every_problem_of_a_benchmark_file_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(
        "name: x\nsource: y\nmeasured_on: last year\nn: -3\ncolour: red\nscores:\n  overall: {value: high, sd: 0}\n",
        encoding="utf-8",
    )
    with pytest.raises(DataInvalid) as error:
        load_benchmark(path, "odd.yaml")
    assert {(problem.file, problem.line) for problem in error.value.problems} >= {
        ("odd.yaml", 3),
        ("odd.yaml", 4),
        ("odd.yaml", 5),
        ("odd.yaml", 7),
    }
    path.write_text("- a list\n", encoding="utf-8")
    with pytest.raises(DataInvalid):
        load_benchmark(path, "odd.yaml")


async def test_a_survey_follows_the_journey_of_the_organisation_until_it_has_its_own(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        assert await find_journey(session, survey.id) == ()
        await keep_journey(session, None, ["Booking", " Arrival ", "", "Stay"], now=NOW)
        assert await find_journey(session, survey.id) == ("Booking", "Arrival", "Stay")
        await keep_journey(session, survey.id, ["Stay"], now=NOW)
        await keep_journey(session, survey.id, ["Arrival", "Stay"], now=NOW + timedelta(days=1))
    async with sessions() as session:
        assert await find_journey(session, survey.id) == ("Arrival", "Stay")
    assert in_order(("Arrival", "Stay"), ["Web shop", "Stay", "Bar"]) == ("Stay", "Bar", "Web shop")


async def test_a_journey_names_each_touchpoint_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for names in (["Stay", "Stay"], ["a" * 101], ["one\ttwo\x07"], [f"t{n}" for n in range(41)]):
            with pytest.raises(RequestInvalid):
                await keep_journey(session, None, names, now=NOW)
