"""Metrics beside survey scores by site and period, at lags of 0 to 2 periods."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from operations.service_contacts import contacts
from servq.analysis.absence import Unavailable
from servq.analysis.operations_findings import ScoreAssociation, ScoreLink
from servq.errors import DataInvalid
from servq.operations.findings import OperationsOptions, measure_operations
from servq.operations.joining import Cell, SiteScores, load_scores
from servq.operations.sample import Window, next_period
from servq.statistics import Estimate

MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
RNG = np.random.default_rng(4)
MINUTES = {Cell(site, month): float(RNG.integers(4, 40)) for site in ("North", "South") for month in MONTHS}
LEVEL = {"North": 3.0, "South": 9.0}


def linked(scores: dict[Cell, float], per_cell: int = 6, **options: object) -> ScoreLink | Unavailable | None:
    rows = [
        {
            "opened_at": f"{cell.period}-10T10:00:00Z",
            "site": cell.site,
            "talk_minutes": minutes + i - (per_cell - 1) / 2,
        }
        for cell, minutes in MINUTES.items()
        for i in range(per_cell)
    ]
    chosen = OperationsOptions(scores=SiteScores("Guests", scores), **options)  # type: ignore[arg-type] # a test names what it changes
    return measure_operations(contacts(*rows), chosen).link


def association(link: ScoreLink | Unavailable | None, lag: int, metric: str = "minutes_per_call") -> ScoreAssociation:
    assert isinstance(link, ScoreLink)
    return next(one for one in link.associations if (one.metric, one.lag) == (metric, lag))


def test_a_score_that_follows_a_metric_one_period_later_is_found_at_that_lag() -> None:
    scores = {
        Cell(cell.site, next_period(cell.period, "month", 1)): LEVEL[cell.site] - minutes / 10
        for cell, minutes in MINUTES.items()
    }
    link = linked(scores)
    follows = association(link, 1)
    assert isinstance(follows.estimate, Estimate)
    assert follows.estimate.value == pytest.approx(-1.0)
    assert (follows.estimate.n, follows.n_sites, follows.basis) == (24, 2, "within_sites")
    assert "the score was lower one period later" in follows.reading
    same = association(link, 0)
    assert isinstance(same.estimate, Estimate)
    assert same.estimate.n == 22
    assert abs(same.estimate.value) < 0.6
    assert isinstance(link, ScoreLink)
    assert "does not show that one makes the other" in link.reading


def test_levels_of_sites_make_no_correlation() -> None:
    scores = {cell: LEVEL[cell.site] + 0.01 * ((i * 7) % 5) for i, cell in enumerate(MINUTES)}
    found = association(linked(scores), 0).estimate
    assert isinstance(found, Estimate)
    x = np.array(list(MINUTES.values())).reshape(2, 12)
    y = np.array(list(scores.values())).reshape(2, 12)
    centred = [(v - v.mean(axis=1, keepdims=True)).ravel() for v in (x, y)]
    assert found.value == pytest.approx(np.corrcoef(*centred)[0, 1], rel=1e-9)


def test_sites_seen_once_are_compared_across_sites() -> None:
    rows = [
        {"opened_at": "2025-03-10T10:00:00Z", "site": f"s{site}", "talk_minutes": float(site + i % 3)}
        for site in range(1, 11)
        for i in range(6)
    ]
    scores = SiteScores("Guests", {Cell(f"s{site}", "2025-03"): float(site) for site in range(1, 11)})
    link = measure_operations(contacts(*rows), OperationsOptions(scores=scores)).link
    found = association(link, 0)
    assert found.basis == "across_sites"
    assert isinstance(found.estimate, Estimate)
    assert found.estimate.value == pytest.approx(1.0)
    assert isinstance(association(link, 1).estimate, Unavailable)


def test_cells_of_few_contacts_are_left_out() -> None:
    scores = {cell: float(i) for i, cell in enumerate(MINUTES)}
    found = linked(scores, per_cell=4)
    assert isinstance(found, Unavailable)
    assert "at least 8" in found.reason


def test_scores_of_other_sites_are_set_beside_nothing() -> None:
    found = linked({Cell("West", month): 1.0 for month in MONTHS})
    assert isinstance(found, Unavailable)
    assert "share 0 sites and periods" in found.reason


def test_a_file_of_scores_takes_periods_days_and_single_responses(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("Site,Period,Score,n\nNorth,2026-03,5,3\nNorth,2026-03-31,7,1\nSouth,2026-04-02,6,2\n", "utf-8")
    scores = load_scores(path, "month")
    assert scores.values == {Cell("North", "2026-03"): 5.5, Cell("South", "2026-04"): 6.0}


def test_every_problem_of_a_file_of_scores_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("site,period,score,n\n,2026-W10,x,0\n", "utf-8")
    with pytest.raises(DataInvalid) as refused:
        load_scores(path, "month")
    assert [problem.column for problem in refused.value.problems] == ["site", "period", "score", "n"]
    path.write_text("place,score\nNorth,1\n", "utf-8")
    with pytest.raises(DataInvalid, match='no column "site"'):
        load_scores(path, "month")


@pytest.mark.parametrize(
    ("period", "length", "steps", "expected"),
    [
        ("2025-12", "month", 1, "2026-01"),
        ("2025-11", "month", 14, "2027-01"),
        ("2020-W53", "week", 1, "2021-W01"),
        ("2026-02-28", "day", 2, "2026-03-02"),
    ],
)
def test_periods_follow_each_other(period: str, length: str, steps: int, expected: str) -> None:
    assert next_period(period, length, steps) == expected  # type: ignore[arg-type] # lengths as parameters


def test_weeks_are_those_of_the_iso_calendar() -> None:
    rows = [{"opened_at": f"2020-12-{day}T10:00:00Z"} for day in (28, 30)] + [{"opened_at": "2021-01-03T10:00:00Z"}]
    rows[0]["resolved_at"] = "2021-01-04T10:00:00Z"
    window = Window(length="week", since=date(2020, 12, 28))
    flows = measure_operations(contacts(*rows), OperationsOptions(window=window)).flows
    assert not isinstance(flows, Unavailable)
    assert [one.period for one in flows.periods] == ["2020-W53", "2021-W01"]
