"""Antecedents: what the source holds to lead to gaps 1 to 4, scored so that high is favourable."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array
from servq.analysis.gap_findings import Antecedent, AntecedentGroup, AntecedentItem
from servq.analysis.gap_ratings import verdict_on_rating
from servq.analysis.scales import Scale
from servq.analysis.segment_findings import OVERALL, SegmentGroup
from servq.analysis.segments import group_of
from servq.analysis.sites import make_sites
from servq.analysis.study_answers import ROLES, Role
from servq.analysis.study_sides import Side, Sides
from servq.analysis.summary import leading_group
from servq.messages import Message
from servq.statistics import MeanEstimate, Moments, cronbach_alpha


def make_antecedents(
    sides: Sides, absences: Mapping[Role, Message], site: str | None = None
) -> tuple[AntecedentGroup, ...] | Unavailable:
    """The antecedents of each gap in the order of the gaps, from whoever was asked about them.

    `site` is the attribute of the answers that names the site, for the antecedents by site.
    """
    groups = [group for role in ROLES if role in sides for group in antecedent_groups(sides[role], site)]
    if groups:
        return tuple(sorted(groups, key=lambda group: group.gap))
    reasons = [absences[role] for role in ("managers", "personnel") if role in absences]
    return Unavailable(
        reason=reasons[0] if reasons else Message("No questionnaire of this study asks for antecedents.")
    )


def antecedent_groups(side: Side, site: str | None = None) -> list[AntecedentGroup]:
    """The antecedents that one audience was asked about, a group for each gap."""
    declared = side.scored.answers.instrument.definition.dimensions
    made = []
    for score in side.antecedents:
        block = side.scored.ratings[score.battery]
        scale = side.labels.scale(score.battery)
        for gap in (1, 2, 3, 4):
            ids = [one.id for one in declared if one.antecedent_of == gap and one.id in block.dimensions]
            if not ids:
                continue
            positions = [block.dimensions.index(one) for one in ids]
            lowest = leading_group(-block.dimension_scores[:, positions], side.estimator)
            antecedents = tuple(_antecedent(side, score.battery, one, scale) for one in ids)
            made.append(
                AntecedentGroup(
                    gap=gap,
                    audience=side.role,
                    scale=scale,
                    antecedents=antecedents,
                    lowest=tuple(ids[i] for i in lowest),
                    reading=_read_group(antecedents),
                    sites=_by_site(side, {one: block.dimension(one) for one in ids}, site),
                )
            )
    return made


def _by_site(side: Side, scores: dict[str, Array], site: str | None) -> tuple[SegmentGroup, ...]:
    """The antecedents of one gap by site; nothing where fewer than two sites may be shown."""
    attributes = side.scored.answers.attributes
    if site is None or site not in attributes:
        return ()
    names = np.array([" ".join(str(name).split()) for name in attributes[site]], dtype=np.object_)
    together = np.mean(np.column_stack(list(scores.values())), axis=1)
    found = make_sites({OVERALL: together, **scores}, names, side.estimator, compared_by="others")
    groups = tuple(group_of(row) for row in found.rows)
    return groups if sum(not group.suppressed for group in groups) > 1 else ()


def _antecedent(side: Side, battery: str, dimension: str, scale: Scale) -> Antecedent:
    block = side.scored.ratings[battery]
    values = block.values[:, list(block.positions[block.dimensions.index(dimension)])]
    score = side.estimator.mean(block.dimension(dimension))
    texts = side.labels.instrument.texts_in(side.labels.locale)
    verdict = verdict_on_rating(score, scale)
    return Antecedent(
        id=dimension,
        label=side.labels.dimension(dimension),
        description=texts.fill(texts.dimensions[dimension].description, side.labels.placeholders),
        score=score,
        alpha=Unavailable(reason=Message("One item has no alpha."))
        if values.shape[1] < 2
        else side.estimator.of_moments(cronbach_alpha, Moments.of(values)),
        items=tuple(
            AntecedentItem(
                number=side.labels.instrument.item(item).number,
                wording=side.labels.item(item, battery),
                reversed=side.labels.instrument.item(item).reversed,
                mean=side.estimator.mean(block.item(item)),
            )
            for item in (block.items[i] for i in block.positions[block.dimensions.index(dimension)])
        ),
        verdict=verdict,
        reading=_read_antecedent(score, scale),
    )


def _read_antecedent(score: MeanEstimate | Unavailable, scale: Scale) -> Message:
    if isinstance(score, Unavailable):
        return score.reason
    match verdict_on_rating(score, scale):
        case "shown":
            return Message("Rated below the middle of the scale.")
        case "not_shown":
            return Message("Rated above the middle of the scale.")
        case _:
            return Message("Neither above nor below the middle of the scale, as far as can be told.")


def _read_group(antecedents: tuple[Antecedent, ...]) -> Message:
    weak = [one.label for one in antecedents if one.verdict == "shown"]
    if weak:
        return Message("Rated below the middle of the scale: {names}.", names=", ".join(weak))
    if all(one.verdict == "unavailable" for one in antecedents):
        return antecedents[0].reading
    return Message("None of them is rated below the middle of the scale beyond chance.")
