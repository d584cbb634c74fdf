"""Pages of follow-ups: the list by age, and one with everything that was done about it."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.follow_ups import one, overview


def follow_ups_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (*overview.HANDLERS, *one.HANDLERS)
