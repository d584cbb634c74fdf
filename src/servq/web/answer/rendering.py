"""Turns views into pages; pages that are the same for everybody are rendered and compressed once."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Hashable
from functools import cache, lru_cache
from typing import NamedTuple, Protocol

import brotli
from jinja2 import Environment, PackageLoader, StrictUndefined

from servq.translation import translator
from servq.web.answer.views import Frame, NoticePage, OptOutPage, QuestionPage, SavedPage, WelcomePage

View = QuestionPage | WelcomePage | SavedPage | NoticePage | OptOutPage

_TEMPLATES: dict[type[View], str] = {
    QuestionPage: "answer/question.html.j2",
    WelcomePage: "answer/welcome.html.j2",
    SavedPage: "answer/saved.html.j2",
    NoticePage: "answer/notice.html.j2",
    OptOutPage: "leaving/opt_out.html.j2",
}
_KEPT = 512
_FAST_BROTLI = 4
_THOROUGH_BROTLI = 9


class Body(NamedTuple):
    """A rendered page in every encoding that a browser may ask for."""

    plain: bytes
    gzip: bytes
    brotli: bytes

    def choose(self, accepted: str) -> tuple[bytes, str]:
        """Return the smallest encoding that is accepted, and its name ("" for none)."""
        if "br" in accepted:
            return self.brotli, "br"
        if "gzip" in accepted:
            return self.gzip, "gzip"
        return self.plain, ""


def render(view: View) -> bytes:
    """Render a view in its language."""
    template = _environment(view.frame.language.code).get_template(_TEMPLATES[type(view)])
    return template.render(page=view).encode()


class Framed(Protocol):
    """A view of any page that has the frame of the respondent pages."""

    @property
    def frame(self) -> Frame:
        """What it shares with them."""
        ...


def render_with(template: str, view: Framed) -> bytes:
    """Render a view by a template of another part of the service, in its language."""
    return _environment(view.frame.language.code).get_template(template).render(page=view).encode()


def compress_once(page: bytes) -> Body:
    """Compress a page that will be sent many times."""
    return Body(page, gzip.compress(page, 9, mtime=0), brotli.compress(page, quality=_THOROUGH_BROTLI))


def compress_now(page: bytes, accepted: str) -> tuple[bytes, str]:
    """Compress a page that is sent once."""
    if "br" in accepted:
        return brotli.compress(page, quality=_FAST_BROTLI), "br"
    if "gzip" in accepted:
        return gzip.compress(page, 1, mtime=0), "gzip"
    return page, ""


class RenderedPages:
    """Pages that hold nothing of a respondent, by what they depend on; the oldest are forgotten."""

    def __init__(self) -> None:
        self._pages: dict[Hashable, Body] = {}

    def get(self, key: Hashable, make: Callable[[], View]) -> Body:
        """Return the page for `key`, rendering it the first time."""
        body = self._pages.get(key)
        if body is None:
            body = compress_once(render(make()))
            if len(self._pages) >= _KEPT:
                del self._pages[next(iter(self._pages))]
            self._pages[key] = body
        return body


@cache
def _loader() -> PackageLoader:
    return PackageLoader("servq.web", "templates")


@lru_cache(maxsize=64)
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=_loader(), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["_"] = translator(locale, "web")
    environment.globals["_n"] = translator(locale, "web").counted
    return environment
