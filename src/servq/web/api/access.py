"""Who may call: the API key of a request, and the scope that each address needs."""

from __future__ import annotations

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers.base import BaseRouteHandler

from servq.accounts.models import Scope
from servq.accounts.service import authenticate
from servq.errors import Unauthenticated

SCOPE = "scope"
"""Key of a route's ``opt`` that names the scope it needs; a route without it answers nobody."""


async def require_key(connection: ASGIConnection[BaseRouteHandler, None, None, State], route: BaseRouteHandler) -> None:
    """Let a request through if its key has the scope of the route; raises `Unauthenticated` or `Forbidden`."""
    needed: Scope | None = route.opt.get(SCOPE)
    if needed is None:
        raise MethodNotAllowedException
    kind, _, key = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        raise Unauthenticated("This address needs an API key: send the header “Authorization: Bearer servq_…”.")
    state = connection.app.state
    async with state.sessions() as session:
        caller = await authenticate(session, key.strip(), now=state.now())
    caller.require(needed)
    connection.state.caller = caller
