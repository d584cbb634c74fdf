"""Pages of instruments: the library, the sheet and the preview of each, and drafts that are written together."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.library import comparing, drafting, editor, listing, preview_pages, sheets


def library_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (
        *listing.HANDLERS,
        *sheets.HANDLERS,
        *preview_pages.HANDLERS,
        *drafting.HANDLERS,
        *editor.HANDLERS,
        *comparing.HANDLERS,
    )
