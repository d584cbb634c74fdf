"""Read an XLSForm workbook: servq's own without loss, any other as far as it asks what an instrument asks."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.adaptation import Dropped
from servq.instruments.exchange.form import Asked, Form, Labels
from servq.instruments.exchange.xlsform_export import SHEET, Row, Sheets, language_name, xlsform_rows
from servq.instruments.model import Definition, Instrument, Texts
from servq.instruments.parts import made_explicit
from servq.instruments.pruning import prune, prune_texts
from servq.instruments.revisions import thaw

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
"""Far above any questionnaire; a workbook that unpacks to more was made to fill the memory."""

OPEN_TYPES = {"text": "text", "integer": "number", "decimal": "number", "date": "date", "time": "time"}
STRUCTURE = frozenset({"note", "begin_group", "end_group", "acknowledge"})
UNASKED = frozenset(
    {"start", "end", "today", "deviceid", "username", "phonenumber", "audit", "simserial", "subscriberid"}
)
_TEST = re.compile(r"^\(?\s*\$\{([^}]+)\}\s*=\s*['\"]?([^'\"()]+?)['\"]?\s*\)?$")
_SELECTED = re.compile(r"^\(?\s*selected\(\s*\$\{([^}]+)\}\s*,\s*['\"]([^'\"]+)['\"]\s*\)\s*\)?$")


def read_workbook(content: bytes, name: str) -> Sheets:
    """Rows of every sheet of a workbook, as texts.

    Raises
    ------
    InstrumentInvalid
        It is no XLSX workbook, is too large, or lacks the sheet ``survey``.
    """
    import fastexcel

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if len(content) > MOST_BYTES or unpacked > MOST_UNPACKED:
            raise InstrumentInvalid(Problem("The workbook is too large.", "Keep only the form in it.", file=name))
        book = fastexcel.read_excel(content)
        sheets = {sheet: _rows(book.load_sheet(sheet, dtypes="string")) for sheet in book.sheet_names}
    except (zipfile.BadZipFile, fastexcel.FastExcelError) as error:
        problem = Problem("The file is no XLSX workbook.", "Save the form as .xlsx.", file=name)
        raise InstrumentInvalid(problem) from error
    if "survey" not in sheets:
        problem = Problem(
            'The workbook has no sheet "survey".', "An XLSForm has survey, choices and settings.", file=name
        )
        raise InstrumentInvalid(problem)
    return sheets


def own_instrument(sheets: Sheets, name: str) -> tuple[Instrument, tuple[str, ...]] | None:
    """The instrument of a workbook that servq wrote, with the texts as they now stand; None for any other workbook.

    Raises
    ------
    InstrumentInvalid
        The sheet that servq keeps for itself was changed.
    """
    parts = sheets.get(SHEET)
    if not parts:
        return None
    try:
        return _own(thaw("".join(row.get("content", "") for row in parts).encode()), sheets)
    except (InstrumentInvalid, LookupError, ValueError) as error:  # whoever changed it may have broken any link in it
        fix = "Export the instrument again, or delete this sheet to import the rest as a form of another tool."
        raise InstrumentInvalid(Problem(f'The sheet "{SHEET}" was changed or cut off.', fix, file=name)) from error


def _own(written: Instrument, sheets: Sheets) -> tuple[Instrument, tuple[str, ...]]:
    before = xlsform_rows(written)
    names = {row.get("name", "") for row in sheets["survey"]}
    gone = [row for row in before["survey"] if row.get("servq_item") and row["name"] not in names]
    kept = _without(written, gone)
    texts = {locale: _renewed(kept, locale, before, sheets) for locale in kept.definition.locales}
    known = {row.get("name", "") for row in before["survey"]}
    lost = tuple(
        f"{row.get('type', '')} {row['name']}: new in the workbook; add it to instrument.yaml"
        for row in sheets["survey"]
        if row.get("name") and row["name"] not in known
    )
    return Instrument(definition=kept.definition, texts=texts), (*lost, *_changed_options(before, sheets))


def _changed_options(before: Sheets, now: Sheets) -> Iterator[str]:
    """Options of the sheet ``choices`` that are no longer as servq wrote them."""
    written = {(row["list_name"], row["name"]): row for row in before["choices"]}
    read = {(row.get("list_name", ""), row.get("name", "")): row for row in now.get("choices", [])}
    for option, row in read.items():
        told = {key: text.strip() for key, text in written.get(option, {}).items() if text.strip()}
        if row != told and any(option):
            yield f"choice {' '.join(option)}: changed in the workbook; change it in instrument.yaml and its texts"
    for option in written.keys() - read.keys():
        yield f"choice {' '.join(option)}: left out of the workbook; leave it out of instrument.yaml and its texts"


def foreign_form(sheets: Sheets, name: str) -> Form:
    """What a workbook of another tool asks."""
    settings = (sheets.get("settings") or [{}])[0]
    locales = _languages(sheets["survey"], settings)
    lists: dict[str, list[tuple[str, Labels]]] = {}
    for row in sheets.get("choices", []):
        option = (row.get("name") or row.get("value", ""), _labels(row, locales))
        lists.setdefault(row.get("list_name", row.get("list name", "")), []).append(option)
    lost: list[str] = []
    asked = tuple(_asked(sheets["survey"], lists, locales, lost))
    groups = {row.get("name", ""): _labels(row, locales) for row in sheets["survey"] if _type(row).startswith("begin")}
    title = settings.get("form_title") or name
    return Form(
        id=settings.get("form_id") or settings.get("id_string") or name,
        version=settings.get("version", "1.0"),
        titles={"": title},
        locales=tuple(dict.fromkeys([*_unnamed(sheets["survey"], settings), *locales.values()])) or ("en",),
        asked=asked,
        group_labels=groups,
        lost=tuple(lost),
    )


def _asked(
    rows: list[Row], lists: Mapping[str, list[tuple[str, Labels]]], locales: Mapping[str, str], lost: list[str]
) -> Iterator[Asked]:
    groups: list[tuple[str, str]] = []
    for row in rows:
        kind, _, list_name = _type(row).partition(" ")
        name = row.get("name", "")
        if kind in {"begin_group", "begin_repeat"}:
            groups.append((name, row.get("relevant", "")))
            if kind == "begin_repeat":
                lost.append(f"{name}: repeated groups; asked once")
        elif kind in {"end_group", "end_repeat"}:
            if groups:
                groups.pop()
        elif kind == "select_one" or kind in OPEN_TYPES:
            relevant = [rule for rule in (*(rule for _, rule in groups), row.get("relevant", "")) if rule]
            rule = _rule(relevant, name, lost)
            if row.get("constraint"):
                lost.append(f"{name}: the constraint {row['constraint']}")
            yield Asked(
                kind="options" if kind == "select_one" else OPEN_TYPES[kind],  # type: ignore[arg-type]  # values of a dict of literals
                name=name,
                group=groups[-1][0] if groups else "",
                labels=_labels(row, locales),
                options=tuple(lists.get(list_name.split(" ")[0], [])),
                required=row.get("required", "").lower() in {"yes", "true", "true()"},
                rule=rule,
            )
        elif kind and kind not in STRUCTURE and kind not in UNASKED:
            lost.append(f"{name}: items of type {kind}")


def _rule(relevants: list[str], about: str, lost: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Conditions of the form "this item was answered so, or so", joined by "and"; others are told as lost."""
    conditions = []
    for part in (part for relevant in relevants for part in re.split(r"\band\b", relevant)):
        tests = [
            _TEST.match(one.strip().strip("()")) or _SELECTED.match(one.strip()) for one in re.split(r"\bor\b", part)
        ]
        names = {test.group(1).strip() for test in tests if test}
        if None in tests or len(names) != 1:
            lost.append(f"{about}: the skip rule {part.strip()}")
            continue
        conditions.append((names.pop(), tuple(test.group(2).strip() for test in tests if test)))
    return tuple(conditions)


