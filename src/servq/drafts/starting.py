"""What a new draft begins with; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from servq.drafts.content import Content, from_instrument
from servq.instruments.model import Instrument

LONGEST_ID = 60
FIRST_VERSION = "1.0"
BLANK_SCALE, BLANK_BATTERY, BLANK_DIMENSION, BLANK_ITEM = "agreement", "perception", "dimension_1", "item_1"


def blank_content(instrument_id: str, title: str, locales: Sequence[str], *, year: int) -> Content:
    """Return an instrument with one dimension, one item on five points and its mean, and no words yet."""
    definition = {
        "id": instrument_id,
        "version": FIRST_VERSION,
        "title": title,
        "field": "",
        "citation": [{"authors": "", "year": year, "title": title, "source": ""}],
        "rights": {"holder": "", "wording": "own", "note": ""},
        "audiences": ["customer"],
        "locales": list(locales),
        "scales": {BLANK_SCALE: {"low": 1, "high": 5}},
        "batteries": {BLANK_BATTERY: {"kind": "rating", "scale": BLANK_SCALE, "columns": "p{number:02d}"}},
        "dimensions": [{"id": BLANK_DIMENSION}],
        "items": [{"id": BLANK_ITEM, "number": 1, "dimension": BLANK_DIMENSION}],
        "scores": [{"kind": "mean", "id": "quality", "battery": BLANK_BATTERY}],
    }
    return {"definition": definition, "texts": {locale: _blank_texts(locale, title) for locale in locales}}


def copied_content(instrument: Instrument, instrument_id: str, title: str) -> Content:
    """Return a copy of an instrument under an id and a title of its own."""
    content = from_instrument(instrument)
    content["definition"] |= {"id": instrument_id, "title": title, "version": FIRST_VERSION}
    return content


def id_from(title: str, taken: Collection[str]) -> str:
    """Return a free id that reads like a title."""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_title).strip("-")[: LONGEST_ID - 4].strip("-")
    stem = stem if stem[:1].isalpha() else f"instrument-{stem}".strip("-")
    return free_id(stem, taken, separator="-")


def free_id(stem: str, taken: Collection[str], *, separator: str = "_") -> str:
    """Return `stem`, or it with the lowest number behind it that makes it free."""
    number, found = 2, stem
    while found in taken:
        found = f"{stem}{separator}{number}"
        number += 1
    return found


def _blank_texts(locale: str, title: str) -> Content:
    return {
        "locale": locale,
        "title": title,
        "introduction": "",
        "thanks": "",
        "scales": {BLANK_SCALE: {"anchors": {"1": "", "5": ""}}},
        "batteries": {BLANK_BATTERY: {"title": "", "instruction": "", "short": ""}},
        "dimensions": {BLANK_DIMENSION: {"name": "", "description": ""}},
        "items": {BLANK_ITEM: {BLANK_BATTERY: ""}},
    }
