"""Signs of careless answering are found in all answers of a survey and kept beside each response."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.instruments import load_instrument
from servq.responses.importing import Besides, store_answers
from servq.responses.listing import Cursor, Filters, Order, State, count_listed, cursor_at, list_ids, list_page
from servq.responses.models import ResponseQuality
from servq.responses.quality import Flag, check_quality, find_check, look_through
from servq.scoring import Missing
from servq.simulate import Population, simulate_codes
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
INSTRUMENT = load_instrument("servqual")
N_CAREFUL = 60


def guests() -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """Careful guests, then one straight line, one with much missing, and two who are the same."""
    codes = simulate_codes(INSTRUMENT, N_CAREFUL + 4, Population(blank=0.0, not_applicable=0.0), 7)
    rated = [i for i, c in enumerate(INSTRUMENT.columns) if c.battery in {"expectation", "perception"}]
    codes[N_CAREFUL, rated] = 4
    codes[N_CAREFUL + 1, rated[10:]] = Missing.SKIPPED
    codes[N_CAREFUL + 3] = codes[N_CAREFUL + 2]
    return codes


def test_each_sign_is_seen_where_it_is_and_time_that_is_not_known_is_no_sign() -> None:
    seconds = np.full(N_CAREFUL + 4, 400.0)
    seconds[:3] = [30.0, np.nan, 88.1]
    quality = look_through(INSTRUMENT, guests(), seconds)
    assert [bool(flags & Flag.TOO_FAST) for flags in quality.flags[:3]] == [True, False, False]
    straight, missing, *twins = quality.flags[N_CAREFUL:]
    assert straight & Flag.SAME_ANSWERS
    assert missing & Flag.MANY_MISSING
    assert all(flags & Flag.REPEATED for flags in twins)
    assert not any(flags & Flag.REPEATED for flags in quality.flags[:N_CAREFUL])
    assert quality.longest_run[N_CAREFUL] == 22
    assert quality.missing_share[N_CAREFUL + 1] == pytest.approx(34 / 44)
    assert quality.n_signs.tolist() == [int(flags).bit_count() for flags in quality.flags]


def test_few_answers_and_few_items_give_no_signs_and_no_error() -> None:
    nps = load_instrument("nps")
    codes = np.array([[9]] * 3, dtype=np.int16)[:, : len(nps.columns)]
    codes = np.pad(codes, ((0, 0), (0, len(nps.columns) - codes.shape[1])), constant_values=Missing.NOT_SHOWN)
    assert look_through(nps, codes, np.full(3, np.nan)).flags.tolist() == [0, 0, 0]
    assert look_through(INSTRUMENT, guests()[:0], np.zeros(0)).flags.tolist() == []


async def test_a_check_is_stored_and_the_table_is_filtered_ordered_and_paged_by_it(sessions: Sessions) -> None:
    survey = await make_survey(sessions, instrument=INSTRUMENT)
    codes = guests()
    async with sessions.begin() as session:
        await store_answers(
            session,
            survey.id,
            codes,
            answered_at=[NOW] * len(codes),
            attributes=[{"site": "North" if row % 2 else "South"} for row in range(len(codes))],
            besides=Besides(seconds=[20] + [300] * (len(codes) - 1)),
        )
    assert await check_quality(sessions, survey.id, now=NOW) == len(codes)
    assert await check_quality(sessions, survey.id, now=NOW) == len(codes)
    async with sessions() as session:
        check = await find_check(session, survey.id)
        assert check is not None
        assert (check.n_checked, check.checked_at) == (len(codes), NOW)
        stored = (await session.scalars(select(ResponseQuality.n_signs))).all()
        assert len(stored) == len(codes)
        fast = await list_ids(session, survey.id, Filters(flag=int(Flag.TOO_FAST)))
        assert len(fast) == 1
        assert await count_listed(session, survey.id, Filters(flag=int(Flag.REPEATED))) == 2
        north = await count_listed(session, survey.id, Filters(site="North", wave=1))
        assert north == len(codes) // 2
        assert await count_listed(session, survey.id, Filters(state=State.EXCLUDED)) == 0
        for order in Order:
            seen: list[bytes] = []
            cursor: Cursor | None = None
            while True:
                rows, more = await list_page(session, survey.id, Filters(), order, cursor, size=10)
                seen += [row.id for row in rows]
                if not more:
                    break
                cursor = cursor_at(rows[-1], order, backwards=False)
            assert len(set(seen)) == len(seen) == len(codes), order
            before, _ = await list_page(
                session, survey.id, Filters(), order, cursor_at(rows[0], order, backwards=True), size=10
            )
            assert [row.id for row in before] == seen[-len(rows) - 10 : -len(rows)], order
        signs, _ = await list_page(session, survey.id, Filters(), Order.SIGNS, None)
        assert [row.n_signs for row in signs] == sorted((row.n_signs for row in signs), reverse=True)
