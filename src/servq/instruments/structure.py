"""Do a file's keys and types fit the format? The JSON Schema of the format and plain sentences on what breaks it.

Schemas come from the structs in ``model``, so there is one description of the format. Meaning across keys and
files is checked in ``rules``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from servq.errors import Problem
from servq.instruments.model import Definition, Texts
from servq.instruments.overlay import WordingOverlay
from servq.instruments.yaml_reading import Document, ValuePath

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

FileKind = Literal["instrument", "texts", "wording"]

_STRUCTS: dict[FileKind, type[msgspec.Struct]] = {
    "instrument": Definition,
    "texts": Texts,
    "wording": WordingOverlay,
}
_NAMES = {
    "instrument": "instrument.yaml: structure and scoring of an instrument",
    "texts": "text.<locale>.yaml: what a person reads, in one language",
    "wording": "Wording overlay: texts that replace an instrument's own",
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
        ``instrument`` for instrument.yaml, ``texts`` for text.<locale>.yaml, ``wording`` for a wording overlay.
    """
    (reference,), definitions = msgspec.json.schema_components([_STRUCTS[kind]], ref_template="#/$defs/{name}")
    for part in definitions.values():
        if anchors := part.get("properties", {}).get("anchors"):
            anchors["propertyNames"] = {"pattern": "^-?[0-9]+$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _NAMES[kind],
        **reference,
        "$defs": definitions,
    }


def structural_problems(document: Document, kind: FileKind) -> list[Problem]:
    """Everything in a file that the schema of its kind forbids, in the order of the file."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 0.1 s that a sound file never needs

    validator = Draft202012Validator(instrument_schema(kind))
    found = [problem for error in validator.iter_errors(document.content) for problem in _explain(error, document)]
    return sorted(found, key=lambda problem: problem.line or 0)


def _explain(error: ValidationError, document: Document) -> Iterator[Problem]:
    path: ValuePath = tuple(error.absolute_path)
    if error.validator == "anyOf":
        yield from _explain_variants(error, document, path)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(error, document, path)
    elif error.validator == "required":
        # jsonschema reports one error per missing key and names it only in its message
        key = re.match(r"'(.*?)'", error.message)
        missing = key.group(1) if key else "a key"
        about = error.schema["properties"].get(missing, {}).get("description", "")
        fix = f"Add {missing}: {about}" if about else f"Add {missing}."
        yield document.problem(path, f'{_place(path)} lacks "{missing}".', fix)
    elif error.validator == "propertyNames" or "propertyNames" in error.absolute_schema_path:
        yield document.problem((*path, error.instance), *_sentence(error, f'Key "{error.instance}"'))
    else:
        yield document.problem(path, *_sentence(error, _place(path)))


def _explain_variants(error: ValidationError, document: Document, path: ValuePath) -> Iterator[Problem]:
    variants = error.schema.get("discriminator", {}).get("mapping")
    if variants is None:
        allowed = " or ".join(_TYPES[option["type"]] for option in error.schema["anyOf"] if "type" in option)
        details = [inner for inner in error.context or () if inner.validator not in {"type"}]
        if details:
            yield document.problem(path, *_sentence(details[0], _place(path)))
        else:
            yield document.problem(path, f"{_place(path)} must be {allowed}.", "Correct the value.")
        return
    if not isinstance(error.instance, dict):
        message = f"{_place(path)} must be a mapping of keys and values."
        yield document.problem(path, message, f"Begin it with kind: {_either(variants)}.")
        return
    kind = error.instance.get("kind")
    if kind not in variants:
        told = f'kind "{kind}" of {_place(path)} is unknown.' if kind else f'{_place(path)} lacks "kind".'
        yield document.problem((*path, "kind"), _capital(told), f"Write kind: {_either(variants)}.")
        return
    branch = list(variants).index(kind)
    for inner in error.context or ():
        if inner.relative_schema_path[0] == branch:
            yield from _explain(inner, document)


def _unknown_keys(error: ValidationError, document: Document, path: ValuePath) -> Iterator[Problem]:
    known = sorted(error.schema.get("properties", {}))
    for key in sorted(set(error.instance) - set(known)):
        near = get_close_matches(key, known, n=1)
        fix = f'Did you mean "{near[0]}"?' if near else f"Delete it; allowed here: {', '.join(known)}."
        yield document.problem((*path, key), f'Key "{key}" is unknown in {_place(path, inside=True)}.', fix)


def _sentence(error: ValidationError, place: str) -> tuple[str, str]:
    rule, limit, value = error.validator, error.validator_value, error.instance
    match rule:
        case "type":
            wanted = _TYPES[limit]
            fix = f"Give {wanted}."
            if limit == "string" and isinstance(value, int | float):
                fix = f'Put it in quotes: "{str(value).lower()}".'
            return f"{place} must be {wanted}, not {_shown(value)}.", fix
        case "enum":
            near = get_close_matches(str(value), [str(option) for option in limit], n=1)
            fix = f'Did you mean "{near[0]}"?' if near else f"Write {_either(limit)}."
            return f"{place} must be {_either(limit)}, not {_shown(value)}.", fix
        case "pattern":
            return f"{place} has a form that is not allowed: {_shown(value)}.", _form(str(limit))
        case "minLength" | "minItems" | "minProperties":
            return (
                (f"{place} is empty.", "Fill it.")
                if limit == 1
                else (f"{place} needs at least {limit} entries.", "Add what is missing.")
            )
        case "maxLength":
            return f"{place} has {len(value)} characters; {limit} are allowed.", "Shorten it."
        case "minimum":
            return f"{place} is {value}, below {limit}.", f"Give a number of {limit} or more."
        case "maximum":
            return f"{place} is {value}, above {limit}.", f"Give a number of {limit} or less."
        case "exclusiveMinimum":
            return f"{place} is {value}.", f"Give a number above {limit}."
        case _:
            return f"{place}: {error.message}.", "Correct the value."


def _form(pattern: str) -> str:
    if pattern.startswith("^[a-z][a-z0-9_-]"):
        return "Use lower-case letters, digits, _ and -, beginning with a letter."
    if pattern.startswith("^[a-z]{2,3}"):
        return "Use a language tag such as en, de or pt-BR."
    if pattern.startswith("^-?"):
        return "Use a whole number."
    return 'Use numbers and dots, such as "1.0".'


def _place(path: ValuePath, *, inside: bool = False) -> str:
    if not path:
        return "the file" if inside else "The file"
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    short = text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - a quotation stays on its line
    return f'"{short}"' if isinstance(value, str) else short


def _either(options: Any) -> str:
    *first, last = [str(option) for option in options]
    return f"{', '.join(first)} or {last}" if first else last


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
