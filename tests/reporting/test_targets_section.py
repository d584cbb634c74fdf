"""Targets in the report: the section says of each what the interval carries, with the numbers of the findings."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from servq.analysis import AnalysisOptions, analyse
from servq.analysis.target_findings import AgreedTarget
from servq.instruments import load_instrument
from servq.pipeline import Findings
from servq.reporting.formats import Formats
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes
from servq.statistics import Estimate
from servq.translation import translator

N = 90
TARGETS = (
    AgreedTarget(metric="overall", site=None, start=2.0, goal=2.5, due_on=date(2027, 3, 1)),
    AgreedTarget(metric="overall", site="<b>Pier</b>", start=4.0, goal=6.9, due_on=date(2026, 3, 1)),
    AgreedTarget(metric="reliability", site="Park", start=4.0, goal=6.9, due_on=date(2027, 3, 1)),
)


@pytest.fixture(scope="module")
def findings() -> Findings:
    instrument = load_instrument("servperf")
    sites = np.array(["<b>Pier</b>", "Park"] * (N // 2), dtype=object)
    answers = AnswerTable(
        instrument=instrument, codes=simulate_codes(instrument, N, Population(), seed=1), attributes={"site": sites}
    )
    options = AnalysisOptions(organisation="x", targets=TARGETS, as_of=date(2026, 11, 1))
    return Findings(**vars(analyse(answers, options)))


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_each_target_stands_with_its_distance_and_whether_it_is_reached(findings: Findings, locale: str) -> None:
    found = findings.targets
    assert found is not None
    assert [one.status for one in found.targets] == ["missed", "not_yet", "reached"]
    page = replace(findings, locale=locale).to_html()
    section = page[page.index('id="targets"') :]
    assert "&lt;b&gt;Pier&lt;/b&gt;" in section
    assert "<b>Pier" not in page
    said = html.unescape(re.sub(r"<[^>]+>", " ", section))
    formats = Formats(translator(locale))
    for one in found.targets:
        assert isinstance(one.distance, Estimate)
        assert formats.value(one.distance.value, "gap") in said
        assert formats.interval(one.distance, "gap") in said
        assert formats.value(one.goal, "level") in said


def test_a_report_without_targets_has_no_such_section(findings: Findings) -> None:
    assert 'id="targets"' not in replace(findings, targets=None).to_html()
