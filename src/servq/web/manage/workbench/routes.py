"""``/manage/surveys/<id>/workbench`` and its files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.errors import RecordUnknown
from servq.messages import Message
from servq.responses.seeing import get_survey_seen
from servq.results import load_scored
from servq.surveys.models import Survey
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.figures import Figure, svg_source
from servq.web.manage.pages import HEADERS, page, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.workbench.choices import Choices, Show, read_choices
from servq.web.manage.workbench.files import as_csv, as_png, standalone
from servq.web.manage.workbench.making import make_shown
from servq.web.manage.workbench.offers import Offer
from servq.web.manage.workbench.pages import Controls, make_controls
from servq.web.manage.workbench.shown import Shown

DOMAIN = "workbench"
_SVG, _PNG, _CSV = "image/svg+xml", "image/png", "text/csv; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkbenchPage:
    """The page: what may be chosen, and the answer.

    Parameters
    ----------
    shown
        None where too few respondents are left to show anything.
    link
        The address that reproduces it.
    is_changed
        Whether the choices in the form are not those that were sent.
    """

    survey: Survey
    controls: Controls
    shown: Shown | None
    figure: Figure | None
    notes: Sequence[str]
    downloads: Sequence[tuple[str, str]]
    link: str
    minimum: int
    has_answers: bool
    is_changed: bool
    is_fragment: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer with all that it was made from."""

    survey: Survey
    offer: Offer
    choices: Choices
    wanted: Choices
    notes: tuple[Message, ...]
    shown: Shown | None


@get("/manage/surveys/{survey_id:int}/workbench", opt=FOR_EVERYBODY)
async def show_workbench(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show the choices and their answer; htmx gets the answer alone."""
    answer = await _answer(request, viewer, session, survey_id)
    path = f"/manage/surveys/{survey_id}/workbench"
    link = f"{path}?{answer.choices.query}" if answer.choices.query else path
    is_fragment = request.headers.get("hx-request") == "true" and request.headers.get("hx-target") == "answer"
    context = await asyncio.to_thread(_context, request, answer, link, is_fragment=is_fragment)
    if is_fragment:
        headers = {**HEADERS, "HX-Push-Url": link}
        return page(request, viewer, "workbench/workbench.html.j2", context, fragment="answer", headers=headers)
    return page(request, viewer, "workbench/workbench.html.j2", context)


@get("/manage/surveys/{survey_id:int}/workbench/chart.svg", opt=FOR_EVERYBODY)
async def download_svg(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Send the chart as SVG."""
    answer, picture = await _picture(request, viewer, session, survey_id)
    await _record(session, viewer, answer, "svg", now)
    return _file(answer, picture.encode(), _SVG, "svg")


@get("/manage/surveys/{survey_id:int}/workbench/chart.png", opt=FOR_EVERYBODY)
async def download_png(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Send the chart as PNG."""
    answer, picture = await _picture(request, viewer, session, survey_id)
    await _record(session, viewer, answer, "png", now)
    return _file(answer, await asyncio.to_thread(as_png, picture), _PNG, "png")


@get("/manage/surveys/{survey_id:int}/workbench/numbers.csv", opt=FOR_EVERYBODY)
async def download_csv(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Send the numbers as CSV."""
    answer = await _answer(request, viewer, session, survey_id)
    if answer.shown is None:
        raise _nothing()
    await _record(session, viewer, answer, "csv", now)
    return _file(answer, as_csv(answer.shown), _CSV, "csv")


def workbench_handlers() -> list[ControllerRouterHandler]:
    """Return the handlers of the workbench."""
    return [show_workbench, download_svg, download_png, download_csv]


async def _answer(request: PageRequest, viewer: Viewer, session: AsyncSession, survey_id: int) -> _Answer:
    survey = await get_survey_seen(session, viewer, survey_id)
    scored = await load_scored(session, survey_id)
    offer = Offer(scored, viewer, say_in(viewer, DOMAIN))
    wanted = read_choices(request.query_params.multi_items())

    def make() -> _Answer:
        choices, notes = offer.settle(wanted)
        return _Answer(survey, offer, choices, wanted, notes, make_shown(offer, choices))

    return await asyncio.to_thread(make)


async def _picture(request: PageRequest, viewer: Viewer, session: AsyncSession, survey_id: int) -> tuple[_Answer, str]:
    answer = await _answer(request, viewer, session, survey_id)
    if answer.shown is None or not answer.shown.svg:
        raise _nothing()
    t = answer.offer.t
    source = t("{survey}, {organisation}", survey=answer.survey.title, organisation=answer.survey.organisation)
    return answer, await asyncio.to_thread(standalone, answer.shown, source)


def _nothing() -> RecordUnknown:
    return RecordUnknown("There is no chart of these choices.")


async def _record(session: AsyncSession, viewer: Viewer, answer: _Answer, kind: str, now: Now) -> None:
    detail = {"file": kind, "choices": answer.choices.query}
    target = str(answer.survey.id)
    await record(session, viewer, AuditAction.EXPORTED, kind="workbench", target=target, detail=detail, now=now)


def _file(answer: _Answer, content: bytes, media_type: str, suffix: str) -> Response[bytes]:
    asked = re.sub(r"[^a-z0-9]+", "-", answer.choices.query.lower()).strip("-")[:60]
    name = "-".join(part for part in (answer.survey.slug, asked) if part)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.{suffix}"'}
    return Response(content, status_code=HTTPStatus.OK, headers=headers, media_type=media_type)


def _context(request: PageRequest, answer: _Answer, link: str, *, is_fragment: bool) -> WorkbenchPage:
    t, shown, choices = answer.offer.t, answer.shown, answer.choices
    path, _, query = link.partition("?")
    files = f"?{query}" if query else ""
    charts = [("SVG", f"{path}/chart.svg{files}"), ("PNG", f"{path}/chart.png{files}")]
    downloads = [] if shown is None or not shown.rows else [("CSV", f"{path}/numbers.csv{files}")]
    figure = None
    if shown is not None and shown.svg:
        downloads = [*charts, *downloads]
        figure = Figure(
            id="chart",
            title="",
            source=svg_source(shown.svg),
            alternative=shown.alternative,
            note=shown.note,
            columns=shown.columns,
            rows=shown.rows if choices.show not in {Show.TABLE, Show.CROSS} else (),
            downloads=downloads,
        )
    return WorkbenchPage(
        survey=answer.survey,
        controls=make_controls(answer.offer, choices),
        shown=shown,
        figure=figure,
        notes=[t.say(note) for note in answer.notes],
        downloads=downloads,
        link=f"{request.app.state.address.rstrip('/')}{link}",
        minimum=answer.offer.minimum,
        has_answers=answer.offer.whole.n > 0,
        is_changed=(choices.measure, choices.by, choices.across)
        != (answer.wanted.measure, answer.wanted.by, answer.wanted.across),
        is_fragment=is_fragment,
    )
