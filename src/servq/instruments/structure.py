"""Do a file's keys and types fit the format? The JSON Schema of the format and plain sentences on what breaks it.

Schemas come from the structs in ``model``, so there is one description of the format. Meaning across keys and
files is checked in ``rules``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from servq.errors import Problem
from servq.instruments.adaptation import AdaptationFile
from servq.instruments.model import (
    DOI_PATTERN,
    IDENTIFIER_PATTERN,
    LOCALE_PATTERN,
    VERSION_PATTERN,
    Definition,
    Texts,
)
from servq.instruments.overlay import WordingOverlay
from servq.instruments.yaml_reading import Document, ValuePath

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

FileKind = Literal["instrument", "texts", "wording", "adaptation"]

QUOTED_LENGTH = 40
"""Longest part of a wrong value that is quoted, so that a problem stays on its line."""

_STRUCTS: dict[FileKind, type[msgspec.Struct]] = {
    "instrument": Definition,
    "texts": Texts,
    "wording": WordingOverlay,
    "adaptation": AdaptationFile,
}
_NAMES = {
    "instrument": "instrument.yaml: structure and scoring of an instrument",
    "texts": "text.<locale>.yaml: what a person reads, in one language",
    "wording": "Wording overlay: texts that replace an instrument's own",
    "adaptation": "Adaptation: an instrument made from another one",
}
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys and values",
    "null": "nothing",
}


def instrument_schema(kind: FileKind = "instrument") -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one kind of file.

    Parameters
    ----------
    kind
        ``instrument`` for instrument.yaml, ``texts`` for text.<locale>.yaml, ``wording`` for a wording overlay,
        ``adaptation`` for an adaptation.
    """
    (reference,), definitions = msgspec.json.schema_components([_STRUCTS[kind]], ref_template="#/$defs/{name}")
    for part in definitions.values():
        if anchors := part.get("properties", {}).get("anchors"):
            anchors["propertyNames"] = {"pattern": _POINT_PATTERN}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _NAMES[kind],
        **reference,
        "$defs": definitions,
    }


def structural_problems(document: Document, kind: FileKind) -> list[Problem]:
    """Everything in a file that the schema of its kind forbids, in the order of the file."""
    from jsonschema import Draft202012Validator  # 0.1 s that a sound file never needs

    validator = Draft202012Validator(instrument_schema(kind))
    faults = [_fault(error) for error in validator.iter_errors(document.content)]
    found = [problem for fault in faults for problem in _explain(fault, document)]
    return sorted(found, key=lambda problem: problem.line or 0)


@dataclass(frozen=True)
class _Fault:
    """What jsonschema found, with plain types: the rule broken, its limit, and the value at a path."""

    rule: str
    limit: Any
    value: Any
    path: ValuePath
    schema: Mapping[str, Any]
    message: str
    about_key: bool
    branch: int | None
    inner: tuple[_Fault, ...]


def _fault(error: ValidationError) -> _Fault:
    steps = list(error.relative_schema_path)
    return _Fault(
        rule=str(error.validator),
        limit=error.validator_value,
        value=error.instance,
        path=tuple(error.absolute_path),
        schema=error.schema if isinstance(error.schema, Mapping) else {},
        message=error.message,
        about_key="propertyNames" in steps,
        branch=steps[0] if steps and isinstance(steps[0], int) else None,
        inner=tuple(_fault(part) for part in error.context or ()),
    )


def _explain(fault: _Fault, document: Document) -> Iterator[Problem]:
    if fault.rule == "anyOf":
        variants = fault.schema.get("discriminator", {}).get("mapping")
        yield from _explain_kinds(fault, document, variants) if variants else _explain_optional(fault, document)
    elif fault.rule == "additionalProperties":
        yield from _unknown_keys(fault, document)
    elif fault.rule == "required":
        yield _missing_key(fault, document)
    elif fault.about_key:
        yield document.problem((*fault.path, fault.value), *_sentence(fault, f'Key "{fault.value}"'))
    else:
        yield document.problem(fault.path, *_sentence(fault, _place(fault.path)))


def _missing_key(fault: _Fault, document: Document) -> Problem:
    # jsonschema reports one error per missing key and names the key in its message only
    named = re.match(r"'(.*?)'", fault.message)
    key = named.group(1) if named else "a key"
    about = fault.schema.get("properties", {}).get(key, {}).get("description", "")
    fix = f"Add {key}: {about}" if about else f"Add {key}."
    return document.problem(fault.path, f'{_place(fault.path)} lacks "{key}".', fix)


