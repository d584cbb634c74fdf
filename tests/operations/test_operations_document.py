"""The page of the service metrics says what the code does."""

from __future__ import annotations

import dataclasses
import json
import re
import runpy
from pathlib import Path

import msgspec

from operations.service_contacts import simulated
from servq.analysis.operations_findings import OperationsFindings
from servq.operations.definitions import DEFINITIONS, RATIO, SHARE
from servq.operations.findings import OperationsOptions, measure_operations, operations_to_json
from servq.statistics import Estimate

ROOT = Path(__file__).resolve().parents[2]
WRITER = runpy.run_path(str(ROOT / "scripts" / "write_operations.py"))


def test_the_page_is_what_its_script_writes() -> None:
    written = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert written == WRITER["document"](), "run scripts/write_operations.py"


def test_the_page_states_the_interval_that_each_metric_has() -> None:
    methods = {
        metric.id: (metric.estimate.method, metric.median.method if isinstance(metric.median, Estimate) else None)
        for metric in measure_operations(simulated()).metrics
        if isinstance(metric.estimate, Estimate)
    }
    assert set(methods) == {definition.id for definition in DEFINITIONS}
    for definition in DEFINITIONS:
        stated = WRITER["_interval"](definition)
        method, median = methods[definition.id]
        if definition.unit in {SHARE, RATIO}:
            assert "Wilson" in method
        else:
            assert ("Poisson" in stated) == ("Poisson" in method), definition.id
            assert ("t interval" in stated) == ("t interval" in method), definition.id
            assert ("linearised" in stated) == ("linearised" in method), definition.id
        assert ("Kaplan" in stated) == ("Kaplan" in (median or "")), definition.id
        assert ("order-statistic" in stated) == ("order-statistic" in (median or "")), definition.id


def test_findings_as_json_hold_every_field_of_their_dataclasses() -> None:
    found = measure_operations(simulated(), OperationsOptions(by=("site", "agent")))
    written = json.loads(operations_to_json(found))
    assert written == json.loads(msgspec.json.encode(dataclasses.asdict(found), enc_hook=str))
    assert set(written) == {field.name for field in dataclasses.fields(OperationsFindings)}
    assert len(written["breakdowns"][1]["groups"]) == 12


def test_every_metric_is_defined_once_with_words_of_its_own() -> None:
    for field in ("id", "name", "definition"):
        assert len({getattr(definition, field) for definition in DEFINITIONS}) == len(DEFINITIONS), field
    assert all(re.fullmatch(r"[a-z_]+", definition.id) for definition in DEFINITIONS)
