"""The scored answers of a survey, kept ready: in memory for this process, in the database for the next one.

The answers of a wave stand in one block, and triggers note every response that changed since it was written. A load
asks one statement what changed, reads those responses only, and writes a block again when many have changed, or when
it knows more of a person than is stored now.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from servq.responses.answers import decode
from servq.results import queries
from servq.results.blocks import pack, unpack
from servq.results.memory import KeptSurvey, KeptWave, Memory, memory_of
from servq.results.queries import ResultRow, WaveState
from servq.results.rows import WaveRows
from servq.results.scored import ScoredSurvey, ScoredWave
from servq.surveys.launched import LaunchedSurvey, get_launched

_FEW = 500
_MANY = 5_000
_SHARE = 50
_NO_VERSION = 0
"""Of a wave whose block could not be written; it is never found in the database."""


async def load_scored(session: AsyncSession, survey_id: int) -> ScoredSurvey:
    """Return the scored answers of a survey as they are stored now.

    It may write blocks, which are there for the next process once the caller's transaction is committed.

    Raises `SurveyUnknown` or `SurveyNotLaunched`.
    """
    memory = memory_of(session.get_bind())
    async with memory.turn(survey_id):
        return await _load(session, survey_id, memory)


async def forget_results(session: AsyncSession, survey_id: int | None = None) -> int:
    """Drop what is kept of a survey, or of all; the next load makes it again. Return the number of blocks dropped."""
    return await queries.delete_blocks(session, survey_id)


async def _load(session: AsyncSession, survey_id: int, memory: Memory) -> ScoredSurvey:
    kept = memory.find(survey_id)
    states = _states_by_wave(await queries.list_states(session, survey_id))
    if kept is not None and _is_current(kept, states):
        return kept.scored
    survey = kept.scored.survey if kept else await (await session.connection()).run_sync(get_launched, survey_id)
    known = kept.waves if kept else {}
    waves = {
        state.wave_id: await _load_wave(session, survey, state, known.get(state.wave_id)) for state in states.values()
    }
    scored = ScoredSurvey(survey, tuple(one.wave for one in waves.values()))
    memory.keep(survey_id, KeptSurvey(scored, waves))
    return scored


@dataclass(frozen=True, slots=True)
class _State:
    """A wave with its changes by response."""

    wave_id: int
    first: WaveState
    marks: Mapping[bytes, int]
    urgent: bool


def _states_by_wave(rows: Sequence[WaveState]) -> dict[int, _State]:
    by_wave: dict[int, list[WaveState]] = {}
    for row in rows:
        by_wave.setdefault(row.wave_id, []).append(row)
    return {
        wave_id: _State(
            wave_id,
            found[0],
            {row.changed: row.mark for row in found if row.changed is not None and row.mark is not None},
            any(row.urgent for row in found),
        )
        for wave_id, found in by_wave.items()
    }


def _is_current(kept: KeptSurvey, states: Mapping[int, _State]) -> bool:
    return kept.waves.keys() == states.keys() and all(
        _is_wave_current(kept.waves[wave_id], state) for wave_id, state in states.items()
    )


def _is_wave_current(kept: KeptWave, state: _State) -> bool:
    same = kept.version == state.first.version and kept.marks == state.marks
    return same and kept.wave.name == state.first.name and not _is_due(state, kept.wave.n)


def _is_due(state: _State, n: int) -> bool:
    """Whether the block is to be written again."""
    return state.urgent or len(state.marks) > max(_FEW, min(n // _SHARE, _MANY))


async def _load_wave(session: AsyncSession, survey: LaunchedSurvey, state: _State, kept: KeptWave | None) -> KeptWave:
    if kept is not None and _is_wave_current(kept, state):
        return kept
    base = await _find_base(session, state, kept)
    if base is None:
        rows = _arrays(await queries.list_rows(session, survey.id, state.wave_id), survey)
        version = await _write(session, state, rows, after=state.first.version)
        return KeptWave(version, {}, _wave(survey, state, rows))
    version, rows, known = base
    changed = [response_id for response_id, mark in state.marks.items() if known.get(response_id) != mark]
    if changed:
        found = await queries.list_rows(session, survey.id, state.wave_id, changed)
        rows = rows.changed(changed, _arrays(found, survey))
    if _is_due(state, rows.n):
        written = await _write(session, state, rows, after=version)
        return KeptWave(written, {}, _wave(survey, state, rows))
    return KeptWave(version, state.marks, _wave(survey, state, rows))


async def _find_base(
    session: AsyncSession, state: _State, kept: KeptWave | None
) -> tuple[int, WaveRows, Mapping[bytes, int]] | None:
    """Version, answers and the changes that they have already: from memory, else from the block, else None."""
    if state.first.version is None:
        return None
    # A change that is not noted any more was undone or written to a block that this process has not read.
    if kept is not None and kept.version == state.first.version and kept.marks.keys() <= state.marks.keys():
        return kept.version, kept.wave.rows, kept.marks
    block = await queries.read_block(session, state.wave_id)
    if block is None:
        return None
    rows = unpack(block[1])
    return None if rows is None else (block[0], rows, {})


async def _write(session: AsyncSession, state: _State, rows: WaveRows, *, after: int | None) -> int:
    """Write the block of a wave and return its version; another process may have been faster."""
    version = secrets.randbits(62) + 1
    written = await queries.write_block(
        session, state.wave_id, after=after, version=version, n_responses=rows.n, content=pack(rows)
    )
    if not written:
        return _NO_VERSION
    await queries.forget_changes(session, state.wave_id, state.marks.items())
    return version


def _wave(survey: LaunchedSurvey, state: _State, rows: WaveRows) -> ScoredWave:
    return ScoredWave(survey, state.first.number, state.first.name, state.first.opened_at, rows)


def _arrays(rows: Sequence[ResultRow], survey: LaunchedSurvey) -> WaveRows:
    decoded = {text: msgspec.json.decode(text, type=dict[str, str]) for text in {row.attributes for row in rows}}
    codes = survey.rules.apply(decode([row.answers for row in rows], survey.n_columns))
    return WaveRows.of(
        [row.id for row in rows],
        codes,
        [row.submitted for row in rows],
        [
            {
                "administration": row.administration,
                "channel": row.channel,
                "locale": row.locale,
                **decoded[row.attributes],
            }
            for row in rows
        ],
    )
