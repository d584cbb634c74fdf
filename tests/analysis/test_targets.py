"""Targets and published scores: what the interval carries, and nothing more."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from servq.analysis.absence import Unavailable
from servq.analysis.benchmark_findings import PublishedValue, make_benchmark
from servq.analysis.compared import Compared, MeanScoreOfGroup
from servq.analysis.estimating import Estimator
from servq.analysis.target_findings import AgreedTarget, Metric
from servq.analysis.targets import judge, make_targets, metrics_of
from servq.instruments import load_instrument
from servq.statistics import Estimate, mean_interval

DUE = date(2026, 12, 31)
BEFORE, AFTER = date(2026, 6, 1), date(2027, 1, 1)
HIGH = Metric(id="overall", label="Overall", kind="mean", low=1, high=7, better="high")
LOW = Metric(id="overall", label="Effort", kind="effort", low=1, high=7, better="low")


def target(*, start: float = 4.0, goal: float = 5.0, site: str | None = None, metric: str = "overall") -> AgreedTarget:
    return AgreedTarget(metric=metric, site=site, start=start, goal=goal, due_on=DUE)


def estimate(low: float, high: float) -> Estimate:
    return Estimate(value=(low + high) / 2, ci_low=low, ci_high=high, n=50, method="mean")


@pytest.mark.parametrize(
    ("low", "high", "as_of", "status"),
    [
        (5.1, 5.5, BEFORE, "reached"),
        (5.0, 5.5, BEFORE, "reached"),
        (4.9, 5.5, BEFORE, "open"),
        (4.9, 5.5, AFTER, "open"),
        (4.2, 4.9, BEFORE, "not_yet"),
        (4.2, 4.9, DUE, "not_yet"),
        (4.2, 4.9, AFTER, "missed"),
    ],
)
def test_a_target_is_as_reached_as_the_whole_interval_says(low: float, high: float, as_of: date, status: str) -> None:
    assert judge(target(), HIGH, estimate(low, high), as_of=as_of).status == status


def test_where_a_low_score_is_good_the_sides_change() -> None:
    wanted = target(start=4.0, goal=3.0)
    assert judge(wanted, LOW, estimate(2.1, 2.9), as_of=BEFORE).status == "reached"
    found = judge(wanted, LOW, estimate(3.2, 3.6), as_of=BEFORE)
    assert found.status == "not_yet"
    assert isinstance(found.distance, Estimate)
    assert found.distance.value == pytest.approx(-0.4)
    assert (found.distance.ci_low, found.distance.ci_high) == pytest.approx((-0.6, -0.2))
    assert found.progress == pytest.approx(0.6)


def test_a_score_without_an_interval_leaves_it_open() -> None:
    bare = Estimate(value=6.0, n=50, method="index")
    assert judge(target(), HIGH, bare, as_of=BEFORE).status == "open"


def groups(**sizes: int) -> tuple[Compared, np.ndarray]:
    rng = np.random.default_rng(3)
    sites = np.array([site for site, n in sizes.items() for _ in range(n)], dtype=object)
    values = rng.normal(5, 1, sites.size)
    estimator = Estimator(minimum_group_size=5)
    return Compared(MeanScoreOfGroup(values, estimator), {"care": values + 1}), sites


def test_each_target_is_set_beside_the_score_of_its_own_site() -> None:
    compared, sites = groups(North=30, South=20)
    values = compared.overall.contributions
    care = Metric(id="care", label="Care", kind="mean", low=1, high=7, better="high")
    found = make_targets(
        [target(), target(site="South"), target(site="North", metric="care"), target(metric="unknown")],
        compared,
        sites,
        [HIGH, care],
        Estimator(minimum_group_size=5),
        as_of=BEFORE,
    )
    by_place = {(one.metric, one.site): one.estimate for one in found.targets}
    assert by_place == {
        ("overall", None): mean_interval(values, confidence_level=0.95),
        ("overall", "South"): mean_interval(values[30:], confidence_level=0.95),
        ("care", "North"): mean_interval(values[:30] + 1, confidence_level=0.95),
    }


def test_a_site_of_few_shows_no_score_and_neither_does_the_one_that_hides_it() -> None:
    compared, sites = groups(North=30, South=20, Tiny=3)
    wanted = [target(site=site) for site in ("North", "South", "Tiny")]
    found = make_targets(wanted, compared, sites, [HIGH], Estimator(minimum_group_size=5), as_of=BEFORE)
    hidden = {one.site for one in found.targets if isinstance(one.estimate, Unavailable)}
    assert hidden == {"South", "Tiny"}
    assert {one.status for one in found.targets if one.site in hidden} == {"unavailable"}


def test_what_can_be_a_target_is_what_the_instrument_scores() -> None:
    servqual = metrics_of(load_instrument("servqual"), "de", {})
    assert [one.id for one in servqual][:2] == ["overall", "tangibles"]
    assert {(one.low, one.high, one.better) for one in servqual} == {(-6, 6, "high")}
    nps = metrics_of(load_instrument("nps"), "en", {})
    assert [(one.id, one.low, one.high) for one in nps] == [("overall", -100, 100)]
    assert metrics_of(load_instrument("kano"), "en", {}) == ()


def test_a_published_score_has_an_interval_of_the_difference_only_with_its_n_and_sd() -> None:
    own = mean_interval([4.0, 5.0, 6.0, 5.0, 4.0, 6.0, 5.0, 5.0])
    row = make_benchmark(
        {"overall": PublishedValue(value=3.0, n=200, sd=1.0)}, {"overall": own}, [HIGH], confidence_level=0.95
    )[0]
    assert row.difference.value == pytest.approx(2.0)
    # Welch by hand: the squared errors are 4/7/8 and 1/200
    assert row.difference.se == pytest.approx((4 / 7 / 8 + 1 / 200) ** 0.5)
    assert row.standing == "better"
    for bare in (PublishedValue(value=3.0, n=200), PublishedValue(value=3.0, sd=1.0)):
        row = make_benchmark({"overall": bare}, {"overall": own}, [HIGH], confidence_level=0.95)[0]
        assert isinstance(row.difference, Unavailable)
        assert (row.standing, "outside the interval" in row.reading) == ("unknown", True)
