"""The gaps by site, with small groups hidden in every audience, and how gaps 1 to 4 go with gap 5 over the sites."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, adjust_family, unavailable
from servq.analysis.gap_knowledge import is_shown
from servq.analysis.segments import MOST_GROUPS
from servq.analysis.study_answers import ROLE_NAMES, ROLES, Role
from servq.analysis.study_findings import SiteAssociation, SiteRow, Sites
from servq.analysis.study_sides import Side, Sides
from servq.analysis.suppression import hidden_groups, hidden_in_score
from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics import Comparison, Estimate, MeanEstimate
from servq.statistics.pearson import pearson_correlation

DESCRIPTIVE_BELOW = 10
"""With fewer sites no direction is claimed: the interval then spans most of what a correlation can be."""

CLOSE_NAME = 0.8

INSIDE: tuple[Literal[1, 2, 3, 4], ...] = (1, 2, 3, 4)

HIDDEN = Unavailable(reason=Message("Not shown: too few respondents at this site."))
NOT_ASKED = Unavailable(reason=Message("Not asked at this site."))


def key_of(name: str) -> str:
    """A site's name as it is compared: spaces and capitals play no part."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True)
class _SiteGroups:
    """The respondents of one audience by site."""

    side: Side
    keys: NDArray[np.object_]
    names: dict[str, str]
    hidden: frozenset[str]

    def rows(self, key: str) -> NDArray[np.bool_]:
        return np.asarray(self.keys == key, dtype=bool)

    def shows(self, key: str) -> bool:
        return key in self.names and key not in self.hidden

    def hides(self, key: str, scores: Array) -> bool:
        """Whether one score of a site is hidden, at which there may be more respondents than have the score."""
        having = Counter(self.keys[np.isfinite(scores)].tolist())
        return key in hidden_in_score(having, self.hidden, self.side.estimator.minimum_group_size)


def make_sites(sides: Sides, attribute: str | None, *, overall_gap_1: bool) -> Sites | Unavailable:
    """One row per site that may be shown, and one association per gap.

    Parameters
    ----------
    attribute
        Attribute of the answers that names the site.
    overall_gap_1
        Whether managers and customers rate the same dimensions on the same scale.
    """
    if attribute is None:
        return Unavailable(reason=Message("This study names no sites."))
    groups = {
        role: _group(sides[role], attribute) for role in ROLES if role in sides and attribute in _known(sides[role])
    }
    names = _names(groups)
    if len(names) < 2:
        return Unavailable(reason=Message("The answers name fewer than two sites, so there is nothing to compare."))
    if len(names) > MOST_GROUPS:
        return Unavailable(reason=Message("{n} different sites are too many for a table.", n=len(names)))
    shown = [key for key in names if any(group.shows(key) for group in groups.values())]
    rows = tuple(_row(key, names[key], groups, overall_gap_1=overall_gap_1) for key in shown)
    return Sites(
        attribute=attribute,
        rows=rows,
        associations=_associations(rows, next(iter(sides.values())).estimator.confidence_level),
        unmatched=_unmatched(groups, names, sides, attribute),
        n_hidden=len(names) - len(shown),
        reading=_reading(rows, len(names)),
    )


def _known(side: Side) -> Sequence[str]:
    return tuple(side.scored.answers.attributes)


def _group(side: Side, attribute: str) -> _SiteGroups:
    texts = [str(name) for name in side.scored.answers.attributes[attribute]]
    keys = [key_of(text) for text in texts]
    spellings: dict[str, Counter[str]] = {}
    for key, text in zip(keys, texts, strict=True):
        spellings.setdefault(key, Counter())[" ".join(text.split())] += 1
    return _SiteGroups(
        side=side,
        keys=np.array(keys, dtype=np.object_),
        names={key: counted.most_common(1)[0][0] for key, counted in spellings.items() if key},
        hidden=hidden_groups(Counter(keys), side.estimator.minimum_group_size),
    )


def _names(groups: dict[Role, _SiteGroups]) -> dict[str, str]:
    """Every site by its key; spelt as the first audience that names it does."""
    names: dict[str, str] = {}
    for group in groups.values():
        for key, name in group.names.items():
            names.setdefault(key, name)
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))


def _row(key: str, name: str, groups: dict[Role, _SiteGroups], *, overall_gap_1: bool) -> SiteRow:
    counts: dict[str, int | None] = {
        role: int(group.rows(key).sum()) if group.shows(key) else None for role, group in groups.items()
    }
    gaps: dict[str, Estimate | Unavailable] = {
        "gap_1": _gap_1(key, groups) if overall_gap_1 else NOT_ASKED,
        "gap_5": _gap_5(key, groups),
    }
    for gap in (2, 3, 4):
        gaps[f"gap_{gap}"] = _rating(key, gap, groups)
    return SiteRow(site=name, n_respondents=counts, gaps=dict(sorted(gaps.items())))


def _absent(key: str, group: _SiteGroups | None) -> Unavailable | None:
    if group is None or key not in group.names:
        return NOT_ASKED
    return None if group.shows(key) else HIDDEN


