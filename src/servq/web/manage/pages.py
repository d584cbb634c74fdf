"""Turns a context into a page of the workplace: its frame, its language, its headers.

A template under ``templates/manage`` gets the fields of a context dataclass by name. Besides there are

``t``, ``w``
    Translators: of the catalogue named like the template's folder, and of the frame.
``ui``
    The macros of ``macros.html.j2``.
``viewer``, ``path``, ``csrf()``, ``asset(name)``
    Who looks, the address of the page, the hidden field of every form that is sent by POST, a static file.
``date(d)``, ``moment(dt)``, ``ago(dt)``, ``number(x, n)``, ``percent(x, n)``, ``count(n)``
    Dates in the person's time zone, numbers as their language writes them.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from servq.accounts.models import Theme
from servq.accounts.viewer import Viewer
from servq.errors import InvalidArgument
from servq.translation import Translator, translator
from servq.web.assets import asset_path
from servq.web.manage.access import PageRequest, is_encrypted, session_cookie
from servq.web.manage.csrf import FIELD, token_for
from servq.web.manage.languages import LANGUAGE_COOKIE, WORKPLACE_LOCALES, locale_of
from servq.web.manage.navigation import current_path, groups_for
from servq.web.security import PRIVATE_HEADERS

FRAME_DOMAIN = "workplace"
NOTICE_SECONDS = 60
LANGUAGE_SECONDS = 365 * 24 * 60 * 60
THEME_COOKIE = "servq-theme"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {}"
)
HEADERS: Mapping[str, str] = {
    **PRIVATE_HEADERS,
    "Content-Security-Policy": _POLICY.format("'none'"),
    # With no referrer at all a browser would send the origin "null" with every form.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Vary": "Accept-Language, Cookie, HX-Request",
}
"""Headers of every page of the workplace."""

FRAMED_HEADERS: Mapping[str, str] = {**HEADERS, "Content-Security-Policy": _POLICY.format("'self'")}
"""The same for a page that other pages of the workplace show in a frame."""


class Notice(NamedTuple):
    """A sentence shown once, after something was done."""

    kind: str
    text: str


class Clock(NamedTuple):
    """Dates and times as a person reads them."""

    locale: str
    zone: ZoneInfo
    now: datetime

    def date(self, day: date | datetime | None) -> str:
        """Write a day, "" for none."""
        from babel.dates import format_date

        if day is None:
            return ""
        local = day.astimezone(self.zone) if isinstance(day, datetime) else day
        return format_date(local, "medium", locale=self._babel)

    def moment(self, moment: datetime | None) -> str:
        """Write a day with the time of day, "" for none."""
        from babel.dates import format_datetime

        if moment is None:
            return ""
        return format_datetime(moment, "d MMM y, HH:mm", tzinfo=self.zone, locale=self._babel)

    def ago(self, moment: datetime | None) -> str:
        """Write how long ago something happened, or in how much time it will; "" for never."""
        from babel.dates import format_timedelta

        if moment is None:
            return ""
        return format_timedelta(moment - self.now, granularity="minute", add_direction=True, locale=self._babel)

    @property
    def _babel(self) -> str:
        return self.locale.replace("-", "_")


def page(
    request: PageRequest,
    viewer: Viewer | None,
    name: str,
    context: Any,
    *,
    status: int = HTTPStatus.OK,
    fragment: str | None = None,
    headers: Mapping[str, str] = HEADERS,
) -> Response[bytes]:
    """Render a page, or one block of it for htmx.

    Parameters
    ----------
    name
        Template below ``templates/manage``, such as ``"library/list.html.j2"``.
    context
        A dataclass; its fields are the variables of the template.
    fragment
        Name of the block that alone is rendered.
    """
    locale = viewer.locale if viewer is not None else locale_of(request)
    template = _environment(_written(locale)).get_template(
        f"manage/{name}", globals={"t": _translator_of(locale, name)}
    )
    variables = {**_frame(request, viewer, locale), **_fields(context)}
    shown = template.new_context(variables)
    render = template.root_render_func if fragment is None else template.blocks[fragment]
    body = "".join(render(shown))
    response = Response(body.encode(), status_code=status, headers=dict(headers), media_type="text/html; charset=utf-8")
    if viewer is None and request.query_params.get("lang") in WORKPLACE_LOCALES:
        # chosen before there is an account to keep it in
        response.cookies.append(own_cookie(request, LANGUAGE_COOKIE, locale, max_age=LANGUAGE_SECONDS))
    if fragment is None and _notice_cookie(request) in request.cookies:
        response.delete_cookie(_notice_cookie(request), path="/")
    return response


def redirect(
    request: PageRequest, path: str, *, notice: str = "", kind: str = "good", cookies: tuple[Cookie, ...] = ()
) -> Response[bytes]:
    """Lead on to a page after something was done; it says `notice` once (in the reader's language already)."""
    kept = list(cookies)
    if notice:
        value = urlsafe_b64encode(f"{kind} {notice}".encode()).decode()
        kept.append(own_cookie(request, _notice_cookie(request), value, max_age=NOTICE_SECONDS))
    headers = {**HEADERS, "Location": path}
    if request.headers.get("hx-request") == "true":
        # htmx would follow a 303 by itself and put the page that it finds into a part of the old one.
        headers = {**HEADERS, "HX-Redirect": path}
        return Response(b"", status_code=HTTPStatus.NO_CONTENT, headers=headers, cookies=kept)
    return Response(b"", status_code=HTTPStatus.SEE_OTHER, headers=headers, cookies=kept)


def own_cookie(request: PageRequest, name: str, value: str, *, max_age: int) -> Cookie:
    """Return a cookie that scripts do not read and other sites do not send along with a form."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=is_encrypted(request),
    )


def say_in_frame(request: PageRequest, viewer: Viewer | None) -> Translator:
    """Return the translator of the frame's words, for notices and errors."""
    return say_to(request, viewer, FRAME_DOMAIN)


def say_to(request: PageRequest, viewer: Viewer | None, domain: str) -> Translator:
    """Return the translator of an area's words, for somebody who need not be signed in."""
    return _translator(viewer.locale if viewer is not None else locale_of(request), domain)


def say_in(viewer: Viewer, domain: str) -> Translator:
    """Return the translator of an area's words, for what its handlers say."""
    return _translator(viewer.locale, domain)


def clock_of(request: PageRequest, viewer: Viewer | None) -> Clock:
    """Return how dates are written for somebody."""
    now: datetime = request.app.state.now()
    if viewer is None:
        return Clock(_written(locale_of(request)), ZoneInfo("UTC"), now)
    return Clock(_written(viewer.locale), ZoneInfo(viewer.time_zone), now)


def _frame(request: PageRequest, viewer: Viewer | None, locale: str) -> dict[str, object]:
    """Return what every template may use besides its own context."""
    cookie, path = session_cookie(request), request.scope["path"]
    token = token_for(cookie)
    clock = clock_of(request, viewer)
    groups = groups_for(viewer)
    return {
        "viewer": viewer,
        "path": path,
        "language_tag": _written(locale),
        "direction": _translator(locale, FRAME_DOMAIN).direction,
        "theme": _theme(request, viewer),
        "navigation": groups,
        "current": current_path(groups, path),
        "notice": _notice(request),
        "csrf_token": token,
        "csrf": lambda: Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token),
        "date": clock.date,
        "moment": clock.moment,
        "ago": clock.ago,
        "now": clock.now.astimezone(UTC),
    }


