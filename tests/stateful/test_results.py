from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.analysis import AnalysisOptions
from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Estimator
from servq.analysis.labels import Labels
from servq.analysis.sites import make_sites
from servq.cli import main
from servq.contacts.service import add_contact
from servq.db import make_engine, make_sessions
from servq.fieldwork.erasure import erase_contact
from servq.instruments import load_instrument
from servq.invitations.models import Invitation
from servq.pipeline import report_survey
from servq.responses.closing import close_survey
from servq.responses.exclusions import exclude, take_back
from servq.responses.extraction import extract_answers
from servq.responses.importing import store_answers
from servq.responses.models import Response
from servq.responses.sittings import Sittings
from servq.results import ScoredSurvey, forget_results, load_scored, memory, service
from servq.results.blocks import pack, unpack
from servq.results.measures import Measures
from servq.results.memory import memory_of
from servq.results.models import ResultBlock, ResultChange
from servq.results.suppression import hidden_cells
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes
from servq.surveys.models import Survey
from servq.surveys.service import open_wave
from stateful.factories import NOW, STORED, answer, make_open_link, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
SITES = ("North", "South", "West")


def draw(n: int, seed: int) -> np.ndarray:
    """Answers of `n` respondents, some left out, to the small instrument."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(1, 8, size=(n, 10)).astype(np.int16)
    codes[generator.random((n, 10)) < 0.1] = -1
    codes[:, 4], codes[:, 5] = 60, 40
    return codes


async def store(sessions: Sessions, survey: Survey, n: int, seed: int, **choices: object) -> None:
    async with sessions.begin() as session:
        await store_answers(
            session,
            survey.id,
            draw(n, seed),
            answered_at=[NOW] * n,
            attributes=[{"site": SITES[row % 3], **({"team": "A"} if row % 2 else {})} for row in range(n)],
            **choices,
        )


def comparable(table: AnswerTable) -> list[tuple[object, ...]]:
    names = sorted(table.attributes)
    attributes = [tuple(str(table.attributes[name][row]) for name in names) for row in range(table.n_respondents)]
    return sorted(zip(map(tuple, table.codes.tolist()), attributes, [tuple(names)] * len(attributes), strict=True))


async def assert_same(sessions: Sessions, survey: Survey) -> None:
    """What is loaded is what extraction reads, wave by wave and together."""
    async with sessions.begin() as session:
        scored = await load_scored(session, survey.id)
        for wave in (None, *(one.number for one in scored.waves)):
            expected = await extract_answers(session, survey.id, wave=wave)
            found = scored.select(waves=None if wave is None else [wave]).answers()
            assert comparable(found) == comparable(expected)
            assert found.n_partial == expected.n_partial


def restart(engine: AsyncEngine) -> None:
    """Forget what this process keeps in memory, as another process would begin."""
    memory_of(engine.sync_engine).surveys.clear()


async def count(sessions: Sessions, table: type[ResultBlock | ResultChange]) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_what_is_loaded_is_what_extraction_reads_through_every_change(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    await assert_same(sessions, survey)
    await store(sessions, survey, 40, 1)
    await assert_same(sessions, survey)
    async with sessions.begin() as session:
        await open_wave(session, survey.id, name="Spring", now=NOW)
    await store(sessions, survey, 30, 2)
    await assert_same(sessions, survey)
    assert await count(sessions, ResultBlock) == 2
    async with sessions() as session:
        some = (await session.scalars(select(Response.id).limit(7))).all()
    async with sessions.begin() as session:
        await session.execute(
            update(Response).where(Response.id.in_(some[:3])).values(answers=np.array(STORED, dtype="<i2").tobytes())
        )
    await assert_same(sessions, survey)
    async with sessions.begin() as session:
        await session.execute(update(Response).where(Response.id.in_(some[3:5])).values(attributes={"site": "East"}))
    await assert_same(sessions, survey)
    async with sessions.begin() as session:
        await session.execute(delete(Response).where(Response.id.in_(some[5:])))
    await assert_same(sessions, survey)
    restart(engine)
    await assert_same(sessions, survey)


async def load(sessions: Sessions, survey: Survey) -> ScoredSurvey:
    async with sessions.begin() as session:
        return await load_scored(session, survey.id)


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", count)


async def test_nothing_is_read_again_while_nothing_changes(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, 40, 1)
    first = await load(sessions, survey)
    with counted(engine) as statements:
        assert await load(sessions, survey) is first
    assert len(statements) == 1


async def test_only_what_changed_is_read_and_waves_that_did_not_stay_as_they_are(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, 40, 1)
    async with sessions.begin() as session:
        await open_wave(session, survey.id, name="Spring", now=NOW)
    await store(sessions, survey, 40, 2)
    before = await load(sessions, survey)
    async with Sittings.running(engine) as sittings:
        await answer(sittings, make_open_link(survey))
    with counted(engine) as statements:
        after = await load(sessions, survey)
    assert after.waves[0].rows is before.waves[0].rows
    assert after.waves[1].n == before.waves[1].n + 1
    assert len(statements) == 2
    await assert_same(sessions, survey)


async def test_another_process_sees_every_change_and_reads_the_block_instead_of_the_responses(
    engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, 40, 1)
    await load(sessions, survey)
    other = make_engine(database)
    others = make_sessions(other)
    with counted(other) as statements:
        await load(others, survey)
    assert not any("FROM response" in one for one in statements)
    async with Sittings.running(engine) as sittings:
        await answer(sittings, make_open_link(survey))
        await assert_same(others, survey)
        await assert_same(sessions, survey)
        await answer(sittings, make_open_link(survey))
        await assert_same(sessions, survey)
    await assert_same(others, survey)
    await other.dispose()


async def test_many_changes_are_put_into_the_block_and_no_process_misses_one(
    sessions: Sessions, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_FEW", 5)
    other = make_engine(database)
    others = make_sessions(other)
    survey = await make_survey(sessions)
    for part in range(4):
        await store(sessions, survey, 4 + part, part)
        await assert_same(sessions if part % 2 else others, survey)
    await assert_same(sessions, survey)
    await assert_same(others, survey)
    assert await count(sessions, ResultChange) <= 5
    await other.dispose()


async def test_a_block_that_another_process_wrote_meanwhile_is_not_overwritten(
    sessions: Sessions, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_FEW", 0)
    survey = await make_survey(sessions)
    await store(sessions, survey, 10, 1)
    await load(sessions, survey)
    other = make_engine(database)
    others = make_sessions(other)
    written = service.queries.write_block
    await store(sessions, survey, 3, 2)

    async def write_late(session: AsyncSession, wave_id: int, **values: object) -> bool:
        monkeypatch.setattr(service.queries, "write_block", written)
        async with sessions.begin() as faster:
            await store_answers(
                faster, survey.id, draw(2, 3), answered_at=[NOW] * 2, attributes=[{"site": "North"}] * 2
            )
        await load(sessions, survey)
        return await written(session, wave_id, **values)

    monkeypatch.setattr(service.queries, "write_block", write_late)
    await load(others, survey)
    await assert_same(others, survey)
    await assert_same(sessions, survey)
    await other.dispose()


async def test_excluded_responses_leave_and_come_back(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, 20, 1)
    await load(sessions, survey)
    async with sessions.begin() as session:
        some = (await session.scalars(select(Response.id).limit(3))).all()
        await exclude(session, survey.id, some, reason="test", account_id=None, excluded_by="somebody", now=NOW)
    assert (await load(sessions, survey)).n == 17
    await assert_same(sessions, survey)
    async with sessions.begin() as session:
        await take_back(session, survey.id, some[:2])
    assert (await load(sessions, survey)).n == 19
    await assert_same(sessions, survey)


async def test_trial_answers_never_enter(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, 20, 1)
    await load(sessions, survey)
    async with sessions.begin() as session:
        some = (await session.scalars(select(Response.id).limit(3))).all()
        await session.execute(update(Response).where(Response.id.in_(some)).values(trial=True))
    assert (await load(sessions, survey)).n == 17
    await assert_same(sessions, survey)


async def test_erasing_a_person_takes_them_out_of_the_block_in_the_same_transaction(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey, site="North", agent="Wilhelmina")
    async with sessions.begin() as session:
        contact = await add_contact(session, reference="guest-7", now=NOW)
        (await session.scalars(select(Invitation))).one().contact_id = contact.id
    async with Sittings.running(engine) as sittings:
        await answer(sittings, link)
    scored = await load(sessions, survey)
    assert scored.select().attribute("agent").labels == ("Wilhelmina",)
    assert await count(sessions, ResultBlock) == 1
    async with sessions.begin() as session:
        await erase_contact(session, contact.id)
    assert await count(sessions, ResultBlock) == 0
    scored = await load(sessions, survey)
    assert "agent" not in scored.attributes
    assert scored.select().attribute("site").labels == ("North",)
    restart(engine)
    assert "agent" not in (await load(sessions, survey)).attributes


async def test_a_block_written_while_somebody_is_erased_is_written_again_at_the_next_load(
    engine: AsyncEngine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure is committed between the reading of the responses and the writing of the block."""
    survey = await make_survey(sessions)
    await store(sessions, survey, 10, 1)
    read = service.queries.list_rows

    async def read_early(*arguments: object) -> object:
        monkeypatch.setattr(service.queries, "list_rows", read)
        rows = await read(*arguments)
        async with sessions.begin() as faster:
            await faster.execute(update(Response).values(attributes={"site": "North"}))
        return rows

    monkeypatch.setattr(service.queries, "list_rows", read_early)
    await load(sessions, survey)
    assert (await load(sessions, survey)).attributes.count("team") == 0
    restart(engine)
    await assert_same(sessions, survey)
    assert await count(sessions, ResultChange) == 0


