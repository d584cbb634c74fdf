"""Pages of what respondents wrote: reading, coding, releasing, and the codebook."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.comments import codebook, coding, listing


def comments_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (*listing.HANDLERS, *coding.HANDLERS, *codebook.HANDLERS)
