"""``…/setup/channels``: every way by which respondents come, ready to be copied, printed or handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.errors import BadInput, Problem, RequestInvalid
from servq.invitations.service import create_personal_links
from servq.messages import Message
from servq.reporting.posters import render_posters
from servq.responses.assisting import (
    NewInterviewerLink,
    list_interviewer_links,
    make_interviewer_link,
    revoke_interviewer_link,
)
from servq.responses.feedback import feedback_page
from servq.responses.models import Administration, InterviewerLink
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.service import ensure_launched, get_survey
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import HEADERS, page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.codes import code_of
from servq.web.manage.surveys.frame import ADDRESS, Frame, frame_of, lines_of, note
from servq.web.manage.surveys.words import DOMAIN
from servq.web.qr import placed_links
from servq.widgets.models import DisplayRule, Widget
from servq.widgets.service import (
    NewDisplayRule,
    NewWidget,
    add_rule,
    add_widget,
    list_rules,
    list_widgets,
    remove_rule,
)
from servq.widgets.suitability import MOST_KIOSK_ITEMS, suitability_problems

TEMPLATE = "surveys/channels.html.j2"
MOST_LINKS = 2000


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """One place of a survey with its addresses; the site is "" for the survey as a whole."""

    site: str
    url: str
    code: str
    kiosk: str


@dataclass(frozen=True, slots=True)
class WidgetShown:
    """A widget with its tag, and the rules by which it shows this survey."""

    widget: Widget
    snippet: str
    rules: tuple[DisplayRule, ...]


@dataclass(frozen=True, slots=True)
class ChannelsPage:
    """All channels.

    Parameters
    ----------
    kiosk_problems, widget_problems
        Why the survey does not fit a kiosk or a dialog; None as long as it is a draft.
    made
        Links that were just made, shown only now.
    """

    frame: Frame
    places: tuple[PlaceShown, ...]
    feedback: str
    kiosk_problems: tuple[str, ...] | None
    widget_problems: tuple[str, ...] | None
    widgets: tuple[WidgetShown, ...]
    interviewers: Sequence[InterviewerLink]
    made: tuple[str, ...] = ()
    made_for: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/{{survey_id:int}}/setup/channels", opt=FOR_RESEARCHERS)
async def show_channels(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show every channel."""
    return page(request, viewer, TEMPLATE, await _channels(request, session, viewer, survey_id))


