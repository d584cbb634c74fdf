from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import (
    PairComparison,
    anova,
    cliffs_delta,
    cohens_d,
    cohens_dz,
    eta_squared,
    games_howell,
    hedges_g,
    mann_whitney,
    omega_squared,
    pairwise_comparisons,
    welch_anova,
    welch_t_test,
)
from servq.statistics.comparison_groups import PairTest

TWO_GROUPS = ["kiosk_perf_by_sex", "kiosk_gap_by_sex", "kiosk_outcome_by_sex"]


def _close(expected: object, rel: float = 1e-8) -> Any:
    return pytest.approx(expected, rel=rel)


def _kiosk(prefix: str) -> pd.Series[float]:
    kiosk = oracle_frame("servqual_kiosk")
    return kiosk[[f"{prefix}{item:02d}" for item in range(1, 25)]].mean(axis=1)


def _by_sex(name: str) -> tuple[pd.Series[float], pd.Series[float]]:
    kiosk = oracle_frame("servqual_kiosk")
    values = {
        "kiosk_perf_by_sex": _kiosk("p"),
        "kiosk_gap_by_sex": _kiosk("p") - _kiosk("e"),
        "kiosk_outcome_by_sex": kiosk[["y1", "y2", "y3", "y4"]].mean(axis=1),
    }[name]  # not rounded: R broke the ties of the gaps by their rounding errors
    return values[kiosk["sex"] == "F"], values[kiosk["sex"] == "M"]


def _perf_by_freq() -> tuple[pd.Series[float], pd.Series[str], dict[str, Any]]:
    expected = oracle_expected("group_tests")["results"]["many_groups"]["kiosk_perf_by_freq"]
    values, groups = _kiosk("p"), oracle_frame("servqual_kiosk")["freq"]
    kept = groups.map(groups.value_counts()) >= 5
    return values[kept], groups[kept], expected


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_welch_of_raw_values_agrees_with_r(name: str) -> None:
    expected = oracle_expected("group_tests")["results"]["two_groups"][name]["welch"]
    test = welch_t_test(*_by_sex(name))
    agrees(
        welch_t_test,
        [test.statistic, test.df, test.p_value, test.ci_low, test.ci_high],
        [expected["t"], expected["df"], expected["p"], *expected["ci95"]],
        reference="t.test",
        data="servqual_kiosk",
        relative=1e-8,
    )


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_rank_tests_agree_with_r(name: str) -> None:
    expected = oracle_expected("group_tests")["results"]["two_groups"][name]["mann_whitney"]
    first, second = _by_sex(name)
    corrected, plain = mann_whitney(first, second), mann_whitney(first, second, continuity=False)
    agrees(
        mann_whitney,
        [corrected.statistic, corrected.value, corrected.p_value, plain.p_value],
        [expected[key] for key in ("W", "vargha_delaney_A", "p_corrected", "p_uncorrected")],
        reference="wilcox.test",
        data="servqual_kiosk",
        relative=1e-8,
    )
    agrees(
        cliffs_delta,
        cliffs_delta(first, second).value,
        expected["cliff_delta"],
        reference="effsize::cliff.delta",
        data="servqual_kiosk",
        relative=1e-8,
    )


# Not the gaps: their ties are broken by rounding errors, and effsize's variance does not follow its own delta there.
@pytest.mark.parametrize("name", ["kiosk_perf_by_sex", "kiosk_outcome_by_sex"])
def test_the_interval_of_cliffs_delta_agrees_with_r(name: str) -> None:
    expected = oracle_expected("group_tests")["results"]["two_groups"][name]["mann_whitney"]
    delta = cliffs_delta(*_by_sex(name))
    agrees(
        cliffs_delta,
        [delta.ci_low, delta.ci_high],
        expected["cliff_ci95"],
        reference="effsize::cliff.delta",
        data="servqual_kiosk",
        relative=1e-8,
    )


