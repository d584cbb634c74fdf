"""Findings as JSON, and the schema that documents it."""

from __future__ import annotations

import dataclasses
import types
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from servq.analysis.findings import Findings
from servq.analysis.study_findings import StudyFindings
from servq.messages import Message

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def findings_to_json(findings: Findings | StudyFindings) -> bytes:
    """The findings as indented JSON; every number has all its digits, a sentence is its English text."""
    return msgspec.json.format(msgspec.json.encode(findings, enc_hook=str), indent=2) + b"\n"


def findings_schema() -> dict[str, Any]:
    """JSON Schema of `findings_to_json`, made from the dataclasses and their docstrings."""
    definitions: dict[str, Any] = {}
    root = _schema_of(Findings, definitions)
    return {"$schema": SCHEMA_DIALECT, **root, "$defs": definitions}


def study_findings_schema() -> dict[str, Any]:
    """JSON Schema of the findings of a study."""
    definitions: dict[str, Any] = {}
    root = _schema_of(StudyFindings, definitions)
    return {"$schema": SCHEMA_DIALECT, **root, "$defs": definitions}


def _schema_of(annotation: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema_of(one, definitions) for one in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(arguments[1], definitions)}
    if dataclasses.is_dataclass(annotation):
        return _reference(annotation, definitions)
    return {"type": _JSON_TYPES[annotation]}


def _reference(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """A ``$ref`` to a dataclass; subclasses of an estimate may add properties of their own."""
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}  # holds the place while fields refer back
        hints = get_type_hints(kind)
        fields = [field.name for field in dataclasses.fields(kind)]
        definitions[name] = {
            "type": "object",
            "description": (kind.__doc__ or "").split("\n\n")[0].strip(),
            "properties": {field: _schema_of(hints[field], definitions) for field in fields},
            "required": fields,
        }
    return {"$ref": f"#/$defs/{name}"}


_JSON_TYPES: dict[Any, str] = {
    str: "string",
    Message: "string",
    date: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
