from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected, oracle_matrix
from scales import scale_items
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import Moments, omega_hierarchical


def items_of(name: str) -> pd.DataFrame:
    if name.startswith("bfi25"):
        return pd.concat([scale_items(f"bfi_{letter}") for letter in "ACENO"], axis=1)
    return scale_items("kiosk_P_total24")


@pytest.mark.parametrize("name", ["kiosk_P_total24_nf3", "bfi25_nf5"])
def test_omega_hierarchical_agrees_with_psych(name: str) -> None:
    expected = oracle_expected("reliability")["omega_hierarchical"][name]
    found = omega_hierarchical(items_of(name), expected["nfactors"])
    assert found.n == expected["n"]
    source = {"reference": "psych::omega", "data": "bfi" if name.startswith("bfi") else "servqual_kiosk"}
    agrees(
        omega_hierarchical,
        [found.value, found.omega_total, found.omega_limit, found.explained_common_variance],
        [expected[key] for key in ("omega_h", "omega_total", "omega_lim", "ecv")],
        **source,
        relative=1e-5,
    )
    solution = oracle_matrix(expected["schmid_sl"])
    source["reference"] = "psych::omega (loadings)"
    agrees(omega_hierarchical, found.general_loadings, solution["g"], **source, absolute=1e-5)
    groups = solution[[column for column in solution if column.startswith("F")]].to_numpy()
    # Order and direction of the group factors are arbitrary.
    overlap = np.abs(found.group_loadings.T @ groups)
    order = overlap.argmax(axis=1)
    assert sorted(order) == list(range(groups.shape[1]))
    of_groups = np.abs(found.group_loadings), np.abs(groups[:, order])
    agrees(omega_hierarchical, *of_groups, **source, absolute=1e-4)


def bifactor(n: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return (
        0.7 * rng.normal(size=(n, 1))
        + 0.4 * np.repeat(rng.normal(size=(n, 3)), 3, axis=1)
        + np.sqrt(1 - 0.49 - 0.16) * rng.normal(size=(n, 9))
    )


def test_a_known_general_factor_is_recovered() -> None:
    found = omega_hierarchical(bifactor(50_000, 1))
    total = 81 * 0.49 + 3 * 9 * 0.16 + 9 * 0.35
    assert found.value == pytest.approx(81 * 0.49 / total, abs=0.01)
    assert found.omega_total == pytest.approx(1 - 9 * 0.35 / total, abs=0.01)
    np.testing.assert_allclose(found.general_loadings, 0.7, atol=0.03)


def test_order_and_scale_do_not_matter() -> None:
    items = bifactor(500, 2)
    found = omega_hierarchical(items).value
    order = np.random.default_rng(1).permutation(9)
    assert omega_hierarchical(3 * items[:, order] + 1).value == pytest.approx(found, rel=1e-4)


def test_two_group_factors_carry_their_assumption() -> None:
    items = bifactor(500, 3)[:, :6]
    assert any("equal loadings" in caveat for caveat in omega_hierarchical(items, 2).caveats)


def test_an_item_keyed_the_other_way_is_named() -> None:
    items = bifactor(500, 4)
    items[:, 8] *= -1
    assert any("items: 9." in caveat for caveat in omega_hierarchical(items).caveats)


@pytest.mark.parametrize("n_factors", [0, 1, 4])
def test_a_senseless_number_of_factors_is_refused(n_factors: int) -> None:
    with pytest.raises(InvalidArgument, match="n_factors"):
        omega_hierarchical(bifactor(100, 1), n_factors)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (np.empty((0, 9)), "respondents"),
        (np.ones((1, 9)), "respondents"),
        (bifactor(9, 1), "more respondents than items"),
        (np.full((50, 9), np.nan), "respondents"),
        (np.full((50, 9), 3.0), "same sum"),
        (np.hstack([bifactor(50, 1)[:, :8], np.ones((50, 1))]), "same answer to: 9"),
        (bifactor(50, 1)[:, [0, 1, 2, 3, 4, 5, 6, 7, 7]], "combination"),
    ],
)
def test_what_carries_no_factors_is_refused_with_the_reason(items: NDArray[np.float64], reason: str) -> None:
    with pytest.raises(NotEstimable, match=reason):
        omega_hierarchical(items)


def test_moments_do_as_well_as_answers() -> None:
    items = bifactor(200, 6)
    assert omega_hierarchical(Moments.of(items)).value == omega_hierarchical(items).value
