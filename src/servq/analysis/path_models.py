"""Indices from 0 to 100 and the paths between them, by partial least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.readings import direction_of, read_index
from servq.analysis.score_findings import Index, IndexItem, Path, PathModelFinding, Quadrant
from servq.errors import InvalidArgument, NotEstimable
from servq.instruments.model import PathScore
from servq.messages import Message
from servq.scoring import Block, ScoredTable
from servq.statistics import (
    ConstructIndex,
    ConstructPriority,
    Estimate,
    MeanEstimate,
    construct_importance_performance,
    ecsi_index,
    pls_path_model,
)

if TYPE_CHECKING:
    from servq.statistics import PathModel

RESAMPLES = 500
"""Of the bootstrap behind the intervals; the seed is fixed, so a report repeats itself."""


@dataclass(frozen=True)
class FittedIndices:
    """A path model of the respondents with the index of every latent variable, by dimension id.

    Parameters
    ----------
    names
        What the model calls each dimension; the other way round in `ids`.
    """

    score: PathScore
    model: PathModel
    indices: Mapping[str, ConstructIndex]
    names: Mapping[str, str]

    @cached_property
    def ids(self) -> dict[str, str]:
        """Dimension id by the model's name."""
        return {name: id_ for id_, name in self.names.items()}

    def scores(self, dimension: str) -> Array:
        """Index of each respondent, shape (n_respondents,), NaN where an item of the model is missing."""
        found = self.indices[dimension].scores
        return np.empty(0) if found is None else found


def fit_indices(
    scored: ScoredTable, score: PathScore, estimator: Estimator, labels: Labels, *, n_resamples: int = 0
) -> FittedIndices | Unavailable:
    """Fit the model, or say why these answers do not carry it."""
    block = scored.ratings[score.battery]
    missing = _unmeasured(score, block)
    if missing:
        return Unavailable(
            reason=Message(
                "The path model needs items for each of its constructs, and it is not known which items measure: "
                "{names}.",
                names=", ".join(labels.dimension(dimension) for dimension in missing),
            )
        )
    blocks = _blocks(score, block)
    names = _names(blocks, labels)
    used = [item for items in blocks.values() for item in items]
    values = np.column_stack([block.item(item) for item in used])
    if hidden := estimator.too_few(int((~np.isnan(values).any(axis=1)).sum())):
        return hidden
    places = {item: str(position) for position, item in enumerate(used, start=1)}
    try:
        model = pls_path_model(
            values,
            {names[dimension]: [places[item] for item in items] for dimension, items in blocks.items()},
            [(names[source], names[target]) for source, targets in score.paths.items() for target in targets],
            n_resamples=n_resamples,
            confidence_level=estimator.confidence_level,
        )
        scale = scored.answers.instrument.scale_of(score.battery)
        found = ecsi_index(
            model, scale=(float(scale.low), float(scale.high)), confidence_level=estimator.confidence_level
        )
    except NotEstimable as error:
        return unavailable(error)
    except InvalidArgument as error:
        return Unavailable(reason=Message("The path model is not sound: {problem}", problem=str(error)))
    return FittedIndices(
        score=score,
        model=model,
        indices={dimension: found[name] for dimension, name in names.items()},
        names=names,
    )


