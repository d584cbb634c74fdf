"""An instrument as an XLSForm workbook, which KoboToolbox, ODK and SurveyCTO read.

Besides the sheets of the standard, the sheet ``servq`` carries what they have no place for, so that servq reads its
own workbook back without loss.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import msgspec

from servq.instruments.exchange import losses
from servq.instruments.model import (
    Battery,
    ChoiceBattery,
    Column,
    Comment,
    Condition,
    Instrument,
    PointsBattery,
    RatingBattery,
)
from servq.instruments.parts import battery_pages

SHEET = "servq"
NOT_APPLICABLE = "na"
TYPES = {"text": "text", "number": "decimal", "date": "date", "time": "time"}

CELL = 30_000
"""Characters put into one cell; a workbook's cell holds 32,767."""

Row = dict[str, str]


Sheets = dict[str, list[Row]]
"""Rows of each sheet."""


def to_xlsform(instrument: Instrument) -> tuple[bytes, tuple[str, ...]]:
    """The workbook, and what it does not carry for other tools."""
    lost = [*losses.side_by_side(instrument), *losses.asking(instrument), *losses.evidence_limits(instrument)]
    return _written(xlsform_rows(instrument)), (
        *lost,
        *(f"{loss}: kept on the sheet {SHEET}, which other tools do not read" for loss in losses.scoring(instrument)),
    )


def xlsform_rows(instrument: Instrument) -> Sheets:
    """Rows of the sheets; every text in every language of the instrument."""
    definition = instrument.definition
    default = definition.locales[0]
    settings = {
        "form_title": instrument.texts[default].fill(instrument.texts[default].title),
        "form_id": definition.id,
        "version": definition.version,
        "default_language": language_name(default),
    }
    frozen = msgspec.json.encode(instrument).decode()
    chunks = [frozen[start : start + CELL] for start in range(0, len(frozen), CELL)]
    return {
        "survey": list(_survey(instrument)),
        "choices": list(_choices(instrument)),
        "settings": [settings],
        SHEET: [{"part": str(number), "content": chunk} for number, chunk in enumerate(chunks, start=1)],
    }


