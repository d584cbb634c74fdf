"""Who may come to a page of the workplace: every handler says so, and a guard holds to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from litestar import Request, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler

from servq.accounts import session_queries
from servq.accounts.sessions import SignedIn, find_viewer
from servq.accounts.viewer import Viewer
from servq.errors import InvalidArgument
from servq.web.manage.csrf import check_origin, check_token, is_safe
from servq.web.manage.languages import locale_of

AUDIENCE = "audience"
"""Key of a route's ``opt`` that says who may come; a route without it is a mistake found at the start."""


class Audience(StrEnum):
    """Who may come to a page."""

    ANYBODY = "anybody"
    """Also without a sign-in: the pages of signing in."""
    EVERYBODY = "everybody"
    """Whoever is signed in; what is shown is limited to their sites."""
    RESEARCHERS = "researchers"
    """Researchers and admins."""
    ADMINS = "admins"

    def admits(self, viewer: Viewer | None) -> bool:
        """Whether somebody, or nobody who is signed in, may come."""
        if self is Audience.ANYBODY:
            return True
        if viewer is None:
            return False
        return {
            Audience.EVERYBODY: True,
            Audience.RESEARCHERS: viewer.may_manage,
            Audience.ADMINS: viewer.is_admin,
        }[self]


FOR_ANYBODY: Mapping[str, Any] = {AUDIENCE: Audience.ANYBODY}
FOR_EVERYBODY: Mapping[str, Any] = {AUDIENCE: Audience.EVERYBODY}
FOR_RESEARCHERS: Mapping[str, Any] = {AUDIENCE: Audience.RESEARCHERS}
FOR_ADMINS: Mapping[str, Any] = {AUDIENCE: Audience.ADMINS}

PageRequest = Request[Any, Any, State]


class SignInNeeded(Exception):  # noqa: N818 (it is no error: the visitor is led to the sign-in)
    """Nobody is signed in, and the page is not for anybody."""


async def let_in(connection: ASGIConnection[Any, Any, Any, State], route: BaseRouteHandler) -> None:
    """Find who is signed in and whether they may come; raises `SignInNeeded`, `NotFoundException` or `Forbidden`."""
    audience: Audience | None = route.opt.get(AUDIENCE)
    if audience is None:  # what the framework answers by itself, such as OPTIONS
        raise NotFoundException
    request = connection if isinstance(connection, Request) else PageRequest(connection.scope)
    signed_in = await _signed_in(request)
    viewer = None if signed_in is None else signed_in.viewer
    request.state.viewer = viewer
    request.state.session_id = None if signed_in is None else signed_in.session_id
    if not is_safe(request.method):
        check_origin(request)
    if not audience.admits(viewer):
        if viewer is None:
            raise SignInNeeded
        raise NotFoundException
    if not is_safe(request.method) and viewer is not None:
        await check_token(request, session_cookie(request))


def session_cookie(request: PageRequest) -> str:
    """Return the value of the cookie by which somebody is signed in, "" for none."""
    return request.cookies.get(session_cookie_name(request), "")


def session_cookie_name(request: PageRequest) -> str:
    """Return the name of that cookie; over https no other host and no unencrypted page can set it."""
    return "__Host-servq" if is_encrypted(request) else "servq"


def is_encrypted(request: PageRequest) -> bool:
    """Whether people reach the service over https."""
    address: str = request.app.state.address
    return address.startswith("https:")


def provide_viewer(request: PageRequest) -> Viewer | None:
    """Give the handler who is signed in; None only where anybody may come."""
    viewer: Viewer | None = request.state.viewer
    return viewer


def require_audiences(router: Router) -> Router:
    """Raise `InvalidArgument` unless every handler says who may come."""
    for route in router.routes:
        for handler in _handlers(route):
            if not isinstance(handler.opt.get(AUDIENCE), Audience):
                raise InvalidArgument(f"{route.path} does not say who may come: give it opt=FOR_….")
    return router


def _handlers(route: Any) -> Iterable[HTTPRouteHandler]:
    """Return the handlers of an address that were written, not those that the framework adds."""
    found = [handler for handler in getattr(route, "route_handlers", ()) if isinstance(handler, HTTPRouteHandler)]
    return [handler for handler in found if handler.http_methods != {HttpMethod.OPTIONS}]


async def _signed_in(request: PageRequest) -> SignedIn | None:
    token = session_cookie(request)
    if not token:
        return None
    state, now = request.app.state, _now(request)
    async with state.sessions() as session:
        found = await find_viewer(session, token, locale=locale_of(request), now=now)
    if found is not None and found.is_due:
        async with state.sessions.begin() as session:
            await session_queries.note_seen(session, found.session_id, now=now)
    return found


def _now(request: PageRequest) -> datetime:
    now: datetime = request.app.state.now()
    return now