def make_path_model(scored: ScoredTable, estimator: Estimator, labels: Labels) -> PathModelFinding | Unavailable | None:
    """Indices, paths and the importance–performance map of the instrument's path model."""
    score = next((s for s in scored.answers.instrument.definition.scores if isinstance(s, PathScore)), None)
    if score is None:
        return None
    fitted = fit_indices(scored, score, estimator, labels, n_resamples=RESAMPLES)
    if isinstance(fitted, Unavailable):
        return fitted
    model = fitted.model
    priorities = _priorities(scored, fitted)
    lines = _lines(priorities)
    items = {str(i): item for i, item in enumerate(_used_items(scored, score), start=1)}
    return PathModelFinding(
        score=score.id,
        target=score.target,
        indices=tuple(
            _index(dimension, fitted, priorities, lines, items, estimator, labels) for dimension in fitted.names
        ),
        paths=tuple(
            Path(
                source=fitted.ids[path.source],
                target=fitted.ids[path.target],
                coefficient=_plain(path),
                f_squared=path.f_squared,
                vif=path.vif,
                reading=_read_path(path),
            )
            for path in model.paths
        ),
        importance_line=lines[0] if lines else None,
        performance_line=lines[1] if lines else None,
        goodness_of_fit=model.goodness_of_fit,
        n=model.n,
        n_respondents=scored.answers.n_respondents,
        n_resamples=model.n_resamples,
        method=model.method,
        caveats=(
            *_named_items(model.caveats, items),
            *(
                (Message("Survey weights play no part in the model; the indices are weighted means."),)
                if estimator.weights is not None
                else ()
            ),
        ),
        reading=_reading(priorities, lines, fitted, labels),
    )


def index_estimate(fitted: FittedIndices, dimension: str, estimator: Estimator) -> MeanEstimate | Unavailable:
    """Mean index: weighted with survey weights, else with the interval of the model."""
    if estimator.weights is not None:
        return estimator.mean(fitted.scores(dimension))
    found = fitted.indices[dimension]
    return MeanEstimate(**{name: getattr(found, name) for name in MeanEstimate.__dataclass_fields__})


def _blocks(score: PathScore, block: Block) -> dict[str, list[str]]:
    """Items of every dimension of the model, in the order of the instrument."""
    wanted = {*score.paths, *(target for targets in score.paths.values() for target in targets)}
    return {
        dimension: [block.items[i] for i in positions]
        for dimension, positions in zip(block.dimensions, block.positions, strict=True)
        if dimension in wanted
    }


def _used_items(scored: ScoredTable, score: PathScore) -> list[str]:
    return [item for items in _blocks(score, scored.ratings[score.battery]).values() for item in items]


def _unmeasured(score: PathScore, block: Block) -> list[str]:
    wanted = dict.fromkeys([*score.paths, *(target for targets in score.paths.values() for target in targets)])
    return [dimension for dimension in wanted if dimension not in block.dimensions]


def _names(blocks: Mapping[str, Sequence[str]], labels: Labels) -> dict[str, str]:
    """What caveats call the dimensions: their names where these are told apart, else their ids."""
    names = {dimension: labels.dimension(dimension) for dimension in blocks}
    return names if len(set(names.values())) == len(names) else {dimension: dimension for dimension in blocks}


def _priorities(scored: ScoredTable, fitted: FittedIndices) -> dict[str, ConstructPriority]:
    scale = scored.answers.instrument.scale_of(fitted.score.battery)
    target = fitted.names.get(fitted.score.target)
    if target is None or not any(effect.target == target for effect in fitted.model.effects):
        return {}
    ends = (float(scale.low), float(scale.high))
    found = construct_importance_performance(fitted.model, target, scale=ends)
    return {fitted.ids[priority.construct]: priority for priority in found}


def _lines(priorities: Mapping[str, ConstructPriority]) -> tuple[float, float] | None:
    """Means that divide the map into quarters."""
    if not priorities:
        return None
    return (
        fmean(priority.importance for priority in priorities.values()),
        fmean(priority.performance.value for priority in priorities.values()),
    )


