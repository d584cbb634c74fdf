"""Who may call: the API key of a request, the scope that each address needs, and what keys of managers see.

A key of a manager reads: instruments, and surveys that ask and were answered at their sites alone. Everything else is
not there for it, as if it did not exist.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.handlers.base import BaseRouteHandler
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit, queries
from servq.accounts.audit import AuditAction
from servq.accounts.models import Scope
from servq.accounts.service import Caller, authenticate, is_use_noted
from servq.errors import Unauthenticated
from servq.responses.seeing import is_wholly_seen, unknown_survey
from servq.surveys.models import Survey
from servq.surveys.service import get_survey

SCOPE = "scope"
"""Key of a route's ``opt`` that names the scope it needs; a route without it answers nobody."""

_SURVEY = "survey_id"
_SHARED = ("/instruments", "/surveys")
"""Addresses without a survey that a key of a manager may read too."""

_TAKEN_AWAY = frozenset({Scope.REPORTS_READ, Scope.RESPONSES_READ, Scope.CONTACTS_READ})
_BY_MACHINES = frozenset({Scope.EVENTS_WRITE, Scope.OPERATIONS_WRITE})
"""Written to by other systems all day; what they sent is in tables of its own."""

Connection = ASGIConnection[Any, Any, Any, State]


async def require_key(connection: Connection, route: BaseRouteHandler) -> None:
    """Let a request through if its key has the scope of the route; raises `Unauthenticated` or `Forbidden`."""
    needed: Scope | None = route.opt.get(SCOPE)
    if needed is None:
        raise MethodNotAllowedException
    kind, _, key = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        raise Unauthenticated("This address needs an API key: send the header “Authorization: Bearer servq_…”.")
    state = connection.app.state
    now: datetime = state.now()
    async with state.sessions() as session:
        caller = await authenticate(session, key.strip(), now=now)
        caller.require(needed)
        if caller.is_limited:
            await _require_seen(session, caller, connection)
        noted = await is_use_noted(session, caller.key, now=now)
    method = str(connection.scope.get("method", ""))
    action = _action(needed, method)
    if not noted or action is not None:
        async with state.sessions.begin() as session:
            await queries.note_key_used(session, caller.key, now=now)
            if action is not None:
                detail = {"key": caller.key, "method": method, "scope": needed.value}
                target = connection.scope["path"]
                await audit.record(session, caller.viewer, action, kind="api", target=target, detail=detail, now=now)
    connection.state.caller = caller


async def sees(session: AsyncSession, caller: Caller, survey: Survey) -> bool:
    """Whether a caller may be told of a survey."""
    return not caller.is_limited or caller.viewer is None or await is_wholly_seen(session, caller.viewer, survey)


async def _require_seen(session: AsyncSession, caller: Caller, connection: Connection) -> None:
    number = connection.path_params.get(_SURVEY)
    if number is None:
        template = str(connection.scope.get("path_template", ""))
        if not any(f"{part}/" in f"{template}/" for part in _SHARED):
            raise NotFoundException
        return
    survey = await get_survey(session, number)
    if not await sees(session, caller, survey):
        raise unknown_survey(number)


def _action(needed: Scope, method: str) -> AuditAction | None:
    """Return what the audit log says of a call; None for what it leaves out."""
    if method == "GET":
        return AuditAction.EXPORTED if needed in _TAKEN_AWAY else None
    return None if needed in _BY_MACHINES else AuditAction.CHANGED
