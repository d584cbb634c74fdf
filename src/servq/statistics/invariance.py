"""Whether groups answer a questionnaire alike, so that their scores may be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_samples import read_labels
from servq.statistics.confirmatory_table import improper_solution, standard_errors
from servq.statistics.correlations import regular_correlation, select_columns, varying_moments
from servq.statistics.covariance_fit import CovarianceFit, covariance_fit, degrees_of_freedom
from servq.statistics.covariance_structure import CovarianceStructure, Part
from servq.statistics.fit_indices import p_of_chi_square
from servq.statistics.likelihood import Group, maximise_likelihood
from servq.statistics.matrix import as_items
from servq.statistics.measurement_model import FreeParameters, MeasurementModel, covariance_cells
from servq.statistics.moments import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Loss of CFI beyond which a step is not held (Cheung & Rensvold 2002).
CFI_LOSS = 0.01

Level = Literal["configural", "metric", "scalar"]
LEVELS: tuple[Level, ...] = ("configural", "metric", "scalar")
EQUAL_PARTS: dict[Level, frozenset[Part]] = {
    "configural": frozenset(),
    "metric": frozenset({Part.LOADING}),
    "scalar": frozenset({Part.LOADING, Part.INTERCEPT}),
}


@dataclass(frozen=True, kw_only=True)
class InvarianceStep:
    """One level of equality between groups, and what it costs against the level before.

    Parameters
    ----------
    level
        ``"configural"`` (same factors), ``"metric"`` (same loadings) or ``"scalar"`` (same intercepts too).
    fit
        Fit of the model for all groups.
    delta_chi_square, delta_df, delta_p
        χ² difference test against the level before; None at the first.
    delta_cfi, delta_rmsea
        Change against the level before, negative CFI being worse; None at the first.
    converged
        Whether the search came to its end.
    caveats
        What is improper about the solution.
    """

    level: Level
    fit: CovarianceFit
    converged: bool
    delta_chi_square: float | None = None
    delta_df: int | None = None
    delta_p: float | None = None
    delta_cfi: float | None = None
    delta_rmsea: float | None = None
    caveats: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeasurementInvariance:
    """Configural, metric and scalar invariance, in this order.

    Parameters
    ----------
    steps
        One for each level.
    held
        Highest level whose CFI, and that of every level below, is at most `CFI_LOSS` under the level before. The
        configural level counts as held; whether its fit is good enough is for `steps[0].fit` to say.
    groups
        Complete respondents of each group; the first is the reference, with factor means of 0.
    n
        Complete respondents of all groups.
    method
        The estimator.
    caveats
        What a careful reader must know.
    """

    steps: tuple[InvarianceStep, ...]
    held: Level
    groups: Mapping[str, int]
    n: int
    method: str
    caveats: tuple[Message, ...] = ()

    @property
    def configural(self) -> InvarianceStep:
        """Same factors, everything else free."""
        return self.steps[0]

    @property
    def metric(self) -> InvarianceStep:
        """Same loadings."""
        return self.steps[1]

    @property
    def scalar(self) -> InvarianceStep:
        """Same loadings and intercepts."""
        return self.steps[2]


def measurement_invariance(frame: Any, model: Mapping[str, Sequence[str]], groups: object) -> MeasurementInvariance:
    """Test whether a measurement model holds alike in several groups.

    Parameters
    ----------
    frame
        Answers with a column for each item of the model, NaN where missing; or an array whose columns are called
        ``"1"`` … ``"k"``. Rows with a missing item or group are dropped.
    model
        Items of each factor, as in `confirmatory_factor_analysis`.
    groups
        Name of a column of `frame`, or one label for each row. None and NaN are missing.

    Returns
    -------
    MeasurementInvariance

    Raises
    ------
    InvalidArgument
        A model or group column that cannot be meant; as many labels as rows are needed.
    NotEstimable
        Fewer than two groups; in one of them what `confirmatory_factor_analysis` refuses (too few respondents, an item
        without variance, items that determine each other); parameters that the data do not identify.

    Notes
    -----
    R: ``lavaan::cfa(model, data, group = g, group.equal = c("loadings", "intercepts"))`` and ``lavTestLRT``. Normal
    theory maximum likelihood with means; the first item of a factor is its marker in every group; factor means are 0
    in the first group (by sorted label) and free in the others once intercepts are equal. χ² differences grow with n;
    the loss of CFI does not.

    References
    ----------
    Meredith, W. (1993). Measurement invariance, factor analysis and factorial invariance. Psychometrika, 58, 525–543.
    Cheung, G. W. & Rensvold, R. B. (2002). Evaluating goodness-of-fit indexes for testing measurement invariance.
    Structural Equation Modeling, 9, 233–255.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.normal(size=(600, 1)) @ [[1.0, 0.8, 0.6, 0.7]] + rng.normal(size=(600, 4))
    >>> result = measurement_invariance(answers, {"quality": ["1", "2", "3", "4"]}, ["a", "b"] * 300)
    >>> [step.fit.df for step in result.steps], result.held
    ([4, 7, 10], 'scalar')
    """
    measurement = MeasurementModel.of(model)
    samples = _samples(frame, measurement.items, groups)
    steps: list[InvarianceStep] = []
    for level in LEVELS:
        steps.append(_fit_level(measurement, samples, level, steps[-1] if steps else None))
    return MeasurementInvariance(
        steps=tuple(steps),
        held=_held(steps),
        groups={name: sample.n for name, sample in samples.items()},
        n=sum(sample.n for sample in samples.values()),
        method="multi-group normal-theory maximum likelihood with means, complete rows",
    )


def _fit_level(
    model: MeasurementModel, samples: Mapping[str, Moments], level: Level, before: InvarianceStep | None
) -> InvarianceStep:
    groups, start = _grouped(model, samples, level)
    n = sum(sample.n for sample in samples.values())
    if degrees_of_freedom(groups, len(start)) < 0:
        raise NotEstimable(
            Message("The model has more parameters than there are covariances; it needs more items."), n=n
        )
    solution = maximise_likelihood(groups, start)
    if solution.converged and standard_errors(solution.information) is None:
        raise NotEstimable(Message("The data do not identify the model: different parameters fit equally well."), n=n)
    caveats: tuple[Message, ...] = ()
    for name, group in zip(samples, groups, strict=True):
        matrices = group.structure.matrices(solution.parameters)
        caveats += tuple(
            Message("{group}: {caveat}", group=name, caveat=caveat)
            for caveat in improper_solution(matrices, model.items, model.all_factors)
        )
    if not solution.converged:
        caveats += (Message("The search did not converge; the numbers are where it stopped and mean little."),)
    fit = covariance_fit(groups, solution)
    step = InvarianceStep(level=level, fit=fit, converged=solution.converged, caveats=caveats)
    return step if before is None else _compared(step, before)


def _compared(step: InvarianceStep, before: InvarianceStep) -> InvarianceStep:
    delta_chi_square = step.fit.chi_square - before.fit.chi_square
    delta_df = step.fit.df - before.fit.df
    return replace(
        step,
        delta_chi_square=delta_chi_square,
        delta_df=delta_df,
        delta_p=p_of_chi_square(delta_chi_square, delta_df),
        delta_cfi=step.fit.cfi - before.fit.cfi,
        delta_rmsea=step.fit.rmsea - before.fit.rmsea,
    )


def _grouped(
    model: MeasurementModel, samples: Mapping[str, Moments], level: Level
) -> tuple[list[Group], NDArray[np.float64]]:
    """Structures of all groups with the equalities of a level, and starting values."""
    free = FreeParameters(EQUAL_PARTS[level])
    groups = []
    for position, sample in enumerate(samples.values()):
        covariance = sample.scatter / sample.n
        cells = covariance_cells(model, covariance, free)
        cells += [free.free(Part.INTERCEPT, row, 0, float(mean)) for row, mean in enumerate(sample.mean)]
        if level == "scalar" and position > 0:
            cells += [free.free(Part.FACTOR_MEAN, row, 0, 0.0) for row in range(len(model.factors))]
        structure = CovarianceStructure(len(model.items), len(model.factors), tuple(cells), has_means=True)
        groups.append(Group(structure, sample.n, sample.mean, covariance))
    return groups, np.array(free.start)


def _samples(frame: Any, items: tuple[str, ...], groups: object) -> dict[str, Moments]:
    if isinstance(frame, Moments):
        raise InvalidArgument("measurement_invariance needs the answers, to tell the groups apart; it got Moments.")
    values = as_items(select_columns(frame, items, argument="frame"), argument="frame").values
    column = isinstance(groups, str)
    if column and groups not in getattr(frame, "columns", ()):
        raise InvalidArgument(f"frame has no column {groups!r} to group by.")
    codes, labels = read_labels(frame[groups] if column else groups)
    if len(codes) != len(values):
        raise InvalidArgument(
            f"frame and groups must be aligned by respondent; they have {len(values)} and {len(codes)} rows."
        )
    if len(labels) < 2:  # one group is compared with nothing
        raise NotEstimable(
            Message("At least 2 groups are needed; there are {n_groups}.", n_groups=len(labels)), n=len(values)
        )
    samples = {}
    for code, label in enumerate(labels):
        try:
            samples[label] = varying_moments(replace(Moments.of(values[codes == code]), names=items))
            regular_correlation(samples[label])
        except NotEstimable as error:
            raise NotEstimable(
                Message("Group {group}: {reason}", group=label, reason=error.reason), n=error.n
            ) from error
    return samples


def _held(steps: Sequence[InvarianceStep]) -> Level:
    held = steps[0].level
    for step in steps[1:]:
        if step.delta_cfi is None or step.delta_cfi < -CFI_LOSS:
            break
        held = step.level
    return held