@given(st.lists(st.integers(1, 7), min_size=2, max_size=12), st.lists(st.integers(1, 7), min_size=2, max_size=12))
def test_the_interval_of_cliffs_delta_follows_from_all_pairs(first: list[int], second: list[int]) -> None:
    signs = np.sign(np.subtract.outer(first, second)).astype(float)
    delta, (n_first, n_second) = signs.mean(), signs.shape
    if abs(delta) == 1:
        return
    rows, columns = signs.mean(axis=1) - delta, signs.mean(axis=0) - delta
    total = n_second**2 * (rows**2).sum() + n_first**2 * (columns**2).sum() - ((signs - delta) ** 2).sum()
    variance = total / (signs.size * (n_first - 1) * (n_second - 1))
    variance = max(variance, (1 - delta**2) / (signs.size - 1))
    z = stdtrit(n_first + n_second - 2, 0.975)
    half = z * math.sqrt(variance * ((1 - delta**2) ** 2 + z**2 * variance))
    expected = [(delta - delta**3 + sign * half) / (1 - delta**2 + z**2 * variance) for sign in (-1, 1)]
    effect = cliffs_delta(first, second)
    assert [effect.ci_low, effect.ci_high] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_standardised_differences_agree_with_r(name: str) -> None:
    expected = oracle_expected("group_tests")["results"]["two_groups"][name]
    d, g = cohens_d(*_by_sex(name)), hedges_g(*_by_sex(name))
    for function, effect, value, interval in (
        (cohens_d, d, expected["cohens_d_pooled"]["d"], expected["cohens_d_pooled"]["ci95"]),
        (hedges_g, g, expected["hedges_g"]["g"], expected["hedges_g"]["ci95"]),
    ):
        reference = f"effectsize::{function.__name__}"
        agrees(function, effect.value, value, reference=reference, data="servqual_kiosk", relative=1e-8)
        # effectsize searches the bounds by a simplex that stops at about 1e-6
        bounds = [effect.ci_low, effect.ci_high]
        agrees(function, bounds, interval, reference=f"{reference} (bounds)", data="servqual_kiosk", relative=5e-6)


@pytest.mark.parametrize("position", range(24))
def test_paired_effects_agree_with_r(position: int) -> None:
    expected = oracle_expected("group_tests")["results"]["paired_P_minus_E"][position]
    kiosk = oracle_frame("servqual_kiosk")
    effect = cohens_dz(kiosk[f"p{position + 1:02d}"], kiosk[f"e{position + 1:02d}"])
    agrees(
        cohens_dz,
        effect.value,
        expected["dz"],
        reference="mean / sd of the differences in R",
        data="servqual_kiosk",
        relative=1e-8,
    )
    assert (effect.ci_low or 0) < effect.value < (effect.ci_high or 0)


def test_the_interval_of_a_paired_effect_solves_the_noncentral_t() -> None:
    from scipy.stats import nct

    effect = cohens_dz([5, 6, 4, 5, 3], [6, 7, 6, 5, 5])
    for bound, tail in ((effect.ci_low, 0.975), (effect.ci_high, 0.025)):
        assert nct.cdf(effect.value * math.sqrt(5), 4, (bound or 0) * math.sqrt(5)) == pytest.approx(tail, abs=1e-9)


def test_analyses_of_variance_agree_with_r() -> None:
    values, groups, expected = _perf_by_freq()
    test, welch = anova(values, groups, confidence_level=0.9), welch_anova(values, groups)
    assert list(test.groups) == expected["groups"]
    assert [one.n for one in test.groups.values()] == expected["n"]
    assert [one.sd for one in test.groups.values()] == _close(expected["sd"])
    agrees(
        anova,
        [test.statistic, *(test.df or ()), test.p_value, test.ss_between, test.ss_within],
        [expected["anova"][name] for name in ("F", "df1", "df2", "p", "ss_between", "ss_within")],
        reference="oneway.test, aov",
        data="servqual_kiosk",
        relative=1e-8,
    )
    agrees(
        welch_anova,
        [welch.statistic, *(welch.df or ()), welch.p_value],
        [expected["welch_anova"][name] for name in ("F", "df1", "df2", "p")],
        reference="oneway.test",
        data="servqual_kiosk",
        relative=1e-8,
    )
    agrees(
        eta_squared,
        eta_squared(values, groups).value,
        expected["eta_squared"]["est"],
        reference="effectsize::eta_squared",
        data="servqual_kiosk",
        relative=1e-8,
    )
    assert test.value == eta_squared(values, groups).value
    agrees(
        omega_squared,
        omega_squared(values, groups).value,
        expected["omega_squared"]["est"],
        reference="effectsize::omega_squared",
        data="servqual_kiosk (cut at 0)",
        absolute=1e-12,
    )