def _gap_1(key: str, groups: dict[Role, _SiteGroups]) -> Comparison | Unavailable:
    managers, customers = groups.get("managers"), groups.get("customers")
    missing = _absent(key, managers) or _absent(key, customers)
    if missing is not None or managers is None or customers is None:
        return missing or NOT_ASKED
    view, perceived = managers.side.view, customers.side.perceived
    if view is None or perceived is None:
        return NOT_ASKED
    ours = _mean_at(key, managers, managers.side.scored.ratings[view.battery].overall)
    theirs = _mean_at(key, customers, customers.side.scored.ratings[perceived.expectation].overall)
    return managers.side.estimator.difference(ours, theirs)


def _mean_at(key: str, group: _SiteGroups, scores: Array) -> MeanEstimate | Unavailable:
    if group.hides(key, scores):
        return HIDDEN
    rows = group.rows(key)
    return group.side.estimator.among(rows).mean(scores[rows])


def _gap_5(key: str, groups: dict[Role, _SiteGroups]) -> Estimate | Unavailable:
    customers = groups.get("customers")
    missing = _absent(key, customers)
    if missing is not None or customers is None:
        return missing or NOT_ASKED
    if customers.side.scored.gap is None:
        return NOT_ASKED
    gap = customers.side.scored.gap.overall
    if customers.hides(key, gap):
        return HIDDEN
    rows = customers.rows(key)
    return customers.side.estimator.among(rows).test_of_zero(gap[rows])


def _rating(key: str, gap: int, groups: dict[Role, _SiteGroups]) -> Estimate | Unavailable:
    for group in groups.values():
        score = group.side.rating_of(gap)
        if score is not None:
            block = group.side.scored.ratings[score.battery]
            return _absent(key, group) or _mean_at(key, group, block.overall)
    return NOT_ASKED


def _associations(rows: Sequence[SiteRow], confidence_level: float) -> tuple[SiteAssociation, ...]:
    found: list[Comparison | Unavailable] = []
    counts = []
    for gap in INSIDE:
        pairs = [
            (one.value, five.value)
            for row in rows
            if isinstance(one := row.gaps[f"gap_{gap}"], Estimate) and isinstance(five := row.gaps["gap_5"], Estimate)
        ]
        counts.append(len(pairs))
        try:
            inside, perceived = [one for one, _ in pairs], [five for _, five in pairs]
            found.append(pearson_correlation(inside, perceived, confidence_level=confidence_level))
        except NotEstimable as error:
            found.append(unavailable(error))
    adjusted = adjust_family(found)
    return tuple(
        SiteAssociation(gap=gap, correlation=one, n_sites=n, reading=_read_association(gap, one, n))
        for gap, one, n in zip(INSIDE, adjusted, counts, strict=True)
    )


def _read_association(gap: int, found: Comparison | Unavailable, n: int) -> Message:
    if isinstance(found, Unavailable):
        return found.reason
    facts = {"gap": gap, "n": n, "r": found.value, "low": found.ci_low, "high": found.ci_high}
    if n < DESCRIPTIVE_BELOW:
        return Message(
            "Over {n} sites the correlation with gap 5 is {r:+.2f} ({low:+.2f} to {high:+.2f}); so few sites only "
            "describe themselves.",
            **facts,
        )
    if not is_shown(found):
        return Message(
            "Over {n} sites no connection with gap 5 can be told from chance (correlation {low:+.2f} to {high:+.2f}).",
            **facts,
        )
    if found.value > 0:
        return Message(
            "Over {n} sites, where gap {gap} is higher, gap 5 is higher too (correlation {low:+.2f} to {high:+.2f}). "
            "That describes the sites; it proves no cause.",
            **facts,
        )
    return Message(
        "Over {n} sites, where gap {gap} is higher, gap 5 is lower (correlation {low:+.2f} to {high:+.2f}). "
        "That describes the sites; it proves no cause.",
        **facts,
    )


def _unmatched(
    groups: dict[Role, _SiteGroups], names: dict[str, str], sides: Sides, attribute: str
) -> tuple[Message, ...]:
    """Name audiences without sites, and sites that an audience lacks, with the name that may be meant."""
    said = [
        Message(
            "The answers of {audience} name no sites (“{attribute}”).", audience=ROLE_NAMES[role], attribute=attribute
        )
        for role in sides
        if role not in groups
    ]
    for role, group in groups.items():
        for key, name in names.items():
            if key in group.names:
                continue
            own = [candidate for candidate in group.names if not _everywhere(candidate, groups)]
            close = difflib.get_close_matches(key, own, n=1, cutoff=CLOSE_NAME)
            if close:
                said.append(
                    Message(
                        "{audience} have no answers from “{site}”, but from “{other}”; if that is the same site, give "
                        "it one name.",
                        audience=ROLE_NAMES[role],
                        site=name,
                        other=group.names[close[0]],
                    )
                )
            else:
                said.append(Message("{audience} have no answers from “{site}”.", audience=ROLE_NAMES[role], site=name))
    return tuple(said)


def _everywhere(key: str, groups: dict[Role, _SiteGroups]) -> bool:
    return all(key in group.names for group in groups.values())


def _reading(rows: Sequence[SiteRow], n_sites: int) -> Message:
    if not rows:
        return Message("None of the {n} sites has respondents enough to be shown.", n=n_sites)
    if len(rows) < n_sites:
        return Message(
            "{shown} of {n} sites have respondents enough in at least one audience.", shown=len(rows), n=n_sites
        )
    return Message("{n} sites have respondents enough in at least one audience.", n=n_sites)