def _explain_optional(fault: _Fault, document: Document) -> Iterator[Problem]:
    within = [inner for inner in fault.inner if inner.rule != "type"]
    if within:
        yield from _explain(within[0], document)
        return
    allowed = [option["type"] for option in fault.limit if option.get("type") not in {None, "null"}]
    yield document.problem(fault.path, *_sentence(replace(fault, rule="type", limit=allowed[0]), _place(fault.path)))


def _explain_kinds(fault: _Fault, document: Document, variants: Mapping[str, str]) -> Iterator[Problem]:
    place = _place(fault.path)
    if not isinstance(fault.value, dict):
        message = f"{place} must be a mapping of keys and values."
        yield document.problem(fault.path, message, f"Begin it with kind: {_either(variants)}.")
        return
    kind = fault.value.get("kind")
    if kind not in variants:
        told = f'{place} lacks "kind".' if kind is None else f"{place} has the unknown kind {_shown(kind)}."
        yield document.problem((*fault.path, "kind"), told, f"Write kind: {_either(variants)}.")
        return
    branch = list(variants).index(str(kind))
    for inner in fault.inner:
        if inner.branch == branch:
            yield from _explain(inner, document)


def _unknown_keys(fault: _Fault, document: Document) -> Iterator[Problem]:
    known = sorted(fault.schema.get("properties", {}))
    for key in sorted(set(fault.value).difference(known)):
        near = get_close_matches(key, known, n=1)
        fix = f'Did you mean "{near[0]}"?' if near else f"Delete it; allowed here: {', '.join(known)}."
        place = _place(fault.path) if fault.path else "the file"
        yield document.problem((*fault.path, key), f'Key "{key}" is unknown in {place}.', fix)


def _sentence(fault: _Fault, place: str) -> tuple[str, str]:
    explain = _SENTENCES.get(fault.rule)
    if explain is None:
        return f"{place}: {fault.message}.", "Correct the value."
    told, fix = explain(fault.limit, fault.value)
    return f"{place} {told}.", fix


def _wrong_type(limit: Any, value: Any) -> tuple[str, str]:
    fix = f"Give {_TYPES[limit]}."
    if limit == "string" and isinstance(value, int | float):
        fix = f'Put it in quotes: "{str(value).lower()}".'
    elif limit in {"integer", "number"} and isinstance(value, str) and value.strip().lstrip("-").isdigit():
        fix = "Write it without quotes."
    return f"must be {_TYPES[limit]}, not {_shown(value)}", fix


def _wrong_choice(limit: Any, value: Any) -> tuple[str, str]:
    near = get_close_matches(str(value), [str(option) for option in limit], n=1)
    fix = f'Did you mean "{near[0]}"?' if near else f"Write {_either(limit)}."
    return f"must be {_either(limit)}, not {_shown(value)}", fix


def _wrong_form(limit: Any, value: Any) -> tuple[str, str]:
    return f"has a form that is not allowed: {_shown(value)}", _FORMS.get(limit, "Correct the value.")


def _too_few(limit: Any, _: Any) -> tuple[str, str]:
    return ("is empty", "Fill it.") if limit == 1 else (f"needs at least {limit} entries", "Add what is missing.")


def _too_long(limit: Any, value: Any) -> tuple[str, str]:
    return f"has {len(value)} characters; {limit} are allowed", "Shorten it."


_SENTENCES: Mapping[str, Callable[[Any, Any], tuple[str, str]]] = {
    "type": _wrong_type,
    "enum": _wrong_choice,
    "pattern": _wrong_form,
    "minLength": _too_few,
    "minItems": _too_few,
    "minProperties": _too_few,
    "maxLength": _too_long,
    "minimum": lambda limit, value: (f"is {value}, below {limit}", f"Give {limit} or more."),
    "maximum": lambda limit, value: (f"is {value}, above {limit}", f"Give {limit} or less."),
    "exclusiveMinimum": lambda limit, value: (f"is {value}", f"Give a number above {limit}."),
}

_POINT_PATTERN = "^-?[0-9]+$"
_FORMS = {
    IDENTIFIER_PATTERN: "Use lower-case letters, digits, _ and -, beginning with a letter.",
    LOCALE_PATTERN: "Use a language tag such as en, de or pt-BR.",
    VERSION_PATTERN: 'Use numbers and dots in quotes, such as "1.0".',
    DOI_PATTERN: "Write the DOI as it begins: 10.…",
    _POINT_PATTERN: "Use a whole number.",
}


def _place(path: ValuePath) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path) or "The file"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    short = text if len(text) <= QUOTED_LENGTH else text[: QUOTED_LENGTH - 1] + "…"
    return f'"{short}"' if isinstance(value, str) else short


def _either(options: Iterable[object]) -> str:
    *first, last = [str(option) for option in options]
    return f"{', '.join(first)} or {last}" if first else last
