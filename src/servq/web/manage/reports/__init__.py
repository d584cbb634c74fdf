"""Pages of reports: downloads, reports by mail, and the look of the organisation's reports."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.reports.choosing import HANDLERS as CHOOSING
from servq.web.manage.reports.listing import HANDLERS as LISTING
from servq.web.manage.reports.scheduling import HANDLERS as SCHEDULING
from servq.web.manage.reports.styling import HANDLERS as STYLING


def reports_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (*LISTING, *CHOOSING, *SCHEDULING, *STYLING)
