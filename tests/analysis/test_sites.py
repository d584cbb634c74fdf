"""Groups compared: nobody is marked or ranked by chance, slight differences are called slight, hidden groups stay so.

The adversarial data are noise by construction; the nominal family rate is 5 %, and the bounds below leave room for the
seeds only (two standard errors of a share of that many seeds).
"""

from __future__ import annotations

import numpy as np
import pytest

from servq.analysis.estimating import Estimator
from servq.analysis.segment_findings import Ranking, Sites
from servq.analysis.sites import make_sites
from servq.errors import InvalidArgument
from servq.statistics import compare_sites, games_howell, rank_sites

SEEDS = 150
HIGHEST_RATE = 0.05 + 2 * (0.05 * 0.95 / SEEDS) ** 0.5
DIMENSIONS = ("tangibles", "reliability", "empathy")


def noise(seed: int, n_groups: int, n: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Respondents of one population in groups: a headline and three dimensions that go together."""
    random = np.random.default_rng(seed)
    person = random.normal(size=n)
    scores = {dimension: 5 + person + random.normal(size=n) for dimension in DIMENSIONS}
    groups = np.array([f"g{one:02d}" for one in random.integers(n_groups, size=n)], dtype=object)
    return {"overall": np.mean(list(scores.values()), axis=0), **scores}, groups


def marked(sites: Sites, scores: tuple[str, ...]) -> bool:
    return any(row.cells[one].mark.direction != "none" for row in sites.rows if row.cells for one in scores)


@pytest.mark.parametrize(("n_groups", "n"), [(12, 300), (5, 120)], ids=["sites", "a few groups"])
def test_noise_is_marked_no_more_often_than_the_nominal_rate(n_groups: int, n: int) -> None:
    by = "others" if n_groups > 8 else "pairs"
    made = [make_sites(*noise(seed, n_groups, n), Estimator(), compared_by=by) for seed in range(SEEDS)]
    assert all(sites.compared_by == by for sites in made)
    assert sum(marked(sites, ("overall",)) for sites in made) / SEEDS <= HIGHEST_RATE
    assert sum(marked(sites, DIMENSIONS) for sites in made) / SEEDS <= HIGHEST_RATE
    assert sum("may be chance" not in sites.comparison for sites in made) / SEEDS <= HIGHEST_RATE


def test_noise_is_ranked_with_one_place_for_all() -> None:
    wrong = 0
    for seed in range(SEEDS):
        ranking = make_sites(*noise(seed, 10, 250), Estimator(), compared_by="others").ranking
        assert isinstance(ranking, Ranking)
        wrong += not all((one.rank_low, one.rank_high, one.place) == (1, 10, 1) for one in ranking.groups)
        if not wrong:
            assert ranking.reading.startswith("Pair by pair, no order of the 10 can be told from chance")
    assert wrong / SEEDS <= HIGHEST_RATE


def test_a_difference_that_only_a_huge_sample_can_see_is_called_slight() -> None:
    scores, groups = noise(1, 10, 400_000)
    scores = {name: values + 0.04 * (groups == "g03") for name, values in scores.items()}
    sites = make_sites(scores, groups, Estimator(), compared_by="others")
    row = next(row for row in sites.rows if row.label == "g03")
    assert row.cells["overall"].mark.direction == "above"
    assert row.cells["overall"].mark.is_slight
    assert sites.comparison.startswith("Different beyond chance, but only slightly: g03")
    assert isinstance(sites.ranking, Ranking)
    assert sites.ranking.reading.endswith("but from the first to the last the difference is slight.")


def test_tiny_groups_show_no_difference_and_no_order() -> None:
    random = np.random.default_rng(3)
    values = random.normal(size=15)
    groups = np.repeat(np.array(["a", "b", "c"], dtype=object), 5)
    sites = make_sites({"overall": values}, groups, Estimator(minimum_group_size=5), compared_by="others")
    assert not marked(sites, ("overall",))
    assert "no order" in sites.ranking.reading


def test_a_clear_difference_is_told_and_ranked() -> None:
    scores, groups = noise(2, 10, 2_000)
    scores = {name: values + 2.0 * (groups == "g03") - 2.0 * (groups == "g07") for name, values in scores.items()}
    sites = make_sites(scores, groups, Estimator(), compared_by="others")
    assert "Better than all the others together, beyond chance: g03." in sites.comparison
    assert "Worse than all the others together, beyond chance: g07." in sites.comparison
    assert sites.ranking.reading == "g03 holds the first place beyond chance, g07 the last."
    assert [(one.label, one.place, one.is_shared) for one in sites.ranking.groups][:2] == [
        ("g03", 1, False),
        (sites.ranking.groups[1].label, 2, True),
    ]


def test_where_low_is_good_the_lowest_is_the_best() -> None:
    scores, groups = noise(2, 10, 2_000)
    scores = {name: values - 2.0 * (groups == "g03") for name, values in scores.items()}
    sites = make_sites(scores, groups, Estimator(), better="low", compared_by="others")
    assert "Better than all the others together, beyond chance: g03." in sites.comparison
    assert sites.ranking.groups[0].label == "g03"


def test_places_only_fall_and_are_shared_down_to_the_last_that_may_hold_them() -> None:
    random = np.random.default_rng(4)
    sizes = {"a": 400, "b": 400, "c": 6, "d": 400}
    means = {"a": 3.0, "b": 2.0, "c": 1.5, "d": 0.0}
    values = np.concatenate([random.normal(means[name], 1.5, size=n) for name, n in sizes.items()])
    groups = np.concatenate([np.full(n, name, dtype=object) for name, n in sizes.items()])
    ranking = make_sites({"overall": values}, groups, Estimator(), compared_by="others").ranking
    places = [one.place for one in ranking.groups]
    assert places == sorted(places)
    assert all(one.place <= one.rank_low for one in ranking.groups)


def test_sites_are_compared_and_ranked_as_the_statistics_do() -> None:
    scores, groups = noise(5, 9, 400)
    sites = make_sites({"overall": scores["overall"]}, groups, Estimator(), compared_by="others")
    expected = {one.site: one for one in compare_sites(scores["overall"], groups)}
    for row in sites.rows:
        difference = row.cells["overall"].mark.difference
        assert difference.value == pytest.approx(expected[row.label].value, rel=1e-9)
        assert difference.p_adjusted == pytest.approx(expected[row.label].p_adjusted, rel=1e-9)
    ranks = {one.site: (one.rank, one.rank_low, one.rank_high) for one in rank_sites(scores["overall"], groups)}
    assert {one.label: (one.rank, one.rank_low, one.rank_high) for one in sites.ranking.groups} == ranks


def test_pairs_are_marked_where_games_and_howell_find_them() -> None:
    scores, groups = noise(6, 4, 240)
    values = scores["overall"] + 0.6 * (groups == "g01")
    sites = make_sites({"overall": values}, groups, Estimator(), compared_by="pairs")
    found = {
        (one.group_first, one.group_second) if one.value > 0 else (one.group_second, one.group_first)
        for one in games_howell(values, groups)
        if one.p_value < 0.05
    }
    assert found == {(row.label, other) for row in sites.rows for other in row.cells["overall"].mark.above}
    assert found


def test_dimensions_of_two_groups_are_adjusted_by_holm() -> None:
    """With one pair per dimension the families hold one test each, and the procedure is Holm's own."""
    random = np.random.default_rng(8)
    groups = np.repeat(np.array(["a", "b"], dtype=object), 100)
    shifts = (0.35, 0.42, 0.0)
    scores = {
        name: random.normal(size=200) + shift * (groups == "a") for name, shift in zip(DIMENSIONS, shifts, strict=True)
    }
    sites = make_sites({"overall": random.normal(size=200), **scores}, groups, Estimator(), compared_by="pairs")
    p_values = [games_howell(values, groups)[0].p_value for values in scores.values()]
    order = np.argsort(p_values)
    adjusted = np.maximum.accumulate(np.array([3, 2, 1]) * np.array(p_values)[order])
    significant = {DIMENSIONS[i] for i, p in zip(order, adjusted, strict=True) if p < 0.05}
    assert {name for name in DIMENSIONS if sites.rows[0].cells[name].mark.direction != "none"} == significant


def test_hidden_groups_show_nothing_but_count_among_the_others() -> None:
    scores, groups = noise(9, 3, 120)
    groups[:3], groups[3:9] = "tiny", "small"
    sites = make_sites(scores, groups, Estimator(minimum_group_size=5), compared_by="others")
    hidden = {row.label: row for row in sites.rows if row.suppressed}
    assert set(hidden) == {"tiny", "small"}
    assert all(row.n is None and row.cells == {} for row in hidden.values())
    assert {one.label for one in sites.ranking.groups} == {"g00", "g01", "g02"}
    shown = next(row for row in sites.rows if row.label == "g00")
    values = scores["overall"]
    rest = values[groups != "g00"].mean()
    assert shown.cells["overall"].mark.difference.value == pytest.approx(values[groups == "g00"].mean() - rest)


def test_attributes_that_nobody_asked_for_are_held_to_a_stricter_test() -> None:
    scores, groups = noise(10, 4, 400)
    values = scores["overall"] + 0.7 * (groups == "g01")
    alone = make_sites({"overall": values}, groups, Estimator(), compared_by="others")
    among = make_sites({"overall": values}, groups, Estimator(), compared_by="others", n_attributes=1_000_000)
    assert marked(alone, ("overall",))
    assert not marked(among, ("overall",))


def test_scores_and_groups_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="one value per respondent"):
        make_sites({"overall": np.zeros(3)}, np.array(["a"], dtype=object), Estimator())


def test_survey_weights_count_in_the_scores_and_the_differences() -> None:
    random = np.random.default_rng(11)
    values = random.normal(size=300)
    groups = np.repeat(np.array(["a", "b", "c"], dtype=object), 100)
    weights = random.uniform(0.5, 2.0, size=300)
    sites = make_sites({"overall": values}, groups, Estimator(weights=weights), compared_by="others")
    first = sites.rows[0].cells["overall"]
    mean = np.average(values[:100], weights=weights[:100])
    assert first.estimate.value == pytest.approx(mean)
    assert first.mark.difference.value == pytest.approx(mean - np.average(values[100:], weights=weights[100:]))
