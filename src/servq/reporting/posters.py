"""Sheets for print that lead to a survey: one QR code a place, as posters or as cards to be cut out."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from servq.locations import reports_folder
from servq.reporting.codes import qr_svg
from servq.reporting.pdf import pdf_from_html
from servq.translation import translator

CARDS_PER_SHEET = 8


@dataclass(frozen=True, kw_only=True)
class Poster:
    """One code: where it leads and where it hangs; `address` is short enough to be typed."""

    url: str
    address: str
    organisation: str
    title: str
    site: str = ""
    touchpoint: str = ""


@dataclass(frozen=True, slots=True)
class _Printed:
    poster: Poster
    image: str


def render_posters(posters: Sequence[Poster], *, locale: str, cards: bool = False) -> bytes:
    """Print A4 sheets: one poster a sheet, or with `cards` eight cards with lines to cut along.

    Raises
    ------
    EnvironmentIncomplete
        A system library of the PDF renderer is missing.
    """
    return pdf_from_html(posters_html(posters, locale=locale, cards=cards))


def posters_html(posters: Sequence[Poster], *, locale: str, cards: bool = False) -> str:
    """Return the sheets as one page of HTML that needs nothing else."""
    say = translator(locale, "widget")
    environment = Environment(
        loader=FileSystemLoader(reports_folder() / "poster"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    alternative = say("Code to scan with a phone")
    return environment.get_template("poster.html.j2").render(
        posters=[_Printed(each, _data_url(qr_svg(each.url))) for each in posters],
        language=say.locale,
        direction=say.direction,
        is_cards=cards,
        heading=say("Tell us how it was"),
        how=say("Point the camera of your phone at the code."),
        otherwise=say("Or open this address:"),
        alternative=alternative,
    )


def _data_url(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