@post(f"{ADDRESS}/{{survey_id:int}}/setup/channels", opt=FOR_RESEARCHERS)
async def change_channels(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Make links, or let a widget show the survey."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey, address = await get_survey(session, survey_id), request.app.state.address
    action = text_of(sent, "action")
    try:
        if action in {"personal", "interviewer"}:
            make = _make_personal if action == "personal" else _make_interviewers
            made = await make(session, survey, sent, address, now=now)
            await note(session, viewer, AuditAction.CREATED, survey, now=now, links=f"{len(made)} {action}")
            shown = await _channels(request, session, viewer, survey_id, made=made, made_for=action)
            return page(request, viewer, TEMPLATE, shown)
        if action == "widget":
            new = NewWidget(name=text_of(sent, "widget_name").strip(), origins=lines_of(text_of(sent, "origins")))
            await add_widget(session, new, tokens=request.app.state.tokens(), now=now)
        elif action == "rule":
            await _add_rule(session, survey, sent, now=now)
        elif action == "remove-rule":
            await remove_rule(session, _whole(sent, "widget"), _whole(sent, "rule"))
        elif action == "revoke":
            await revoke_interviewer_link(session, survey_id, _whole(sent, "link"), now=now)
    except BadInput as invalid:
        typed = {name: value for name, value in sent.items() if isinstance(value, str)}
        shown = await _channels(request, session, viewer, survey_id, typed=typed, errors=errors_of(invalid, say))
        return page(request, viewer, TEMPLATE, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    await note(session, viewer, AuditAction.CHANGED, survey, now=now, channels=action)
    return redirect(request, request.scope["path"], notice=say("Saved."))


@get(f"{ADDRESS}/{{survey_id:int}}/setup/channels/sheet.pdf", opt=FOR_RESEARCHERS)
async def print_sheet(request: PageRequest, survey_id: RecordId, session: Session) -> Response[bytes]:
    """Print a sheet for each site, or cards to cut out."""
    survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    state = request.app.state
    found = placed_links(survey, survey.sites, None, address=state.address.rstrip("/"), tokens=state.tokens())
    posters = [each.poster(survey) for each in found]
    cards = request.query_params.get("cards") == "1"
    pdf = await asyncio.to_thread(render_posters, posters, locale=survey.locale, cards=cards)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="survey-{survey_id}-codes.pdf"'}
    return Response(pdf, headers=headers, media_type="application/pdf")


async def _channels(
    request: PageRequest,
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    *,
    made: Sequence[str] = (),
    made_for: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> ChannelsPage:
    survey, say, state = await get_survey(session, survey_id), say_in(viewer, DOMAIN), request.app.state
    address = state.address.rstrip("/")
    launched: LaunchedSurvey | None = None
    if survey.status is not SurveyStatus.DRAFT:
        launched = await (await session.connection()).run_sync(get_launched, survey_id)
    whole = placed_links(survey, (), None, address=address, tokens=state.tokens())
    sited = placed_links(survey, survey.sites, None, address=address, tokens=state.tokens()) if survey.sites else []
    widgets = []
    for widget in await list_widgets(session):
        rules = tuple(rule for rule in await list_rules(session, widget.id) if rule.survey_id == survey_id)
        snippet = f'<script src="{address}/widget.js" async data-key="{widget.key}"></script>'
        widgets.append(WidgetShown(widget, snippet, rules))
    return ChannelsPage(
        frame=frame_of(survey, "channels", say),
        places=tuple(
            PlaceShown(
                site=each.place.site or "",
                url=each.url,
                code=code_of(each.url, each.place.site or survey.title),
                kiosk=each.kiosk,
            )
            for each in (*whole, *sited)
        ),
        feedback=f"{address}/f/{survey.slug}" if launched is not None and feedback_page(launched) else "",
        kiosk_problems=None if launched is None else _said(suitability_problems(launched, most_items=MOST_KIOSK_ITEMS)),
        widget_problems=None if launched is None else _said(suitability_problems(launched)),
        widgets=tuple(widgets),
        interviewers=await list_interviewer_links(session, survey_id),
        made=tuple(made),
        made_for=made_for,
        typed=typed or {},
        errors=errors or {},
    )


def _said(problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(str(problem.message) for problem in problems)


async def _make_personal(
    session: AsyncSession, survey: Survey, sent: FormMultiDict, address: str, *, now: datetime
) -> list[str]:
    n_links = _whole(sent, "n_links")
    if not 1 <= n_links <= MOST_LINKS:
        fix = Message("Give a number from 1 to {most}.", most=MOST_LINKS)
        raise RequestInvalid(Problem(Message("That is no number of links."), fix, column="n_links"))
    site, days = text_of(sent, "site"), _whole(sent, "days", most=3650)
    made = await create_personal_links(
        session,
        survey.id,
        n_links,
        expires_at=now + timedelta(days=days) if days > 0 else None,
        attributes={"site": site} if site in survey.sites else {},
        now=now,
    )
    return [f"{address.rstrip('/')}{link.path}" for link in made]


async def _make_interviewers(
    session: AsyncSession, survey: Survey, sent: FormMultiDict, address: str, *, now: datetime
) -> list[str]:
    administrations = {"phone": Administration.PHONE_INTERVIEWER, "counter": Administration.COUNTER_INTERVIEWER}
    new = NewInterviewerLink(
        administration=administrations.get(text_of(sent, "by"), Administration.COUNTER_INTERVIEWER),
        label=text_of(sent, "label").strip(),
        site=text_of(sent, "site") or None,
        hours=_whole(sent, "hours"),
    )
    made = await make_interviewer_link(session, survey.id, new, now=now)
    return [f"{address.rstrip('/')}{made.path}"]


async def _add_rule(session: AsyncSession, survey: Survey, sent: FormMultiDict, *, now: datetime) -> None:
    share = text_of(sent, "share").strip().replace(",", ".")
    try:
        percent = float(share or "100")
    except ValueError:
        fix = Message("Give a number from 1 to 100.")
        raise RequestInvalid(Problem(Message("That is no share."), fix, column="share")) from None
    new = NewDisplayRule(
        survey_id=survey.id,
        event=text_of(sent, "event").strip() or "page_view",
        pages=lines_of(text_of(sent, "pages")),
        share=percent / 100,
        delay_s=max(0, _whole(sent, "delay_s")),
        touchpoint=text_of(sent, "touchpoint").strip() or None,
    )
    await add_rule(session, _whole(sent, "widget"), new, now=now)


def _whole(sent: FormMultiDict, name: str, *, most: int = 10**6) -> int:
    """Return a whole number, 0 for anything that is none."""
    text = text_of(sent, name).strip()
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else 0


HANDLERS = (show_channels, change_channels, print_sheet)
