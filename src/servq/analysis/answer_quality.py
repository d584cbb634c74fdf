"""Signs of careless answering among the answers of a wave. They are counted; nobody is left out for them."""

from __future__ import annotations

from servq.analysis.absence import Unavailable
from servq.analysis.answer_quality_findings import AnswerQualityFinding, QualitySign
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.labels import Labels
from servq.errors import InvalidArgument, NotEstimable
from servq.instruments.model import RatingBattery
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import answer_quality
from servq.statistics.answer_quality_flags import QualityCutoffs

LEAST_ITEMS = 6
"""Rated items below which a run of equal answers is no sign of anything."""

SIGNS = {
    "longstring": Message("The same answer to at least half of the items in a row"),
    "intra_individual_variability": Message("The same answer to every item"),
    "even_odd_consistency": Message("Answers within dimensions that do not go together"),
    "psychometric_synonyms": Message("Different answers to items that others answer alike"),
    "mahalanobis": Message("A very unusual combination of answers"),
    "guttman_errors": Message("Hard items rated above easy ones, often"),
    "seconds_per_item": Message("Less than {seconds:g} seconds an item", seconds=QualityCutoffs().seconds_per_item),
}
"""Signs by the name of their index, in plain words."""


def make_answer_quality(
    scored: ScoredTable, estimator: Estimator, labels: Labels
) -> AnswerQualityFinding | Unavailable | None:
    """Count the signs in the headline battery; None where it has too few items for any.

    Sources: Meade & Craig (2012), *Psychol. Methods* 17, 437-455; Curran (2016), *J. Exp. Soc. Psychol.* 66, 4-19.
    """
    battery = scored.answers.instrument.definition.batteries[labels.headline_battery]
    if not isinstance(battery, RatingBattery):
        return None
    block = scored.ratings[labels.headline_battery]
    if len(block.items) < LEAST_ITEMS:
        return None
    if hidden := estimator.too_few(len(block.values)):
        return hidden
    try:
        quality = answer_quality(block.values)
    except (NotEstimable, InvalidArgument) as error:
        return unavailable(error) if isinstance(error, NotEstimable) else None
    n_suspicious = int(quality.suspicious.sum())
    return AnswerQualityFinding(
        n_respondents=quality.n,
        n_suspicious=n_suspicious,
        n_signs=quality.cutoffs.signs,
        signs=tuple(
            QualitySign(id=name, label=SIGNS[name], n=int(flags.sum()), share=float(flags.mean()))
            for name, flags in quality.flags.items()
        ),
        reading=Message(
            "{suspicious:,} of {n:,} respondents show at least {signs} signs of careless answering. They are counted "
            "here and left in every result; a single sign is common among careful respondents too.",
            suspicious=n_suspicious,
            n=quality.n,
            signs=quality.cutoffs.signs,
        ),
    )
