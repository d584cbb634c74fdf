"""Long work: storing a file of answers that were collected elsewhere, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct, convert

from servq.answerfiles.foreign import ForeignTable, read_kept
from servq.answerfiles.staging import ImportPlan, Staged, find_plan_problems, stage
from servq.errors import AnswersAbsent, DataInvalid, Problem
from servq.jobs.files import file_on_disk
from servq.jobs.service import JobResult, Progress
from servq.messages import Message
from servq.responses.importing import Besides, store_answers
from servq.responses.imports import begin_import, begin_undoing, count_imported, delete_some, end_import, list_imports
from servq.responses.models import ImportStatus
from servq.surveys.launched import get_launched
from servq.surveys.models import Channel
from servq.surveys.service import open_wave
from servq.worker.running import Workplace

IMPORT, UNDO = "import", "undo import"
"""Names of these kinds of work."""

AT_ONCE = 1_000
"""Responses that are stored, or deleted, in one transaction: nobody who is answering waits for more."""


class ImportOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is stored, and where; also the parameters of the work.

    Parameters
    ----------
    wave
        Number of the wave, or None for a new one.
    leave_out
        Whether rows with a problem are left out; nothing is stored otherwise when there is any.
    """

    survey_id: int
    file_id: int
    plan: ImportPlan
    wave: int | None
    leave_out: bool
    account_id: int
    email: str


class UndoOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which import is taken back; also the parameters of the work."""

    survey_id: int
    import_id: int
    email: str


async def store_file(place: Workplace, parameters: Mapping[str, Any], progress: Progress) -> JobResult:
    """Check the whole file, then store it in parts; whatever goes wrong on the way, nothing of it stays."""
    order = convert(dict(parameters), ImportOrder)
    async with file_on_disk(place.sessions, order.file_id, suffix=".parquet") as path:
        foreign = read_kept(path)
    async with place.sessions() as session:
        survey = await (await session.connection()).run_sync(get_launched, order.survey_id)
    refuse(find_plan_problems(order.plan, survey.instrument))
    staged = stage(foreign, survey.instrument, order.plan)
    if staged.n_problems and not order.leave_out:
        refuse(staged.problems)
    kept = np.flatnonzero(~staged.is_wrong)
    if not kept.size:
        raise AnswersAbsent(Problem(Message("No row is left to be stored."), Message("Correct the file.")))
    for import_id in await _broken_off(place, order, foreign):
        await _take_back(place, order.survey_id, import_id, order.email)
    import_id = await _begin(place, order, foreign, staged, int(kept.size))
    try:
        n_done = 0
        while n_done < kept.size:
            some = kept[n_done : n_done + AT_ONCE]
            await _store(place, order, staged, some, import_id)
            n_done += len(some)
            await progress(n_done, int(kept.size))
    except BaseException:
        await _take_back(place, order.survey_id, import_id, order.email)
        raise
    async with place.sessions.begin() as session:
        await end_import(session, import_id)
    return JobResult(facts={"n_rows": int(kept.size), "import_id": import_id, "survey_id": order.survey_id})


async def undo(place: Workplace, parameters: Mapping[str, Any], progress: Progress) -> JobResult:
    """Delete every response that came with a file."""
    order = convert(dict(parameters), UndoOrder)
    async with place.sessions() as session:
        n_all = await count_imported(session, order.survey_id, order.import_id)
    n_done = 0
    while True:
        async with place.sessions.begin() as session:
            n_gone = await delete_some(session, order.survey_id, order.import_id, most=AT_ONCE)
        if not n_gone:
            return JobResult(facts={"n_undone": n_done})
        n_done += n_gone
        await progress(n_done, max(n_all, n_done))


def refuse(problems: Any) -> None:
    """Raise `DataInvalid` if there are problems."""
    found = tuple(problems)
    if found:
        raise DataInvalid(found)


async def _begin(place: Workplace, order: ImportOrder, foreign: ForeignTable, staged: Staged, n_rows: int) -> int:
    now = place.now()
    async with place.sessions.begin() as session:
        wave = order.wave
        if wave is None:
            wave = (await open_wave(session, order.survey_id, name=None, now=now)).number
        return await begin_import(
            session,
            order.survey_id,
            wave=wave,
            file_name=foreign.table.source,
            sha256=foreign.table.sha256,
            n_rows=n_rows,
            n_left_out=int(staged.is_wrong.sum()),
            account_id=order.account_id,
            imported_by=order.email,
            now=now,
        )


async def _broken_off(place: Workplace, order: ImportOrder, foreign: ForeignTable) -> list[int]:
    """Imports of this file whose worker ended in the middle: this one begins anew."""
    async with place.sessions() as session:
        return [
            each.id
            for each in await list_imports(session, order.survey_id)
            if each.status is ImportStatus.STORING
            and each.sha256 == foreign.table.sha256
            and each.account_id == order.account_id
        ]


async def _store(
    place: Workplace, order: ImportOrder, staged: Staged, some: np.ndarray[Any, np.dtype[np.intp]], import_id: int
) -> None:
    async with place.sessions.begin() as session:
        await store_answers(
            session,
            order.survey_id,
            staged.codes[some],
            answered_at=[staged.submitted_at[row] for row in some],
            attributes=[staged.attributes[row] for row in some],
            wave=order.wave,
            channel=Channel.IMPORTED,
            besides=Besides(
                started_at=[staged.started_at[row] for row in some],
                seconds=[staged.seconds[row] for row in some],
                locales=[staged.locales[row] for row in some],
                texts=[staged.texts[row] for row in some],
                import_id=import_id,
            ),
        )


async def _take_back(place: Workplace, survey_id: int, import_id: int, email: str) -> None:
    async with place.sessions.begin() as session:
        await begin_undoing(session, survey_id, import_id, undone_by=email, now=place.now())
    while True:
        async with place.sessions.begin() as session:
            if not await delete_some(session, survey_id, import_id, most=AT_ONCE):
                return
