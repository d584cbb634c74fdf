"""The web application: addresses, the database behind them, and what happens when something fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, partial

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath

from servq import __version__
from servq.db import make_engine, make_sessions
from servq.installation import installation_tokens
from servq.pipeline.printing import ReportPrinter
from servq.responses.sittings import Sittings
from servq.settings import Settings
from servq.web.answer.interview import Interview
from servq.web.answer.opening import Openings
from servq.web.answer.routes import answer_routes, answer_with_notice
from servq.web.api import API_PATH, answer_with_problem, api_routes
from servq.web.assets import ASSETS, FOLDER
from servq.web.assisted import assisted_routes
from servq.web.feedback import FeedbackDesk, feedback_routes
from servq.web.fieldwork import fieldwork_routes
from servq.web.kiosk import KioskDesk, kiosk_routes
from servq.web.leaving import leaving_routes
from servq.web.limits import Limits
from servq.web.manage import answer_with_page, is_of_workplace, manage_routes
from servq.web.security import A_YEAR_S, SAFE_HEADERS, keep_encrypted
from servq.web.widget import WidgetDesk, widget_routes
from servq.worker import Worker, usual_jobs


def create_app(
    settings: Settings,
    *,
    limits: Limits | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    works: bool = False,
) -> Litestar:
    """Return the application on a database that is up to date; with `works` it does what a worker does besides."""

    @asynccontextmanager
    async def open_resources(app: Litestar) -> AsyncIterator[None]:
        engine = make_engine(settings.database)
        try:
            async with (
                Sittings.running(engine) as sittings,
                ReportPrinter.running(settings.database, settings.templates) as printer,
            ):
                app.state.sessions = make_sessions(engine)
                app.state.openings = Openings(app.state.sessions)
                app.state.settings = settings
                app.state.address = settings.address
                app.state.printer = printer
                app.state.now = now
                # Only what signs or seals needs the secret; a service without mail does without.
                app.state.tokens = cache(partial(installation_tokens, settings))
                app.state.interview = Interview(sittings, limits or Limits(), now=now)
                app.state.sittings = sittings
                app.state.feedback = FeedbackDesk(sittings, app.state.sessions, limits or Limits(), now=now)
                app.state.kiosk = KioskDesk(sittings, app.state.tokens, limits or Limits(), now=now)
                app.state.widget = WidgetDesk(
                    sittings, app.state.sessions, app.state.feedback, app.state.tokens, limits or Limits(), now=now
                )
                async with Worker.running(engine, settings, usual_jobs(settings)) if works else nullcontext():
                    yield
        finally:
            await engine.dispose()

    return Litestar(
        route_handlers=[
            answer_routes(),
            leaving_routes(),
            feedback_routes(),
            assisted_routes(),
            fieldwork_routes(),
            widget_routes(),
            kiosk_routes(),
            manage_routes(),
            api_routes(),
            send_asset,
        ],
        lifespan=[open_resources],
        before_send=[keep_encrypted] if settings.address.startswith("https:") else [],
        exception_handlers={HTTPException: _answer_elsewhere, Exception: _answer_elsewhere},
        openapi_config=OpenAPIConfig(
            title="servq",
            version=__version__,
            path="/schema",
            # The interactive pages would load their scripts from a third party.
            render_plugins=[JsonRenderPlugin(), YamlRenderPlugin()],
            components=Components(
                security_schemes={"BearerToken": SecurityScheme(type="http", scheme="bearer", description="API key")}
            ),
        ),
        logging_config=None,
    )


@get(f"{FOLDER}/{{name:str}}", include_in_schema=False, sync_to_thread=False)
def send_asset(name: FromPath[str], request: Request[None, None, State]) -> Response[bytes]:
    """Send a style or script; its name changes with its content, so browsers may keep it."""
    asset = ASSETS.get(name)
    if asset is None:
        raise NotFoundException
    accepted = request.headers.get("accept-encoding", "")
    headers = {
        **SAFE_HEADERS,
        "Cache-Control": f"public, max-age={A_YEAR_S}, immutable",
        "Vary": "Accept-Encoding",
    }
    body = asset.plain
    if "br" in accepted:
        body, headers["Content-Encoding"] = asset.brotli, "br"
    elif "gzip" in accepted:
        body, headers["Content-Encoding"] = asset.gzip, "gzip"
    return Response(body, headers=headers, media_type=asset.media_type)


def _answer_elsewhere(request: Request[None, None, State], error: Exception) -> Response[bytes]:
    """Answer a program with a problem and everybody else with a page."""
    path = request.scope["path"]
    if path.startswith((API_PATH, "/schema")):
        return answer_with_problem(request, error)
    if is_of_workplace(path):
        return answer_with_page(request, error)
    return answer_with_notice(request, error)
