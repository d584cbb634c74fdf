"""Index of a construct from 0 to 100, as the European and American customer satisfaction indices are computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import t_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, MeanEstimate
from servq.statistics.paths_diagram import Blocks, Modes, Paths
from servq.statistics.pls import pls_path_model
from servq.statistics.pls_result import PathConstruct, PathModel
from servq.statistics.pls_weights import Scheme

if TYPE_CHECKING:
    from numpy.typing import NDArray

ECSI_SCALE = (1.0, 10.0)
#: Share of the items' weights, taken without signs, that must remain when they are added with their signs.
SMALLEST_WEIGHT_SUM = 1e-6

ResponseScale = tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class ConstructIndex(MeanEstimate):
    """Mean index of a construct, 0–100.

    Parameters
    ----------
    construct
        What is measured.
    weights
        Unstandardised weight of each item, adding up to 1.
    scale
        Lowest and highest point of the items.
    scores
        Index of each respondent, shape (n_respondents,); NaN where an item of the model is blank. None when the model
        was fitted to `Moments`.
    """

    construct: str
    weights: Mapping[str, float]
    scale: ResponseScale
    scores: NDArray[np.float64] | None


@overload
def ecsi_index(
    source: object,
    blocks: Blocks | None = None,
    paths: Paths | None = None,
    *,
    construct: str,
    scheme: Scheme = "centroid",
    modes: Modes | None = None,
    scale: ResponseScale | Mapping[str, ResponseScale] = ECSI_SCALE,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> ConstructIndex: ...
@overload
def ecsi_index(
    source: object,
    blocks: Blocks | None = None,
    paths: Paths | None = None,
    *,
    construct: None = None,
    scheme: Scheme = "centroid",
    modes: Modes | None = None,
    scale: ResponseScale | Mapping[str, ResponseScale] = ECSI_SCALE,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> Mapping[str, ConstructIndex]: ...
def ecsi_index(
    source: object,
    blocks: Blocks | None = None,
    paths: Paths | None = None,
    *,
    construct: str | None = None,
    scheme: Scheme = "centroid",
    modes: Modes | None = None,
    scale: ResponseScale | Mapping[str, ResponseScale] = ECSI_SCALE,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> ConstructIndex | Mapping[str, ConstructIndex]:
    """Customer satisfaction index: weighted mean of a construct's items, from 0 to 100.

    Parameters
    ----------
    source
        A fitted `PathModel`; or what `pls_path_model` takes as `frame`, together with `blocks` and `paths`.
    blocks, paths, scheme, modes
        As for `pls_path_model`, when `source` holds answers.
    construct
        The construct wanted; None for all of them.
    scale
        Lowest and highest point of the items: one pair for all, or a pair for each construct.
    confidence_level
        Of the interval: the percentile interval of the model's bootstrap, where it has one at this level; else the t
        interval of the mean, in which the weights count as given.

    Returns
    -------
    ConstructIndex, or a mapping of construct to it.

    Raises
    ------
    InvalidArgument
        An unknown construct, a scale that is none or that the answers leave, answers without a model.
    NotEstimable
        As `pls_path_model`; also where weights of both signs cancel out.

    Notes
    -----
    With the lowest point a and the highest b, the index is 100 · Σ wᵢ (mean xᵢ − a) / ((b − a) Σ wᵢ), where wᵢ is the
    outer weight of the *standardised* item divided by its standard deviation; for ten points this is
    Σ wᵢ (mean xᵢ − 1) / (9 Σ wᵢ) × 100. The signs of the weights are kept; with negative ones, the index of a
    respondent may leave 0–100, and a caveat says so. R: not ``plspm::rescale`` of a model with scaled items, which
    leaves out the division by the standard deviation.

    References
    ----------
    Fornell, C., Johnson, M. D., Anderson, E. W., Cha, J. & Bryant, B. E. (1996). The American customer satisfaction
    index: nature, purpose, and findings. Journal of Marketing, 60(4), 7–18.
    Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. & Lauro, C. (2005). PLS path modeling. Computational Statistics
    & Data Analysis, 48, 159–205.

    Examples
    --------
    >>> answers = [[8, 7, 9, 8], [5, 6, 4, 5], [9, 9, 10, 9], [3, 4, 5, 2], [7, 5, 6, 7]]
    >>> blocks = {"satisfaction": ["1", "2"], "loyalty": ["3", "4"]}
    >>> index = ecsi_index(answers, blocks, [("satisfaction", "loyalty")], construct="satisfaction")
    >>> 100 * (6.2 - 1) / 9 < index.value < 100 * (6.4 - 1) / 9  # between the means of the two items
    True
    """
    model = _fitted(source, blocks, paths, scheme, modes)
    if construct is not None:
        if construct not in model.constructs:
            raise InvalidArgument(f"The model has no construct {construct!r}; it has {', '.join(model.constructs)}.")
        return _index(model, construct, scale, confidence_level)
    return {name: _index(model, name, scale, confidence_level) for name in model.constructs}


def _fitted(
    source: object, blocks: Blocks | None, paths: Paths | None, scheme: Scheme, modes: Modes | None
) -> PathModel:
    if isinstance(source, PathModel):
        return source
    if blocks is None or paths is None:
        raise InvalidArgument("Give blocks and paths of the model, or a fitted path model.")
    return pls_path_model(source, blocks, paths, scheme, modes)


def _index(
    model: PathModel, name: str, scale: ResponseScale | Mapping[str, ResponseScale], confidence_level: float
) -> ConstructIndex:
    construct = model.constructs[name]
    low, high = _checked_scale(model, construct, scale)
    items = [indicator.item for indicator in construct.indicators]
    raw = np.array([indicator.unstandardized_weight for indicator in construct.indicators])
    total = raw.sum()
    if total <= SMALLEST_WEIGHT_SUM * np.abs(raw).sum():
        raise NotEstimable(
            Message("The weights of {construct} cancel each other out; there is no index.", construct=name), n=model.n
        )
    weights = raw / total
    means = model.moments.select(items).mean
    value = float(100 * (weights @ means - low) / (high - low))
    sd = float(100 / ((high - low) * total))  # the raw weights give the score a standard deviation of 1
    se, ends, interval = _interval(model, construct, (low, high), value, sd, confidence_level)
    position = list(model.constructs).index(name)
    return ConstructIndex(
        value=value,
        ci_low=ends[0],
        ci_high=ends[1],
        confidence_level=confidence_level,
        n=model.n,
        method=f"index 0–100 with unstandardised weights ({model.method}), {interval}",
        caveats=model.caveats + _about_weights(name, raw),
        sd=sd,
        se=se,
        construct=name,
        weights=dict(zip(items, map(float, weights), strict=True)),
        scale=(low, high),
        scores=None if model.scores is None else value + sd * model.scores[:, position],
    )


def _interval(
    model: PathModel,
    construct: PathConstruct,
    scale: ResponseScale,
    value: float,
    sd: float,
    confidence_level: float,
) -> tuple[float, tuple[float, float], str]:
    """Standard error, ends of the interval and its name."""
    level = construct.level
    if level.ci_low is not None and level.ci_high is not None and level.confidence_level == confidence_level:
        unit = 100 / (scale[1] - scale[0])
        se = sd / np.sqrt(model.n) if level.se is None else unit * level.se
        ends = (unit * (level.ci_low - scale[0]), unit * (level.ci_high - scale[0]))
        return float(se), ends, "bootstrap percentile interval"
    se = sd / np.sqrt(model.n)
    reach = t_quantile(model.n - 1, confidence_level) * se
    return float(se), (float(value - reach), float(value + reach)), "t interval with the weights as given"


def _about_weights(name: str, raw: NDArray[np.float64]) -> tuple[Message, ...]:
    if (raw >= 0).all():
        return ()
    return (
        Message(
            "{construct} has negative weights: the index falls when those items rise, and may leave 0–100.",
            construct=name,
        ),
    )


def _checked_scale(
    model: PathModel, construct: PathConstruct, scale: ResponseScale | Mapping[str, ResponseScale]
) -> ResponseScale:
    """Ends of the scale, refused where means or answers lie outside."""
    if isinstance(scale, Mapping):
        if construct.name not in scale:
            raise InvalidArgument(f"scale must give the lowest and highest point of {construct.name}.")
        scale = scale[construct.name]
    low, high = map(float, scale)
    if not (np.isfinite([low, high]).all() and low < high):
        raise InvalidArgument(f"scale must be the lowest and the highest point; it is {scale}.")
    for indicator in construct.indicators:
        mean = float(model.moments.select([indicator.item]).mean[0])
        lowest, highest = model.answer_ranges.get(indicator.item, (mean, mean))
        if lowest < low or highest > high:
            raise InvalidArgument(
                f"{indicator.item} goes from {lowest:g} to {highest:g}, beyond the scale of {low:g} to {high:g}. "
                "Give the lowest and highest point of the items as scale."
            )
    return low, high
