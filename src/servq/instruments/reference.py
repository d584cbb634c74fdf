"""The reference of the format as Markdown: every field from the schema, every rule from its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servq.instruments.rules import CONTENT_RULES, FOLDER_RULES, REGISTRY_RULES
from servq.instruments.structure import FileKind, instrument_schema

TITLES: dict[FileKind, str] = {
    "instrument": "`instrument.yaml`",
    "texts": "`text.<locale>.yaml`",
    "wording": "Wording overlay",
    "adaptation": "Adaptation",
}
PLAIN_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def render_fields(kind: FileKind) -> str:
    """One table per part of a kind of file: key, type, whether it is needed or its default, meaning."""
    schema = instrument_schema(kind)
    definitions = schema["$defs"]
    top = schema["$ref"].rpartition("/")[2]
    names = [top, *sorted(name for name in definitions if name != top)]
    parts = [f"### {TITLES[kind]}", *(_part(name, definitions, top) for name in names)]
    return "\n\n".join(parts) + "\n"


def render_rules() -> str:
    """Every rule as one line, in the order in which they are checked."""
    groups = {"Content": CONTENT_RULES, "Folder": FOLDER_RULES, "Registry": REGISTRY_RULES}
    blocks = []
    for title, rules in groups.items():
        lines = [f"- {(rule.__doc__ or '').strip()}" for rule in rules]
        blocks.append("\n".join([f"### {title}", "", *lines]))
    return "\n\n".join(blocks) + "\n"


def _part(name: str, definitions: Mapping[str, Any], top: str) -> str:
    part = definitions[name]
    needed = part.get("required", [])
    rows = ["| Key | Type | | Meaning |", "|---|---|---|---|"]
    for key, field in part["properties"].items():
        status = f"default {_shown(field['default'])}" if "default" in field else "optional"
        cells = [f"`{key}`", _type(field), "required" if key in needed else status, _meaning(key, field, definitions)]
        rows.append(f"| {' | '.join(cells)} |")
    title = [] if name == top else [f"#### {name}"]
    return "\n\n".join([*title, part["description"].replace("``", "`"), "\n".join(rows)])


def _meaning(key: str, field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if key == "kind":
        return "Says which part this is."
    described = definitions[_type(field)] if "$ref" in field else field
    return str(described["description"])


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"] if option.get("type") != "null")
    if "items" in field:
        return f"list of {_type(field['items'])}"
    if field["type"] == "object":
        return f"mapping to {_type(field['additionalProperties'])}"
    return PLAIN_TYPES[field["type"]]


def _shown(value: object) -> str:
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items())
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
