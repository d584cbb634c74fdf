"""What an exploratory factor analysis finds, beside what the instrument declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.declared import DeclaredStructure
from servq.analysis.estimating import Array, unavailable
from servq.analysis.validity_findings import (
    DimensionLoadings,
    Exploration,
    FactorCounts,
    FactorLoadings,
    ItemLoadings,
)
from servq.analysis.validity_rules import (
    ACCEPTABLE_ADEQUACY,
    LEAST_LOADING,
    SALIENT_LOADING,
    refuse_exploration,
    refuse_factors,
)
from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics import (
    Estimate,
    ExploratoryFactorAnalysis,
    bartlett_sphericity,
    exploratory_factor_analysis,
    kmo,
    minimum_average_partial,
    parallel_analysis,
)

Verdict = Literal["together", "merged", "in_part", "apart"]


def make_exploration(declared: DeclaredStructure) -> Exploration | Unavailable:
    """Adequacy, number of factors and loadings of one block, where there are respondents enough."""
    if refused := refuse_exploration(declared.moments.n, declared.n_items):
        return refused
    try:
        adequacy = kmo(declared.moments)
        sphericity = bartlett_sphericity(declared.moments)
        counts = _factor_counts(declared)
    except NotEstimable as error:
        return unavailable(error)
    return Exploration(
        adequacy=adequacy,
        sphericity=sphericity,
        factor_counts=counts,
        loadings=_loadings(declared),
        reading=_read_adequacy(adequacy),
    )


def _factor_counts(declared: DeclaredStructure) -> FactorCounts:
    parallel = parallel_analysis(declared.moments)
    partial = minimum_average_partial(declared.moments)
    return FactorCounts(
        declared=len(declared.dimensions),
        parallel_analysis=parallel.n_factors,
        minimum_average_partial=partial.n_factors,
        eigenvalues=parallel.eigenvalues,
        random_eigenvalues=parallel.random_quantile,
        random_quantile=parallel.quantile,
        n_samples=parallel.n_samples,
        seed=parallel.seed,
        n=parallel.n,
        method=f"{parallel.method}; {partial.method}",
        caveats=(*parallel.caveats, *partial.caveats),
        reading=_read_counts(len(declared.dimensions), parallel.n_factors, partial.n_factors),
    )


def _loadings(declared: DeclaredStructure) -> FactorLoadings | Unavailable:
    n_factors = len(declared.dimensions)
    if refused := refuse_factors(declared.n_items, n_factors):
        return refused
    try:
        found = exploratory_factor_analysis(declared.moments, n_factors, rotation="oblimin")
    except NotEstimable as error:
        return unavailable(error)
    factor_of = _factors_of_dimensions(declared, found.loadings)
    order = list(dict.fromkeys([f for f in factor_of.values() if f is not None] + list(range(n_factors))))
    signs = _signs(declared, found.loadings, factor_of)[order]
    loadings = found.loadings[:, order] * signs
    placed = {dimension: None if f is None else order.index(f) for dimension, f in factor_of.items()}
    dimensions = _dimensions(declared, loadings, placed)
    return FactorLoadings(
        n_factors=n_factors,
        items=_items(declared, found, loadings, dimensions),
        dimensions=dimensions,
        factor_correlations=_rows(found.factor_correlations[np.ix_(order, order)] * np.outer(signs, signs)),
        variance_share=tuple(found.variance_share[f] for f in order),
        rms_residual=found.fit.rms_residual,
        n=found.n,
        method=found.method,
        caveats=found.caveats,
        reading=_read_loadings(declared.n_items, dimensions),
    )


def _factors_of_dimensions(declared: DeclaredStructure, loadings: Array) -> dict[str, int | None]:
    """Factor on which most items of each dimension have their largest loading; None where they load nowhere."""
    found: dict[str, int | None] = {}
    strengths = np.abs(loadings)
    for dimension, items in declared.dimensions.items():
        own = strengths[[declared.moments.names.index(item) for item in items]]
        largest = own.argmax(axis=1)[own.max(axis=1) >= LEAST_LOADING]
        counts = np.bincount(largest, minlength=loadings.shape[1])
        ahead = counts + (own**2).mean(axis=0)  # squares below one decide between equal counts
        found[dimension] = int(ahead.argmax()) if counts.any() else None
    return found


def _signs(declared: DeclaredStructure, loadings: Array, factor_of: Mapping[str, int | None]) -> Array:
    """Sign of each factor that makes the items of its dimensions load positively on the whole."""
    signs = np.ones(loadings.shape[1])
    for factor in range(loadings.shape[1]):
        own = [i for i, dimension in enumerate(declared.dimension_of.values()) if factor_of[dimension] == factor]
        if loadings[own, factor].sum() < 0:
            signs[factor] = -1.0
    return signs


def _dimensions(
    declared: DeclaredStructure, loadings: Array, factor_of: Mapping[str, int | None]
) -> tuple[DimensionLoadings, ...]:
    made = []
    for dimension, items in declared.dimensions.items():
        factor = factor_of[dimension]
        own = loadings[[declared.moments.names.index(item) for item in items]]
        loose = tuple(item for item, row in zip(items, own, strict=True) if not _goes_with(row, factor))
        merged = tuple(
            other
            for other, theirs in factor_of.items()
            if other != dimension and factor is not None and theirs == factor
        )
        verdict, reading = _judge(declared, dimension, loose, merged)
        made.append(
            DimensionLoadings(
                dimension=dimension,
                label=declared.label(dimension),
                factor=None if factor is None else factor + 1,
                loose=loose,
                merged_with=merged,
                verdict=verdict,
                reading=reading,
            )
        )
    return tuple(made)


def _goes_with(row: Array, factor: int | None) -> bool:
    """Whether an item's largest loading is a positive one on a factor, and large enough."""
    return factor is not None and int(np.abs(row).argmax()) == factor and bool(row[factor] >= LEAST_LOADING)


