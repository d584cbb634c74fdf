"""Findings on the gaps that an organisation rates itself, and on what the source holds to lead to them.

Shared by the study of all audiences and the report on one of its questionnaires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.analysis.scales import Scale
from servq.analysis.segment_findings import SegmentGroup
from servq.analysis.study_answers import Role
from servq.messages import Message
from servq.statistics.estimate import Estimate, MeanEstimate

Verdict = Literal["shown", "unclear", "not_shown", "unavailable"]
"""Whether a gap is there beyond chance: ``shown`` when its interval says so, ``not_shown`` when it says otherwise
or when the difference is a trifle."""


@dataclass(frozen=True, kw_only=True)
class RatedRow:
    """One dimension of gap 2, 3 or 4: the rating as published, and servq's shortfall, rating − top point."""

    id: str
    label: str
    wording: str
    rating: MeanEstimate | Unavailable
    shortfall: Estimate | Unavailable
    distribution: tuple[int, ...] = ()
    reading: Message


@dataclass(frozen=True, kw_only=True)
class RatedGap:
    """Gap 2, 3 or 4 as rated by the people who see it; a low rating is a large gap.

    Parameters
    ----------
    overall, shortfall
        Mean over all dimensions, and that mean − the top point.
    weighted
        With the dimensions weighted by the customers' mean points, which are taken as known.
    lowest
        Ids of the dimensions rated lowest: told from the others by paired tests after Holm, else empty.
    verdict
        ``shown`` when the interval lies below the middle of the scale, ``not_shown`` when above it.
    """

    gap: Literal[2, 3, 4]
    audience: Role
    battery: str
    scale: Scale
    instruction: str
    overall: MeanEstimate | Unavailable
    shortfall: Estimate | Unavailable
    weighted: MeanEstimate | Unavailable
    dimensions: tuple[RatedRow, ...]
    lowest: tuple[str, ...]
    verdict: Verdict
    reading: Message


@dataclass(frozen=True, kw_only=True)
class AntecedentItem:
    """One statement behind an antecedent; the mean is in the scored direction, so high is favourable."""

    number: int
    wording: str
    reversed: bool
    mean: MeanEstimate | Unavailable


@dataclass(frozen=True, kw_only=True)
class Antecedent:
    """One construct that the source holds to lead to a gap; high is favourable.

    `verdict` compares the interval with the middle of the scale: ``shown`` (a weakness) when it lies below.
    """

    id: str
    label: str
    description: str
    score: MeanEstimate | Unavailable
    alpha: Estimate | Unavailable
    items: tuple[AntecedentItem, ...]
    verdict: Verdict
    reading: Message


@dataclass(frozen=True, kw_only=True)
class AntecedentGroup:
    """The antecedents of one gap.

    `lowest` are the ids of those rated lowest, told from the others by paired tests after Holm, else empty. `sites` has
    them by site where the study names sites; ``overall`` is their mean, all alike.
    """

    gap: Literal[1, 2, 3, 4]
    audience: Role
    scale: Scale
    antecedents: tuple[Antecedent, ...]
    lowest: tuple[str, ...]
    reading: Message
    sites: tuple[SegmentGroup, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GapsModelFindings:
    """What one questionnaire says of gaps 2 to 4 and of the antecedents of gaps 1 to 4."""

    ratings: tuple[RatedGap, ...]
    antecedents: tuple[AntecedentGroup, ...]
