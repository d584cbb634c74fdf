"""Groups: small ones are hidden, and what would let them be worked out as the whole minus the rest."""

from __future__ import annotations

import pytest

from operations.service_contacts import after, contacts, simulated
from servq.analysis.absence import Unavailable
from servq.analysis.operations_findings import ServiceBreakdown
from servq.analysis.segments import MOST_GROUPS
from servq.errors import RequestInvalid
from servq.operations.findings import OperationsOptions, measure_operations
from servq.statistics import Estimate


def broken_down(rows: list[dict[str, object]], by: str = "agent", minimum: int = 5) -> ServiceBreakdown:
    options = OperationsOptions(by=(by,), minimum_group_size=minimum)
    (breakdown,) = measure_operations(contacts(*rows), options).breakdowns
    return breakdown


def of_agents(**sizes: int) -> list[dict[str, object]]:
    return [{"agent": agent, "found_sought": True} for agent, size in sizes.items() for _ in range(size)]


def test_a_small_group_is_hidden_and_the_next_smallest_protects_it() -> None:
    breakdown = broken_down(of_agents(ann=20, ben=9, cem=7, dan=2))
    assert {group.label: group.suppressed for group in breakdown.groups} == {
        "ann": False,
        "ben": False,
        "cem": True,
        "dan": True,
    }
    assert breakdown.n_suppressed == 2
    assert all(group.n is None and group.metrics == () for group in breakdown.groups if group.suppressed)
    assert "2 of 4 groups are not shown" in breakdown.reading


def test_no_names_are_listed_when_every_group_is_hidden() -> None:
    breakdown = broken_down(of_agents(ann=4, ben=3))
    assert breakdown.groups == ()
    assert breakdown.n_suppressed == 2


def test_a_metric_of_few_contacts_is_hidden_and_so_is_what_would_give_it_away() -> None:
    rows = [{"site": site, "replies": 1} for site in "ABC" for _ in range(30)]
    for site, size in (("A", 3), ("B", 8), ("C", 12)):
        for row in [row for row in rows if row["site"] == site][:size]:
            row["talk_minutes"] = 5.0
    breakdown = broken_down(rows, by="site")
    shown = {
        group.label: next(one.estimate for one in group.metrics if one.metric == "minutes_per_call")
        for group in breakdown.groups
    }
    assert isinstance(shown["A"], Unavailable)
    assert isinstance(shown["B"], Unavailable), "the whole minus C would be A with B; minus B and C it is A"
    assert isinstance(shown["C"], Estimate)
    assert shown["C"].n == 12


def test_a_reason_in_a_group_names_no_count() -> None:
    rows = [
        {"site": site, "resolved_at": after(hours=1), "replies": 1 if site == "A" else 1 + i % 2}
        for site in "AB"
        for i in range(8)
    ]
    breakdown = broken_down(rows, by="site")
    ratios = [
        one for group in breakdown.groups for one in group.metrics if one.metric == "first_contact_resolution_ratio"
    ]
    (absent,) = [one.estimate for one in ratios if isinstance(one.estimate, Unavailable)]
    assert absent.reason == "This group's contacts do not carry this metric."


def test_groups_add_up_to_the_whole() -> None:
    some = simulated(300)
    found = measure_operations(some, OperationsOptions(by=("site", "channel"), minimum_group_size=1))
    whole = {metric.id: metric.estimate for metric in found.metrics}
    for breakdown in found.breakdowns:
        assert sum(group.n or 0 for group in breakdown.groups) == 300
        for metric in ("first_contact_resolution", "queueing_time", "resolution_time", "backlog_inflow"):
            parts = [one.estimate for group in breakdown.groups for one in group.metrics if one.metric == metric]
            total = whole[metric]
            assert isinstance(total, Estimate)
            assert sum(part.n for part in parts if isinstance(part, Estimate)) == total.n


def test_contacts_without_a_group_are_a_group_of_their_own() -> None:
    rows = of_agents(ann=9) + [{"found_sought": False}] * 6
    assert [group.label for group in broken_down(rows).groups] == ["ann", "Not stated"]


def test_an_identifier_is_no_group() -> None:
    rows = [{"product": f"p{i}"} for i in range(MOST_GROUPS + 1)]
    breakdown = broken_down(rows, by="product", minimum=1)
    assert breakdown.groups == ()
    assert "too many" in breakdown.reading


def test_an_unknown_grouping_is_refused() -> None:
    with pytest.raises(RequestInvalid, match='"colour"'):
        broken_down(of_agents(ann=5), by="colour")
