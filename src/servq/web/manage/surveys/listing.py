"""``/manage/surveys``: all surveys, the newest first, with how each goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from litestar import Response, get
from sqlalchemy.ext.asyncio import AsyncSession

from servq.follow_ups.queries import count_open_by_survey
from servq.responses.counting import Counts, count_responses
from servq.surveys.models import Survey, SurveyStatus, Wave
from servq.surveys.queries import Sought, count_by_status, find_sought, list_newest_waves
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.pages import page, say_in
from servq.web.manage.places import Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS
from servq.web.manage.surveys.words import DOMAIN, STATUSES

MOST_ROWS = 25
_LONGEST_SEARCH = 200


class Row(NamedTuple):
    """One survey in the list."""

    survey: Survey
    status: str
    tone: str
    counts: Counts
    n_open: int
    wave: Wave


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list with what it is searched by; `tabs` are (label, path, is current)."""

    rows: tuple[Row, ...]
    words: str
    status: str
    tabs: tuple[tuple[str, str, bool], ...]
    n_found: int
    n_all: int
    first: int
    previous: str
    next: str


@get(ADDRESS, opt=FOR_RESEARCHERS)
async def show_list(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show the surveys that are sought."""
    asked = request.query_params
    words = asked.get("q", "").replace("\0", "").strip()[:_LONGEST_SEARCH]
    status = next((each for each in SurveyStatus if each.value == asked.get("status")), None)
    number = asked.get("page", "")
    offset = MOST_ROWS * (int(number) - 1) if number.isascii() and number.isdigit() and int(number[:6]) > 0 else 0
    shown = await _list(session, say_in(viewer, DOMAIN), Sought(words, status), offset)
    fragment = "found" if request.headers.get("hx-target") == "found" else None
    return page(request, viewer, "surveys/list.html.j2", shown, fragment=fragment)


async def _list(session: AsyncSession, say: Translator, sought: Sought, offset: int) -> ListPage:
    counted = await count_by_status(session, sought.words)
    surveys = await find_sought(session, sought, offset=offset, most=MOST_ROWS)
    ids = [survey.id for survey in surveys]
    counts, waves = await count_responses(session, ids), await list_newest_waves(session, ids)
    n_open = await count_open_by_survey(session, ids)
    n_all = sum(counted.values())
    n_found = n_all if sought.status is None else counted.get(sought.status, 0)
    return ListPage(
        rows=tuple(
            Row(
                survey,
                say.say(STATUSES[survey.status][0]),
                STATUSES[survey.status][1],
                counts.get(survey.id, Counts(0, 0)),
                n_open.get(survey.id, 0),
                waves[survey.id],
            )
            for survey in surveys
        ),
        words=sought.words,
        status="" if sought.status is None else sought.status.value,
        tabs=_tabs(say, sought, counted, n_all),
        n_found=n_found,
        n_all=n_all,
        first=offset + 1,
        previous=_path(sought, offset - MOST_ROWS) if offset else "",
        next=_path(sought, offset + MOST_ROWS) if offset + MOST_ROWS < n_found else "",
    )


def _tabs(
    say: Translator, sought: Sought, counted: dict[SurveyStatus, int], n_all: int
) -> tuple[tuple[str, str, bool], ...]:
    everything = (f"{say('All')} {say.count(n_all)}", _path(Sought(sought.words), 0), sought.status is None)
    return (
        everything,
        *(
            (
                f"{say.say(STATUSES[each][0])} {say.count(counted.get(each, 0))}",
                _path(Sought(sought.words, each), 0),
                sought.status is each,
            )
            for each in SurveyStatus
        ),
    )


def _path(sought: Sought, offset: int) -> str:
    query = {"q": sought.words, "status": sought.status or "", "page": str(offset // MOST_ROWS + 1) if offset else ""}
    said = urlencode({name: value for name, value in query.items() if value})
    return f"{ADDRESS}?{said}" if said else ADDRESS


HANDLERS = (show_list,)
