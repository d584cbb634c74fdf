"""Forms as handlers read them, and what is wrong in them as pages say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar.datastructures import FormMultiDict

from servq.errors import BadInput
from servq.translation import Translator


def text_of(form: FormMultiDict, name: str, default: str = "") -> str:
    """Return a field as text, "" where it is missing or a file."""
    value = form.get(name, default)
    return value if isinstance(value, str) else default


def texts_of(form: FormMultiDict, name: str) -> tuple[str, ...]:
    """Return a field that may be there several times."""
    values: list[Any] = form.getall(name, [])
    return tuple(value for value in values if isinstance(value, str))


def numbers_of(form: FormMultiDict, name: str) -> frozenset[int]:
    """Return the numbers among the values of a field; anything else was never offered."""
    return frozenset(int(value) for value in texts_of(form, name) if value.isascii() and value.isdigit())


def errors_of(invalid: BadInput, say: Translator) -> Mapping[str, str]:
    """Return what is wrong with each field, "" for what belongs to none; in the reader's language."""
    errors: dict[str, str] = {}
    for problem in invalid.problems:
        said = f"{say.say(problem.message)} {say.say(problem.fix)}".strip()
        name = problem.column or ""
        errors[name] = f"{errors[name]} {said}" if name in errors else said
    return errors
