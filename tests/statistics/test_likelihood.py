from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from factor_data import blocks, simple_structure, simulated_answers
from servq.errors import NotEstimable
from servq.statistics import Moments
from servq.statistics.covariance_structure import CovarianceStructure, Part
from servq.statistics.likelihood import Group, _expected_of_group, _observed_of_group, _pieces, maximise_likelihood
from servq.statistics.measurement_model import FreeParameters, MeasurementModel, covariance_cells

STEP = 1e-6
CASES = [(second_order, has_means) for second_order in (None, "general") for has_means in (False, True)]


def group_of(second_order: str | None, *, has_means: bool) -> tuple[Group, NDArray[np.float64]]:
    """A model of three factors, somewhere near its starting values."""
    model = MeasurementModel.of(blocks(3, 4), second_order)
    moments = Moments.of(simulated_answers(300, simple_structure(3, 4), factor_correlation=0.5))
    free = FreeParameters()
    covariance = moments.scatter / moments.n
    cells = covariance_cells(model, covariance, free)
    if has_means:
        cells += [free.free(Part.INTERCEPT, row, 0, float(mean)) for row, mean in enumerate(moments.mean)]
        cells += [free.free(Part.FACTOR_MEAN, row, 0, 0.3) for row in range(len(model.all_factors))]
    structure = CovarianceStructure(len(model.items), len(model.all_factors), tuple(cells), has_means=has_means)
    start = np.array(free.start) * (1 + 0.05 * np.random.default_rng(3).standard_normal(len(free.start)))
    return Group(structure, moments.n, moments.mean, covariance), start


@pytest.mark.parametrize(("second_order", "has_means"), CASES)
def test_first_and_second_derivatives_are_those_of_small_differences(
    *, second_order: str | None, has_means: bool
) -> None:
    group, parameters = group_of(second_order, has_means=has_means)
    pieces = _pieces(group, parameters)
    assert pieces is not None
    gradient, _ = _expected_of_group(group.structure, pieces)
    observed = _observed_of_group(group.structure, pieces)
    for position in range(len(parameters)):
        change = np.zeros_like(parameters)
        change[position] = STEP
        after, before = _pieces(group, parameters + change), _pieces(group, parameters - change)
        assert after is not None
        assert before is not None
        assert gradient[position] == pytest.approx((after.discrepancy - before.discrepancy) / (2 * STEP), abs=1e-7)
        slopes = [_expected_of_group(group.structure, at)[0] for at in (after, before)]
        assert observed[:, position] == pytest.approx((slopes[0] - slopes[1]) / (2 * STEP), abs=1e-6)


def test_expected_second_derivatives_are_the_observed_ones_where_the_model_is_exact() -> None:
    group, parameters = group_of(None, has_means=True)
    matrices = group.structure.matrices(parameters)
    exact = group._replace(mean=matrices.mean, covariance=matrices.covariance)
    pieces = _pieces(exact, parameters)
    assert pieces is not None
    gradient, expected = _expected_of_group(exact.structure, pieces)
    assert gradient == pytest.approx(np.zeros_like(gradient), abs=1e-10)
    assert _observed_of_group(exact.structure, pieces) == pytest.approx(expected, abs=1e-8)


def test_the_search_finds_the_parameters_of_an_exact_model_and_stands_still_there() -> None:
    group, start = group_of(None, has_means=False)
    first = maximise_likelihood([group], start)
    exact = group._replace(covariance=group.structure.matrices(first.parameters).covariance)
    found = maximise_likelihood([exact], start)
    assert found.converged
    assert found.parameters == pytest.approx(first.parameters, abs=1e-8)
    assert found.discrepancy == pytest.approx(0, abs=1e-12)
    assert maximise_likelihood([exact], found.parameters).n_iterations <= 1


def test_a_start_that_implies_no_covariance_matrix_is_refused() -> None:
    group, start = group_of(None, has_means=False)
    with pytest.raises(NotEstimable, match="no place to start"):
        maximise_likelihood([group], np.full_like(start, -1.0))