def language_name(locale: str) -> str:
    """Name and tag of a language as XLSForm writes it, such as ``German (de)``."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(locale, sep="-").get_display_name("en")
    except (UnknownLocaleError, ValueError):
        name = None
    return f"{name or locale} ({locale})"


def _survey(instrument: Instrument) -> Iterator[Row]:
    definition = instrument.definition
    texts = instrument.texts
    yield {"type": "note", "name": "introduction", **_label({k: t.fill(t.introduction) for k, t in texts.items()})}
    if any(one.consent for one in texts.values()):
        consent = {locale: one.fill(one.consent) for locale, one in texts.items()}
        yield {"type": "acknowledge", "name": "consent", "required": "yes", **_label(consent)}
    for page in battery_pages(definition):
        for battery_id in page:
            yield from _battery(instrument, battery_id, definition.batteries[battery_id])
    for comment in definition.comments:
        yield _comment(instrument, comment)
    yield {"type": "note", "name": "thanks", **_label({k: t.fill(t.thanks) for k, t in texts.items()})}


def _battery(instrument: Instrument, battery_id: str, battery: Battery) -> Iterator[Row]:
    texts = instrument.texts
    heading = {locale: one.fill(one.batteries[battery_id].title) for locale, one in texts.items()}
    told = {locale: one.fill(one.batteries[battery_id].instruction) for locale, one in texts.items()}
    relevant = _relevant(instrument, battery.asked_if)
    yield {
        "type": "begin_group",
        "name": f"group_{battery_id}",
        "appearance": "field-list",
        "relevant": relevant,
        **_label(heading),
    }
    yield {"type": "note", "name": f"instruction_{battery_id}", **_label(told)}
    if isinstance(battery, RatingBattery):
        yield from _ratings(instrument, battery_id, battery)
    elif isinstance(battery, PointsBattery):
        yield from _points(instrument, battery_id, battery)
    else:
        yield from _options(instrument, battery_id, battery)
    yield {"type": "end_group"}


def _ratings(instrument: Instrument, battery_id: str, battery: RatingBattery) -> Iterator[Row]:
    for item_id in instrument.asked_in(battery_id):
        column = Column(battery_id, item_id)
        item = instrument.item(item_id)
        name = instrument.column_name(column)
        yield {
            "type": f"select_one {battery.scale}",
            "name": name,
            "required": "" if battery.optional else "yes",
            "servq_battery": battery_id,
            "servq_item": item_id,
            "servq_dimension": item.dimension or "",
            "servq_reversed": "yes" if item.reversed else "",
            **_wording(instrument, column),
        }
        if item.evidence is not None:
            required = "yes" if item.evidence.required else ""
            photo = {"type": "image", "name": f"{name}_evidence", "parameters": "max-pixels=2048"}
            yield {**photo, "required": required, **_wording(instrument, column)}


def _points(instrument: Instrument, battery_id: str, battery: PointsBattery) -> Iterator[Row]:
    names = [instrument.column_name(Column(battery_id, asked)) for asked in instrument.asked_in(battery_id)]
    for position, asked in enumerate(instrument.asked_in(battery_id)):
        earlier = " + ".join(f"${{{name}}}" for name in names[:position])
        last = position == len(names) - 1
        limit = f". + {earlier} = {battery.total}" if last else f". >= 0 and . <= {battery.total}"
        yield {
            "type": "integer",
            "name": names[position],
            "required": "" if battery.optional else "yes",
            "constraint": limit,
            "servq_battery": battery_id,
            "servq_item": asked,
            **_label({locale: one.fill(one.dimensions[asked].name) for locale, one in instrument.texts.items()}),
        }


def _options(instrument: Instrument, battery_id: str, battery: ChoiceBattery) -> Iterator[Row]:
    names = [instrument.column_name(Column(battery_id, item.id)) for item in battery.items]
    for position, item in enumerate(battery.items):
        earlier = " and ".join(f". != ${{{name}}}" for name in names[:position])
        yield {
            "type": f"select_one {item.id}",
            "name": names[position],
            "required": "" if battery.optional else "yes",
            "relevant": _relevant(instrument, item.asked_if),
            "constraint": earlier if battery.distinct else "",
            "servq_battery": battery_id,
            "servq_item": item.id,
            **_wording(instrument, Column(battery_id, item.id)),
        }


def _comment(instrument: Instrument, comment: Comment) -> Row:
    return {
        "type": TYPES[comment.form],
        "name": comment.id,
        "required": "yes" if comment.required else "",
        "relevant": _relevant(instrument, comment.asked_if),
        "servq_item": comment.id,
        **_label({locale: one.fill(one.comments[comment.id]) for locale, one in instrument.texts.items()}),
    }


def _relevant(instrument: Instrument, asked_if: Sequence[Condition]) -> str:
    parts = []
    for condition in asked_if:
        name = instrument.column_name(Column(condition.battery, condition.item))
        answers = [*map(str, condition.points), *condition.options]
        parts.append(" or ".join(f"${{{name}}} = '{answer}'" for answer in answers))
    return parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)


def _choices(instrument: Instrument) -> Iterator[Row]:
    for scale_id, scale in instrument.definition.scales.items():
        for point in scale.points:
            words = {locale: one.scales[scale_id].anchors.get(point) for locale, one in instrument.texts.items()}
            label = {locale: f"{point} {word}" if word else str(point) for locale, word in words.items()}
            yield {"list_name": scale_id, "name": str(point), **_label(label)}
        if scale.not_applicable:
            label = {locale: one.scales[scale_id].not_applicable for locale, one in instrument.texts.items()}
            yield {"list_name": scale_id, "name": NOT_APPLICABLE, **_label(label)}
    for battery in instrument.definition.batteries.values():
        for item in battery.items if isinstance(battery, ChoiceBattery) else ():
            for option in instrument.options_of(item.id):
                label = {locale: instrument.option_label(item.id, option, locale) for locale in instrument.texts}
                yield {"list_name": item.id, "name": option, **_label(label)}


def _wording(instrument: Instrument, column: Column) -> Row:
    return _label({locale: instrument.wording(column, locale) for locale in instrument.texts})


def _label(by_locale: dict[str, str]) -> Row:
    # a form would take ${ for the answer to another item
    return {f"label::{language_name(locale)}": text.replace("${", "$ {") for locale, text in by_locale.items()}


def _written(sheets: Sheets) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        heading = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            columns = list(dict.fromkeys(key for row in rows for key in row))
            for place, column in enumerate(columns):
                sheet.write_string(0, place, column, heading)
                for line, row in enumerate(rows, start=1):
                    if row.get(column):
                        sheet.write_string(line, place, row[column])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(columns), 24)
    return buffer.getvalue()