async def test_blocks_can_be_dropped_at_any_time(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, 20, 1)
    await load(sessions, survey)
    async with sessions.begin() as session:
        assert await forget_results(session) == 1
    await assert_same(sessions, survey)
    restart(engine)
    await assert_same(sessions, survey)


async def test_an_anonymous_survey_keeps_its_results_when_it_is_closed(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions, anonymous=True)
    async with Sittings.running(engine) as sittings:
        for _ in range(3):
            await answer(sittings, make_open_link(survey))
        await assert_same(sessions, survey)
        await answer(sittings, make_open_link(survey))
    await load(sessions, survey)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    await assert_same(sessions, survey)
    assert (await load(sessions, survey)).n == 4


async def test_memory_is_bounded_and_forgets_the_survey_looked_at_longest_ago(
    engine: AsyncEngine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveys = [await make_survey(sessions) for _ in range(3)]
    for number, survey in enumerate(surveys):
        await store(sessions, survey, 60, number)
        scored = await load(sessions, survey)
        monkeypatch.setattr(memory, "MOST_BYTES", 5 * scored.nbytes // 2)
    kept = memory_of(engine.sync_engine).surveys
    assert list(kept) == [survey.id for survey in surveys[1:]]
    assert sum(one.scored.nbytes for one in kept.values()) <= memory.MOST_BYTES
    await assert_same(sessions, surveys[0])


async def test_every_number_is_the_one_of_the_report(sessions: Sessions) -> None:
    instrument = load_instrument("servqual")
    survey = await make_survey(sessions, instrument=instrument, placeholders={"providers": "hotels"})
    for wave in (1, 2):
        codes = simulate_codes(instrument, 90, Population(), seed=wave)
        codes[::7, :5] = -1
        async with sessions.begin() as session:
            if wave == 2:
                await open_wave(session, survey.id, name="Spring", now=NOW)
            attributes = [{"site": SITES[row % 3]} for row in range(90)]
            await store_answers(session, survey.id, codes, answered_at=[NOW] * 90, attributes=attributes)
    async with sessions.begin() as session:
        findings = await report_survey(session, survey.id, options=AnalysisOptions(locale="en"))
        scored = await load_scored(session, survey.id)
    chosen = scored.select(waves=[2])
    measures = Measures(Labels(instrument, "en", {}))
    estimator = Estimator(minimum_group_size=5)
    expected = {"overall": findings.scores[0].estimate}
    expected |= {f"d.{one.id}": one.gap for one in findings.dimensions}
    expected |= {f"i.{one.id}": one.gap for one in findings.items}
    for id_, measure in measures.all_of().items():
        if id_ in expected:
            assert_equal(estimator.mean(measures.rule(measure, chosen, estimator).contributions), expected[id_])
    for battery in ("expectation", "perception"):
        levels = measures.all_of(battery)
        for one in findings.dimensions:
            rule = measures.rule(levels[f"d.{one.id}"], chosen, estimator)
            assert_equal(rule.estimate(), one.levels[battery])
        for one in findings.items:
            rule = measures.rule(levels[f"i.{one.id}"], chosen, estimator)
            assert_equal(rule.estimate(), one.levels[battery])
    columns = chosen.columns
    sites = make_sites({"overall": columns.overall}, chosen.attribute("site").texts(), estimator)
    assert not isinstance(findings.segments, Unavailable)
    (segment,) = (one for one in findings.segments if one.attribute == "site")
    for row, group in zip(sites.rows, segment.groups, strict=True):
        assert row.n == group.n
        assert_equal(row.cells["overall"].estimate, group.overall)


def assert_equal(found: object, expected: object) -> None:
    assert not isinstance(found, Unavailable)
    for name in ("n", "value", "ci_low", "ci_high"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-12), name


async def test_responses_are_chosen_by_wave_site_attribute_and_option(sessions: Sessions) -> None:
    instrument = load_instrument("servqual")
    survey = await make_survey(sessions, instrument=instrument, placeholders={"providers": "hotels"})
    codes = simulate_codes(instrument, 30, Population(), seed=1)
    async with sessions.begin() as session:
        attributes = [{"site": SITES[row % 3]} for row in range(30)]
        await store_answers(session, survey.id, codes, answered_at=[NOW] * 30, attributes=attributes)
        scored = await load_scored(session, survey.id)
    item = scored.choice_items[0]
    assert scored.select(sites={"North", "South"}).n == 20
    assert scored.select(where={"site": {"North"}}, sites={"South"}).n == 0
    assert scored.select(where={"nothing": {"x"}}).n == 0
    by_option = [scored.select(where={item: {option}}).n for option in instrument.options_of(item)]
    assert sum(by_option) + scored.select(where={item: {""}}).n == 30
    assert scored.select(waves=[7]).n == 0
    assert scored.select(waves=[7]).answers().n_respondents == 0


async def test_a_block_of_another_version_is_not_read(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, 5, 1)
    rows = (await load(sessions, survey)).waves[0].rows
    again = unpack(pack(rows))
    assert again is not None
    assert (again.ids == rows.ids).all()
    assert (again.codes == rows.codes).all()


def test_a_hidden_cell_cannot_be_worked_out_from_its_row_or_its_column() -> None:
    generator = np.random.default_rng(3)
    for _ in range(60):
        counts = generator.integers(0, 14, size=tuple(generator.integers(2, 7, 2)))
        hidden = hidden_cells(counts, 5)
        assert hidden[(counts > 0) & (counts < 5)].all()
        for sizes, concealed in [*zip(counts, hidden, strict=True), *zip(counts.T, hidden.T, strict=True)]:
            if concealed.any() and (sizes[~concealed] > 0).any():
                assert concealed.sum() > 1
                assert sizes[concealed].sum() >= 5


def test_the_command_drops_what_is_kept(sqlite_database: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["db", "forget-results", "--database", sqlite_database])
    assert ended.value.code == 0
    assert capsys.readouterr().out == "Dropped the scored answers of 0 waves.\n"
