"""Each service metric on contacts small enough to count by hand.

1. First contact resolution is a share and the ratio resolved-at-once : needed-more, over the same contacts.
2. Response times of 10, 20, 5 and 7 minutes average 10.5.
3. Which contacts count is as the definition says, and a caveat says how many do not.
4. Every metric of the table has a function, and every function a definition.
"""

from __future__ import annotations

from datetime import date

import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from operations.service_contacts import after, contacts, measured, simulated
from servq.analysis.absence import Unavailable
from servq.operations.definitions import DEFINITIONS
from servq.operations.findings import OperationsOptions, measure_operations
from servq.operations.metrics import _METRICS
from servq.operations.sample import Window
from servq.statistics import Estimate


def number(found: object) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


AT_ONCE = {"resolved_at": after(hours=1), "replies": 1, "handovers": 0}
MORE_REPLIES = {"resolved_at": after(hours=2), "replies": 3, "handovers": 0}
PASSED_ON = {"resolved_at": after(hours=2), "replies": 1, "handovers": 1}
OPEN_SO_FAR_ONE = {"replies": 1, "handovers": 0}
OPEN_NEEDED_MORE = {"replies": 2, "handovers": 0}
LEFT = {"abandoned": True, "replies": 0}
UNKNOWN = {"resolved_at": after(hours=1)}


def test_every_metric_of_the_table_is_computed_and_the_other_way_round() -> None:
    assert [definition.id for definition in DEFINITIONS] == list(_METRICS)


def test_first_contact_resolution_is_a_share_and_a_ratio_of_the_same_contacts() -> None:
    rows = [AT_ONCE] * 6 + [MORE_REPLIES, PASSED_ON] + [AT_ONCE] * 2
    share = number(measured("first_contact_resolution", rows).estimate)
    ratio = number(measured("first_contact_resolution_ratio", rows).estimate)
    assert (share.value, share.n) == (0.8, 10)
    assert (share.ci_low, share.ci_high) == pytest.approx(proportion_confint(8, 10, method="wilson"), rel=1e-9)
    assert (ratio.value, ratio.n) == (4.0, 10)
    assert ratio.value == pytest.approx(share.value / (1 - share.value))


def test_open_contacts_that_needed_more_count_and_undecided_ones_do_not() -> None:
    rows = [AT_ONCE, AT_ONCE, OPEN_NEEDED_MORE, OPEN_SO_FAR_ONE, LEFT, UNKNOWN]
    share = number(measured("first_contact_resolution", rows).estimate)
    assert (share.value, share.n) == (2 / 3, 3)
    assert "1 open contacts are undecided and not counted." in share.caveats
    assert "1 contacts lack the number of replies and are not counted." in share.caveats


def test_a_ratio_has_no_bound_when_nobody_needed_more() -> None:
    found = measured("first_contact_resolution_ratio", [AT_ONCE] * 7).estimate
    assert isinstance(found, Unavailable)
    assert "0" in found.reason
    assert number(measured("first_contact_resolution", [AT_ONCE] * 7).estimate).value == 1.0


def test_response_times_of_10_20_5_and_7_minutes_average_ten_and_a_half() -> None:
    single = [{"first_reply_at": after(minutes=minutes), "replies": 1} for minutes in (10, 20, 5, 7)]
    assert number(measured("response_time", single).estimate).value == 10.5
    together = number(measured("response_time", [{"replies": 4, "response_minutes": 42.0}]).estimate)
    assert (together.value, together.n, together.ci_low) == (10.5, 1, None)
    mixed = [single[0], single[1], {"replies": 2, "response_minutes": 12.0}]
    assert number(measured("response_time", mixed).estimate).value == 10.5


def test_replies_without_known_waiting_minutes_are_counted_apart() -> None:
    rows = [{"first_reply_at": after(minutes=10), "replies": 1}] * 2 + [
        {"first_reply_at": after(minutes=4), "replies": 3}
    ]
    found = number(measured("response_time", rows).estimate)
    assert (found.value, found.n) == (10.0, 2)
    assert "1 contacts with replies lack the minutes waited for them." in found.caveats


