"""Find the placeholders of texts, such as ``{organisation}``, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from string import Formatter

from servq.errors import Problem
from servq.instruments.yaml_reading import Document, ValuePath

UNFILLED = ("locale", "rights", "instrument", "placeholders", "validated")
"""Keys of a text file or an overlay whose texts are taken literally."""


def placeholders_in(template: str) -> set[str]:
    """Names between braces.

    Raises
    ------
    ValueError
        A brace is not closed, or something other than a plain name stands between braces.
    """
    names = set()
    for _, name, form, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.replace("_", "").replace("-", "").isalnum() or name[0].isdigit() or form or conversion:
            raise ValueError("only a plain name may stand between { and }")
        names.add(name)
    return names


def placeholder_faults(document: Document, known: Collection[str]) -> Iterator[Problem]:
    """Every text of a document with a placeholder that has no default, or with a stray brace."""
    if not isinstance(document.content, dict):
        return
    for path, text in texts_of(document.content):
        if path[0] in UNFILLED:
            continue
        try:
            names = placeholders_in(text)
        except ValueError as error:
            fix = "Write {name}, or {{ and }} for braces to be shown."
            yield document.problem(path, f"The text has a faulty placeholder: {error}.", fix)
            continue
        for name in sorted(names.difference(known)):
            near = get_close_matches(name, known, n=1)
            fix = f"Did you mean {{{near[0]}}}?" if near else f"Give it a default under placeholders: {name}."
            yield document.problem(path, f"Placeholder {{{name}}} has no default.", fix)


def texts_of(content: object, path: ValuePath = ()) -> Iterator[tuple[ValuePath, str]]:
    """Every text in nested dicts and lists with its path."""
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from texts_of(value, (*path, key))
    elif isinstance(content, list):
        for position, value in enumerate(content):
            yield from texts_of(value, (*path, position))
