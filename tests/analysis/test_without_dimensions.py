"""An instrument of several items without dimensions is one scale: items, reliability, a report of its own."""

from __future__ import annotations

import polars as pl
import pytest
from msgspec.structs import replace

import servq
from servq.analysis import Unavailable
from servq.instruments import Instrument, load_instrument
from servq.instruments.model import MeanScore
from servq.simulate import Population, simulate_codes
from servq.statistics import cronbach_alpha


@pytest.fixture(scope="module")
def flat() -> Instrument:
    servperf = load_instrument("servperf")
    definition = replace(
        servperf.definition,
        dimensions=(),
        items=tuple(replace(item, dimension=None) for item in servperf.definition.items),
        batteries={"perception": servperf.definition.batteries["perception"]},
        scores=(MeanScore(id="performance", battery="perception"),),
    )
    return replace(servperf, definition=definition)


@pytest.fixture(scope="module")
def findings(flat: Instrument) -> servq.Findings:
    codes = simulate_codes(flat, 200, Population(blank=0, not_applicable=0), seed=1)
    return servq.analyze(pl.DataFrame(codes, schema=[flat.column_name(c) for c in flat.columns]), flat)


def test_all_items_are_one_scale(flat: Instrument, findings: servq.Findings) -> None:
    codes = simulate_codes(flat, 200, Population(blank=0, not_applicable=0), seed=1)
    (scale,) = findings.reliability
    assert (scale.label, scale.n_items) == ("All items", 22)
    assert scale.alpha.value == pytest.approx(cronbach_alpha(codes).value)
    assert isinstance(findings.validity, Unavailable)


def test_the_report_shows_the_items_and_their_wording(findings: servq.Findings) -> None:
    page = findings.to_html()
    assert page.count(findings.items[6].label) >= 2  # among the items and in the appendix
    assert "How reliable the numbers are" in page