def test_the_first_response_time_has_a_t_interval_and_a_median_that_knows_who_still_waits() -> None:
    minutes = [3.0, 8.0, 12.0, 30.0, 7.0, 9.0]
    rows = [{"first_reply_at": after(minutes=m)} for m in minutes] + [{"site": "waiting"}] * 2 + [LEFT]
    found = measured("first_response_time", rows)
    mean = number(found.estimate)
    expected = stats.ttest_1samp(minutes, 0).confidence_interval()
    assert mean.value == pytest.approx(11.5)
    assert (mean.ci_low, mean.ci_high) == pytest.approx((max(0.0, expected.low), expected.high), rel=1e-12)
    assert "2 open contacts still wait for a first reply." in mean.caveats
    # four of the eight had a reply within 9 minutes, the fifth came after 12
    assert number(found.median).value == pytest.approx(10.5)
    assert number(found.median).n == 8


def test_resolution_times_say_how_many_are_open_and_their_median_counts_them() -> None:
    hours = [1.0, 2.0, 4.0, 10.0]
    rows = [{"resolved_at": after(hours=h)} for h in hours] + [{}] * 3
    found = measured("resolution_time", rows, as_of=None)
    assert number(found.estimate).value == pytest.approx(4.25)
    assert "3 contacts are still open." in number(found.estimate).caveats
    assert number(found.median).value == 10.0, "four of seven had ended by then"
    few = measured("resolution_time", [*rows, {}, {}])
    assert isinstance(few.median, Unavailable)


def test_means_of_counts_take_the_contacts_of_which_they_are_known() -> None:
    rows = [MORE_REPLIES, AT_ONCE, PASSED_ON, OPEN_NEEDED_MORE, LEFT]
    assert number(measured("replies_per_contact", rows).estimate).value == pytest.approx(5 / 3)
    assert number(measured("handovers_per_contact", rows).estimate).value == pytest.approx(1 / 4)
    failing = [{"failures": count} for count in (0, 2, 0, 1, 0)]
    found = number(measured("things_gone_wrong", [*failing, AT_ONCE]).estimate)
    assert (found.value, found.n) == (60.0, 5)
    expected = stats.ttest_1samp([0, 200, 0, 100, 0], 0).confidence_interval()
    assert (found.ci_low, found.ci_high) == pytest.approx((0.0, expected.high), rel=1e-12)


def test_the_queue_gives_instant_service_waits_and_hang_ups() -> None:
    queue = [0.0, 0.0, 5.0, 60.0, 100.0]
    rows = [{"queue_seconds": seconds, "abandoned": False} for seconds in queue]
    rows += [{"queue_seconds": 200.0, "abandoned": True}, {"abandoned": True}]
    instant = number(measured("instant_service_ratio", rows).estimate)
    assert (instant.value, instant.n) == (2 / 4, 6)
    assert number(measured("instant_service_ratio", rows, instant_seconds=10).estimate).value == 3 / 3
    waits = measured("queueing_time", rows)
    assert number(waits.estimate).value == pytest.approx(33.0)
    assert number(waits.median).value == 5.0
    assert "2 customers left the queue; their waits are not in the mean." in number(waits.estimate).caveats
    left = number(measured("queue_hang_ups", rows).estimate)
    assert (left.value, left.n) == (2 / 5, 5)
    assert (left.ci_low, left.ci_high) == pytest.approx(proportion_confint(2, 5, method="wilson"), rel=1e-9)


def test_customer_success_and_minutes_per_call() -> None:
    rows = [{"found_sought": True}] * 3 + [{"found_sought": False}, {}]
    assert number(measured("customer_success", rows).estimate).value == 0.75
    calls = [{"talk_minutes": minutes} for minutes in (2.0, 4.0, 9.0)] + [{"talk_minutes": 0.0}, {}]
    assert number(measured("minutes_per_call", calls).estimate).value == 5.0


