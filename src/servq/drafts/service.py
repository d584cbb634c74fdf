"""Instruments that surveys may use: the shipped ones and those that the organisation published, as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.drafts import queries
from servq.drafts.adapted import with_adaptation
from servq.drafts.checking import problems_of
from servq.drafts.content import Content, decoded, to_instrument
from servq.drafts.models import Draft, PublishedInstrument
from servq.drafts.versions import is_later, next_after, next_version
from servq.errors import AlreadyExists, InstrumentInvalid, InstrumentUnknown, Problem, RecordUnknown, RequestInvalid
from servq.instruments import freeze, instrument_ids, load_instrument, revision_of, thaw
from servq.instruments.loading import renamed_ids
from servq.instruments.model import Instrument
from servq.locations import instruments_folder

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class OwnVersion:
    """A version that the organisation published."""

    published: PublishedInstrument
    instrument: Instrument


async def find_instrument(session: AsyncSession, instrument_id: str, version: str | None = None) -> Instrument:
    """Return an instrument by its id, one's own before a shipped one; the newest version unless one is named.

    Raises `InstrumentUnknown`. A withdrawn instrument is still found: surveys that use it may have to be launched.
    """
    published = await find_published(session, instrument_id, version)
    if published is not None:
        return published
    shipped = await asyncio.to_thread(_shipped)
    current = shipped.get(instrument_id) or shipped.get(_renamed().get(instrument_id, ""))
    if current is None or version not in {None, current.definition.version}:
        raise InstrumentUnknown(f'No instrument has the id "{instrument_id}". The library lists all.')
    return current


async def find_published(session: AsyncSession, instrument_id: str, version: str | None = None) -> Instrument | None:
    """Return what the organisation published under an id, the newest version unless one is named."""
    published = await queries.find_published(session, instrument_id, version)
    return None if published is None else thaw(published.content)


async def list_instruments(session: AsyncSession) -> list[Instrument]:
    """Return every instrument that a survey may use, the organisation's own first."""
    own = [version.instrument for version in await list_own(session)]
    shipped = await asyncio.to_thread(_shipped)
    return [*own, *shipped.values()]


async def list_own(session: AsyncSession) -> list[OwnVersion]:
    """Return the newest version of each instrument that the organisation published and offers."""
    return [OwnVersion(one, thaw(one.content)) for one in await queries.list_newest(session)]


async def list_versions(session: AsyncSession, instrument_id: str) -> list[OwnVersion]:
    """Return what was published of an instrument, the newest first."""
    return [OwnVersion(one, thaw(one.content)) for one in await queries.list_versions(session, instrument_id)]


async def list_taken(session: AsyncSession) -> frozenset[str]:
    """Return every id that a new draft cannot have."""
    return frozenset({*await queries.list_taken_ids(session), *instrument_ids(), *_renamed()})


async def publish(
    session: AsyncSession, viewer: Viewer, draft_id: int, *, version: str, note: str, now: datetime
) -> PublishedInstrument:
    """Publish a draft as it is now; what is published never changes.

    Raises `RecordUnknown`, `InstrumentInvalid` with every problem that is left, `RequestInvalid` for a version that
    does not rise or a draft that nobody changed, or `AlreadyExists`.
    """
    claimed = await queries.claim_draft(session, draft_id)
    draft = await queries.find_draft(session, draft_id)
    if claimed is None or draft is None:
        raise RecordUnknown(f"There is no draft {draft_id}.")
    await queries.release_draft(session, draft_id, claimed.number)
    content = content_of(draft)
    content["definition"]["version"] = version
    if problems := problems_of(content, adapts=draft.origin is not None):
        raise InstrumentInvalid([Problem(problem.message, problem.fix) for problem in problems])
    instrument = with_adaptation(to_instrument(content), thaw(draft.origin) if draft.origin else None)
    earlier = await queries.list_versions(session, instrument.id)
    _refuse_unfit(instrument, earlier, note)
    published = PublishedInstrument(
        draft_id=draft_id,
        instrument_id=instrument.id,
        version=version,
        title=instrument.definition.title,
        revision=revision_of(instrument),
        content=freeze(instrument),
        note=note.strip(),
        published_at=now,
        published_by=viewer.account_id,
    )
    session.add(published)
    await session.flush()
    detail = {"version": version, "revision": published.revision}
    await record(session, viewer, AuditAction.RELEASED, kind="instrument", target=instrument.id, detail=detail, now=now)
    return published


async def suggest_version(session: AsyncSession, draft: Draft) -> str:
    """Return the version that the next publication of a draft may have."""
    earlier = await queries.list_versions(session, draft.instrument_id)
    content = content_of(draft)
    own = str(content["definition"].get("version", ""))
    if not earlier or is_later(own, earlier[0].version):
        return own
    if problems_of(content, adapts=draft.origin is not None):
        return next_version(earlier[0].version)
    return next_after(thaw(earlier[0].content), to_instrument(content))


async def withdraw(
    session: AsyncSession, viewer: Viewer, instrument_id: str, *, offer_again: bool, now: datetime
) -> None:
    """Offer an instrument for new surveys no more, or again; surveys that use it go on."""
    if not await queries.list_versions(session, instrument_id):
        raise RecordUnknown(f'Nothing was published as "{instrument_id}".')
    await queries.set_withdrawn(session, instrument_id, None if offer_again else now)
    action = "offered again" if offer_again else "withdrawn"
    await record(
        session,
        viewer,
        AuditAction.CHANGED,
        kind="instrument",
        target=instrument_id,
        detail={"change": action},
        now=now,
    )


def content_of(draft: Draft) -> Content:
    """Return what a draft holds."""
    return decoded(draft.content)


def _refuse_unfit(instrument: Instrument, earlier: Sequence[PublishedInstrument], note: str) -> None:
    """Raise unless a version may follow those that there are."""
    if len(note) > LONGEST_NOTE:
        message = f"The note has {len(note)} characters."
        raise RequestInvalid(Problem(message, f"Write at most {LONGEST_NOTE}.", column="note"))
    version = instrument.definition.version
    if not earlier:
        if instrument.id in instrument_ids():
            raise AlreadyExists(f'An instrument that comes with servq has the id "{instrument.id}". Choose another.')
        return
    if not is_later(version, earlier[0].version):
        message = f"Version {version} does not come after {earlier[0].version}."
        fix = f"Write {next_version(earlier[0].version)} or higher."
        raise RequestInvalid(Problem(message, fix, column="version"))
    before = thaw(earlier[0].content)
    same = replace(before.definition, version=version)
    if Instrument(definition=same, texts=before.texts) == instrument:
        message = f"Nothing has changed since version {earlier[0].version}."
        raise RequestInvalid(Problem(message, "Change something first.", column="version"))


@cache
def _shipped() -> dict[str, Instrument]:
    """Return the shipped instruments; they change with the installation only."""
    return {instrument_id: load_instrument(instrument_id) for instrument_id in instrument_ids()}


@cache
def _renamed() -> dict[str, str]:
    return renamed_ids(instruments_folder())
