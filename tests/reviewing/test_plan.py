"""A sampling plan chooses what it says, shares it out evenly and can be repeated."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servq.errors import RequestInvalid
from servq.reviewing.plan import Assignment, PlanOptions, ServiceRecord, plan_review

RECORDS = [ServiceRecord(id=f"r{n}", rating=float(n % 10), agent=f"a{n % 3}") for n in range(100)]
UNRATED = [ServiceRecord(id=f"u{n}") for n in range(50)]


def by_stratum(planned: tuple[Assignment, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in planned:
        found.setdefault(one.stratum, set()).add(one.record.id)
    return found


def test_lowest_highest_and_random_records_are_chosen_and_none_of_them_twice() -> None:
    planned = plan_review(RECORDS + UNRATED, ["x", "y", "z"], PlanOptions(n_lowest=10, n_highest=10, n_random=20))
    strata = by_stratum(planned)
    ratings = {record.id: record.rating for record in RECORDS}
    assert {ratings[one] for one in strata["lowest"]} == {0.0}
    assert {ratings[one] for one in strata["highest"]} == {9.0}
    assert [len(strata[name]) for name in ("lowest", "highest", "random")] == [10, 10, 20]
    assert len(set().union(*strata.values())) == 40
    chances = {one.stratum: one.inclusion_probability for one in planned}
    assert chances == {"lowest": 1.0, "highest": 1.0, "random": 20 / 130}


def test_a_share_is_rated_twice_by_different_assessors() -> None:
    planned = plan_review(RECORDS, ["x", "y", "z"], PlanOptions(double_share=0.25))
    raters: dict[str, list[str]] = {}
    for one in planned:
        raters.setdefault(one.record.id, []).append(one.assessor)
    twice = [both for both in raters.values() if len(both) == 2]
    assert len(twice) == 3 + 3 + 5  # a quarter of 10, 10 and 20, rounded up
    assert all(first != second for first, second in twice)
    assert sum(one.is_second for one in planned) == len(twice)


@given(
    n=st.integers(1, 60),
    seed=st.integers(0, 1000),
    double=st.sampled_from([0.0, 0.2, 1.0]),
    assessors=st.integers(2, 5),
)
def test_work_is_even_and_nobody_rates_a_record_of_their_own(n: int, seed: int, double: float, assessors: int) -> None:
    names = [f"a{number}" for number in range(assessors)]
    records = [ServiceRecord(id=str(one), rating=one % 7, agent="a0" if one % 4 == 0 else "") for one in range(n)]
    options = PlanOptions(n_lowest=5, n_highest=5, n_random=10, double_share=double, seed=seed)
    planned = plan_review(records, names, options)
    assert all(one.assessor != one.record.agent for one in planned)
    assert len({(one.record.id, one.assessor) for one in planned}) == len(planned)
    free = [names[place] for place in range(1, assessors)]
    load = Counter(one.assessor for one in planned)
    assert max(load[name] for name in free) - min(load[name] for name in free) <= 2
    assert planned == plan_review(records, names, options)


def test_random_records_are_drawn_with_equal_chance() -> None:
    """200 plans of 10 from 40: each record is expected 50 times; chi-square below the .9999 quantile of 39 df."""
    records = [ServiceRecord(id=str(one)) for one in range(40)]
    drawn = Counter(
        one.record.id
        for seed in range(200)
        for one in plan_review(
            records, ["x"], PlanOptions(n_lowest=0, n_highest=0, n_random=10, double_share=0, seed=seed)
        )
    )
    chi_square = sum((drawn[str(one)] - 50) ** 2 / 50 for one in range(40)) / (1 - 10 / 40)
    assert chi_square < 82.0


@pytest.mark.parametrize(
    ("records", "assessors", "options", "says"),
    [
        ([], ["x"], PlanOptions(double_share=0), "no record"),
        ([*RECORDS, RECORDS[0]], ["x", "y"], PlanOptions(), '"r0" is there twice'),
        (RECORDS, ["x", "x"], PlanOptions(), "each once"),
        (RECORDS, ["x"], PlanOptions(), "cannot rate anything twice"),
        (RECORDS, ["x", "y"], PlanOptions(n_lowest=0, n_highest=0, n_random=0), "no record"),
        (RECORDS, ["x", "y"], PlanOptions(double_share=2), "no share"),
        ([ServiceRecord(id="1", agent="x")], ["x"], PlanOptions(double_share=0), "handled record"),
    ],
)
def test_plan_that_cannot_be_made_says_why(
    records: list[ServiceRecord], assessors: list[str], options: PlanOptions, says: str
) -> None:
    with pytest.raises(RequestInvalid, match=says):
        plan_review(records, assessors, options)
