"""The workplace: pages of researchers, managers and admins."""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from servq.web.api.routes import provide_now, provide_session
from servq.web.manage.access import let_in, provide_viewer, require_audiences
from servq.web.manage.comments import comments_handlers
from servq.web.manage.data import data_handlers
from servq.web.manage.errors import EXCEPTION_HANDLERS, answer_with_page
from servq.web.manage.follow_ups import follow_ups_handlers
from servq.web.manage.library import library_handlers
from servq.web.manage.people import people_handlers
from servq.web.manage.reports import reports_handlers
from servq.web.manage.results import results_handlers
from servq.web.manage.surveys import surveys_handlers
from servq.web.manage.workbench import workbench_handlers

__all__ = ["answer_with_page", "is_of_workplace", "manage_routes"]

_ADDRESSES = ("/manage", "/sign-in", "/sign-out", "/reset", "/invited")


def manage_routes() -> Router:
    """Return the router of the workplace; each area gives its handlers."""
    areas: list[ControllerRouterHandler] = [
        *comments_handlers(),
        *data_handlers(),
        *follow_ups_handlers(),
        *library_handlers(),
        *people_handlers(),
        *reports_handlers(),
        *results_handlers(),
        *surveys_handlers(),
        *workbench_handlers(),
    ]
    return require_audiences(
        Router(
            path="/",
            route_handlers=areas,
            guards=[let_in],
            dependencies={
                "viewer": Provide(provide_viewer, sync_to_thread=False),
                "session": Provide(provide_session),
                "now": Provide(provide_now, sync_to_thread=False),
            },
            exception_handlers=EXCEPTION_HANDLERS,
            include_in_schema=False,
        )
    )


def is_of_workplace(path: str) -> bool:
    """Whether an address that leads nowhere would have been one of the workplace."""
    return path == "/" or any(path == each or path.startswith(f"{each}/") for each in _ADDRESSES)