def _without(instrument: Instrument, gone: list[Row]) -> Instrument:
    """Leave out what was deleted from the sheet: an item from its battery, or a comment."""
    if not gone:
        return instrument
    explicit = made_explicit(instrument.definition)
    missing = {(row.get("servq_battery", ""), row["servq_item"]) for row in gone}
    items = tuple(
        msgspec.structs.replace(
            item, batteries=tuple(one for one in item.batteries or () if (one, item.id) not in missing)
        )
        for item in explicit.items
    )
    choices = tuple(item for battery, item in missing if battery and item not in {one.id for one in items})
    drop = Dropped(
        items=(*choices, *(item.id for item in items if not item.batteries)),
        comments=tuple(item for battery, item in missing if not battery),
    )
    definition = prune(msgspec.structs.replace(explicit, items=items), drop)
    return Instrument(definition=definition, texts=_pruned(instrument.texts, definition))


def _pruned(texts: Mapping[str, Texts], definition: Definition) -> dict[str, Texts]:
    return {
        locale: msgspec.convert(prune_texts(msgspec.to_builtins(one), definition), Texts)
        for locale, one in texts.items()
    }


def _renewed(instrument: Instrument, locale: str, before: Sheets, now: Sheets) -> Texts:
    """Texts of a language in which every label that was changed on the sheets replaces the instrument's own."""
    label = f"label::{language_name(locale)}"
    plain: dict[str, Any] = msgspec.to_builtins(instrument.texts[locale])
    written = {row.get("name", ""): row for row in before["survey"] if row.get("name")}
    for row in now["survey"]:
        old = written.get(row.get("name", ""))
        new = row.get(label, "")
        if old is None or not new or new == old.get(label):
            continue
        text = new.replace("{", "{{").replace("}", "}}")
        _put(plain, old, text)
    return msgspec.convert(prune_texts(plain, instrument.definition), Texts)


