"""Findings as JSON: documented by a schema, unrounded, and without NaN."""

from __future__ import annotations

import json

import jsonschema
import pytest

import servq
from oracle import oracle_frame
from servq.analysis import findings_schema


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    return findings_schema()


def test_the_schema_is_itself_valid(schema: dict[str, object]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("instrument", "data"),
    [
        ("servqual-1988", None),
        ("nps", {"nps": [10, 9, 8, 3, 5, 10, 7]}),
        ("ces", {"ces": [7, 6, 5, 4, 3, 7]}),
        ("ces-1", {"ces1": [1, 2, 3, 1, 5, 2]}),
        ("csat", {"csat": [5, 4, 3, 4, 1, 5]}),
    ],
)
def test_findings_follow_the_schema(instrument: str, data: object, schema: dict[str, object]) -> None:
    frame = oracle_frame("servqual1988_sim") if data is None else data
    text = servq.analyze(frame, instrument, previous=frame).to_json()
    assert "NaN" not in text
    jsonschema.validate(json.loads(text), schema)


def test_a_document_that_lacks_a_part_is_refused(schema: dict[str, object]) -> None:
    document = json.loads(servq.analyze({"nps": [10, 9, 8, 3, 5]}, "nps").to_json())
    del document["summary"]
    with pytest.raises(jsonschema.ValidationError, match="'summary' is a required property"):
        jsonschema.validate(document, schema)


def test_numbers_keep_all_their_digits() -> None:
    findings = servq.analyze(oracle_frame("servqual1988_sim"), "servqual-1988")
    document = json.loads(findings.to_json())
    for written, measure in zip(document["items"], findings.items, strict=True):
        assert written["gap"]["value"] == measure.gap.value
        assert written["gap"]["ci_low"] == measure.gap.ci_low


def test_the_manifest_hash_changes_with_answers_and_settings_and_with_nothing_else() -> None:
    frame = oracle_frame("servqual1988_sim")
    one, same = (servq.analyze(frame, "servqual-1988").manifest.manifest_sha256 for _ in range(2))
    other_answers = servq.analyze(frame.iloc[1:], "servqual-1988").manifest.manifest_sha256
    other_settings = servq.analyze(
        frame, "servqual-1988", options=servq.AnalysisOptions(minimum_group_size=6)
    ).manifest.manifest_sha256
    assert one == same
    assert len({one, other_answers, other_settings}) == 3
