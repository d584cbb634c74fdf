"""Pages of signing in, of one's own account, and of people, sites, keys and the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.people import resetting, signing_in


def people_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (*signing_in.HANDLERS, *resetting.HANDLERS)
