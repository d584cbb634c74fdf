"""``/manage/audit``: who saw, changed, exported or deleted what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts import audit, audit_queries
from servq.accounts.audit import AuditAction
from servq.accounts.audit_queries import AuditFilter
from servq.accounts.models import AuditEntry
from servq.accounts.viewer import Viewer
from servq.answerfiles.exporting import inert_text
from servq.web.manage.access import FOR_ADMINS, PageRequest
from servq.web.manage.pages import HEADERS, page
from servq.web.manage.places import Now, Session, SignedInViewer

ADDRESS = "/manage/audit"
ROWS = 100
AT_ONCE = 1_000
_FIELDS = ("who", "action", "kind", "text", "since", "until")
_COLUMNS = ("at", "who", "action", "kind", "target", "detail")


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of entries and the filters that chose them."""

    entries: Sequence[AuditEntry]
    n: int
    given: Mapping[str, str]
    actions: Sequence[str]
    kinds: Sequence[str]
    older: str
    newest: str
    export: str


@get(ADDRESS, opt=FOR_ADMINS)
async def show_audit(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show entries, the newest first."""
    given = _given(request)
    wanted = _wanted(given, viewer)
    before = request.query_params.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    entries = await audit_queries.list_entries(session, wanted, limit=ROWS + 1, before=number)
    older = {**given, "before": str(entries[ROWS - 1].id)} if len(entries) > ROWS else {}
    shown = AuditPage(
        entries=entries[:ROWS],
        n=await audit_queries.count_entries(session, wanted),
        given=dict.fromkeys(_FIELDS, "") | given,
        actions=[action.value for action in AuditAction],
        kinds=await audit_queries.list_kinds(session),
        older=f"{ADDRESS}?{urlencode(older)}" if older else "",
        newest=f"{ADDRESS}?{urlencode(given)}" if number is not None else "",
        export=f"{ADDRESS}.csv?{urlencode(given)}",
    )
    return page(request, viewer, "people/audit.html.j2", shown)


@get(f"{ADDRESS}.csv", opt=FOR_ADMINS)
async def export_audit(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Stream:
    """Send the entries as CSV; that they were exported is an entry too."""
    given = _given(request)
    await audit.record(session, viewer, AuditAction.EXPORTED, kind="audit", target="audit.csv", detail=given, now=now)
    rows = _rows(request.app.state.sessions, _wanted(given, viewer))
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="audit.csv"'}
    return Stream(rows, headers=headers, media_type="text/csv")


async def _rows(sessions: async_sessionmaker[AsyncSession], wanted: AuditFilter) -> AsyncIterator[bytes]:
    yield _line(_COLUMNS)
    async with sessions() as session:
        async for entry in audit_queries.each_entry(session, wanted, at_once=AT_ONCE):
            detail = "; ".join(f"{name}: {value}" for name, value in entry.detail.items())
            yield _line((entry.at.isoformat(), entry.email, entry.action, entry.kind, entry.target, detail))


def _line(cells: Sequence[str]) -> bytes:
    import csv
    from io import StringIO

    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(inert_text, cells))
    return text.getvalue().encode()


def _given(request: PageRequest) -> dict[str, str]:
    found = {name: request.query_params.get(name, "").strip()[:200] for name in _FIELDS}
    return {name: value for name, value in found.items() if value}


def _wanted(given: Mapping[str, str], viewer: Viewer) -> AuditFilter:
    until = _day(given.get("until", ""), viewer)
    return AuditFilter(
        who=given.get("who", "").lower(),
        action=given.get("action", ""),
        kind=given.get("kind", ""),
        text=given.get("text", ""),
        since=_day(given.get("since", ""), viewer),
        until=None if until is None else until + timedelta(days=1),
    )


def _day(text: str, viewer: Viewer) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    is_kept = date(2000, 1, 1) <= day <= date(9000, 1, 1)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(viewer.time_zone)) if is_kept else None


HANDLERS = (show_audit, export_audit)
