from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import Moments, pairwise_counts, point_counts
from servq.statistics.scan import BLOCK_ROWS


def likert(n: int, k: int, seed: int, blanks: float = 0.0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, 1))
    answers = np.clip(np.rint(4 + trait + rng.normal(size=(n, k))), 1, 7).astype(np.float32)
    answers[rng.random(answers.shape) < blanks] = np.nan
    return answers


def listwise(items: NDArray[np.floating]) -> NDArray[np.float64]:
    rows = items.astype(np.float64)
    return rows[~np.isnan(rows).any(axis=1)]


def assert_same_moments(found: Moments, rows: NDArray[np.float64], rtol: float = 1e-12) -> None:
    sd = rows.std(axis=0, ddof=1)
    assert found.n == len(rows)
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), rtol=rtol, atol=rtol * sd.max())
    np.testing.assert_allclose(found.covariance, np.cov(rows.T), rtol=rtol, atol=rtol * sd.max() ** 2)


@pytest.mark.parametrize("blanks", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("n", [50, BLOCK_ROWS, 3 * BLOCK_ROWS + 17])
def test_moments_are_those_of_the_complete_rows(n: int, blanks: float) -> None:
    items = likert(n, 5, 1, blanks)
    assert_same_moments(Moments.of(items), listwise(items))
    assert Moments.of(items).n_respondents == n


@pytest.mark.parametrize("blanks", [0.0, 0.02, 0.3])
def test_every_declared_set_counts_its_own_complete_rows_in_the_same_pass(blanks: float) -> None:
    items = pd.DataFrame(likert(20_000, 9, 2, blanks), columns=list("abcdefghi"))
    sets = {"pair": ["i", "b"], "four": ["c", "d", "e", "f"], "most": list("abcdefgh"), "one": ["a"]}
    for name, moments in Moments.of_sets(items, sets).items():
        rows = listwise(items[sets[name]].to_numpy())
        assert moments.names == tuple(sets[name])
        assert moments.n == len(rows)
        np.testing.assert_allclose(moments.covariance, np.atleast_2d(np.cov(rows.T)), rtol=1e-12, atol=1e-12)


def test_columns_outside_every_set_do_not_matter() -> None:
    items = pd.DataFrame({"a": [1.0, 2, 4], "b": [2.0, 1, 5], "noise": [np.nan] * 3})
    assert Moments.of_sets(items, {"ab": ["b", "a"]})["ab"].n == 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("centre", "spread"), [(0, 1), (1e6, 1), (1e-3, 1e-5), (50, 29)])
def test_digits_survive_any_scale(dtype: type, centre: float, spread: float) -> None:
    rng = np.random.default_rng(4)
    items = (centre + spread * rng.normal(size=(40_000, 4))).astype(dtype)
    items[rng.random(items.shape) < 0.05] = np.nan
    # numpy's own covariance loses digits at such centres unless they are taken away first.
    rows = listwise(items)
    found = Moments.of(items)
    np.testing.assert_allclose(found.covariance, np.cov((rows - rows[0]).T), rtol=1e-10, atol=1e-12 * spread**2)


@pytest.mark.parametrize("largest", [1e80, 1e200, 1e308])
def test_answers_too_large_to_be_squared_twice_are_refused(largest: float) -> None:
    items = np.arange(60.0).reshape(20, 3)
    items[7, 1] = largest
    for blanks in (False, True):
        items[3, 0] = np.nan if blanks else 1.0
        with pytest.raises(InvalidArgument, match="larger unit"):
            Moments.of(items)


def test_whole_numbers_too_large_for_float32_sums_are_still_exact() -> None:
    items = np.random.default_rng(6).integers(0, 100_001, size=(30_000, 3)).astype(np.float32)
    items[5, 1] = np.nan
    assert_same_moments(Moments.of(items), listwise(items))


def test_a_sorted_table_is_summed_as_well_as_a_shuffled_one() -> None:
    rng = np.random.default_rng(7)
    items = np.sort(rng.normal(loc=1e5, size=(50_000, 3)), axis=0)
    rows = items - 1e5
    np.testing.assert_allclose(Moments.of(items).covariance, np.cov(rows.T), rtol=1e-11)


def test_a_question_that_was_only_asked_at_the_end_of_the_field_period_keeps_its_digits() -> None:
    items = np.full((50_000, 2), np.nan)
    items[:, 0] = 1
    items[-7:] = [[1, 1e8 + i] for i in range(7)]
    assert Moments.of(items).covariance[1, 1] == pytest.approx(28 / 6, rel=1e-12)


def test_an_infinite_answer_is_refused_wherever_it_stands() -> None:
    items = likert(20_000, 3, 1)
    items[19_999, 2] = np.inf
    with pytest.raises(InvalidArgument, match="infinite"):
        Moments.of(items)


TABLES = arrays(
    np.float64,
    st.tuples(st.integers(0, 25), st.integers(1, 4)),
    elements=st.one_of(st.just(np.nan), st.floats(-100, 100, width=32)),
)


