"""Scores by group, with small groups suppressed so that they cannot be worked out from the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from servq.analysis.compared import Compared
from servq.analysis.estimating import Estimator
from servq.analysis.findings import Unavailable
from servq.analysis.labels import Labels
from servq.analysis.segment_findings import OVERALL, SITE, ComparedBy, Segment, SegmentGroup, SiteRow
from servq.analysis.sites import make_sites
from servq.analysis.suppression import hidden_groups as hidden_groups  # noqa: PLC0414 - known by this place
from servq.instruments.model import ChoiceBattery, Column
from servq.messages import Message
from servq.scoring import ScoredTable

MOST_GROUPS = 200
"""An attribute with more groups than this is an identifier or a free text, not a segment."""


def make_segments(
    scored: ScoredTable, estimator: Estimator, labels: Labels, compared: Compared | Unavailable, better: str = "high"
) -> tuple[Segment, ...] | Unavailable:
    """One segment per attribute of the answers, then one per choice that somebody made."""
    attributes = {
        attribute: groups for attribute, groups in scored.answers.attributes.items() if not _is_role(attribute, scored)
    }
    choices = {item: groups for item, groups in _choices(scored, labels).items() if item not in attributes}
    if not attributes and not choices:
        return Unavailable(reason=Message("No segments were asked for."))
    if isinstance(compared, Unavailable):
        return compared
    choices = {item: groups for item, groups in choices.items() if _divides(groups, compared)}
    if not attributes and not choices:
        return Unavailable(reason=Message("No segments were asked for."))
    return (
        *(make_segment(attribute, groups, compared, estimator, better) for attribute, groups in attributes.items()),
        *(
            replace(
                make_segment(item, groups, compared, estimator, better, n_attributes=len(choices)),
                wording=_wording(item, scored, labels),
            )
            for item, groups in choices.items()
        ),
    )


def _divides(groups: NDArray[np.object_], compared: Compared) -> bool:
    """Whether the score was asked after more than one of the answers; a screening question leaves one only."""
    return len(set(groups[np.isfinite(compared.overall.contributions)].tolist()) - {""}) > 1


def _is_role(attribute: str, scored: ScoredTable) -> bool:
    """Whether an attribute names who assessed, or a single record: the agreement speaks of these."""
    return scored.checklist is not None and attribute in {"assessor", "record"}


def _choices(scored: ScoredTable, labels: Labels) -> dict[str, NDArray[np.object_]]:
    batteries = scored.answers.instrument.definition.batteries.values()
    items = [item.id for battery in batteries if isinstance(battery, ChoiceBattery) for item in battery.items]
    chosen = {item: choice_groups(scored, item, labels) for item in items}
    return {item: groups for item, groups in chosen.items() if (groups != "").any()}


def choice_groups(scored: ScoredTable, item: str, labels: Labels) -> NDArray[np.object_]:
    """Label of the option that each respondent chose, "" where none was; shape (n_respondents,)."""
    answers = scored.answers
    codes = answers.codes[:, answers.columns.index(Column(_battery_of(item, scored), item))]
    names = ["", *(labels.option(item, option) for option in answers.instrument.options_of(item))]
    return np.array([names[code] if code > 0 else "" for code in codes.tolist()], dtype=np.object_)


def _battery_of(item: str, scored: ScoredTable) -> str:
    batteries = scored.answers.instrument.definition.batteries
    return next(
        id_
        for id_, one in batteries.items()
        if isinstance(one, ChoiceBattery) and any(choice.id == item for choice in one.items)
    )


def _wording(item: str, scored: ScoredTable, labels: Labels) -> str:
    return labels.item(item, _battery_of(item, scored))


def make_segment(
    attribute: str,
    groups: NDArray[np.object_],
    compared: Compared,
    estimator: Estimator,
    better: str,
    *,
    compared_by: ComparedBy | None = None,
    n_attributes: int = 1,
) -> Segment:
    """Scores by the groups of one attribute, shape (n_respondents,); see `make_sites` for how they are compared."""
    n_groups = len(set(groups.astype(str).tolist()))
    if n_groups > MOST_GROUPS:
        return Segment(
            attribute=attribute,
            groups=(),
            minimum_group_size=estimator.minimum_group_size,
            n_suppressed=0,
            reading=Message("{n} different values are too many for a table of groups.", n=n_groups),
        )
    sites = make_sites(
        {OVERALL: compared.overall.contributions, **compared.dimensions},
        groups,
        estimator,
        better=better,
        rule=compared.overall,
        compared_by="others" if attribute == SITE else compared_by,
        n_attributes=n_attributes,
    )
    if all(row.suppressed for row in sites.rows):  # a list of names without numbers would only tell who answered
        return Segment(
            attribute=attribute,
            groups=(),
            minimum_group_size=sites.minimum_group_size,
            n_suppressed=sites.n_suppressed,
            reading=sites.reading,
        )
    return Segment(
        attribute=attribute,
        groups=tuple(group_of(row) for row in sites.rows),
        minimum_group_size=sites.minimum_group_size,
        n_suppressed=sites.n_suppressed,
        reading=sites.reading,
        compared_by=sites.compared_by,
        comparison=sites.comparison,
        ranking=sites.ranking,
    )


def group_of(row: SiteRow) -> SegmentGroup:
    """The scores of one group as a segment prints them."""
    return SegmentGroup(
        label=row.label,
        suppressed=row.suppressed,
        n=row.n,
        overall=row.cells[OVERALL].estimate if row.cells else None,
        dimensions={id_: cell.estimate for id_, cell in row.cells.items() if id_ != OVERALL},
        marks={id_: cell.mark for id_, cell in row.cells.items()},
    )
