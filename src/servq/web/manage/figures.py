"""A chart as pages show it: with its numbers, how they came about, and ways to take it along. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What the macro ``ui.figure`` shows.

    Parameters
    ----------
    source
        Address of the picture, or what `svg_source` gives.
    narrow
        The same for a telephone, drawn less wide; "" where the picture is good for both.
    alternative
        What the chart says, for those who do not see it.
    note
        n, interval and method.
    columns
        Head of the table of numbers: label, and ``"n"`` for a column of numbers or ``""``.
    rows
        Its cells, written out.
    downloads
        Label and address of each file.
    """

    title: str
    source: str
    alternative: str
    narrow: str = ""
    note: str = ""
    columns: Sequence[tuple[str, str]] = ()
    rows: Sequence[Sequence[str]] = ()
    downloads: Sequence[tuple[str, str]] = ()
    id: str = ""


def svg_source(svg: str) -> str:
    """Return a chart as the source of an image, so that nothing of it runs and its ids meet no others."""
    return f"data:image/svg+xml,{quote(svg)}"
