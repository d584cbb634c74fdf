from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import MeanOfScores, Moments, ScoreRule, one_pass, score_mean

DIMENSIONS = {
    "tangibles": range(1, 5),
    "reliability": range(5, 10),
    "responsiveness": range(10, 14),
    "assurance": range(14, 18),
    "empathy": range(18, 23),
}
REVERSED = [*range(10, 14), *range(18, 23)]


def names(battery: str, items: range) -> tuple[str, ...]:
    return tuple(f"{battery}{i:02d}" for i in items)


def declared() -> tuple[dict[str, tuple[str, ...]], dict[str, ScoreRule | MeanOfScores]]:
    sets = {f"{b}_{name}": names(b, items) for b in "ep" for name, items in DIMENSIONS.items()}
    scores: dict[str, ScoreRule | MeanOfScores] = {
        f"gap{i:02d}": ScoreRule(first=(f"p{i:02d}",), second=(f"e{i:02d}",), minimum=1) for i in range(1, 23)
    }
    for name, items in DIMENSIONS.items():
        half = (len(items) + 1) // 2
        scores[name] = ScoreRule(first=names("p", items), second=names("e", items), minimum=half)
        scores[f"perceived_{name}"] = ScoreRule(first=names("p", items), minimum=half)
    scores["overall"] = MeanOfScores(scores=tuple(DIMENSIONS))
    scores["perceived_overall"] = MeanOfScores(scores=tuple(f"perceived_{name}" for name in DIMENSIONS))
    return sets, scores


def simulated() -> pd.DataFrame:
    frame = oracle_frame("servqual1988_sim")
    columns = [f"{battery}{i:02d}" for battery in "ep" for i in range(1, 23)]
    reverse = [f"{battery}{i:02d}" for battery in "ep" for i in REVERSED]
    frame[reverse] = 8 - frame[reverse]
    return frame[columns]