def test_the_interval_of_eta_squared_solves_the_noncentral_f() -> None:
    from scipy.stats import ncf

    values, groups, _ = _perf_by_freq()
    effect = eta_squared(values, groups, confidence_level=0.9)
    test = anova(values, groups)
    assert effect.ci_low == 0
    assert effect.ci_high is not None
    df_between, df_within = test.df
    noncentrality = effect.ci_high / (1 - effect.ci_high) * df_within
    assert ncf.cdf(test.statistic, df_between, df_within, noncentrality) == _close(0.05)


@pytest.mark.parametrize(
    ("test", "adjustment", "key"),
    [
        ("welch", "holm", "pairwise_welch_holm"),
        ("pooled", "holm", "pairwise_pooled_holm"),
        ("mann_whitney", "holm", "pairwise_wilcoxon_holm"),
    ],
)
def test_pairwise_comparisons_agree_with_r(test: PairTest, adjustment: Any, key: str) -> None:
    values, groups, expected = _perf_by_freq()
    pairs = pairwise_comparisons(values, groups, test=test, adjustment=adjustment)
    assert [(one.group_first, one.group_second) for one in pairs] == [(one["a"], one["b"]) for one in expected[key]]
    agrees(
        pairwise_comparisons,
        [one.p_adjusted for one in pairs],
        [one["p"] for one in expected[key]],
        reference="pairwise.wilcox.test" if test == "mann_whitney" else "pairwise.t.test",
        data="servqual_kiosk",
        relative=1e-8,
    )


def test_games_howell_agrees_with_r() -> None:
    values, groups, expected = _perf_by_freq()
    for pair, one in zip(games_howell(values, groups), expected["games_howell"], strict=True):
        assert (pair.group_first, pair.group_second) == (one["a"], one["b"])
        agrees(
            games_howell,
            [pair.value, pair.statistic, pair.df, pair.p_value],
            [one["diff"], one["q"], one["df"], one["p"]],
            reference="ptukey over Welch's errors in R",
            data="servqual_kiosk",
            relative=1e-8,
        )


def test_games_howell_of_two_groups_is_welch() -> None:
    first, second = [4, 5, 6, 4], [6, 7, 9]
    (pair,) = games_howell(first + second, ["a"] * 4 + ["b"] * 3)
    welch = welch_t_test(first, second)
    assert [pair.value, pair.p_value, pair.ci_low, pair.ci_high] == _close(
        [welch.value, welch.p_value, welch.ci_low, welch.ci_high]
    )


def test_small_samples_without_ties_have_the_exact_p_value() -> None:
    # W = 0 of 3 x 4: two of the 35 arrangements are as extreme
    assert mann_whitney([1, 2, 3], [4, 5, 6, 7]).p_value == _close(2 / 35)


def test_dominance_counts_pairs() -> None:
    first, second = [1, 3, 3, 7, 5], [3, 4, 1, 2]
    signs = np.sign(np.subtract.outer(first, second))
    assert cliffs_delta(first, second).value == _close(signs.mean())


@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-100, 100))
def test_unit_and_origin_of_the_answers_are_irrelevant(seed: int, unit: float, origin: float) -> None:
    rng = np.random.default_rng(seed)
    values, groups = rng.integers(1, 8, 24), np.repeat(list("abc"), 8)
    moved = origin + unit * values
    for statistic in (anova, welch_anova):
        assert statistic(moved, groups).statistic == pytest.approx(statistic(values, groups).statistic, rel=1e-6)
    assert cohens_d(moved[:12], moved[12:]).value == pytest.approx(cohens_d(values[:12], values[12:]).value, abs=1e-6)
    plain, other = welch_t_test(values[:12], values[12:]), welch_t_test(moved[:12], moved[12:])
    assert [other.value, other.se] == pytest.approx([unit * plain.value, unit * (plain.se or 0)], abs=1e-6)


SAMPLE = st.lists(st.integers(1, 7), min_size=2, max_size=15)


