"""Which dimensions go with an outcome: importance as shares of explained variance, described and not as causes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.driver_findings import DriverFinding, Drivers, Strength
from servq.analysis.estimating import Array, Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.outcomes import find_outcome
from servq.errors import InvalidArgument, NotEstimable
from servq.instruments.model import ChecklistScore, KanoScore, ManagersViewScore, PathScore
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Estimate, importance_intervals, regression_drivers
from servq.statistics.drivers import HIGH_VIF, RegressionDrivers
from servq.statistics.importance_intervals import RESAMPLES

LEAST_RESPONDENTS, LEAST_PER_DRIVER = 50, 10
"""Below these an order of drivers is chance (Green 1991 asks 50 + 8 per driver to test an R² of .13)."""
LITTLE_R_SQUARED = 0.02
"""Less than this is explained hardly at all (Cohen's small effect, f² = 0.02)."""
SIGNIFICANCE = 0.05


def make_drivers(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Drivers | Unavailable | None:
    """What goes with the outcome that the instrument asks beside its dimensions; None where it has no dimensions."""
    first = scored.answers.instrument.definition.scores[0]
    block = scored.ratings.get(labels.headline_battery)
    if isinstance(first, PathScore | KanoScore | ChecklistScore | ManagersViewScore) or block is None:
        return None
    if len(block.dimensions) < 2:  # nothing to choose from
        return None
    outcome = find_outcome(scored, labels)
    if outcome is None:
        return Unavailable(
            reason=Message(
                "This instrument asks for no outcome beside its dimensions, such as loyalty, satisfaction or "
                "recommendation, so what goes with one cannot be told."
            )
        )
    return drivers_of(
        {dimension: block.dimension(dimension) for dimension in block.dimensions},
        outcome.values,
        estimator,
        labels={dimension: labels.dimension(dimension) for dimension in block.dimensions},
        outcome=outcome.label,
        outcome_id=outcome.id,
    )


def drivers_of(
    drivers: Mapping[str, Array],
    outcome_values: Array,
    estimator: Estimator,
    *,
    labels: Mapping[str, str] | None = None,
    outcome: str | Message = "",
    outcome_id: str = "outcome",
    n_resamples: int = RESAMPLES,
) -> Drivers | Unavailable:
    """Importance of drivers for an outcome, with bootstrap intervals.

    Parameters
    ----------
    drivers
        By id, two or more, shape (n_respondents,) each, NaN where missing.
    outcome_values
        Shape (n_respondents,), NaN where missing; rows with a blank are left out.
    estimator
        With the smallest group that may be shown and the confidence level. Weights play no part, and it is said so.
    labels, outcome, outcome_id
        What the drivers and the outcome are called.
    n_resamples
        Of the intervals.

    Returns
    -------
    Drivers or Unavailable
        Unavailable with too few respondents, or where the drivers determine one another.

    Raises
    ------
    InvalidArgument
        Fewer than two drivers, or lengths that differ.
    """
    if len(drivers) < 2 or any(len(values) != len(outcome_values) for values in drivers.values()):
        raise InvalidArgument("drivers_of needs two drivers or more, each with one value per respondent.")
    names = labels or {}
    values = np.column_stack(list(drivers.values()))
    n = int((np.isfinite(values).all(axis=1) & np.isfinite(outcome_values)).sum())
    if hidden := estimator.too_few(n):
        return hidden
    least = max(LEAST_RESPONDENTS, LEAST_PER_DRIVER * len(drivers))
    if n < least:
        return Unavailable(
            reason=Message(
                "An order of drivers needs at least {least} respondents who answered everything; there are {n}.",
                least=least,
                n=n,
            )
        )
    try:
        found = importance_intervals(
            values, outcome_values, confidence_level=estimator.confidence_level, n_resamples=n_resamples
        )
        fitted = regression_drivers(values, outcome_values, confidence_level=estimator.confidence_level)
    except NotEstimable as error:
        return unavailable(error)
    complete = np.isfinite(values).all(axis=1) & np.isfinite(outcome_values)
    unweighted = Estimator(estimator.confidence_level, estimator.minimum_group_size)
    made = []
    for i, (id_, column) in enumerate(drivers.items()):
        performance = unweighted.mean(column[complete])
        if isinstance(performance, Unavailable):
            return performance
        made.append(
            DriverFinding(
                id=id_,
                label=names.get(id_, id_),
                importance=found.shares[i],
                performance=performance,
                vif=fitted.drivers[i].vif,
                is_leading=i in found.leading,
            )
        )
    strength = _strength(fitted)
    ranked = tuple(sorted(made, key=lambda one: -one.importance.value))
    caveats = found.caveats
    if estimator.weights is not None:
        caveats = (*caveats, Message("Survey weights play no part in this analysis; every respondent counts alike."))
    return Drivers(
        outcome_id=outcome_id,
        outcome=outcome,
        n=found.n,
        r_squared=found.r_squared,
        strength=strength,
        drivers=ranked,
        method=found.method,
        collinearity=_collinearity(ranked),
        caveats=caveats,
        reading=_read(ranked, strength, outcome, found.r_squared),
    )


def _strength(fitted: RegressionDrivers) -> Strength:
    if fitted.p_value >= SIGNIFICANCE:
        return "none"
    return "little" if fitted.adjusted_r_squared < LITTLE_R_SQUARED else "clear"


def _collinearity(drivers: tuple[DriverFinding, ...]) -> Message | None:
    shared = [driver.label for driver in drivers if driver.vif >= HIGH_VIF]
    if not shared:
        return None
    return Message(
        "Whoever rates one dimension well rates the others well, too: {names} can hardly be told apart from the rest, "
        "so their shares may trade places.",
        names=", ".join(shared),
    )


def _read(
    drivers: tuple[DriverFinding, ...], strength: Strength, outcome: str | Message, r_squared: Estimate
) -> Message:
    if strength == "none":
        return Message("The dimensions do not go with “{outcome}” beyond chance.", outcome=outcome)
    explained = Message(
        "Together the dimensions account for {share:.0%} of the differences in “{outcome}”.",
        share=r_squared.value,
        outcome=outcome,
    )
    if strength == "little":
        return Message(
            "{explained} That is beyond chance, but next to nothing: what drives it lies elsewhere.",
            explained=explained,
        )
    leading = [driver.label for driver in drivers if driver.is_leading]
    if len(leading) == 1:
        return Message("{explained} {name} goes with it most.", explained=explained, name=leading[0])
    if len(leading) <= len(drivers) // 2:
        return Message(
            "{explained} {names} go with it most and cannot be told apart.",
            explained=explained,
            names=", ".join(leading),
        )
    return Message("{explained} No dimension stands out beyond chance.", explained=explained)
