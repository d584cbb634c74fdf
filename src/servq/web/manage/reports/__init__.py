"""Pages of reports: downloads, reports by mail, and the look of the organisation's reports."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.reports import choosing, listing, scheduling, styling


def reports_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (*listing.HANDLERS, *choosing.HANDLERS, *scheduling.HANDLERS, *styling.HANDLERS)
