"""Writing a draft: several people at once, nothing overwritten, nothing lost.

Whoever writes takes the draft first, so that what is decided is decided on its newest state. Every value that changes
is kept with what stood there before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.drafts import queries
from servq.drafts.content import Content, Value, decoded, differing, encoded, holds, values_of, with_values
from servq.drafts.merging import Change, Clash, changed_by_others, merge
from servq.drafts.models import Draft, DraftChange, DraftConflict
from servq.drafts.parts import remove_part
from servq.errors import PayloadTooLarge, RecordUnknown
from servq.instruments import freeze, thaw
from servq.instruments.model import Instrument

LONGEST_TITLE = 300
MOST_BYTES = 2_000_000
"""As an uploaded file; a draft that grows beyond it takes no more."""

_AUDITED = "draft"


@dataclass(frozen=True)
class OpenDraft:
    """A draft and what it holds."""

    draft: Draft
    content: Content

    @property
    def adapts(self) -> bool:
        """Whether it began as a copy of another instrument."""
        return self.draft.origin is not None

    @property
    def origin(self) -> Instrument | None:
        """The instrument that it began as a copy of."""
        return None if self.draft.origin is None else thaw(self.draft.origin)


@dataclass(frozen=True)
class Saved:
    """What became of a page: the revision number of the draft, how many values changed, and what clashes."""

    number: int
    n_changed: int
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True)
class Undecided:
    """A clash with the person who wrote the other value; `is_gone` if what it was about was removed meanwhile."""

    clash: Clash
    other: str
    is_gone: bool


async def create_draft(
    session: AsyncSession,
    viewer: Viewer,
    content: Content,
    *,
    origin: Instrument | None = None,
    notes: Sequence[str] = (),
    now: datetime,
) -> int:
    """Store a new draft; its id must be free."""
    definition = content["definition"]
    draft = Draft(
        instrument_id=definition["id"],
        title=_title_of(content),
        content=encoded(content),
        number=1,
        origin=None if origin is None else freeze(origin),
        notes=list(notes),
        created_at=now,
        changed_at=now,
        changed_by=viewer.account_id,
    )
    session.add(draft)
    await session.flush()
    detail = {"instrument": draft.instrument_id} | ({} if origin is None else {"copy of": origin.id})
    await record(session, viewer, AuditAction.CREATED, kind=_AUDITED, target=str(draft.id), detail=detail, now=now)
    return draft.id


async def get_draft(session: AsyncSession, draft_id: int) -> OpenDraft:
    """Return a draft as it is now; raises `RecordUnknown`."""
    draft = await queries.find_draft(session, draft_id)
    if draft is None:
        raise _unknown(draft_id)
    return OpenDraft(draft, decoded(draft.content))


async def save_values(
    session: AsyncSession,
    viewer: Viewer,
    draft_id: int,
    read: Callable[[Content], Mapping[str, Value]],
    *,
    opened: int,
    sheet: str,
    now: datetime,
) -> Saved:
    """Store what a page sent.

    Parameters
    ----------
    read
        Gives every value that the page sent, for the draft as it is now.
    opened
        Revision number of the draft when the page was opened.
    sheet
        Token of the page: what was saved from it before is no other person's change.
    """
    claimed, content = await _claim(session, draft_id)
    typed = read(content)
    merged = merge(content, await _changes_since(session, draft_id, opened), typed, sheet=sheet)
    settled = [path for path in typed if path not in {clash.path for clash in merged.clashes}]
    await queries.delete_conflicts(session, draft_id, viewer.account_id, settled)
    for clash in merged.clashes:
        await _keep_clash(session, viewer, draft_id, clash, now=now)
    after = with_values(content, merged.write)
    n_changed = await _store(session, viewer, claimed, content, after, sheet=sheet, now=now)
    return Saved(claimed.number - (0 if n_changed else 1), n_changed, merged.clashes)


async def change_parts(
    session: AsyncSession,
    viewer: Viewer,
    draft_id: int,
    act: Callable[[Content], Content],
    *,
    sheet: str,
    now: datetime,
) -> Saved:
    """Add, move or otherwise change parts of a draft as it is now."""
    claimed, content = await _claim(session, draft_id)
    n_changed = await _store(session, viewer, claimed, content, act(content), sheet=sheet, now=now)
    return Saved(claimed.number - (0 if n_changed else 1), n_changed)


async def remove(
    session: AsyncSession, viewer: Viewer, draft_id: int, path: str, *, opened: int, sheet: str, now: datetime
) -> Saved | None:
    """Remove a part; None, and nothing is removed, if another person changed it since the page was opened."""
    claimed, content = await _claim(session, draft_id)
    changes = await _changes_since(session, draft_id, opened)
    worded = [path, *(f"texts/{locale}/{path.removeprefix('definition/')}" for locale in content["texts"])]
    if any(changed_by_others(changes, prefix, sheet=sheet) for prefix in worded):
        await queries.release_draft(session, draft_id, claimed.number)
        return None
    n_changed = await _store(session, viewer, claimed, content, remove_part(content, path), sheet=sheet, now=now)
    return Saved(claimed.number, n_changed)


async def undo(session: AsyncSession, viewer: Viewer, draft_id: int, number: int, *, sheet: str, now: datetime) -> bool:
    """Take one change back; False, and nothing changes, if what it changed is no longer as it left it."""
    claimed, content = await _claim(session, draft_id)
    changes = [_change(row) for row in await queries.list_changes_to(session, draft_id, number)]
    current = values_of(content)
    if not changes or any(current.get(change.path) != change.after for change in changes):
        await queries.release_draft(session, draft_id, claimed.number)
        return False
    before = with_values(content, {change.path: change.before for change in changes})
    await _store(session, viewer, claimed, content, before, sheet=sheet, now=now)
    return True


async def list_undecided(session: AsyncSession, viewer: Viewer, draft_id: int) -> list[Undecided]:
    """Return what a person typed that clashes with what others wrote, with both values as they are now."""
    open_draft = await get_draft(session, draft_id)
    current = values_of(open_draft.content)
    found = []
    for row in await queries.list_conflicts(session, draft_id, viewer.account_id):
        clash = Clash(row.path, _value(row.base), _value(row.mine), current.get(row.path))
        other = await queries.find_author(session, draft_id, row.path, not_by=viewer.account_id)
        found.append(Undecided(clash, other, is_gone=not holds(open_draft.content, row.path)))
    return found


async def settle(
    session: AsyncSession,
    viewer: Viewer,
    draft_id: int,
    *,
    mine: Mapping[str, Value],
    theirs: Sequence[str],
    sheet: str,
    now: datetime,
) -> None:
    """Decide clashes: write what is given in `mine`, leave the draft as it is for `theirs`.

    What was removed meanwhile comes back with the value that is kept.
    """
    claimed, content = await _claim(session, draft_id)
    restored: dict[str, Value] = {}
    for path in mine:
        if not holds(content, path):
            restored |= await _removed_with(session, draft_id, path)
    after = with_values(content, restored | dict(mine))
    await _store(session, viewer, claimed, content, after, sheet=sheet, now=now)
    await queries.delete_conflicts(session, draft_id, viewer.account_id, [*mine, *theirs])


async def delete_draft(session: AsyncSession, viewer: Viewer, draft_id: int, *, now: datetime) -> None:
    """Delete a draft; versions published from it stay."""
    draft = (await get_draft(session, draft_id)).draft
    detail = {"instrument": draft.instrument_id}
    await record(session, viewer, AuditAction.DELETED, kind=_AUDITED, target=str(draft_id), detail=detail, now=now)
    await queries.delete_draft(session, draft_id)


async def _claim(session: AsyncSession, draft_id: int) -> tuple[queries.Claimed, Content]:
    claimed = await queries.claim_draft(session, draft_id)
    if claimed is None:
        raise _unknown(draft_id)
    return claimed, decoded(claimed.content)


async def _store(
    session: AsyncSession,
    viewer: Viewer,
    claimed: queries.Claimed,
    before: Content,
    after: Content,
    *,
    sheet: str,
    now: datetime,
) -> int:
    """Store the next state and what changed; returns how many values did."""
    changed = differing(before, after)
    if not changed:
        await queries.release_draft(session, claimed.id, claimed.number)
        return 0
    stored = encoded(after)
    if len(stored) > MOST_BYTES:
        raise PayloadTooLarge(f"A draft holds at most {MOST_BYTES // 1_000_000} MB. Shorten its texts.")
    if not await queries.has_changes_from(session, claimed.id, sheet):
        # Every value is kept with its author; the log says once for each open page that somebody wrote.
        await record(session, viewer, AuditAction.CHANGED, kind=_AUDITED, target=str(claimed.id), now=now)
    session.add_all(
        DraftChange(
            draft_id=claimed.id,
            number=claimed.number,
            sheet=sheet,
            account_id=viewer.account_id,
            at=now,
            path=path,
            before=_stored(was),
            after=_stored(is_now),
        )
        for path, (was, is_now) in changed.items()
    )
    await session.flush()
    await queries.store_draft(
        session,
        claimed.id,
        number=claimed.number,
        content=stored,
        title=_title_of(after),
        account_id=viewer.account_id,
        now=now,
    )
    return len(changed)


async def _keep_clash(session: AsyncSession, viewer: Viewer, draft_id: int, clash: Clash, *, now: datetime) -> None:
    await queries.delete_conflicts(session, draft_id, viewer.account_id, [clash.path])
    session.add(
        DraftConflict(
            draft_id=draft_id,
            account_id=viewer.account_id,
            path=clash.path,
            base=_stored(clash.base),
            mine=_stored(clash.mine),
            at=now,
        )
    )
    await session.flush()


async def _changes_since(session: AsyncSession, draft_id: int, number: int) -> list[Change]:
    return [_change(row) for row in await queries.list_changes(session, draft_id, since=number)]


async def _removed_with(session: AsyncSession, draft_id: int, path: str) -> dict[str, Value]:
    """Return the values that went together with one."""
    number = await queries.find_removal(session, draft_id, path)
    changes = [] if number is None else await queries.list_changes_to(session, draft_id, number)
    return {row.path: _value(row.before) for row in changes}


def _change(row: DraftChange) -> Change:
    return Change(row.number, row.sheet, row.path, _value(row.before), _value(row.after))


def _stored(value: Value) -> bytes | None:
    return None if value is None else msgspec.json.encode(value)


def _value(stored: bytes | None) -> Value:
    return None if stored is None else msgspec.json.decode(stored)


def _title_of(content: Content) -> str:
    return str(content["definition"].get("title", ""))[:LONGEST_TITLE]


def _unknown(draft_id: int) -> RecordUnknown:
    return RecordUnknown(f"There is no draft {draft_id}.")
