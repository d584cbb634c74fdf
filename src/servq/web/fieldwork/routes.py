"""``/wave/<signed>``: the page of a wave's fieldwork.

The signed link is the key to it: it opens this one page, until its time is over. Nothing on the page can be changed,
and nothing of it runs or is fetched from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from servq.errors import ServqError
from servq.fieldwork.links import open_page_link
from servq.fieldwork.service import get_fieldwork
from servq.surveys.service import get_survey
from servq.translation import translator
from servq.web.answer.editions import language
from servq.web.answer.languages import choose_locale
from servq.web.answer.notices import INTERFACE_LOCALES
from servq.web.answer.routes import answer_with_notice
from servq.web.assets import FIELDWORK_STYLESHEET
from servq.web.fieldwork.page import FieldworkPage, languages_of, make_page
from servq.web.security import PRIVATE_HEADERS

HEADERS: Mapping[str, str] = {
    **PRIVATE_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Vary": "Accept-Language",
}


@get("/wave/{signed:str}")
async def show_fieldwork_page(request: Request[None, None, State]) -> Response[bytes]:
    """Show how the collection of a wave goes."""
    state = request.app.state
    now: datetime = state.now()
    opened = open_page_link(state.tokens(), request.path_params["signed"], now=now)
    locale = choose_locale(
        INTERFACE_LOCALES,
        asked=request.query_params.get("lang", ""),
        stored=None,
        accepted=request.headers.get("accept-language", ""),
    )
    async with state.sessions() as session:
        survey = await get_survey(session, opened.survey_id)
        found = await get_fieldwork(session, opened.survey_id, wave=opened.wave, now=now)
    page = make_page(
        survey,
        found,
        language=language(locale),
        languages=languages_of(),
        stylesheet=FIELDWORK_STYLESHEET.path,
        expires_at=opened.expires_at,
    )
    return Response(render_page(page), headers=HEADERS, media_type="text/html; charset=utf-8")


def render_page(page: FieldworkPage) -> bytes:
    """Render the page in its language."""
    template = _environment(page.language.code).get_template("fieldwork.html.j2")
    return template.render(page=page).encode()


def fieldwork_routes() -> Router:
    """Return the router of the fieldwork page."""
    return Router(
        path="/",
        route_handlers=[show_fieldwork_page],
        exception_handlers={
            ServqError: answer_with_notice,
            HTTPException: answer_with_notice,
            Exception: answer_with_notice,
        },
        include_in_schema=False,
    )


@cache
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("servq.web.fieldwork", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = translator(locale, "fieldwork")
    return environment
