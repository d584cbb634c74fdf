"""Texts about people as they come in and go out: what is refused, and what a spreadsheet must not run. Pure."""

from __future__ import annotations

import re
import unicodedata

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters, line breaks among them
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u2069"  # overrides of the writing direction
    "\ud800-\udfff\ufffe\uffff"  # no characters
    "]"
)
_FORMULA = re.compile(r"[=@＝＠]|[+\-＋－](?![\d\s().,/+-]*$)")
_SHEET_ERROR = re.compile(r"#(N/A|[A-Z]+(/?0)?[!?])")
_LOST = "\ufffd"


def tidy(text: str) -> str:
    """Return a text without blanks around it, each character written in one way (NFC)."""
    return unicodedata.normalize("NFC", text).strip()


def cell_fault(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text and what to do, or None.

    Letters of every script pass, joiners included. A phone number or a negative number is no formula.
    """
    if _UNSAFE.search(text):
        return "has a line break or another control character", "Delete it."
    if _LOST in text:
        return "has lost characters on its way (�)", "Export it again as UTF-8."
    if _is_read_wrongly(text):
        return "is UTF-8 that was read as Windows text", "Export it again as UTF-8."
    if is_formula(text):
        return "begins like a formula", "Put a word before it, or leave it out."
    if _SHEET_ERROR.fullmatch(text):
        return "is the error of a formula", "Mend it in the sheet."
    return None


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a text instead of showing it."""
    return _FORMULA.match(text) is not None


def harmless(text: str) -> str:
    """Return a text for a CSV file: what a spreadsheet would run gets an apostrophe in front, which makes it text."""
    return f"'{text}" if is_formula(text) or text[:1] in ("\t", "\r") else text


def shown(text: str, longest: int = 60) -> str:
    """Return a text as a message can quote it: on one line and not too long."""
    clean = _UNSAFE.sub(_LOST, text)
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def _is_read_wrongly(text: str) -> bool:
    if text.isascii():
        return False
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False
