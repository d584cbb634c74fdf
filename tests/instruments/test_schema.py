"""The published schema is a valid JSON Schema, describes every field, and fits the shipped files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from servq.instruments import instrument_ids, instrument_schema
from servq.instruments.structure import FileKind
from servq.locations import instruments_folder

KINDS: tuple[FileKind, ...] = ("instrument", "texts", "wording")


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_valid_json_schema(kind: FileKind) -> None:
    Draft202012Validator.check_schema(instrument_schema(kind))


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_shipped_files_fit_the_schema_with_plain_jsonschema(instrument_id: str) -> None:
    folder = instruments_folder() / instrument_id
    files: tuple[tuple[FileKind, str], ...] = (("instrument", "instrument.yaml"), ("texts", "text.*.yaml"))
    for kind, pattern in files:
        validator = Draft202012Validator(instrument_schema(kind))
        paths = list(folder.glob(pattern))
        assert paths
        for path in paths:
            validator.validate(with_text_keys(yaml.safe_load(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_and_field_is_described_and_unknown_keys_are_refused(kind: FileKind) -> None:
    parts = instrument_schema(kind)["$defs"]
    for name, part in parts.items():
        assert part["description"], name
        assert part["additionalProperties"] is False, name
        for field, schema in part["properties"].items():
            described = schema.get("description") or "$ref" in schema or field == "kind"
            assert described, f"{name}.{field}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_leads_somewhere(kind: FileKind) -> None:
    schema = instrument_schema(kind)
    references = set(references_in(schema))
    assert references
    assert {reference.removeprefix("#/$defs/") for reference in references} <= set(schema["$defs"])


def test_points_must_be_numbers() -> None:
    validator = Draft202012Validator(instrument_schema("wording"))
    overlay = {"instrument": "nps", "locale": "en", "rights": "x", "scales": {"answer": {"anchors": {"ten": "x"}}}}
    assert not validator.is_valid(overlay)
    overlay["scales"] = {"answer": {"anchors": {"10": "x"}}}
    assert validator.is_valid(overlay)


def with_text_keys(content: Any) -> Any:
    """What YAML means as JSON, whose keys are always texts."""
    if isinstance(content, dict):
        return {str(key): with_text_keys(value) for key, value in content.items()}
    return [with_text_keys(value) for value in content] if isinstance(content, list) else content


def references_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from references_in(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references_in(value)
