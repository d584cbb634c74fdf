"""``/manage/surveys/<id>/responses``: every response with the signs of careless answering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.errors import RecordUnknown, TooManyRequests
from servq.jobs import service as jobs
from servq.responses.listing import (
    MOST_COUNTED,
    Cursor,
    Filters,
    ListedRow,
    Order,
    State,
    count_listed,
    cursor_at,
    list_page,
)
from servq.responses.quality import find_check
from servq.surveys.models import Channel, Survey, SurveyStatus
from servq.surveys.service import get_survey, list_waves
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.data import words
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.worker.quality import CHECK

FRESH_FOR = timedelta(minutes=10)
"""How old a check of the quality may be before looking at the table begins another one."""

_LARGEST_FLAG = 63
_TOGETHER = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `signs` are (words, meaning) pairs."""

    id: str
    path: str
    number: str
    begun: datetime
    is_day: bool
    wave: str
    channel: str
    site: str
    state: str
    tone: str
    reason: str
    is_out: bool
    signs: tuple[tuple[str, str], ...]
    was_checked: bool
    minutes: float | None


@dataclass(frozen=True, slots=True)
class TablePage:
    """The table, what it is filtered by, and how far the check of the quality is."""

    survey: Survey
    rows: tuple[Row, ...]
    given: Mapping[str, str]
    choices: Mapping[str, Sequence[tuple[str, str]]]
    sites: Sequence[str]
    is_filtered: bool
    n_counted: int | None
    most_counted: int
    query: str
    previous: str
    following: str
    checked_at: datetime | None
    is_checking: bool
    picks_few: bool
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@get("/manage/surveys/{survey_id:int}/responses", opt=FOR_RESEARCHERS)
async def show_table(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Show a page of the table, and begin a check of the quality where the last one is old."""
    survey = await asked_survey(session, survey_id)
    shown = await table_page(request, viewer, session, survey, now)
    await audit.record(
        session,
        viewer,
        AuditAction.VIEWED,
        kind="responses",
        target=str(survey_id),
        detail={"filters": shown.query} if shown.query else None,
        now=now,
    )
    fragment = "list" if request.headers.get("hx-target") == "responses" else None
    return page(request, viewer, "data/responses.html.j2", shown, fragment=fragment)


@post("/manage/surveys/{survey_id:int}/responses/check", opt=FOR_RESEARCHERS)
async def check_again(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Look through the answers anew."""
    survey = await asked_survey(session, survey_id)
    await _begin_check(session, viewer, survey, now)
    return redirect(request, f"/manage/surveys/{survey_id}/responses")


async def asked_survey(session: AsyncSession, survey_id: int) -> Survey:
    """Return a survey that was launched; raises `RecordUnknown` for one that has no answers to show."""
    survey = await get_survey(session, survey_id)
    if survey.status is SurveyStatus.DRAFT:
        raise RecordUnknown(f"Survey {survey_id} has not been launched.")
    return survey


async def table_page(
    request: PageRequest, viewer: Viewer, session: AsyncSession, survey: Survey, now: datetime, **besides: Any
) -> TablePage:
    """Read what the page shows."""
    say = say_in(viewer, DOMAIN)
    given = {name: value for name, value in request.query_params.items() if value}
    filters, order = filters_of(given), _order_of(given)
    rows, has_more = await list_page(session, survey.id, filters, order, _cursor_of(given, order))
    backwards = bool(given.get("before"))
    check = await find_check(session, survey.id)
    if check is None or check.checked_at < now - FRESH_FOR:
        await _begin_check(session, viewer, survey, now)
    kept = {name: given[name] for name in _FIELDS if name in given}
    address = f"/manage/surveys/{survey.id}/responses"
    has_before = (backwards and has_more) or (not backwards and bool(given.get("after")))
    has_after = (not backwards and has_more) or backwards

    def place(row: ListedRow, name: str) -> str:
        cursor = cursor_at(row, order, backwards=name == "before")
        value = cursor.value.isoformat() if isinstance(cursor.value, datetime) else str(cursor.value)
        return f"{address}?{urlencode({**kept, name: f'{value}~{cursor.id.hex()}'})}"

    waves = await list_waves(session, survey.id)
    return TablePage(
        survey=survey,
        rows=tuple(_row(row, survey, say, address) for row in rows),
        given={name: given.get(name, "") for name in _FIELDS},
        choices=_choices(say, [(str(wave.number), wave.name) for wave in waves]),
        sites=survey.sites,
        is_filtered=filters != Filters(),
        n_counted=await count_listed(session, survey.id, filters) if filters.is_counted else None,
        most_counted=MOST_COUNTED,
        query=urlencode(kept),
        previous=place(rows[0], "before") if rows and has_before else "",
        following=place(rows[-1], "after") if rows and has_after else "",
        checked_at=None if check is None else check.checked_at,
        is_checking=await jobs.is_under_way(session, CHECK, {"survey_id": survey.id}),
        picks_few=bool(filters.flag),
        **besides,
    )


def filters_of(given: Mapping[str, str]) -> Filters:
    """Read the filters of an address; what cannot be read is left out."""
    flag = _number(given.get("flag", ""), largest=_LARGEST_FLAG)
    channel, state = given.get("channel", ""), given.get("state", "")
    return Filters(
        wave=_number(given.get("wave", "")) or None,
        channel=Channel(channel) if channel in set(Channel) else None,
        site=given.get("site", "").strip()[:100],
        state=State(state) if state in set(State) else None,
        flag=_TOGETHER if given.get("flag") == "several" else flag,
        begun_from=_day(given.get("from", "")),
        begun_to=_day(given.get("to", "")),
        import_id=_number(given.get("import", "")) or None,
    )


_FIELDS = ("wave", "channel", "site", "state", "flag", "from", "to", "order", "import")


def _order_of(given: Mapping[str, str]) -> Order:
    order = given.get("order", "")
    return Order(order) if order in set(Order) else Order.NEWEST


def _cursor_of(given: Mapping[str, str], order: Order) -> Cursor | None:
    for name in ("after", "before"):
        value, _, identity = given.get(name, "").partition("~")
        with suppress(ValueError):
            key: datetime | int = int(value) if order is Order.SIGNS else datetime.fromisoformat(value)
            if isinstance(key, datetime) and key.tzinfo is None:
                return None
            return Cursor(name == "before", key, bytes.fromhex(identity))
    return None


def _row(row: ListedRow, survey: Survey, say: Translator, address: str) -> Row:
    identity = row.id.hex()
    return Row(
        id=identity,
        path=f"{address}/{identity}",
        number=identity[:8],
        begun=row.started_at,
        is_day=survey.anonymous,
        wave=row.wave_name,
        channel=say(words.CHANNELS[row.channel]),
        site=row.attributes.get("site", ""),
        state=say.say(words.STATES[row.state]),
        tone=words.TONES[row.state],
        reason=row.excluded_because or "",
        is_out=row.excluded_because is not None,
        signs=tuple(
            (say.say(words.FLAGS[flag]), say.say(words.FLAG_MEANINGS[flag])) for flag in words.flags_of(row.flags)
        ),
        was_checked=row.flags is not None,
        minutes=row.duration_s / 60 if row.duration_s else None,
    )


def _choices(say: Translator, waves: Sequence[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    return {
        "wave": [("", say("Any wave")), *waves],
        "channel": [("", say("Any channel")), *((each.value, say(name)) for each, name in words.CHANNELS.items())],
        "state": [("", say("Any state")), *((each.value, say.say(name)) for each, name in words.STATES.items())],
        "flag": [
            ("", say("With or without signs")),
            ("several", say("Two signs or more")),
            *((str(int(each)), say.say(name)) for each, name in words.FLAGS.items()),
        ],
        "order": [(each.value, say.say(name)) for each, name in words.ORDERS.items()],
    }


async def _begin_check(session: AsyncSession, viewer: Viewer, survey: Survey, now: datetime) -> None:
    parameters = {"survey_id": survey.id}
    if await jobs.is_under_way(session, CHECK, parameters):
        return
    with suppress(TooManyRequests):  # the table is shown anyhow, and the next look begins the check
        await jobs.submit(session, CHECK, parameters, account_id=viewer.account_id, now=now, title=survey.title)


def _number(text: str, *, largest: int = 2**31 - 1) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= largest else 0


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


HANDLERS = (show_table, check_again)
