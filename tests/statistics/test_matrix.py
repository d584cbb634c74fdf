from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from servq.errors import InvalidArgument
from servq.statistics import as_items, as_vector, complete_rows


@pytest.mark.parametrize(
    "items",
    [
        [[1, 2], [3, None]],
        [[1.0, 2.0], [3.0, float("nan")]],
        np.array([[1, 2], [3, np.nan]]),
        np.ma.masked_equal([[1, 2], [3, -9]], -9),
        pd.DataFrame({"a": [1, 3], "b": [2, np.nan]}),
        pd.DataFrame({"a": pd.array([1, 3], dtype="Int8"), "b": pd.array([2, None], dtype="Int8")}),
        pd.DataFrame({"a": [1, 3], "b": [Decimal(2), None]}),
        pl.DataFrame({"a": [1, 3], "b": [2, None]}),
    ],
)
def test_the_same_answers_in_any_container_become_the_same_numbers(items: object) -> None:
    np.testing.assert_array_equal(as_items(items).values, [[1, 2], [3, np.nan]])


def test_column_names_come_from_the_frame_or_count_from_one() -> None:
    assert as_items(pd.DataFrame({"p01": [1], "p02": [2]})).names == ("p01", "p02")
    assert as_items(pl.DataFrame({"p01": [1], "p02": [2]})).names == ("p01", "p02")
    assert as_items([[1, 2]]).names == ("1", "2")


def test_a_float32_array_is_widened_unless_it_is_asked_to_be_kept_and_then_not_copied() -> None:
    values = np.ones((3, 2), dtype=np.float32)
    assert as_items(values).values.dtype == np.float64
    assert as_items(values, keep_float32=True).values is values


def test_a_float64_array_is_not_copied() -> None:
    values = np.ones((3, 2))
    assert as_items(values).values is values


def test_no_respondents_is_a_matrix_with_no_rows() -> None:
    assert as_items(np.empty((0, 4))).values.shape == (0, 4)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([1, 2, 3], "shape"),
        ([], "shape"),
        (np.zeros((2, 2, 2)), "shape"),
        (5, "shape"),
        (np.empty((3, 0)), "at least one column"),
        ([[1, 2], [3]], "rectangular"),
        ([["1", "2"]], "numbers"),
        ([[1, "agree"]], "numbers"),
        (pd.DataFrame({"a": ["1", "2"]}), "text '1'"),
        (pl.DataFrame({"a": ["1", "2"]}), "text '1'"),
        (pd.DataFrame({"a": pd.to_datetime(["2024-01-01"])}), "numbers"),
        ([[1j, 2]], "numbers"),
        ([[1, {}]], "numbers"),
        ([[1, float("inf")]], "infinite"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "same name: a"),
    ],
)
def test_what_is_not_a_table_of_numbers_is_refused_with_the_reason(items: object, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        as_items(items)


def test_an_infinity_far_down_a_long_table_is_found() -> None:
    values = np.zeros((200_000, 2), dtype=np.float32)
    values[199_999, 1] = -np.inf
    with pytest.raises(InvalidArgument, match="perception holds infinite"):
        as_items(values, argument="perception", keep_float32=True)


@pytest.mark.parametrize("values", [[1, None, 3], pd.Series([1, np.nan, 3]), pl.Series([1, None, 3])])
def test_a_vector_is_read_from_any_container(values: object) -> None:
    np.testing.assert_array_equal(as_vector(values), [1, np.nan, 3])


@pytest.mark.parametrize("values", [[[1, 2]], 3, ["a"], [float("-inf")]])
def test_what_is_not_a_vector_of_numbers_is_refused(values: object) -> None:
    with pytest.raises(InvalidArgument, match="weights"):
        as_vector(values, argument="weights")


def test_complete_rows_drops_rows_with_a_blank_and_nothing_else() -> None:
    values = np.array([[1.0, 2.0], [np.nan, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(complete_rows(values), [[1, 2], [3, 4]])
    assert complete_rows(values[:1]) is not None
    whole = values[[0, 2]]
    assert complete_rows(whole) is whole


def test_a_number_beyond_every_float_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="must hold numbers"):
        as_vector([10**400, 1])


@pytest.mark.parametrize("statistic", [as_vector, lambda values: as_items([[value] for value in values])])
def test_numbers_too_large_to_be_squared_twice_are_refused(statistic: Callable[[list[float]], object]) -> None:
    with pytest.raises(InvalidArgument, match="larger unit"):
        statistic([1.0, 2e80])
