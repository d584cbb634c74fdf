"""What a value of a draft is called, for whoever compares two of them; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servq.messages import Message
from servq.translation import Translator
from servq.web.answer.editions import language

PARTS: Mapping[str, str] = {
    "items": Message("Item"),
    "dimensions": Message("Dimension"),
    "scales": Message("Scale"),
    "batteries": Message("Battery"),
    "choices": Message("Question"),
    "comments": Message("Open field"),
    "scores": Message("Score"),
    "breakdowns": Message("Breakdown"),
    "groups": Message("Groups"),
    "citation": Message("Publication"),
    "rights": Message("Rights"),
    "missing": Message("Missing answers"),
    "placeholders": Message("Placeholder"),
    "pages": Message("Pages"),
    "locales": Message("Languages"),
}

VALUES: Mapping[str, str] = {
    "title": Message("title"),
    "introduction": Message("first words"),
    "thanks": Message("last words"),
    "consent": Message("consent"),
    "instruction": Message("instruction"),
    "short": Message("short name"),
    "name": Message("name"),
    "description": Message("description"),
    "wording": Message("wording"),
    "anchors": Message("label of"),
    "options": Message("options"),
    "not_applicable": Message("not applicable"),
    "number": Message("number"),
    "dimension": Message("dimension"),
    "reversed": Message("reverse-keyed"),
    "weight": Message("weight"),
    "batteries": Message("batteries"),
    "low": Message("lowest point"),
    "high": Message("highest point"),
    "better": Message("direction"),
    "scale": Message("scale"),
    "columns": Message("data columns"),
    "optional": Message("may be left out"),
    "moment": Message("moment"),
    "asked_if": Message("skip rule"),
    "order": Message("order"),
    "#order": Message("order"),
    "items": Message("items"),
    "version": Message("version"),
    "field": Message("meant for"),
    "used_in": Message("found under"),
    "audiences": Message("answered by"),
    "status": Message("structure"),
    "holder": Message("who holds rights"),
    "note": Message("note"),
    "authors": Message("authors"),
    "year": Message("year"),
    "source": Message("source"),
    "max_length": Message("longest text"),
    "form": Message("form"),
    "required": Message("must be filled in"),
    "minimum_share": Message("least share"),
    "points": Message("points"),
    "*": Message("all batteries"),
}


def place_said(say: Translator, steps: tuple[str, ...]) -> str:
    """Return where a value stands, as in ``Item tan_1 · perception · English``.

    Parameters
    ----------
    steps
        Path of the value without ``definition``; texts begin with ``texts`` and their language.
    """
    spoken = ""
    if steps[0] == "texts" and len(steps) > 1:
        spoken, steps = language(steps[1]).name, steps[2:]
    if not steps:
        return spoken
    first, *rest = steps
    if first == "citation" and rest and rest[0].isdecimal():
        rest[0] = str(int(rest[0]) + 1)
    if first in PARTS and rest and rest[0] != "#order":
        words = [f"{say.say(PARTS[first])} {_said(say, rest[0])}", *(_said(say, step) for step in rest[1:])]
    elif first in PARTS:
        words = [say.say(PARTS[first]), *(_said(say, step) for step in rest)]
    else:
        words = [_said(say, step) for step in steps]
    joined = " · ".join([*words, *([spoken] if spoken else [])])
    return joined[:1].upper() + joined[1:]


def steps_of(path: str) -> tuple[str, ...]:
    """Return the path of a value of a draft as `place_said` takes it."""
    steps = tuple(path.split("/"))
    return steps[1:] if steps[0] == "definition" and len(steps) > 1 else steps


def value_said(say: Translator, value: Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, dict):
        return "; ".join(
            f"{_said(say, key)}: {value_said(say, inner)}"
            for key, inner in value.items()
            if inner not in (None, (), [], {}, False)
        )
    if isinstance(value, list | tuple):
        return ", ".join(value_said(say, inner) for inner in value)
    return str(value)


def _said(say: Translator, step: str) -> str:
    return say.say(VALUES[step]) if step in VALUES else step