def _theme(request: PageRequest, viewer: Viewer | None) -> str:
    chosen = viewer.theme.value if viewer is not None else request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in set(Theme) else Theme.SYSTEM.value


def _fields(context: Any) -> dict[str, object]:
    if not is_dataclass(context) or isinstance(context, type):
        raise InvalidArgument("The context of a page is a dataclass.")
    return {field.name: getattr(context, field.name) for field in fields(context)}


def _notice_cookie(request: PageRequest) -> str:
    return "__Host-servq-notice" if is_encrypted(request) else "servq-notice"


def _notice(request: PageRequest) -> Notice | None:
    value = request.cookies.get(_notice_cookie(request))
    if not value:
        return None
    try:
        kind, _, text = urlsafe_b64decode(value).decode().partition(" ")
    except ValueError:
        return None
    return Notice(kind if kind in {"good", "bad", "info"} else "info", text) if text else None


def _written(locale: str) -> str:
    """Return the language of the workplace that a locale reads."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in WORKPLACE_LOCALES else WORKPLACE_LOCALES[0]


def _translator_of(locale: str, name: str) -> Translator:
    return _translator(locale, name.partition("/")[0] if "/" in name else FRAME_DOMAIN)


@cache
def _translator(locale: str, domain: str) -> Translator:
    return translator(_written(locale), domain)


@cache
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("servq.web", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    frame = _translator(locale, FRAME_DOMAIN)
    environment.globals |= {
        "w": frame,
        "asset": asset_path,
        "number": frame.number,
        "percent": frame.percent,
        "count": frame.count,
    }
    environment.globals["ui"] = environment.get_template("manage/macros.html.j2").module
    return environment
