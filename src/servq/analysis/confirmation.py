"""Whether the declared structure fits, and whether its dimensions converge and differ."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Literal, NamedTuple

from servq.analysis.absence import Unavailable
from servq.analysis.declared import DeclaredStructure
from servq.analysis.estimating import Array, unavailable
from servq.analysis.validity_findings import Confirmation, Convergence, Distinction, StandardizedLoading
from servq.analysis.validity_rules import (
    ACCEPTABLE_COMPOSITE_RELIABILITY,
    ACCEPTABLE_VARIANCE_EXTRACTED,
    DISTINCT_HTMT,
    doubt_confirmation,
    fits_poorly,
    fits_well,
    refuse_confirmation,
    refuse_exploration,
)
from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics import (
    ConfirmatoryFactorAnalysis,
    CovarianceFit,
    Estimate,
    FornellLarcker,
    HeterotraitMonotrait,
    average_variance_extracted,
    composite_reliability,
    confirmatory_factor_analysis,
    fornell_larcker,
    htmt,
)

Verdict = Literal["good", "mixed", "poor", "untested"]


class Confirmed(NamedTuple):
    """What one confirmatory factor analysis says: its fit, convergent validity, discriminant validity."""

    confirmation: Confirmation | Unavailable
    convergence: tuple[Convergence, ...] | Unavailable
    fornell_larcker: Distinction | Unavailable


def make_confirmation(declared: DeclaredStructure) -> Confirmed:
    """Fit the declared structure to one block, where there are respondents enough."""
    if refused := refuse_confirmation(declared.moments.n):
        return Confirmed(refused, refused, refused)
    try:
        found = confirmatory_factor_analysis(declared.moments, declared.model)
    except NotEstimable as error:
        refused = unavailable(error)
        return Confirmed(refused, refused, refused)
    if not found.converged:
        refused = Unavailable(
            reason=Message("The search for the declared structure did not converge; the answers do not carry it.")
        )
        return Confirmed(refused, refused, refused)
    verdict = verdict_on(found.fit)
    confirmation = Confirmation(
        fit=found.fit,
        verdict=verdict,
        loadings=_loadings(declared, found),
        n=found.n,
        method=found.method,
        caveats=(*found.caveats, *doubt_confirmation(found.n, found.fit.n_parameters)),
        reading=_read_fit(found.fit, verdict),
    )
    return Confirmed(confirmation, _convergence(declared, found), _fornell_larcker(declared, found))


def make_htmt(declared: DeclaredStructure) -> Distinction | Unavailable:
    """Heterotrait–monotrait ratios of the dimensions with two items or more; needs no model."""
    several = [dimension for dimension, items in declared.dimensions.items() if len(items) > 1]
    if len(several) < 2:
        return _nothing_to_tell_apart()
    if refused := refuse_exploration(declared.moments.n, declared.n_items):
        return refused
    try:
        found = htmt(declared.moments, {declared.factor_names[one]: declared.dimensions[one] for one in several})
    except NotEstimable as error:
        return unavailable(error)
    alike = [
        (several[i], several[j]) for i, j in combinations(range(len(several)), 2) if found.ratios[i, j] >= DISTINCT_HTMT
    ]
    return _distinction(declared, several, found.ratios, alike, found, _read_ratios(_pairs(declared, alike)))


def verdict_on(fit: CovarianceFit) -> Verdict:
    """Class a fit by the conventions of `validity_rules`."""
    if fit.df == 0:
        return "untested"
    if fits_well(fit):
        return "good"
    return "poor" if fits_poorly(fit) else "mixed"


def _loadings(declared: DeclaredStructure, found: ConfirmatoryFactorAnalysis) -> tuple[StandardizedLoading, ...]:
    by_item = {parameter.right: parameter for parameter in found.loadings}
    return tuple(
        StandardizedLoading(
            item=item, dimension=dimension, value=by_item[item].standardized, p_value=by_item[item].p_value
        )
        for item, dimension in declared.dimension_of.items()
    )


def _convergence(
    declared: DeclaredStructure, found: ConfirmatoryFactorAnalysis
) -> tuple[Convergence, ...] | Unavailable:
    try:
        reliabilities, extracted = composite_reliability(found), average_variance_extracted(found)
    except NotEstimable as error:
        return unavailable(error)
    made = []
    for dimension, items in declared.dimensions.items():
        if len(items) == 1:
            continue
        name = declared.factor_names[dimension]
        reliability, variance = reliabilities[name], extracted[name]
        good = reliability.value >= ACCEPTABLE_COMPOSITE_RELIABILITY and variance.value >= ACCEPTABLE_VARIANCE_EXTRACTED
        made.append(
            Convergence(
                dimension=dimension,
                label=declared.label(dimension),
                n_items=len(items),
                composite_reliability=reliability,
                average_variance_extracted=variance,
                verdict="good" if good else "low",
                reading=_read_convergence(reliability, variance),
            )
        )
    return tuple(made)


def _fornell_larcker(declared: DeclaredStructure, found: ConfirmatoryFactorAnalysis) -> Distinction | Unavailable:
    if len(declared.dimensions) < 2:
        return _nothing_to_tell_apart()
    try:
        table = fornell_larcker(found)
    except NotEstimable as error:
        return unavailable(error)
    dimension_of = {name: dimension for dimension, name in declared.factor_names.items()}
    alike = [(dimension_of[first], dimension_of[second]) for first, second in table.violations]
    reading = _read_correlations(_pairs(declared, alike))
    return _distinction(declared, list(declared.dimensions), table.matrix, alike, table, reading)


def _distinction(
    declared: DeclaredStructure,
    dimensions: list[str],
    matrix: Array,
    alike: list[tuple[str, str]],
    of: HeterotraitMonotrait | FornellLarcker,
    reading: Message,
) -> Distinction:
    return Distinction(
        dimensions=tuple(dimensions),
        labels=tuple(declared.label(dimension) for dimension in dimensions),
        matrix=tuple(tuple(row) for row in matrix.tolist()),
        alike=tuple(alike),
        n=of.n,
        method=of.method,
        caveats=of.caveats,
        reading=reading,
    )


def _nothing_to_tell_apart() -> Unavailable:
    return Unavailable(
        reason=Message("Fewer than two dimensions have several items, so there is nothing to tell apart.")
    )


def _read_fit(fit: CovarianceFit, verdict: Verdict) -> Message:
    numbers = {"cfi": fit.cfi, "rmsea": fit.rmsea, "srmr": fit.srmr}
    match verdict:
        case "untested":
            return Message("So few items leave nothing to test: the model fits by construction.")
        case "good":
            return Message(
                "The declared dimensions fit the answers well (CFI {cfi:.2f}, RMSEA {rmsea:.3f}, SRMR {srmr:.3f}).",
                **numbers,
            )
        case "poor":
            return Message(
                "The declared dimensions do not fit the answers (CFI {cfi:.2f}, RMSEA {rmsea:.3f}, SRMR {srmr:.3f}).",
                **numbers,
            )
        case _:
            return Message(
                "The declared dimensions fit the answers in part (CFI {cfi:.2f}, RMSEA {rmsea:.3f}, SRMR {srmr:.3f}).",
                **numbers,
            )


def _read_convergence(reliability: Estimate, variance: Estimate) -> Message:
    if variance.value < ACCEPTABLE_VARIANCE_EXTRACTED:
        return Message("Its items share less than half of their variance ({ave:.0%}).", ave=variance.value)
    if reliability.value < ACCEPTABLE_COMPOSITE_RELIABILITY:
        return Message("Its items together measure too loosely ({value:.2f}).", value=reliability.value)
    return Message("Its items converge on one thing: they share {ave:.0%} of their variance.", ave=variance.value)


def _pairs(declared: DeclaredStructure, alike: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{declared.label(one)} – {declared.label(other)}" for one, other in alike)


def _read_ratios(pairs: str) -> Message:
    if not pairs:
        return Message("Respondents tell the dimensions apart.")
    return Message("Hardly told apart by respondents: {pairs}.", pairs=pairs)


def _read_correlations(pairs: str) -> Message:
    if not pairs:
        return Message("Each dimension shares more with its own items than with any other dimension.")
    return Message("Share as much with each other as with their own items: {pairs}.", pairs=pairs)
