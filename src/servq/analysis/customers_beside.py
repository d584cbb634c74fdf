"""What assessors found at each site beside what its customers say: the mystery shopper and SERVPERF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.compared import make_compared
from servq.analysis.customers_findings import CustomersBeside, SiteBeside
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.segments import MOST_GROUPS
from servq.analysis.study_sites import DESCRIPTIVE_BELOW, key_of
from servq.analysis.suppression import hidden_groups, hidden_in_score
from servq.errors import NotEstimable
from servq.instruments.model import (
    ChecklistScore,
    EffortScore,
    GapScore,
    NetPromoterScore,
    PathScore,
    Score,
    ToleranceScore,
    TopBoxScore,
)
from servq.messages import Message
from servq.scoring import AnswerTable, score
from servq.statistics import Comparison, Estimate
from servq.statistics.pearson import pearson_correlation

SITE = "site"


def make_customers_beside(
    visits: AnswerTable, customers: AnswerTable, estimator: Estimator, locale: str, *, attribute: str = SITE
) -> CustomersBeside | Unavailable:
    """Compare the headline of the assessors with the headline of the customers, site by site.

    Parameters
    ----------
    visits, customers
        Both with the attribute that names the site. A site's customers are hidden when they are too few; visits are
        not, because they describe the site and not whoever visited it.
    estimator
        Confidence level and smallest group of customers that is shown.

    Notes
    -----
    The two scales differ, so levels are not subtracted; only how the sites go together is told, by Pearson's
    correlation with Fisher's interval over the sites that have both.
    """
    if attribute not in visits.attributes or attribute not in customers.attributes:
        return Unavailable(reason=Message("The visits or the customers' answers do not name their site."))
    found, asked = _keys(visits, attribute), _keys(customers, attribute)
    names = _names(visits, attribute) | _names(customers, attribute)
    if len(names) > MOST_GROUPS:
        return Unavailable(reason=Message("{n} different sites are too many for a table.", n=len(names)))
    hidden = hidden_groups(Counter(asked.tolist()), estimator.minimum_group_size)
    of_visits = make_compared(score(visits), Estimator(estimator.confidence_level), _labels(visits, locale))
    of_customers = make_compared(
        score(customers),
        Estimator(estimator.confidence_level, estimator.minimum_group_size, customers.survey_weights),
        _labels(customers, locale),
    )
    if isinstance(of_visits, Unavailable):
        return of_visits
    if isinstance(of_customers, Unavailable):
        return of_customers
    having = Counter(asked[np.isfinite(of_customers.overall.contributions)].tolist())
    concealed = hidden_in_score(having, hidden, estimator.minimum_group_size)
    rows = []
    for key, name in sorted(names.items(), key=lambda pair: pair[1].casefold()):
        here, there = found == key, asked == key
        shown = there.any() and key not in hidden
        absent = HIDDEN if there.any() else NOT_ASKED
        rows.append(
            SiteBeside(
                site=name,
                n_visits=int(here.sum()),
                visits=of_visits.overall.among(here).estimate() if here.any() else NOT_VISITED,
                n_customers=int(there.sum()) if shown else None,
                customers=of_customers.overall.among(there).estimate() if shown and key not in concealed else absent,
            )
        )
    correlation, n_sites = _correlation(rows, estimator.confidence_level)
    return CustomersBeside(
        attribute=attribute,
        visits_kind=_kind(visits),
        customers_kind=_kind(customers),
        instrument=customers.instrument.texts_in(locale).title,
        source=customers.source,
        sites=tuple(rows),
        correlation=correlation,
        n_sites=n_sites,
        reading=_reading(correlation, n_sites),
    )


HIDDEN = Unavailable(reason=Message("Not shown: too few respondents at this site."))
NOT_ASKED = Unavailable(reason=Message("Not asked at this site."))
NOT_VISITED = Unavailable(reason=Message("Not visited."))


KINDS: dict[type[Score], str] = {
    GapScore: "gap",
    ToleranceScore: "adequacy",
    NetPromoterScore: "net_promoter",
    TopBoxScore: "top_box",
    EffortScore: "effort",
    PathScore: "index",
    ChecklistScore: "checklist",
}
"""How the headline of each kind of score is written; every other one is a mean on its response scale."""


def _kind(answers: AnswerTable) -> str:
    return KINDS.get(type(answers.instrument.definition.scores[0]), "mean")


def _keys(answers: AnswerTable, attribute: str) -> NDArray[np.object_]:
    return np.array([key_of(str(name)) for name in answers.attributes[attribute]], dtype=np.object_)


def _names(answers: AnswerTable, attribute: str) -> dict[str, str]:
    return {
        key_of(str(name)): " ".join(str(name).split()) for name in answers.attributes[attribute] if str(name).strip()
    }


def _labels(answers: AnswerTable, locale: str) -> Labels:
    return Labels(answers.instrument, answers.instrument.texts_in(locale).locale, {})


def _correlation(rows: Sequence[SiteBeside], confidence_level: float) -> tuple[Comparison | Unavailable, int]:
    pairs = [
        (row.visits.value, row.customers.value)
        for row in rows
        if isinstance(row.visits, Estimate) and isinstance(row.customers, Estimate)
    ]
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    try:
        return pearson_correlation(first, second, confidence_level=confidence_level), len(pairs)
    except NotEstimable as error:
        return unavailable(error), len(pairs)


def _reading(found: Comparison | Unavailable, n: int) -> Message:
    if isinstance(found, Unavailable):
        return found.reason
    low, high = found.ci_low or 0.0, found.ci_high or 0.0
    facts = {"n": n, "r": found.value, "low": low, "high": high}
    if n < DESCRIPTIVE_BELOW:
        return Message(
            "Over {n} sites visits and customers go together by {r:+.2f} ({low:+.2f} to {high:+.2f}); so few sites "
            "only describe themselves.",
            **facts,
        )
    if low > 0:
        return Message(
            "Over {n} sites, assessors find more fulfilled where customers rate higher (correlation {low:+.2f} to "
            "{high:+.2f}).",
            **facts,
        )
    if high < 0:
        return Message(
            "Over {n} sites, assessors find more fulfilled where customers rate lower (correlation {low:+.2f} to "
            "{high:+.2f}): the checklist may not hold what matters to customers.",
            **facts,
        )
    return Message(
        "Over {n} sites it cannot be told whether assessors and customers agree (correlation {low:+.2f} to "
        "{high:+.2f}).",
        **facts,
    )
