"""Where the shortfall arises, in sentences that claim no more than the intervals carry.

What to look at is what Zeithaml, Berry and Parasuraman (1988) and Zeithaml, Parasuraman and Berry (1990) hold to lead
to each gap, in servq's words. A gap gets such advice only when its interval shows it, or when it is rated lower than
the other ratings beyond chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import adjust_family
from servq.analysis.gap_findings import AntecedentGroup, RatedGap, Verdict
from servq.analysis.gap_knowledge import is_shown
from servq.analysis.readings import is_slight
from servq.analysis.reliability import verdict_on
from servq.analysis.study_answers import ROLES, Role
from servq.analysis.study_findings import GapNumber, KnowledgeGap, PerceivedGap, Place, StudySummary
from servq.analysis.study_sides import Sides
from servq.analysis.summary import SMALL_SAMPLE
from servq.messages import Message
from servq.statistics import Comparison, Estimate, TwoSampleComparison

GAP_NAMES: Mapping[int, Message] = {
    1: Message("Knowledge"),
    2: Message("Standards"),
    3: Message("Delivery"),
    4: Message("Communication"),
    5: Message("Experience"),
}

WHERE_TO_LOOK: Mapping[int, Message] = {
    1: Message(
        "The source looks at three things here: whether customers are asked regularly and the answers used, whether "
        "what contact personnel see reaches management, and how many levels lie between the two."
    ),
    2: Message(
        "The source looks at four things here: what management commits to service quality, concrete goals for it, "
        "standard ways of working, and the belief that customers' wishes can be met."
    ),
    3: Message(
        "The source looks here at teamwork, at whether people and tools fit the work, at the room to act, at what is "
        "rewarded, and at roles that are clear and free of conflict."
    ),
    4: Message(
        "The source looks at two things here: whether those who promise talk with those who deliver, and the pressure "
        "to promise too much."
    ),
}


@dataclass(frozen=True)
class Parts:
    """The findings that the summary speaks of."""

    gap_1: KnowledgeGap | Unavailable
    rated: tuple[RatedGap | Unavailable, ...]
    gap_5: PerceivedGap | Unavailable
    antecedents: tuple[AntecedentGroup, ...] | Unavailable


def make_study_summary(parts: Parts, sides: Sides) -> StudySummary:
    """Headline, conclusions, the five gaps one by one, and what to beware of."""
    lowest = lowest_rated(parts.rated, sides)
    places = tuple(_place(gap, parts, lowest) for gap in (1, 2, 3, 4, 5))
    return StudySummary(
        headline=_headline(parts.gap_5),
        conclusions=(*_conclusions(places, parts.gap_5), _comparison(parts.rated, lowest)),
        places=places,
        cautions=_cautions(parts, sides),
    )


def lowest_rated(rated: Sequence[RatedGap | Unavailable], sides: Sides) -> tuple[int, ...]:
    """The gaps among 2 to 4 that are rated lowest and cannot be told apart; empty when they are all of them.

    Ratings of the same people are compared in pairs, those of different people by Welch's test, after Holm.
    """
    found = [one for one in rated if isinstance(one, RatedGap) and isinstance(one.overall, Estimate)]
    if len(found) < 2 or len({(one.scale.low, one.scale.high) for one in found}) > 1:
        return ()
    pairs = list(combinations(found, 2))
    tests = adjust_family([_compare(one, two, sides) for one, two in pairs])
    apart = {frozenset((one.gap, two.gap)) for (one, two), test in zip(pairs, tests, strict=True) if is_shown(test)}
    lowest = min(found, key=lambda one: one.overall.value if isinstance(one.overall, Estimate) else 0.0)
    group = tuple(one.gap for one in found if one is lowest or frozenset((one.gap, lowest.gap)) not in apart)
    return group if len(group) < len(found) else ()


def _compare(one: RatedGap, two: RatedGap, sides: Sides) -> Comparison | Unavailable:
    if one.audience != two.audience:
        first, second = one.overall, two.overall
        return sides[one.audience].estimator.difference(first, second)
    side = sides[one.audience]
    batteries = [score.battery for gap in (one.gap, two.gap) if (score := side.rating_of(gap)) is not None]
    blocks = [side.scored.ratings[battery] for battery in batteries]
    return side.estimator.test_of_zero(blocks[0].overall - blocks[1].overall)


def _headline(gap: PerceivedGap | Unavailable) -> Message:
    if isinstance(gap, Unavailable):
        return Message("What customers experience beside what they expect is not known: {reason}", reason=gap.reason)
    overall = gap.overall
    if isinstance(overall, Unavailable):
        return overall.reason
    facts = {
        "level": overall.confidence_level,
        "n": overall.n,
        "low": overall.ci_low,
        "high": overall.ci_high,
        "value": overall.value,
    }
    match gap.verdict:
        case "shown" if is_slight(overall):
            return Message(
                "Customers experience slightly less than they expect: gap 5 is {value:+.2f} points ({level:.0%} "
                "interval {low:+.2f} to {high:+.2f}, n = {n:,}).",
                **facts,
            )
        case "shown":
            return Message(
                "Customers experience less than they expect: gap 5 is {value:+.2f} points ({level:.0%} interval "
                "{low:+.2f} to {high:+.2f}, n = {n:,}).",
                **facts,
            )
        case "not_shown":
            return Message(
                "Customers experience more than they expect: gap 5 is {value:+.2f} points ({level:.0%} interval "
                "{low:+.2f} to {high:+.2f}, n = {n:,}).",
                **facts,
            )
        case _:
            return Message(
                "Whether customers experience less than they expect cannot be told: gap 5 lies between {low:+.2f} and "
                "{high:+.2f} points ({level:.0%} interval, n = {n:,}).",
                **facts,
            )


def _conclusions(places: Sequence[Place], gap_5: PerceivedGap | Unavailable) -> list[Message]:
    inside = [place for place in places if place.gap != 5]
    shown = [place for place in inside if place.verdict == "shown"]
    judged = [place for place in inside if place.verdict != "unavailable"]
    short = isinstance(gap_5, PerceivedGap) and gap_5.verdict == "shown"
    said = []
    if shown:
        names = _listed([place.gap for place in shown])
        if len(shown) == 1:
            said.append(Message("Inside the organisation, the answers show gap {names} beyond chance.", names=names))
        else:
            said.append(Message("Inside the organisation, the answers show gaps {names} beyond chance.", names=names))
        if not short:
            said.append(
                Message("A shortfall that customers notice is not shown, so nothing says what these gaps cost.")
            )
    elif judged and short:
        said.append(Message("These answers do not trace the shortfall to one of the gaps 1 to 4."))
    elif judged:
        said.append(Message("Of the gaps 1 to 4, the answers show none beyond chance."))
    else:
        said.append(Message("Nothing is known of gaps 1 to 4."))
    return said


def _comparison(rated: Sequence[RatedGap | Unavailable], lowest: tuple[int, ...]) -> Message:
    found = [one for one in rated if isinstance(one, RatedGap) and isinstance(one.overall, Estimate)]
    if len(found) < 2:
        return Message("Fewer than two of the gaps 2 to 4 are rated, so they cannot be compared.")
    if len(found) == 2:
        pair = {"first": found[0].gap, "second": found[1].gap}
        if lowest:
            return Message(
                "Of gaps {first} and {second}, gap {gap} is rated lower beyond chance.", **pair, gap=lowest[0]
            )
        return Message("Neither of gaps {first} and {second} is rated lower than the other beyond chance.", **pair)
    if len(lowest) == 1:
        return Message("Of the ratings of gaps 2 to 4, that of gap {gap} is the lowest beyond chance.", gap=lowest[0])
    if lowest:
        return Message(
            "Of the ratings of gaps 2 to 4, those of gaps {gaps} are the lowest and cannot be told apart.",
            gaps=_listed(lowest),
        )
    return Message("None of the gaps 2 to 4 is rated lower than the others beyond chance.")


def _place(gap: GapNumber, parts: Parts, lowest: tuple[int, ...]) -> Place:
    found: KnowledgeGap | RatedGap | PerceivedGap | Unavailable
    found = {1: parts.gap_1, 2: parts.rated[0], 3: parts.rated[1], 4: parts.rated[2], 5: parts.gap_5}[gap]
    if isinstance(found, Unavailable):
        verdict: Verdict = "unavailable"
        return Place(
            gap=gap,
            name=GAP_NAMES[gap],
            verdict=verdict,
            estimate=found,
            groups={},
            interval=Message(""),
            reading=found.reason,
        )
    advised = gap != 5 and (found.verdict == "shown" or gap in lowest)
    return Place(
        gap=gap,
        name=GAP_NAMES[gap],
        verdict=found.verdict,
        estimate=found.overall,
        groups=_groups(found),
        interval=_interval(found.overall, signed=not isinstance(found, RatedGap)),
        reading=found.reading,
        look_at=_look_at(gap, parts.antecedents) if advised else (),
    )


def _groups(found: KnowledgeGap | RatedGap | PerceivedGap) -> dict[str, int]:
    """Number of respondents behind the overall number, by audience."""
    overall = found.overall
    if isinstance(overall, Unavailable):
        return {}
    if isinstance(found, RatedGap):
        return {found.audience: overall.n}
    if isinstance(found, PerceivedGap) or not isinstance(overall, TwoSampleComparison):
        return {"customers": overall.n}
    return {"managers": overall.first.n, "customers": overall.second.n}


def _interval(estimate: Estimate | Unavailable, *, signed: bool) -> Message:
    if isinstance(estimate, Unavailable) or estimate.ci_low is None or estimate.ci_high is None:
        return Message("")
    if signed:
        return Message("between {low:+.2f} and {high:+.2f}", low=estimate.ci_low, high=estimate.ci_high)
    return Message("between {low:.2f} and {high:.2f}", low=estimate.ci_low, high=estimate.ci_high)


def _look_at(gap: int, antecedents: tuple[AntecedentGroup, ...] | Unavailable) -> tuple[Message, ...]:
    """What the source recommends, then what those asked say about it."""
    groups = () if isinstance(antecedents, Unavailable) else [one for one in antecedents if one.gap == gap]
    return (WHERE_TO_LOOK[gap], *(group.reading for group in groups))


def _cautions(parts: Parts, sides: Sides) -> tuple[Message, ...]:
    cautions = [
        Message("Only {n} {audience} answered, so what they say has wide intervals.", n=n, audience=_in_sentence(role))
        for role in ROLES
        if role in sides and (n := sides[role].scored.answers.n_respondents) < SMALL_SAMPLE
    ]
    if not isinstance(parts.antecedents, Unavailable):
        loose = [
            one.label for group in parts.antecedents for one in group.antecedents if verdict_on(one.alpha) == "low"
        ]
        if loose:
            cautions.append(
                Message(
                    "The statements on {names} do not hold together well; read them one by one.", names=", ".join(loose)
                )
            )
    cautions += [
        Message("Gaps 2 to 4 are rated by those who do the work, on scales with ends of their own; compare with care."),
        Message("The model holds that gaps 1 to 4 lead to gap 5. A study describes that; it proves no cause."),
    ]
    return tuple(cautions)


def _listed(gaps: Sequence[int]) -> str:
    """Numbers of gaps as a sentence lists them."""
    *first, last = map(str, gaps)
    return Message("{first} and {last}", first=", ".join(first), last=last) if first else last


def _in_sentence(role: Role) -> Message:
    return {
        "customers": Message("customers"),
        "managers": Message("managers"),
        "personnel": Message("of the contact personnel"),
    }[role]
