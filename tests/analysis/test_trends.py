"""Trends: only the newest wave is judged, noise is called noise, slight shifts slight, changed instruments are said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.analysis.test_changed_instruments import SERVPERF, answers, reworded

import servq
from servq.analysis import analyse
from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Estimator
from servq.analysis.trend_findings import Trend
from servq.analysis.trends import WavePoint, make_trend, wave_point
from servq.errors import DataInvalid
from servq.instruments import load_instrument
from servq.statistics import xbar_chart

SEEDS = 200
HIGHEST_RATE = 0.05 + 2 * (0.05 * 0.95 / SEEDS) ** 0.5
SITES = np.repeat(np.array(["north", "south", "east", "west"], dtype=object), 50)


def waves(seed: int, n_waves: int, n: int = 200, *, newest: float = 0.0) -> list[WavePoint]:
    random = np.random.default_rng(seed)
    made = []
    for number in range(n_waves):
        person = random.normal(size=n)
        shift = newest if number == n_waves - 1 else 0.0
        scores = {name: 5 + shift + person + random.normal(size=n) for name in ("overall", "one", "two", "three")}
        made.append(wave_point(f"2026-{number + 1:02d}", scores, Estimator(), sites=SITES if n == SITES.size else None))
    return made


def trend_of(made: list[WavePoint], **options: object) -> Trend:
    trend = make_trend(made, **options)
    assert isinstance(trend, Trend)
    return trend


@pytest.mark.parametrize("n_waves", [3, 12])
def test_noise_is_called_noise(n_waves: int) -> None:
    made = [trend_of(waves(seed, n_waves)) for seed in range(SEEDS)]
    assert sum("within the limits" not in trend.reading for trend in made) / SEEDS <= HIGHEST_RATE
    assert sum(any(one.newest != "within" for one in trend.series) for trend in made) / SEEDS <= HIGHEST_RATE
    assert sum(any(one.newest != "within" for one in trend.sites) for trend in made) / SEEDS <= HIGHEST_RATE


def test_a_clear_shift_of_the_newest_wave_is_told_with_its_side() -> None:
    trend = trend_of(waves(1, 6, newest=-1.0))
    assert trend.reading == "The newest wave (2026-06) lies outside the limits of chance, on the worse side."
    assert trend.series[0].newest == "below"
    better = trend_of(waves(1, 6, newest=-1.0), better="low")
    assert better.reading == "The newest wave (2026-06) lies outside the limits of chance, on the better side."


def test_a_shift_that_only_huge_waves_can_see_is_called_slight() -> None:
    trend = trend_of(waves(2, 4, 300_000, newest=0.05))
    assert trend.series[0].newest == "above"
    assert trend.reading == "The newest wave (2026-04) lies outside the limits of chance, but only slightly."


def test_points_and_limits_are_those_of_the_control_chart() -> None:
    random = np.random.default_rng(3)
    values = [random.normal(5, 1, size=40) for _ in range(5)]
    made = [wave_point(str(i), {"overall": one}, Estimator()) for i, one in enumerate(values)]
    chart = xbar_chart(np.concatenate(values), np.repeat(np.arange(5), 40))
    (series,) = trend_of(made).series
    assert [point.estimate.value for point in series.points] == pytest.approx(chart.points.tolist())
    assert [point.lower for point in series.points] == pytest.approx(chart.lower.tolist())
    assert [point.upper for point in series.points] == pytest.approx(chart.upper.tolist())
    assert series.centre == pytest.approx(chart.centre)


def test_a_share_has_the_limits_of_a_p_chart() -> None:
    made = [
        wave_point(str(i), {"overall": np.repeat([1.0, 0.0], [good, 100 - good])}, Estimator())
        for i, good in enumerate([40, 42, 38, 61])
    ]
    (series,) = trend_of(made, shares=frozenset({"overall"})).series
    assert series.method.startswith("p chart")
    assert series.points[0].upper == pytest.approx(0.6018, abs=5e-5)  # Shewhart: 0.4525 + 3 sqrt(0.4525 · 0.5475 / 100)
    assert series.newest == "above"


def test_two_waves_are_a_change_and_no_trend() -> None:
    found = make_trend(waves(1, 2))
    assert isinstance(found, Unavailable)
    assert found.reason == "A trend needs at least 3 waves; there are 2."


def test_a_site_that_is_too_small_in_a_wave_lacks_its_point() -> None:
    random = np.random.default_rng(5)
    sites = np.repeat(np.array(["a", "b", "c", "d"], dtype=object), [20, 20, 3, 8])
    made = [
        wave_point(str(i), {"overall": random.normal(size=51)}, Estimator(minimum_group_size=5), sites=sites)
        for i in range(3)
    ]
    assert all(set(wave.sites) == {"a", "b"} for wave in made)  # d hides c
    assert {one.id for one in trend_of(made).sites} == {"a", "b"}


def test_a_report_reads_all_earlier_waves() -> None:
    earlier = [answers(SERVPERF, seed=seed) for seed in (2, 3, 4)]
    findings = analyse(answers(SERVPERF, seed=5), earlier=earlier)
    assert isinstance(findings.trend, Trend)
    assert len(findings.trend.series[0].points) == 4
    assert len(findings.trend.series) == 1 + len(findings.dimensions)
    assert findings.trend.series[0].points[-1].estimate.value == pytest.approx(findings.scores[0].estimate.value)
    assert any(sentence.startswith("Among 4 waves: The newest wave") for sentence in findings.summary.change)
    assert not isinstance(findings.change, Unavailable)


def test_a_changed_instrument_is_compared_on_what_no_wave_changed() -> None:
    first, second = SERVPERF.definition.items[0].id, SERVPERF.definition.items[1].id
    earlier = [
        answers(reworded(SERVPERF, first), seed=2),
        answers(reworded(SERVPERF, second), seed=3),
        answers(SERVPERF, seed=4),
    ]
    trend = analyse(answers(SERVPERF, seed=5), earlier=earlier).trend
    assert isinstance(trend, Trend)
    assert trend.unchanged_items is not None
    assert not {first, second} & set(trend.unchanged_items)
    assert trend.n_changed == 2
    assert len(trend.waves) == 4


def test_a_wave_of_another_instrument_is_refused() -> None:
    other = load_instrument("servqual")
    with pytest.raises(DataInvalid, match="An earlier wave used servqual"):
        analyse(answers(SERVPERF), earlier=[answers(other), answers(SERVPERF)])


def test_files_of_several_waves_are_named_after_the_files(tmp_path: Path) -> None:
    names = ("spring", "summer", "autumn")
    for seed, name in enumerate(names):
        random = np.random.default_rng(seed)
        rows = ["rating_recommend", *map(str, random.integers(0, 11, size=60))]
        (tmp_path / f"{name}.csv").write_text("\n".join(rows))
    *earlier, newest = (tmp_path / f"{name}.csv" for name in names)
    findings = servq.analyze(newest, "nps", previous=earlier)
    assert isinstance(findings.trend, Trend)
    assert findings.trend.waves == names
    assert "autumn" in findings.trend.reading