@given(SAMPLE, SAMPLE)
def test_swapping_samples_negates_effects(first: list[int], second: list[int]) -> None:
    forward, backward = cliffs_delta(first, second), cliffs_delta(second, first)
    assert [forward.value, forward.ci_low] == pytest.approx([-backward.value, -(backward.ci_high or 0)], abs=1e-9)
    if len(set(first)) > 1:
        one, two = cohens_d(first, second), cohens_d(second, first)
        assert [one.value, one.ci_low] == pytest.approx([-two.value, -(two.ci_high or 0)], abs=1e-9)


@given(SAMPLE, SAMPLE)
def test_intervals_contain_their_effects(first: list[int], second: list[int]) -> None:
    effects = [cliffs_delta(first, second)]
    if len(set(first)) > 1:
        effects += [cohens_d(first, second)]
    for effect in effects:
        assert effect.ci_low is not None
        assert effect.ci_high is not None
        assert effect.ci_low - 1e-12 <= effect.value <= effect.ci_high + 1e-12
    assert -1 <= (effects[0].ci_low or 0) <= (effects[0].ci_high or 0) <= 1


@given(st.lists(st.tuples(st.integers(1, 7), st.sampled_from("abc")), min_size=12, max_size=30), st.randoms())
def test_the_order_of_rows_is_irrelevant(rows: list[tuple[int, str]], random: Any) -> None:
    def outcome(rows: list[tuple[int, str]]) -> object:
        values, groups = zip(*rows, strict=True)
        try:
            test = anova(values, groups)
        except NotEstimable as error:
            return error.reason
        return [test.statistic, test.p_value]

    shuffled = random.sample(rows, len(rows))
    before = outcome(rows)
    assert outcome(shuffled) == (before if isinstance(before, str) else pytest.approx(before, rel=1e-9, abs=1e-12))


def test_rows_without_value_or_group_and_single_values_are_left_out_and_said() -> None:
    test = anova([1, 2, 3, 4, 9, math.nan, 5], ["a", "a", "b", "b", "c", "a", None])
    assert (test.n, list(test.groups)) == (4, ["a", "b"])
    assert test.caveats == ("Left out, with fewer than 2 values: c.",)
    assert games_howell([1, 2, 3, 4, 9], ["a", "a", "b", "b", "c"])[0].caveats == test.caveats


def test_numbers_as_labels_sort_as_numbers() -> None:
    test = anova([1, 2, 3, 4, 5, 7], [10, 10, 9, 9, 2, 2])
    assert list(test.groups) == ["2", "9", "10"]


@pytest.mark.parametrize("label", [None, math.nan, pd.NA, pd.NaT])
def test_every_kind_of_missing_label_is_left_out(label: object) -> None:
    assert anova([1, 2, 3, 4, 100], ["a", "a", "b", "b", label]).n == 4
    assert anova([1, 2, 3, 4, 100], pd.Series(["a", "a", "b", "b", label])).n == 4


@pytest.mark.parametrize("statistic", [anova, welch_anova, games_howell, pairwise_comparisons, eta_squared])
@pytest.mark.parametrize(
    ("values", "groups"),
    [([], []), ([1], ["a"]), ([1, 2], ["a", "b"]), ([1, 2, 3], ["a"] * 3), ([math.nan] * 4, list("aabb"))],
)
def test_fewer_than_two_groups_of_two_cannot_be_compared(statistic: Any, values: Any, groups: Any) -> None:
    with pytest.raises(NotEstimable, match="At least 2 groups"):
        statistic(values, groups)


@pytest.mark.parametrize(
    "statistic", [anova, welch_anova, games_howell, pairwise_comparisons, eta_squared, omega_squared]
)
def test_values_that_do_not_vary_cannot_be_compared(statistic: Any) -> None:
    with pytest.raises(NotEstimable):
        statistic([4, 4, 4, 5, 5, 5], list("aaabbb"))


def test_welch_names_the_group_that_does_not_vary() -> None:
    with pytest.raises(NotEstimable, match="do not vary in b"):
        welch_anova([4, 5, 6, 5, 5, 5], list("aaabbb"))


