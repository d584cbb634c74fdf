"""Pages of signing in, of one's own account, and of people, sites, keys and the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.people import (
    account,
    audit_log,
    keys,
    people,
    resetting,
    second_factor,
    signing_in,
    single_sign_on,
    sites,
)


def people_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (
        *signing_in.HANDLERS,
        *single_sign_on.HANDLERS,
        *resetting.HANDLERS,
        *account.HANDLERS,
        *second_factor.HANDLERS,
        *people.HANDLERS,
        *sites.HANDLERS,
        *keys.HANDLERS,
        *audit_log.HANDLERS,
    )
