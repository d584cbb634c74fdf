"""An instrument on one readable sheet of plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from servq.instruments.model import (
    Column,
    EffortScore,
    GapScore,
    Instrument,
    Item,
    MeanScore,
    NetPromoterScore,
    PointsBattery,
    ResponseScale,
    Score,
    TopBoxScore,
)

WIDTH = 100


def render_sheet(instrument: Instrument, locale: str | None = None) -> str:
    """Items by dimension, scales, scoring, source and rights of an instrument.

    Parameters
    ----------
    instrument
        The instrument.
    locale
        Language of the texts; the instrument's default when None or unknown.
    """
    definition = instrument.definition
    texts = instrument.texts_in(locale)
    blocks = [
        _head(instrument, texts.locale),
        _section("Batteries", _batteries(instrument, texts.locale)),
        *_items(instrument, texts.locale),
        _section("Scoring", _scoring(instrument)),
        _section("Source", [f"{c.authors} ({c.year}). {c.title}. {c.source}." for c in definition.citation]),
        _section("Rights", [f"{definition.rights.holder}. {definition.rights.note}"]),
    ]
    return "\n\n".join(blocks) + "\n"


def render_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines with aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _head(instrument: Instrument, locale: str) -> str:
    definition = instrument.definition
    facts = [
        ("Id", definition.id),
        ("Version", definition.version),
        ("For", definition.field),
        ("Answered by", ", ".join(audience.replace("_", " ") for audience in definition.audiences)),
        ("Languages", ", ".join(code + (" (shown)" if code == locale else "") for code in definition.locales)),
        ("Status", definition.status.replace("-", " ")),
    ]
    title = definition.title
    return f"{title}\n{'=' * len(title)}\n{render_table(facts)}"


def _section(title: str, paragraphs: Iterable[str], indent: int = 4) -> str:
    filler = textwrap.TextWrapper(WIDTH, initial_indent="  ", subsequent_indent=" " * indent, break_on_hyphens=False)
    return "\n".join([title, *map(filler.fill, paragraphs)])


def _batteries(instrument: Instrument, locale: str) -> Iterator[str]:
    texts = instrument.texts_in(locale)
    for battery_id, battery in instrument.definition.batteries.items():
        names = [instrument.column_name(Column(battery_id, asked)) for asked in instrument.asked_in(battery_id)]
        columns = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
        if isinstance(battery, PointsBattery):
            form = f"{battery.total} points over the dimensions"
        else:
            form = _form(instrument.definition.scales[battery.scale], texts.scales[battery.scale].anchors)
        optional = "; optional" if battery.optional else ""
        yield f"{texts.batteries[battery_id].short} [{battery_id}]: {form}{optional}; columns {columns}"


def _form(scale: ResponseScale, anchors: dict[int, str]) -> str:
    ends = f"{scale.low} {anchors[scale.low]} – {scale.high} {anchors[scale.high]}"
    not_applicable = ", or not applicable" if scale.not_applicable else ""
    return f"{ends}{not_applicable}; {scale.better} is good"


def _items(instrument: Instrument, locale: str) -> Iterator[str]:
    texts = instrument.texts_in(locale)
    for dimension in instrument.definition.dimensions:
        items = instrument.items_of(dimension.id)
        text = texts.dimensions[dimension.id]
        yield _section(f"{text.name} [{dimension.id}]: {text.description}", _worded(instrument, items, locale), 8)
    alone = tuple(item for item in instrument.definition.items if item.dimension is None)
    if alone:
        yield _section("Items", _worded(instrument, alone, locale), 8)


def _worded(instrument: Instrument, items: Iterable[Item], locale: str) -> Iterator[str]:
    for item in items:
        mark = " (reverse-keyed)" if item.reversed else ""
        for battery in _asking(instrument, item):
            wording = instrument.wording(Column(battery, item.id), locale)
            name = instrument.column_name(Column(battery, item.id))
            yield f"{name:<5} {wording}{mark}"


def _asking(instrument: Instrument, item: Item) -> list[str]:
    return [battery for battery in instrument.definition.batteries if item.id in instrument.asked_in(battery)]


def _scoring(instrument: Instrument) -> Iterator[str]:
    for score in instrument.definition.scores:
        yield f"{score.id}: {_formula(score, instrument)}"
    if instrument.definition.dimensions:
        share = instrument.definition.missing.minimum_share
        yield f"A dimension is scored for a respondent who answered at least {share:.0%} of its items."


def _formula(score: Score, instrument: Instrument) -> str:
    match score:
        case GapScore():
            weighted = f", also weighted by {score.weights}" if score.weights else ""
            return f"{score.perception} − {score.expectation} per item, dimension and overall{weighted}"
        case MeanScore():
            weighted = f", also weighted by {score.weights}" if score.weights else ""
            return f"mean {score.battery} per item, dimension and overall{weighted}"
        case NetPromoterScore():
            return f"percentage of 9–10 minus percentage of 0–6 on {score.item}"
        case TopBoxScore():
            return f"percentage on {_best(score, instrument)} of {score.item}"
        case EffortScore():
            return f"mean of {score.item}, and percentage on {_best(score, instrument)}"


def _best(score: TopBoxScore | EffortScore, instrument: Instrument) -> str:
    scale = instrument.scale_of(score.battery)
    points = scale.points[-score.boxes :] if scale.better == "high" else scale.points[: score.boxes]
    return f"{points[0]}–{points[-1]}" if len(points) > 1 else str(points[0])
