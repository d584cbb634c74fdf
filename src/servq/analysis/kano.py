"""Attributes by how respondents feel with and without them (Kano)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.score_findings import Kano, KanoAttributeFinding, KanoResult
from servq.errors import NotEstimable
from servq.instruments.model import KanoScore
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import KanoAttribute, kano_categories, wilson_interval
from servq.statistics.kano import ANSWERS, CATEGORIES

CATEGORY_NAMES = {
    "must_be": Message("must-be"),
    "one_dimensional": Message("one-dimensional"),
    "attractive": Message("attractive"),
    "indifferent": Message("indifferent"),
    "reverse": Message("reverse"),
    "questionable": Message("questionable"),
}


def make_kano(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Kano | Unavailable | None:
    """Class every attribute of the instrument's Kano score."""
    answers = scored.answers
    score = next((s for s in answers.instrument.definition.scores if isinstance(s, KanoScore)), None)
    if score is None:
        return None
    instrument = answers.instrument
    if any(len(instrument.scale_of(battery).points) != ANSWERS for battery in (score.functional, score.dysfunctional)):
        return Unavailable(reason=Message("Kano categories need five answers to both questions."))
    functional = dict(zip(instrument.asked_in(score.functional), answers.values(score.functional).T, strict=True))
    without = dict(zip(instrument.asked_in(score.dysfunctional), answers.values(score.dysfunctional).T, strict=True))
    # the evaluation table counts from 1, wherever the instrument's scale begins
    starts = [instrument.scale_of(battery).low - 1 for battery in (score.functional, score.dysfunctional)]
    attributes = []
    for item, with_it in functional.items():
        if item not in without:
            continue
        result = _classed(with_it - starts[0], without[item] - starts[1], estimator)
        attributes.append(
            KanoAttributeFinding(
                id=item,
                number=instrument.item(item).number,
                label=labels.item(item, score.functional),
                functional=labels.item(item, score.functional),
                dysfunctional=labels.item(item, score.dysfunctional),
                result=result,
                reading=_read(result),
            )
        )
    return Kano(
        score=score.id,
        functional=score.functional,
        dysfunctional=score.dysfunctional,
        attributes=tuple(attributes),
        caveats=()
        if estimator.weights is None
        else (Message("Survey weights play no part in the classes; every respondent counts alike."),),
        reading=_reading([one.result for one in attributes]),
    )


def _classed(functional: np.ndarray, without: np.ndarray, estimator: Estimator) -> KanoResult | Unavailable:
    n = int(np.isfinite(functional + without).sum())
    if hidden := estimator.too_few(n):
        return hidden
    try:
        (attribute,) = kano_categories(
            functional[:, None], without[:, None], confidence_level=estimator.confidence_level
        )
    except NotEstimable as error:
        return unavailable(error)
    return _result(attribute, estimator.confidence_level)


def _result(attribute: KanoAttribute, level: float) -> KanoResult:
    # Goodman (1965, Technometrics 7, 247-254): score intervals at the level that holds for all categories together
    each = 1 - (1 - level) / len(CATEGORIES)
    shares = {
        category: replace(
            wilson_interval(count, attribute.n, confidence_level=each),
            confidence_level=level,
            method="share, Goodman's simultaneous interval",
        )
        for category, count in attribute.counts.items()
    }
    nobody = Unavailable(reason=Message("All answers are reverse or questionable."))
    return KanoResult(
        n=attribute.n,
        counts={str(category): count for category, count in attribute.counts.items()},
        shares={str(category): share for category, share in shares.items()},
        most_frequent=attribute.most_frequent,
        category=attribute.category,
        better=attribute.better or nobody,
        worse=attribute.worse or nobody,
        caveats=tuple(_translatable(caveat) for caveat in attribute.caveats),
    )


def _translatable(caveat: Message) -> Message:
    """A caveat whose categories are named as the report names them."""
    params = {key: CATEGORY_NAMES.get(str(value), value) for key, value in caveat.params.items()}
    return Message(caveat.template, **params)


CATEGORY_MEANS = {
    "must_be": Message("Must be there: its absence annoys, its presence is taken for granted."),
    "one_dimensional": Message("The more the better: its presence pleases and its absence annoys."),
    "attractive": Message("Delights: its presence pleases, and nobody misses it."),
    "indifferent": Message("Makes no difference to most respondents."),
    "reverse": Message("Most respondents would rather not have it."),
    "questionable": Message("Most answers contradict themselves; the question may be misunderstood."),
}


def _read(result: KanoResult | Unavailable) -> Message:
    if isinstance(result, Unavailable):
        return result.reason
    if result.category is not None:
        return CATEGORY_MEANS[result.category]
    first, second = sorted(result.counts, key=lambda category: -result.counts[category])[:2]
    return Message(
        "Open: {first} and {second} cannot be told apart.",
        first=CATEGORY_NAMES[first],
        second=CATEGORY_NAMES[second],
    )


def _reading(results: list[KanoResult | Unavailable]) -> Message:
    classed = [one.category for one in results if isinstance(one, KanoResult)]
    if not classed:
        return Message("No attribute could be classed.")
    return Message(
        "Of {n} attributes, {must_be} must be there, {one_dimensional} please the more the better, {attractive} "
        "delight, {indifferent} make no difference; {open} cannot be classed beyond chance.",
        n=len(classed),
        must_be=classed.count("must_be"),
        one_dimensional=classed.count("one_dimensional"),
        attractive=classed.count("attractive"),
        indifferent=classed.count("indifferent"),
        open=classed.count(None),
    )
