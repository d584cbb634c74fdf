"""What may be the name of something: text on one line that a page, a table and every database can hold."""

from __future__ import annotations

import re

from servq.errors import Problem

LONGEST_NAME = 200

FIELDWORK_ATTRIBUTES = frozenset({"administration", "channel", "locale", "wave"})
"""Attributes that say how an answer was collected rather than whom it is about."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{2,79}")


def is_slug(text: str) -> bool:
    """Whether `text` may be the last part of an open link."""
    return _SLUG.fullmatch(text) is not None


def name_problems(what: str, text: str, *, column: str, longest: int = LONGEST_NAME) -> list[Problem]:
    """Say what is wrong with a name; `what` is it in words, `column` the option or field that gave it."""
    if not text.strip() or len(text.strip()) > longest:
        return [Problem(f"The {what} has {len(text.strip())} characters.", f"Give 1 to {longest}.", column=column)]
    if not text.isprintable():
        return [Problem(f"The {what} has a line break or a control character.", "Delete it.", column=column)]
    return []
