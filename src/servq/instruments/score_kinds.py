"""Scores of the format: what is computed from which batteries; the meaning stands in ``scoring`` and ``analysis``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from servq.instruments.basis import Identifier, Part


class GapScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="gap"):
    """`perception` − `expectation` per item, dimension and overall; a negative gap is a shortfall."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    perception: Annotated[Identifier, Meta(description="Rating battery of what was experienced.")]
    expectation: Annotated[Identifier, Meta(description="Rating battery it is compared with.")]
    weights: Annotated[
        Identifier | None, Meta(description="Points battery that weights the dimensions, if there is one.")
    ] = None


class MeanScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="mean"):
    """Mean rating of one battery per item, dimension and overall."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    battery: Annotated[Identifier, Meta(description="Rating battery that is averaged.")]
    weights: Annotated[
        Identifier | None, Meta(description="Points battery that weights the dimensions, if there is one.")
    ] = None
    importance: Annotated[
        Identifier | None,
        Meta(description="Rating battery of the same items that says how important each is, if there is one."),
    ] = None


class NetPromoterScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="net_promoter"):
    """Share of promoters (9–10) minus share of detractors (0–6) of one 0–10 item, in points."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    battery: Annotated[Identifier, Meta(description="Rating battery that asks the item.")]
    item: Annotated[Identifier, Meta(description="The item on the scale from 0 to 10.")]


class TopBoxScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="top_box"):
    """Share of answers on the best `boxes` points of one item."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    battery: Annotated[Identifier, Meta(description="Rating battery that asks the item.")]
    item: Annotated[Identifier, Meta(description="The item that is counted.")]
    boxes: Annotated[int, Meta(ge=1, description="How many points, from the good end, are counted.")] = 2


class EffortScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="effort"):
    """Customer effort: mean of one item, and the share on the `boxes` easiest points."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    battery: Annotated[Identifier, Meta(description="Rating battery that asks the item.")]
    item: Annotated[Identifier, Meta(description="The item that is averaged.")]
    boxes: Annotated[int, Meta(ge=1, description="How many points, from the easy end, count as low effort.")]


ItemScore = NetPromoterScore | TopBoxScore | EffortScore
"""Scores of one item."""


class ToleranceScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="tolerance"):
    """Zone of tolerance: adequacy = `perceived` − `minimum`, superiority = `perceived` − `desired`."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    minimum: Annotated[Identifier, Meta(description="Rating battery of the least acceptable level.")]
    desired: Annotated[Identifier, Meta(description="Rating battery of the level wished for.")]
    perceived: Annotated[Identifier, Meta(description="Rating battery of the level experienced.")]
    weights: Annotated[
        Identifier | None, Meta(description="Points battery that weights the dimensions, if there is one.")
    ] = None


class KanoScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="kano"):
    """Kano category of each item from a pair of answers: how it feels with the feature and without it."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    functional: Annotated[Identifier, Meta(description="Rating battery that asks about the feature being there.")]
    dysfunctional: Annotated[Identifier, Meta(description="Rating battery that asks about the feature missing.")]


class PathScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="path_model"):
    """Indices from 0 to 100 of the dimensions as latent variables of a path model, by partial least squares."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    battery: Annotated[Identifier, Meta(description="Rating battery whose items measure the dimensions.")]
    target: Annotated[Identifier, Meta(description="The dimension that is the headline and is to be explained.")]
    paths: Annotated[
        dict[Identifier, tuple[Identifier, ...]],
        Meta(min_length=1, description="For each dimension that explains others: the dimensions that it leads to."),
    ]


class ChecklistScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="checklist"):
    """Share of the attainable points of a weighted checklist, per dimension (stage) and overall.

    An answer is worth (point − low) / (high − low) of its item's weight; an item that does not apply is left out.
    """

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    batteries: Annotated[tuple[Identifier, ...], Meta(min_length=1, description="Rating batteries that count.")]


class ManagersViewScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="managers_view"):
    """What managers believe that customers expect: gap 1 is this minus the customers' expectations."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    battery: Annotated[Identifier, Meta(description="Rating battery of the expectations as managers see them.")]
    weights: Annotated[
        Identifier | None, Meta(description="Points battery as managers think customers spread it, if there is one.")
    ] = None


class GapRatingScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="gap_rating"):
    """One of the gaps 2 to 4 as rated directly, one item a dimension; the shortfall is the rating − the top point."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    gap: Annotated[Literal[2, 3, 4], Meta(description="2 standards, 3 delivery, 4 communication.")]
    battery: Annotated[Identifier, Meta(description="Rating battery with one item a dimension.")]


class AntecedentScore(Part, frozen=True, kw_only=True, tag_field="kind", tag="antecedents"):
    """Means of the constructs that lead to gaps 1 to 4; each dimension says to which by `antecedent_of`."""

    id: Annotated[Identifier, Meta(description="Id of the score.")]
    battery: Annotated[Identifier, Meta(description="Rating battery of the statements.")]


Score = (
    GapScore
    | MeanScore
    | NetPromoterScore
    | TopBoxScore
    | EffortScore
    | ToleranceScore
    | KanoScore
    | PathScore
    | ChecklistScore
    | ManagersViewScore
    | GapRatingScore
    | AntecedentScore
)


RATING_ROLES = (
    "battery",
    "perception",
    "expectation",
    "minimum",
    "desired",
    "perceived",
    "functional",
    "dysfunctional",
    "importance",
)
"""Fields of a score that name a rating battery."""


class Breakdown(Part, frozen=True, kw_only=True):
    """A score reported by the groups that the answers to one item form, such as loyalty by effort."""

    id: Annotated[Identifier, Meta(description="Id of the breakdown.")]
    score: Annotated[Identifier, Meta(description="The score that is reported for each group.")]
    battery: Annotated[Identifier, Meta(description="Rating or choice battery that forms the groups.")]
    item: Annotated[Identifier, Meta(description="The item whose answer forms the groups.")]
    groups: Annotated[
        dict[Identifier, tuple[int, ...]],
        Meta(description="Points by group, for a rated item; a choice forms a group per option."),
    ] = field(default_factory=dict)