def _judge(
    declared: DeclaredStructure, dimension: str, loose: tuple[str, ...], merged: tuple[str, ...]
) -> tuple[Verdict, Message]:
    n_items = len(declared.dimensions[dimension])
    numbers = ", ".join(str(declared.number(item)) for item in loose)
    if 2 * (n_items - len(loose)) <= n_items:
        return "apart", Message("Its items do not load together; {numbers} stand apart.", numbers=numbers)
    if merged:
        others = ", ".join(declared.label(other) for other in merged)
        return "merged", Message("Its items load on the same factor as those of {others}.", others=others)
    if len(loose) == 1:
        return "in_part", Message("Item {number} does not load with the others.", number=numbers)
    if loose:
        return "in_part", Message("Items {numbers} do not load with the others.", numbers=numbers)
    return "together", Message("All of its items load together.")


def _items(
    declared: DeclaredStructure,
    found: ExploratoryFactorAnalysis,
    loadings: Array,
    dimensions: tuple[DimensionLoadings, ...],
) -> tuple[ItemLoadings, ...]:
    loose = {item for dimension in dimensions for item in dimension.loose}
    return tuple(
        ItemLoadings(
            item=item,
            label=declared.wording(item),
            number=declared.number(item),
            dimension=dimension,
            loadings=tuple(row.tolist()),
            salient=tuple((np.abs(row) >= SALIENT_LOADING).tolist()),
            communality=found.communalities[item],
            belongs=item not in loose,
        )
        for (item, dimension), row in zip(declared.dimension_of.items(), loadings, strict=True)
    )


def _rows(matrix: Array) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _read_adequacy(adequacy: Estimate) -> Message:
    if adequacy.value < ACCEPTABLE_ADEQUACY:
        return Message(
            "The items share too little for common factors (KMO {value:.2f}, below {limit:.2f}); what follows "
            "means little.",
            value=adequacy.value,
            limit=ACCEPTABLE_ADEQUACY,
        )
    return Message(
        "The items share enough for common factors to be looked for (KMO {value:.2f}).", value=adequacy.value
    )


def _read_counts(declared: int, parallel: int, partial: int) -> Message:
    numbers = {"declared": declared, "parallel": parallel, "partial": partial}
    if parallel == partial == declared:
        return Message("The answers carry as many factors as there are dimensions ({declared}).", **numbers)
    return Message(
        "The instrument has {declared} dimensions; the answers carry {parallel} factors by parallel analysis and "
        "{partial} by minimum average partial.",
        **numbers,
    )


def _read_loadings(n_items: int, dimensions: tuple[DimensionLoadings, ...]) -> Message:
    n_together = n_items - sum(len(dimension.loose) for dimension in dimensions)
    shared = [dimension.label for dimension in dimensions if dimension.merged_with]
    if shared:
        return Message(
            "{n} of {n_items} items load together with the others of their dimension, but {names} are not separate "
            "factors.",
            n=n_together,
            n_items=n_items,
            names=", ".join(shared),
        )
    return Message(
        "{n} of {n_items} items load together with the others of their dimension.", n=n_together, n_items=n_items
    )
