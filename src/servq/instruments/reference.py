"""The reference of the format as Markdown: every field from the schema, every rule from its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from servq.instruments.rules import CONTENT_RULES, FOLDER_RULES, REGISTRY_RULES
from servq.instruments.structure import FileKind, instrument_schema

TITLES: dict[FileKind, str] = {
    "instrument": "`instrument.yaml`",
    "texts": "`text.<locale>.yaml`",
    "wording": "Wording overlay",
}


def render_fields(kind: FileKind) -> str:
    """One table per part of a kind of file: key, type, whether it is needed or its default, meaning."""
    schema = instrument_schema(kind)
    definitions = schema["$defs"]
    top = schema["$ref"].rpartition("/")[2]
    names = [top, *sorted(name for name in definitions if name != top)]
    parts = [f"### {TITLES[kind]}", *(_part(name, definitions[name], top) for name in names)]
    return "\n\n".join(parts) + "\n"


def render_rules() -> str:
    """Every rule as one line, in the order in which they are checked."""
    groups = {"Content": CONTENT_RULES, "Folder": FOLDER_RULES, "Registry": REGISTRY_RULES}
    blocks = []
    for title, rules in groups.items():
        lines = [f"- {(rule.__doc__ or '').strip()}" for rule in rules]
        blocks.append("\n".join([f"### {title}", "", *lines]))
    return "\n\n".join(blocks) + "\n"


def _part(name: str, part: dict[str, Any], top: str) -> str:
    title = [] if name == top else [f"#### {name}"]
    table = ["| Key | Type | | Meaning |", "|---|---|---|---|", *_rows(part)]
    return "\n\n".join([*title, part["description"].replace("``", "`"), "\n".join(table)])


def _rows(part: dict[str, Any]) -> Iterator[str]:
    needed = part.get("required", [])
    for key, field in part["properties"].items():
        if "default" in field and key not in needed:
            status = f"default {_shown(field['default'])}"
        else:
            status = "required"
        meaning = field.get("description", "")
        yield f"| `{key}` | {_type(field)} | {status} | {meaning} |".replace("  ", " ")


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"] if option.get("type") != "null")
    match field.get("type"):
        case "array":
            return f"list of {_type(field['items'])}"
        case "object":
            return f"mapping to {_type(field['additionalProperties'])}"
        case "integer":
            return "whole number"
        case "boolean":
            return "true or false"
        case "number":
            return "number"
        case _:
            return "text"


def _shown(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items())
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
