"""An instrument on one readable sheet of plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from servq.instruments.formulas import render_formula
from servq.instruments.model import ChoiceBattery, Column, Condition, Instrument, Item, PointsBattery, ResponseScale

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
        ("Wording", _wording(instrument)),
        *_adaptation(instrument),
    ]
    title = definition.title
    return f"{title}\n{'=' * len(title)}\n{render_table(facts)}"


def _wording(instrument: Instrument) -> str:
    validated = [locale for locale, texts in instrument.texts.items() if texts.validated]
    whose = instrument.definition.rights.wording
    return f"{whose}; validated in {', '.join(validated)}" if validated else f"{whose}; validated in no language"


def _adaptation(instrument: Instrument) -> Iterator[tuple[str, str]]:
    adaptation = instrument.definition.adaptation
    if adaptation is None:
        return
    parts = {
        "without": adaptation.dropped,
        "with": adaptation.added,
        "beside": adaptation.beside,
        "reworded in": adaptation.reworded,
    }
    changes = "; ".join(f"{what} {', '.join(names)}" for what, names in parts.items() if names)
    yield "Adapts", f"{adaptation.of} {adaptation.of_version}" + (f" ({changes})" if changes else "")


def _section(title: str, paragraphs: Iterable[str], indent: int = 4) -> str:
    filler = textwrap.TextWrapper(WIDTH, initial_indent="  ", subsequent_indent=" " * indent, break_on_hyphens=False)
    heading = textwrap.fill(title, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join([heading, *map(filler.fill, paragraphs)])


def _batteries(instrument: Instrument, locale: str) -> Iterator[str]:
    texts = instrument.texts_in(locale)
    for battery_id, battery in instrument.definition.batteries.items():
        names = [instrument.column_name(Column(battery_id, asked)) for asked in instrument.asked_in(battery_id)]
        columns = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
        if isinstance(battery, PointsBattery):
            form = f"{battery.total} points over the dimensions"
        elif isinstance(battery, ChoiceBattery):
            form = "one option each" + (", no option twice" if battery.distinct else "")
        else:
            form = _form(instrument.definition.scales[battery.scale], texts.scales[battery.scale].anchors)
        optional = "; optional" if battery.optional else ""
        beside = [other for page in instrument.definition.pages if battery_id in page for other in page]
        together = f"; on one page with {', '.join(o for o in beside if o != battery_id)}" if beside else ""
        yield (
            f"{texts.batteries[battery_id].short} [{battery_id}]: {form}{optional}{together}"
            f"{_condition(battery.asked_if)}; columns {columns}"
        )


def _condition(asked_if: tuple[Condition, ...]) -> str:
    parts = [f"{one.battery}.{one.item} is {_either([*one.options, *map(str, one.points)])}" for one in asked_if]
    return f"; asked if {' and '.join(parts)}" if parts else ""


def _either(answers: list[str]) -> str:
    return answers[0] if len(answers) == 1 else f"{', '.join(answers[:-1])} or {answers[-1]}"


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
    for battery_id, battery in instrument.definition.batteries.items():
        if isinstance(battery, ChoiceBattery):
            yield _section(texts.batteries[battery_id].title, _offered(instrument, battery_id, battery, locale), 8)
    if instrument.definition.comments:
        yield _section("Open fields", _fields(instrument, locale), 8)


def _offered(instrument: Instrument, battery_id: str, battery: ChoiceBattery, locale: str) -> Iterator[str]:
    for item in battery.items:
        column = Column(battery_id, item.id)
        labels = [instrument.option_label(item.id, option, locale) for option in instrument.options_of(item.id)]
        options = "; ".join(f"{number} {label}" for number, label in enumerate(labels, start=1))
        wording = instrument.wording(column, locale)
        yield f"{instrument.column_name(column)} {wording} — {options}{_condition(item.asked_if)}"


def _fields(instrument: Instrument, locale: str) -> Iterator[str]:
    texts = instrument.texts_in(locale)
    for comment in instrument.definition.comments:
        form = "" if comment.form == "text" else f" ({comment.form})"
        needed = "; required" if comment.required else ""
        yield f"{comment.id}{form} {texts.fill(texts.comments[comment.id])}{needed}{_condition(comment.asked_if)}"


def _worded(instrument: Instrument, items: Iterable[Item], locale: str) -> Iterator[str]:
    rows: dict[tuple[str, str], list[str]] = {}  # batteries that ask an item in the same words share a line
    for item in items:
        mark = " (reverse-keyed)" if item.reversed else ""
        mark += f" (weight {item.weight:g})" if item.weight != 1 else ""
        mark += (" (evidence required)" if item.evidence.required else " (evidence)") if item.evidence else ""
        for battery in _asking(instrument, item):
            column = Column(battery, item.id)
            text = instrument.wording(column, locale) + mark
            rows.setdefault((item.id, text), []).append(instrument.column_name(column))
    names = [", ".join(columns) for columns in rows.values()]
    width = max(map(len, names), default=0)
    for name, (_, text) in zip(names, rows, strict=True):
        yield f"{name:<{width}}  {text}"


def _asking(instrument: Instrument, item: Item) -> list[str]:
    return [battery for battery in instrument.definition.batteries if item.id in instrument.asked_in(battery)]


def _scoring(instrument: Instrument) -> Iterator[str]:
    for score in instrument.definition.scores:
        yield f"{score.id}: {render_formula(score, instrument)}"
    if instrument.definition.dimensions:
        share = instrument.definition.missing.minimum_share
        yield f"A dimension is scored for a respondent who answered at least {share:.0%} of its items."