def test_a_constant_column_has_no_variance_below_nothing_though_others_set_the_centre() -> None:
    items = np.array([[np.nan, 1.5], *[[0.0, 0.0]] * 4])
    assert Moments.of(items).scatter.tolist() == [[0.0, 0.0], [0.0, 0.0]]


@given(items=TABLES, data=st.data())
@settings(max_examples=200)
def test_merged_parts_are_the_whole(items: NDArray[np.float64], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(items)), max_size=3)))
    whole = Moments.of(items)
    merged = Moments.merge(*[Moments.of(part) for part in np.split(items, cuts)])
    assert (merged.n, merged.n_respondents) == (whole.n, whole.n_respondents)
    if whole.n:
        size = float(np.nanmax(np.abs(items))) + 1e-30  # respondents who are left out help to set the centre
        np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-12, atol=1e-12 * size)
        np.testing.assert_allclose(merged.scatter, whole.scatter, rtol=1e-12, atol=1e-12 * size**2 * whole.n)


@given(items=TABLES, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_respondents_does_not_matter(items: NDArray[np.float64], seed: int) -> None:
    shuffled = Moments.of(items[np.random.default_rng(seed).permutation(len(items))])
    whole = Moments.of(items)
    assert shuffled.n == whole.n
    if whole.n:
        size = float(np.abs(listwise(items)).max()) + 1e-30
        np.testing.assert_allclose(shuffled.scatter, whole.scatter, rtol=1e-10, atol=1e-12 * size**2 * whole.n)


def test_parts_with_different_columns_are_not_merged() -> None:
    with pytest.raises(InvalidArgument, match="same columns"):
        Moments.merge(Moments.of([[1, 2]], columns=["a", "b"]), Moments.of([[1, 2]], columns=["b", "a"]))


def test_selected_columns_keep_their_respondents() -> None:
    moments = Moments.of(pd.DataFrame({"a": [1, 2, 3], "b": [4, np.nan, 6], "c": [1, 1, 5]}))
    selected = moments.select(["c", "a"])
    assert (selected.n, selected.names) == (2, ("c", "a"))
    assert selected.covariance.tolist() == [[8, 4], [4, 2]]
    with pytest.raises(InvalidArgument, match="not there: x"):
        moments.select(["x"])
    with pytest.raises(InvalidArgument, match="only once"):
        moments.select(["a", "a"])


def test_a_published_covariance_matrix_stands_in_for_the_answers() -> None:
    rows = np.random.default_rng(1).normal(size=(30, 3))
    covariance = np.cov(rows.T)
    np.testing.assert_allclose(Moments.of_covariance(covariance, 30).covariance, covariance, rtol=1e-12)
    for wrong, n in [(covariance[:2], 30), (np.triu(covariance), 30), (covariance, 1)]:
        with pytest.raises(InvalidArgument):
            Moments.of_covariance(wrong, n)
    with pytest.raises(InvalidArgument, match="names"):
        Moments.of_covariance(covariance, 30, names=["a"])


@pytest.mark.parametrize("items", [np.empty((0, 2)), np.full((5, 2), np.nan), np.array([[1.0, 2.0]])])
def test_too_few_respondents_have_counts_but_no_covariance(items: NDArray[np.float64]) -> None:
    moments = Moments.of(items)
    assert moments.n == (1 if len(items) == 1 else 0)
    with pytest.raises(NotEstimable):
        _ = moments.covariance


def test_a_constant_column_has_no_correlation() -> None:
    moments = Moments.of(np.column_stack([np.full(1000, 0.1), np.arange(1000.0)]), columns=["a", "b"])
    assert moments.constant == ("a",)
    with pytest.raises(NotEstimable, match="same answer to: a"):
        _ = moments.correlation


@pytest.mark.parametrize("columns", [["a"], ["a", "a"]])
def test_names_must_fit_the_columns(columns: list[str]) -> None:
    with pytest.raises(InvalidArgument, match="2 different names"):
        Moments.of([[1, 2], [3, 4]], columns=columns)


@pytest.mark.parametrize("columns", [[], ["z"], ["a", "a"]])
def test_a_set_must_name_existing_columns_once(columns: list[str]) -> None:
    with pytest.raises(InvalidArgument, match="set s"):
        Moments.of_sets(pd.DataFrame({"a": [1.0]}), {"s": columns})


def test_points_are_counted_for_each_item() -> None:
    items = likert(70_000, 3, 3, 0.1)
    counts = point_counts(items, range(1, 8))
    for column, row in zip(items.T, counts, strict=True):
        assert row.tolist() == [int((column == point).sum()) for point in range(1, 8)]


@pytest.mark.parametrize(("items", "points"), [([[1, 9]], range(1, 8)), ([[1, 2]], []), ([[1, 2]], [1, 2, 2])])
def test_an_answer_beside_the_scale_and_a_senseless_scale_are_refused(items: object, points: list[float]) -> None:
    with pytest.raises(InvalidArgument):
        point_counts(items, points)


def test_pairs_of_answers_are_counted() -> None:
    assert pairwise_counts([[1, 2], [None, 2], [3, 4]]).tolist() == [[2, 2], [2, 3]]
    assert pairwise_counts(np.empty((0, 2))).tolist() == [[0, 0], [0, 0]]