def _put(texts: dict[str, Any], row: Row, text: str) -> None:
    """Put a changed label where its text belongs."""
    name, battery, item = row["name"], row.get("servq_battery", ""), row.get("servq_item", "")
    if item and battery and item in texts["items"]:
        texts["items"][item][battery] = text
    elif item in texts["choices"]:
        texts["choices"][item]["wording"] = text
    elif item in texts["dimensions"]:
        texts["dimensions"][item]["name"] = text
    elif item in texts["comments"]:
        texts["comments"][item] = text
    elif name in {"introduction", "thanks", "consent"}:
        texts[name] = text
    elif name.startswith("group_"):
        texts["batteries"][name.removeprefix("group_")]["title"] = text
    elif name.startswith("instruction_"):
        texts["batteries"][name.removeprefix("instruction_")]["instruction"] = text


def _rows(sheet: Any) -> list[Row]:
    frame = sheet.to_polars()
    return [
        {key.strip(): value.strip() for key, value in row.items() if value is not None and value.strip()}
        for row in frame.iter_rows(named=True)
    ]


def _type(row: Row) -> str:
    """The type of a row, with the older spellings of groups and selections."""
    text = " ".join(row.get("type", "").split())
    for old, new in (("begin group", "begin_group"), ("end group", "end_group"), ("select one", "select_one")):
        text = text.replace(old, new)
    return text.replace("begin repeat", "begin_repeat").replace("end repeat", "end_repeat")


def _languages(rows: list[Row], settings: Row) -> dict[str, str]:
    """Tag by name of every language of the labels, the default one first."""
    names = dict.fromkeys(key.split("::", 1)[1].strip() for row in rows for key in row if key.startswith("label::"))
    default = settings.get("default_language")
    ordered = [*(name for name in names if name == default), *(name for name in names if name != default)]
    return {name: _tag(name) for name in ordered}


def _unnamed(rows: list[Row], settings: Row) -> list[str]:
    """Tag of the language of labels that name none: the form's default, else English."""
    return [_tag(settings.get("default_language", "en"))] if any(row.get("label") for row in rows) else []


def _tag(language: str) -> str:
    named = re.search(r"\(([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)\)\s*$", language)
    if named:
        tag = named.group(1).replace("_", "-")
        return tag[:3].lower() + tag[3:] if "-" not in tag else tag.split("-")[0].lower() + "-" + tag.split("-", 1)[1]
    from babel import Locale

    english = Locale("en").languages
    return next((code for code, name in english.items() if name == language and len(code) < 4), "en")


def _labels(row: Row, locales: Mapping[str, str]) -> Labels:
    found = {locales[name]: row[f"label::{name}"] for name in locales if row.get(f"label::{name}")}
    return found | ({"": row["label"]} if row.get("label") else {})