def dimension_by_hand(frame: pd.DataFrame, items: range) -> NDArray[np.float64]:
    gaps = np.array([frame[f"p{i:02d}"] - frame[f"e{i:02d}"] for i in items]).T
    n_pairs = (~np.isnan(gaps)).sum(axis=1)
    sums = np.where(np.isnan(gaps), 0, gaps).sum(axis=1)
    return np.where(n_pairs >= (len(items) + 1) // 2, sums / np.maximum(n_pairs, 1), np.nan)


def test_gaps_agree_with_the_second_implementation_in_r() -> None:
    results = oracle_expected("servqual_scores")["results"]["servqual1988_sim"]
    sets, scores = declared()
    found = one_pass(simulated(), sets=sets, scores=scores)
    for name in DIMENSIONS:
        expected = results["dimension_available_items"][name]
        gap = score_mean(found.scores[name])
        assert gap.n == expected["gap"]["n"]
        agrees(
            score_mean,
            [gap.value, gap.sd, gap.se, gap.ci_low, gap.ci_high],
            [*(expected["gap"][key] for key in ("mean", "sd", "se")), *expected["gap"]["ci95"]],
            reference="a second implementation in R",
            data="servqual1988_sim",
            relative=1e-8,
        )


@pytest.mark.parametrize("repeat", [1, 300])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_scores_are_those_of_the_respondents_one_by_one(repeat: int, dtype: type) -> None:
    frame = pd.concat([simulated()] * repeat, ignore_index=True)
    sets, scores = declared()
    items = pd.DataFrame(frame.to_numpy(dtype), columns=frame.columns)
    found = one_pass(items, sets=sets, scores=scores)
    by_hand = {name: dimension_by_hand(frame, items) for name, items in DIMENSIONS.items()}
    by_hand["overall"] = np.mean(list(by_hand.values()), axis=0)
    by_hand |= {f"gap{i:02d}": (frame[f"p{i:02d}"] - frame[f"e{i:02d}"]).to_numpy() for i in range(1, 23)}
    for name, respondents in by_hand.items():
        given_score = respondents[~np.isnan(respondents)]
        gap = score_mean(found.scores[name])
        assert gap.n == len(given_score)
        assert gap.value == pytest.approx(given_score.mean(), rel=1e-12)
        assert gap.sd == pytest.approx(given_score.std(ddof=1), rel=1e-12)
        assert found.scores[name].n_respondents == len(frame)
    for name, columns in sets.items():
        alone = Moments.of(frame[list(columns)])
        assert found.sets[name].n == alone.n
        np.testing.assert_allclose(found.sets[name].covariance, alone.covariance, rtol=1e-12, atol=1e-12)


def test_the_two_parts_of_a_gap_belong_to_the_same_pairs() -> None:
    items = pd.DataFrame({"p1": [5.0, 7, 3], "p2": [np.nan, 6, 4], "e1": [6.0, np.nan, 7], "e2": [7.0, 7, 5]})
    rule = ScoreRule(first=("p1", "p2"), second=("e1", "e2"), minimum=1)
    score = one_pass(items, sets={}, scores={"gap": rule}).scores["gap"]
    assert score.names == ("first", "second")
    assert score.mean.tolist() == pytest.approx([np.mean([5, 6, 3.5]), np.mean([6, 7, 6])])


@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 0.6))
@settings(max_examples=25)
def test_swapped_batteries_negate_gaps_and_merged_parts_are_the_whole(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    items = rng.integers(1, 8, size=(60, 6)).astype(float)
    items[rng.random(items.shape) < share] = np.nan
    rule = ScoreRule(first=("1", "2", "3"), second=("4", "5", "6"), minimum=2)
    swapped = ScoreRule(first=rule.second, second=rule.first, minimum=2)
    scores = one_pass(items, sets={}, scores={"gap": rule, "swapped": swapped}).scores
    parts = [one_pass(part, sets={}, scores={"gap": rule}).scores["gap"] for part in (items[:23], items[23:])]
    merged = Moments.merge(*parts)
    assert merged.n == scores["gap"].n
    try:
        gap = score_mean(scores["gap"])
    except NotEstimable:
        assert scores["gap"].n < 2
        return
    assert score_mean(scores["swapped"]).value == pytest.approx(-gap.value, rel=1e-12, abs=1e-12)
    assert score_mean(merged).se == pytest.approx(gap.se, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"s": ScoreRule(first=("9",), minimum=1)}, "not there: 9"),
        ({"s": ScoreRule(first=(), minimum=1)}, "at least one item"),
        ({"s": ScoreRule(first=("1", "1"), minimum=1)}, "only once"),
        ({"s": ScoreRule(first=("1", "2"), second=("3",), minimum=1)}, "as many second"),
        ({"s": ScoreRule(first=("1",), minimum=0)}, "minimum"),
        ({"s": ScoreRule(first=("1",), minimum=2)}, "minimum"),
        ({"s": ScoreRule(first=("1",), minimum=1), "all": MeanOfScores(scores=("t",))}, "must name scores"),
        ({"all": MeanOfScores(scores=())}, "must name scores"),
    ],
)
def test_a_senseless_declaration_is_refused(scores: Any, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        one_pass(np.ones((4, 3)), sets={}, scores=scores)


@pytest.mark.parametrize("items", [np.empty((0, 2)), np.full((5, 2), np.nan), np.ones((1, 2))])
def test_a_score_that_hardly_anybody_has_carries_no_mean(items: NDArray[np.float64]) -> None:
    scores = one_pass(items, sets={}, scores={"s": ScoreRule(first=("1", "2"), minimum=1)}).scores
    with pytest.raises(NotEstimable):
        score_mean(scores["s"])


def test_a_large_table_needs_little_memory_beyond_itself() -> None:
    rng = np.random.default_rng(1)
    items = rng.integers(1, 8, size=(200_000, 44)).astype(np.float32)
    items[rng.random(items.shape) < 0.02] = np.nan
    frame = pd.DataFrame(items, columns=[f"{battery}{i:02d}" for battery in "ep" for i in range(1, 23)])
    sets, scores = declared()
    tracemalloc.start()
    one_pass(frame, sets=sets, scores=scores)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6