def test_flows_count_what_happened_in_each_period_with_poisson_intervals() -> None:
    rows = [{"opened_at": f"2026-0{month}-10T10:00:00Z"} for month in (1, 1, 1, 2, 3, 3)]
    for row, day in zip(rows, ("2026-01-20", "2026-02-02", "2026-03-05"), strict=False):
        row["resolved_at"] = f"{day}T10:00:00Z"
    rows.append({"opened_at": "2026-02-11T10:00:00Z", "abandoned": True})
    inflow = number(measured("backlog_inflow", rows).estimate)
    outflow = number(measured("backlog_outflow", rows).estimate)
    assert (inflow.value, outflow.value) == (2.0, 1.0)
    assert (inflow.ci_low, inflow.ci_high) == pytest.approx(confint_poisson(6, 3, method="exact-c"), rel=1e-9)
    assert number(measured("backlog_flow_ratio", rows).estimate).value == 2.0
    flows = measure_operations(contacts(*rows)).flows
    assert not isinstance(flows, Unavailable)
    assert [(one.period, one.opened.value, one.resolved.value, one.n_open_at_end) for one in flows.periods] == [
        ("2026-01", 3, 1, 2),
        ("2026-02", 1, 1, 2),
        ("2026-03", 2, 1, 3),
    ]
    assert flows.reading.startswith("The backlog grew by 3: 6 contacts were opened and 3 resolved.")


def test_a_window_counts_its_own_contacts_and_the_backlog_from_before() -> None:
    rows = [
        {"opened_at": "2026-01-10T10:00:00Z", "resolved_at": "2026-02-10T10:00:00Z", "replies": 1},
        {"opened_at": "2026-01-10T10:00:00Z", "replies": 1},
        {"opened_at": "2026-02-10T10:00:00Z", "resolved_at": "2026-02-12T10:00:00Z", "replies": 2},
        {"opened_at": "2026-03-10T10:00:00Z", "resolved_at": "2026-03-11T10:00:00Z", "replies": 1},
    ]
    window = Window(since=date(2026, 2, 1), until=date(2026, 2, 28))
    found = measure_operations(contacts(*rows), OperationsOptions(window=window))
    assert (found.n_contacts, found.first_opened_on, found.last_opened_on) == (1, "2026-02-10", "2026-02-10")
    assert not isinstance(found.flows, Unavailable)
    (february,) = found.flows.periods
    assert (february.opened.value, february.resolved.value, february.n_open_at_end) == (1, 2, 1)
    by_id = {metric.id: metric for metric in found.metrics}
    assert number(by_id["first_contact_resolution"].estimate).n == 1
    assert number(by_id["backlog_outflow"].estimate).value == 2.0


def test_days_and_periods_follow_the_time_zone() -> None:
    row = {"opened_at": "2026-01-31T23:30:00Z", "resolved_at": "2026-02-01T00:30:00Z"}
    for zone, period in (("UTC", "2026-01"), ("Europe/Berlin", "2026-02")):
        found = measure_operations(contacts(row), OperationsOptions(window=Window(time_zone=zone)))
        assert not isinstance(found.flows, Unavailable)
        assert found.flows.periods[0].period == period


def test_a_metric_without_its_columns_says_which_are_missing() -> None:
    found = measured("things_gone_wrong", [AT_ONCE]).estimate
    assert isinstance(found, Unavailable)
    assert found.reason == "The data do not say: failures."


def test_the_order_of_the_contacts_is_irrelevant() -> None:
    some = simulated()
    turned = type(some)(frame=some.frame.reverse(), source="")
    first, second = (measure_operations(one, OperationsOptions(by=("site",))) for one in (some, turned))
    for one, other in zip(first.metrics, second.metrics, strict=True):
        assert number(one.estimate).value == pytest.approx(number(other.estimate).value, rel=1e-12)
    assert first.flows == second.flows


def test_every_metric_is_read_in_a_sentence_with_its_interval() -> None:
    for metric in measure_operations(simulated()).metrics:
        estimate = number(metric.estimate)
        assert estimate.ci_low is not None
        assert estimate.ci_low <= estimate.value <= (estimate.ci_high or 0.0), metric.id
        assert "95% interval" in metric.reading
        assert f"n = {estimate.n:,}" in metric.reading


def test_very_skewed_times_carry_a_caveat() -> None:
    rows = [{"talk_minutes": minutes} for minutes in [1.0] * 30 + [500.0]]
    assert any("skewed" in caveat for caveat in number(measured("minutes_per_call", rows).estimate).caveats)
