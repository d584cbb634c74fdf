"""Long work: the answers of a survey as an archive for other programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct, convert
from sqlalchemy.ext.asyncio import AsyncSession

from servq.answerfiles.bundle import BundleFormat, write_bundle
from servq.answerfiles.codebook import MissingAs
from servq.answerfiles.gathering import Gathered, Gathering
from servq.jobs.files import pieces_of
from servq.jobs.service import JobResult, Progress
from servq.responses.blocks import find_stored, read_blocks
from servq.worker.running import Workplace

EXPORT = "export"
"""Name of this kind of work."""

Told = Callable[[int, int], Awaitable[None]]


class ExportOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is exported, and how; also the parameters of the work."""

    survey_id: int
    to: BundleFormat
    wave: int | None = None
    missing: MissingAs = "blank"
    with_excluded: bool = False
    locale: str | None = None


async def export(place: Workplace, parameters: Mapping[str, Any], progress: Progress) -> JobResult:
    """Write the archive and hand it over piece by piece."""
    order = convert(dict(parameters), ExportOrder)
    folder = place.kept.enter_context(TemporaryDirectory(prefix="servq-export-"))
    path = Path(folder) / "answers.zip"
    async with place.sessions() as session:
        answers = await gather_stored(session, order, Path(folder), progress)
    await write_archive(answers, order, path, made_at=place.now(), told=progress)
    facts = {"n_rows": answers.n_rows, "n_bytes": path.stat().st_size}
    name = f"answers-{order.survey_id}-{place.now():%Y-%m-%d}-{order.to}.zip"
    return JobResult(name=name, media_type="application/zip", chunks=pieces_of(path), facts=facts)


async def gather_stored(session: AsyncSession, order: ExportOrder, folder: Path, told: Told) -> Gathered:
    """Gather the answers that were asked for in a folder; reading is the first half of the work."""
    stored = await find_stored(session, order.survey_id, wave=order.wave, with_excluded=order.with_excluded)
    gathering = Gathering(folder, stored.survey.instrument)
    async for block in read_blocks(session, stored):
        gathering.add(block)
        await told(gathering.n_rows, 2 * max(stored.n_rows, gathering.n_rows))
    return gathering.finish(source=stored.survey.title, excluded=stored.excluded, locale=order.locale)


async def write_archive(answers: Gathered, order: ExportOrder, path: Path, *, made_at: datetime, told: Told) -> None:
    """Write the archive; writing is the second half of the work."""
    steps = write_bundle(
        answers,
        order.to,
        path,
        title=answers.source,
        made_at=made_at,
        missing=order.missing,
        locale=order.locale,
    )
    for done in steps:
        await told(answers.n_rows + done, 2 * answers.n_rows)
