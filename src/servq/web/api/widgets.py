"""Addresses of widgets, of their display rules, and of the codes and kiosks that lead to a survey."""

from __future__ import annotations

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar import Response, delete, get, post, put
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Struct

from servq.accounts.models import Scope
from servq.surveys.launched import get_launched
from servq.surveys.models import Survey
from servq.surveys.places import LONGEST_TOUCHPOINT
from servq.surveys.service import ensure_launched, get_survey
from servq.web.api.access import SCOPE
from servq.web.api.places import LARGEST_NUMBER, Now, RuleId, Session, SurveyId
from servq.web.qr.links import PlacedLink, ensure_kiosk, placed_links
from servq.widgets import service
from servq.widgets.models import DisplayRule, Widget
from servq.widgets.service import NewDisplayRule, NewWidget

_READ = {SCOPE: Scope.SURVEYS_READ}
_WRITE = {SCOPE: Scope.SURVEYS_WRITE}

WidgetId = Annotated[int, PathParameter(description="Number of the widget.", ge=1, le=LARGEST_NUMBER)]
Site = Annotated[str | None, QueryParameter(description="A site of the survey.", max_length=100)]
Sites = Annotated[
    list[str] | None, QueryParameter(description="Sites of the survey; all of them when left out.", max_items=500)
]
Touchpoint = Annotated[
    str | None,
    QueryParameter(description="Where at the site it is met; stored with answers.", max_length=LONGEST_TOUCHPOINT),
]


class WidgetShown(Struct, frozen=True, kw_only=True):
    """A widget as it stands; `tag` is what a page loads it with."""

    id: int
    key: str
    name: str
    origins: list[str]
    active: bool
    created_at: datetime
    tag: str

    @classmethod
    def of(cls, widget: Widget, address: str) -> WidgetShown:
        """Show a stored widget."""
        return cls(
            id=widget.id,
            key=widget.key,
            name=widget.name,
            origins=widget.origins,
            active=widget.active,
            created_at=widget.created_at,
            tag=f'<script src="{address}/widget.js" async data-key="{widget.key}"></script>',
        )


class WidgetAdded(Struct, frozen=True, kw_only=True):
    """A widget with the secret by which its app signs visitors; the secret is shown only now."""

    widget: WidgetShown
    secret: str


class DisplayRuleShown(Struct, frozen=True, kw_only=True):
    """A display rule as it stands."""

    id: int
    survey_id: int
    event: str
    pages: list[str]
    conditions: dict[str, list[str]]
    share: float
    delay_s: int
    touchpoint: str | None
    active: bool
    created_at: datetime

    @classmethod
    def of(cls, rule: DisplayRule) -> DisplayRuleShown:
        """Show a stored rule."""
        return cls(**{name: getattr(rule, name) for name in cls.__struct_fields__})


class PlacedLinkShown(Struct, frozen=True, kw_only=True):
    """An address of a survey at one place, signed: whoever changes the place gets no page."""

    site: str | None
    touchpoint: str | None
    url: str

    @classmethod
    def of(cls, link: PlacedLink, url: str) -> PlacedLinkShown:
        """Show a link by its open address or that of its kiosk."""
        return cls(site=link.place.site, touchpoint=link.place.touchpoint, url=url)


@get("/widgets", opt=_READ)
async def show_widgets(session: Session, state: State) -> list[WidgetShown]:
    """List all widgets."""
    return [WidgetShown.of(widget, state.address) for widget in await service.list_widgets(session)]


@post("/widgets", opt=_WRITE)
async def add_widget(data: JSONBody[NewWidget], session: Session, now: Now, state: State) -> WidgetAdded:
    """Make a widget for an app or site; the secret is shown only in this answer."""
    added = await service.add_widget(session, data, tokens=state.tokens(), now=now)
    return WidgetAdded(widget=WidgetShown.of(added.widget, state.address), secret=added.secret)


@get("/widgets/{widget_id:int}", opt=_READ)
async def show_widget(widget_id: WidgetId, session: Session, state: State) -> WidgetShown:
    """Show one widget."""
    return WidgetShown.of(await service.get_widget(session, widget_id), state.address)


@put("/widgets/{widget_id:int}", opt=_WRITE)
async def change_widget(widget_id: WidgetId, data: JSONBody[NewWidget], session: Session, state: State) -> WidgetShown:
    """Give a widget another name and other origins."""
    return WidgetShown.of(await service.change_widget(session, widget_id, data), state.address)


@delete("/widgets/{widget_id:int}", opt=_WRITE)
async def remove_widget(widget_id: WidgetId, session: Session) -> None:
    """Delete a widget with its rules; answers stay."""
    await service.remove_widget(session, widget_id)


@post("/widgets/{widget_id:int}/pause", opt=_WRITE, status_code=HTTPStatus.OK)
async def pause_widget(widget_id: WidgetId, session: Session, state: State) -> WidgetShown:
    """Let a widget rest; its pages show nothing."""
    return WidgetShown.of(await service.switch_widget(session, widget_id, active=False), state.address)


@post("/widgets/{widget_id:int}/resume", opt=_WRITE, status_code=HTTPStatus.OK)
async def resume_widget(widget_id: WidgetId, session: Session, state: State) -> WidgetShown:
    """Let a widget work again."""
    return WidgetShown.of(await service.switch_widget(session, widget_id, active=True), state.address)