def test_long_numbers_as_labels_keep_all_their_digits() -> None:
    # A column of ids with a blank is one of floats
    test = anova([1, 2, 3, 4, 5, 7, 9], [1234567.0, 1234567.0, 1234568.0, 1234568.0, 0.1234567, 0.1234567, math.nan])
    assert list(test.groups) == ["0.1234567", "1234567", "1234568"]
    assert test.n == 6


def test_labels_are_read_from_any_list_of_numbers() -> None:
    values = [1, 2, 3, 4, 5, 7]
    plain = anova(values, [1, 1, 1, 2, 2, 2])
    assert anova(values, list(np.array([1, 1, 1, 2, 2, 2]))) == plain
    assert anova(values, list(np.array([1, 1, 1, 2, 2, 2], dtype=np.float32))) == plain
    assert anova(values, ["1", 1, 1.0, np.int8(2), "2", 2]) == plain


def test_dates_as_labels_become_iso_text() -> None:
    days = pd.Series(pd.to_datetime(["2024-02-01", "2024-02-01", None, "2023-12-31", "2023-12-31"]))
    test = anova([1, 2, 9, 4, 5.5], days)
    assert list(test.groups) == ["2023-12-31", "2024-02-01"]
    assert test.n == 4


def test_ties_without_number_keep_their_correction() -> None:
    # Two answers of two points each: the z of the test is that of a two by two table, √((n − 1) χ² / n).
    a, b, c, d = 3_000_000, 2_000_000, 2_999_000, 2_001_000
    test = mann_whitney(np.repeat([2, 1], [a, b]), np.repeat([2, 1], [c, d]), continuity=False)
    n = a + b + c + d
    chi_square = n * (a * d - b * c) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
    assert test.p_value == _close(math.erfc(math.sqrt(chi_square * (n - 1) / n / 2)))


def test_values_and_groups_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="aligned"):
        anova([1, 2, 3], ["a", "b"])
    with pytest.raises(InvalidArgument, match="test must be"):
        pairwise_comparisons([1, 2, 3, 4], list("aabb"), test="tukey")  # type: ignore[arg-type]  # the point


def test_samples_that_cannot_be_ranked_say_so() -> None:
    with pytest.raises(NotEstimable, match="cannot be ranked"):
        mann_whitney([4, 4], [4, 4])
    for statistic in (mann_whitney, cliffs_delta):
        with pytest.raises(NotEstimable, match="at least one value"):
            statistic([], [1, 2])
    assert mann_whitney([1], [2, 3]).ci_low is None
    assert cliffs_delta([1], [2, 3]).caveats


def test_samples_without_overlap_get_an_interval_from_their_size() -> None:
    effect = cliffs_delta(range(10, 30), range(10))
    assert effect.value == effect.ci_high == 1
    assert 0 < (effect.ci_low or 0) < 1
    assert effect.caveats


@pytest.mark.parametrize("statistic", [cohens_d, hedges_g])
def test_a_difference_without_a_unit_is_not_estimated(statistic: Any) -> None:
    with pytest.raises(NotEstimable, match="at least 2 values"):
        statistic([1], [1, 2])
    with pytest.raises(NotEstimable, match="no unit"):
        statistic([1, 1], [2, 2])


@pytest.mark.parametrize("shift", [1e-3, 5.0, 400.0])
def test_effects_of_any_size_have_an_interval(shift: float) -> None:
    rng = np.random.default_rng(7)
    first, second = rng.normal(size=40) + shift, rng.normal(size=30)
    effect = cohens_d(first, second)
    assert (effect.ci_low or 0) < effect.value < (effect.ci_high or 0)


def test_groups_that_differ_less_than_chance_have_an_unusable_interval_and_say_so() -> None:
    effect = eta_squared([1, 2, 3, 1.01, 2, 3], list("aaabbb"))
    assert effect.value > 0 == effect.ci_high
    assert any("not usable" in caveat for caveat in effect.caveats)


def test_pairs_are_plain_comparisons_with_labels() -> None:
    pairs = pairwise_comparisons([1, 2, 4, 3, 4, 6, 7, 8, 8], list("aaabbbccc"), adjustment="benjamini_hochberg")
    assert all(isinstance(pair, PairComparison) for pair in pairs)
    assert [(pair.group_first, pair.group_second) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
