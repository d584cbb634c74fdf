"""Pages of answers: the table of responses, one response, exports, imports, and long work.

Single responses are for researchers and admins alone. A manager is shown results, which small groups are hidden from;
one response is the smallest group there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.data import excluding, exporting, importing, jobs, mapping, one, table


def data_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (
        *table.HANDLERS,
        *one.HANDLERS,
        *excluding.HANDLERS,
        *exporting.HANDLERS,
        *importing.HANDLERS,
        *mapping.HANDLERS,
        *jobs.HANDLERS,
    )