@post("/widgets/{widget_id:int}/secret", opt=_WRITE, status_code=HTTPStatus.OK)
async def renew_secret(widget_id: WidgetId, session: Session, state: State) -> WidgetAdded:
    """Give a widget another secret; what was signed with the old one is no longer believed."""
    added = await service.renew_secret(session, widget_id, tokens=state.tokens())
    return WidgetAdded(widget=WidgetShown.of(added.widget, state.address), secret=added.secret)


@get("/widgets/{widget_id:int}/rules", opt=_READ)
async def show_display_rules(widget_id: WidgetId, session: Session) -> list[DisplayRuleShown]:
    """List the display rules of a widget; the first that fits is followed."""
    return [DisplayRuleShown.of(rule) for rule in await service.list_rules(session, widget_id)]


@post("/widgets/{widget_id:int}/rules", opt=_WRITE)
async def add_display_rule(
    widget_id: WidgetId, data: JSONBody[NewDisplayRule], session: Session, now: Now
) -> DisplayRuleShown:
    """Say when a widget shows a survey; how often anybody is asked is for the contact policy to say."""
    return DisplayRuleShown.of(await service.add_rule(session, widget_id, data, now=now))


@post("/widgets/{widget_id:int}/rules/{rule_id:int}/pause", opt=_WRITE, status_code=HTTPStatus.OK)
async def pause_display_rule(widget_id: WidgetId, rule_id: RuleId, session: Session) -> DisplayRuleShown:
    """Let a display rule rest."""
    return DisplayRuleShown.of(await service.switch_rule(session, widget_id, rule_id, active=False))


@post("/widgets/{widget_id:int}/rules/{rule_id:int}/resume", opt=_WRITE, status_code=HTTPStatus.OK)
async def resume_display_rule(widget_id: WidgetId, rule_id: RuleId, session: Session) -> DisplayRuleShown:
    """Let a display rule work again."""
    return DisplayRuleShown.of(await service.switch_rule(session, widget_id, rule_id, active=True))


@delete("/widgets/{widget_id:int}/rules/{rule_id:int}", opt=_WRITE)
async def remove_display_rule(widget_id: WidgetId, rule_id: RuleId, session: Session) -> None:
    """Delete a display rule."""
    await service.remove_rule(session, widget_id, rule_id)


@get("/surveys/{survey_id:int}/placed-link", opt=_READ)
async def show_placed_link(
    survey_id: SurveyId, session: Session, state: State, site: Site = None, touchpoint: Touchpoint = None
) -> PlacedLinkShown:
    """Show the open link of a survey with a signed site and touchpoint."""
    (link,) = await _links(session, state, survey_id, [site] if site else [], touchpoint)
    return PlacedLinkShown.of(link, link.url)


@get("/surveys/{survey_id:int}/kiosk-link", opt=_READ)
async def show_kiosk_link(
    survey_id: SurveyId, session: Session, state: State, site: Site = None, touchpoint: Touchpoint = None
) -> PlacedLinkShown:
    """Show the address that a kiosk opens; it works until the survey closes."""
    (link,) = await _links(session, state, survey_id, [site] if site else [], touchpoint)
    ensure_kiosk(await (await session.connection()).run_sync(get_launched, survey_id))
    return PlacedLinkShown.of(link, link.kiosk)


@get("/surveys/{survey_id:int}/qr.svg", opt=_READ, media_type="image/svg+xml")
async def draw_code(
    survey_id: SurveyId, session: Session, state: State, site: Site = None, touchpoint: Touchpoint = None
) -> Response[str]:
    """Draw the QR code of the open link with a signed site and touchpoint."""
    from servq.reporting.codes import qr_svg

    (link,) = await _links(session, state, survey_id, [site] if site else [], touchpoint)
    return Response(qr_svg(link.url, title=link.address), media_type="image/svg+xml")


@get("/surveys/{survey_id:int}/qr.pdf", opt=_READ, media_type="application/pdf")
async def print_codes(
    survey_id: SurveyId,
    session: Session,
    state: State,
    site: Sites = None,
    touchpoint: Touchpoint = None,
    cards: Annotated[bool, QueryParameter(description="Eight cards to cut out on each sheet.")] = False,  # noqa: FBT002 (a query parameter)
) -> Response[bytes]:
    """Print an A4 sheet per site with its QR code, or eight cards on each sheet."""
    from servq.reporting.posters import render_posters

    survey = await get_survey(session, survey_id)
    links = await _links(session, state, survey_id, site or survey.sites, touchpoint)
    posters = [link.poster(survey) for link in links]
    pdf = await asyncio.to_thread(render_posters, posters, locale=survey.locale, cards=cards)
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="survey-{survey_id}-codes.pdf"'},
    )


async def _links(
    session: Session, state: State, survey_id: int, sites: list[str], touchpoint: str | None
) -> list[PlacedLink]:
    survey: Survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    return placed_links(survey, sites, touchpoint, address=state.address, tokens=state.tokens())


HANDLERS = (
    show_widgets,
    add_widget,
    show_widget,
    change_widget,
    remove_widget,
    pause_widget,
    resume_widget,
    renew_secret,
    show_display_rules,
    add_display_rule,
    pause_display_rule,
    resume_display_rule,
    remove_display_rule,
    show_placed_link,
    show_kiosk_link,
    draw_code,
    print_codes,
)
