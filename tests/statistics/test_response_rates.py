"""Expected values are worked out by hand from the formulas that AAPOR publishes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import DispositionCounts, estimated_eligibility, response_rate

COUNTS = DispositionCounts(complete=300, partial=60, refusal=90, non_contact=40, other=10, unknown=200, ineligible=125)
# known eligible: 300 + 60 + 90 + 40 + 10 = 500; e = 500 / 625 = 0.8; e U = 160
BY_HAND = {
    "RR1": Fraction(300, 700),
    "RR2": Fraction(360, 700),
    "RR3": Fraction(300, 660),
    "RR4": Fraction(360, 660),
    "RR5": Fraction(300, 500),
    "RR6": Fraction(360, 500),
}


@pytest.mark.parametrize("definition", BY_HAND)
def test_each_rate_is_that_of_its_published_formula(definition: Any) -> None:
    rate = response_rate(definition, COUNTS)
    assert rate.value == pytest.approx(float(BY_HAND[definition]), rel=1e-15)
    assert rate.n == (500 if definition in ("RR5", "RR6") else 700)
    assert (rate.ci_low, rate.ci_high) == (None, None)


def test_eligibility_is_that_of_the_resolved_cases() -> None:
    found = estimated_eligibility(COUNTS)
    assert (found.value, found.n, found.caveats) == (0.8, 625, ())
    assert response_rate("RR3", COUNTS).method == "AAPOR RR3, e = 0.8"
    assert response_rate("RR1", COUNTS).method == "AAPOR RR1"


def test_a_given_eligibility_is_used_and_reported() -> None:
    rate = response_rate("RR3", COUNTS, eligibility=0.5)
    assert rate.value == pytest.approx(300 / 600, rel=1e-15)
    assert rate.method == "AAPOR RR3, e = 0.5"


def test_without_a_resolved_case_every_unknown_one_counts_and_that_is_said() -> None:
    counts = DispositionCounts(unknown=30)
    rate = response_rate("RR4", counts)
    assert (rate.value, rate.n) == (0.0, 30)
    assert "taken to be eligible" in rate.caveats[0]
    assert estimated_eligibility(counts).value == 1.0


def test_leaving_out_unknown_cases_is_said() -> None:
    (caveat,) = response_rate("RR5", COUNTS).caveats
    assert "none of the 200 cases" in caveat
    assert response_rate("RR6", DispositionCounts(complete=1)).caveats == ()


@pytest.mark.parametrize("definition", BY_HAND)
def test_without_cases_there_is_no_rate(definition: Any) -> None:
    with pytest.raises(NotEstimable, match="no response rate"):
        response_rate(definition, DispositionCounts(ineligible=4))


def test_what_is_no_count_or_no_definition_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="partial must be a count"):
        DispositionCounts(partial=-1)
    with pytest.raises(InvalidArgument, match="must be a count"):
        DispositionCounts(complete=1.5)  # type: ignore[arg-type]  # what a caller may get wrong
    with pytest.raises(InvalidArgument, match="RR7"):
        response_rate("RR7", COUNTS)  # type: ignore[arg-type]  # the same
    with pytest.raises(InvalidArgument, match="share from 0 to 1"):
        response_rate("RR3", COUNTS, eligibility=1.2)


@given(st.lists(st.integers(0, 10_000), min_size=7, max_size=7))
def test_the_rates_are_ordered_and_between_nothing_and_all(numbers: list[int]) -> None:
    counts = DispositionCounts(
        **dict(
            zip(
                ("complete", "partial", "refusal", "non_contact", "other", "unknown", "ineligible"),
                numbers,
                strict=True,
            )
        )
    )
    assume(counts.eligible > 0)
    one, two, three, four, five, six = (response_rate(definition, counts).value for definition in BY_HAND)
    assert 0 <= one <= three <= five <= 1
    assert 0 <= two <= four <= six <= 1
    assert one <= two
    assert three <= four
    assert five <= six