def _index(
    dimension: str,
    fitted: FittedIndices,
    priorities: Mapping[str, ConstructPriority],
    lines: tuple[float, float] | None,
    items: Mapping[str, str],
    estimator: Estimator,
    labels: Labels,
) -> Index:
    construct = fitted.model.constructs[fitted.names[dimension]]
    found = fitted.indices[dimension]
    index = index_estimate(fitted, dimension, estimator)
    priority = priorities.get(dimension)
    means = fitted.model.moments
    position = {name: i for i, name in enumerate(means.names)}
    instrument = labels.instrument
    return Index(
        id=dimension,
        label=labels.dimension(dimension),
        index=index,
        items=tuple(
            IndexItem(
                id=items[indicator.item],
                number=instrument.item(items[indicator.item]).number,
                label=labels.item(items[indicator.item], fitted.score.battery),
                weight=found.weights[indicator.item],
                loading=_plain(indicator.loading),
                mean=float(means.mean[position[indicator.item]]),
            )
            for indicator in construct.indicators
        ),
        explained=None if construct.r_squared is None else _plain(construct.r_squared),
        composite_reliability=construct.composite_reliability if len(construct.indicators) > 1 else None,
        average_variance_extracted=construct.average_variance_extracted if len(construct.indicators) > 1 else None,
        importance=None if priority is None else _importance(priority),
        quadrant=None if priority is None or lines is None else _quadrant(priority, index, lines),
        reading=read_index(index),
    )


def _importance(priority: ConstructPriority) -> Estimate:
    effect = priority.total_effect
    return Estimate(
        value=priority.importance,
        ci_low=priority.importance_low,
        ci_high=priority.importance_high,
        confidence_level=effect.confidence_level,
        n=effect.n,
        method=f"total effect in points of the indices, {effect.method}",
    )


def _quadrant(priority: ConstructPriority, index: MeanEstimate | Unavailable, lines: tuple[float, float]) -> Quadrant:
    important = side_of(_importance(priority), lines[0])
    performing = None if isinstance(index, Unavailable) else side_of(index, lines[1])
    return quadrant_of(important=important, performing=performing)


def side_of(estimate: Estimate, line: float) -> bool | None:
    """Whether the interval lies above the line (True), below it (False), or across it (None)."""
    if estimate.ci_low is not None and estimate.ci_low > line:
        return True
    if estimate.ci_high is not None and estimate.ci_high < line:
        return False
    return None


def quadrant_of(*, important: bool | None, performing: bool | None) -> Quadrant:
    """The quarter of an importance–performance map (Martilla & James 1977); open where an interval crosses a line."""
    if important is None or performing is None:
        return "open"
    if important:
        return "keep_up" if performing else "concentrate_here"
    return "possible_overkill" if performing else "low_priority"


def _plain(estimate: Estimate) -> Estimate:
    """Only the fields that every estimate has."""
    return Estimate(**{name: getattr(estimate, name) for name in Estimate.__dataclass_fields__})


def _named_items(caveats: Sequence[Message], items: Mapping[str, str]) -> tuple[Message, ...]:
    """Caveats in which items go by their ids instead of their places in the model."""

    def named(caveat: Message) -> Message:
        if "items" not in caveat.params or not isinstance(caveat.params["items"], str):
            return caveat
        ids = ", ".join(items.get(place, place) for place in caveat.params["items"].split(", "))
        return Message(caveat.template, **{**caveat.params, "items": ids})

    return tuple(named(caveat) for caveat in caveats)


def _read_path(path: Estimate) -> Message:
    match direction_of(path):
        case "above":
            return Message("Goes up with it.")
        case "below":
            return Message("Goes down with it, everything else held.")
        case _:
            return Message("No effect of its own can be told from chance.")


def _reading(
    priorities: Mapping[str, ConstructPriority],
    lines: tuple[float, float] | None,
    fitted: FittedIndices,
    labels: Labels,
) -> Message:
    if not priorities or lines is None:
        return Message("No path leads to the target, so the model names nothing that would move it.")
    most = max(priorities, key=lambda dimension: priorities[dimension].importance)
    priority = priorities[most]
    sized = {
        "target": labels.dimension(fitted.score.target),
        "name": labels.dimension(most),
        "points": priority.importance,
    }
    if priority.importance_low is None or priority.importance_high is None:
        return Message(
            "{name} moves {target} most: one point more goes with {points:.2f} points more, over all routes.", **sized
        )
    return Message(
        "{name} moves {target} most: one point more goes with {points:.2f} points more (between {low:.2f} and "
        "{high:.2f}), over all routes.",
        low=priority.importance_low,
        high=priority.importance_high,
        **sized,
    )
