"""Batteries of the format: how items are asked, on which points, and under which condition."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servq.instruments.basis import Identifier, Part, Text

Moment = Annotated[
    Literal["before", "after", "any"],
    Meta(description="When the same personal link may ask it: before the service, after it, or at any time."),
]


class Condition(Part, frozen=True, kw_only=True):
    """An earlier answer that must have been given; a missing answer meets no condition."""

    battery: Annotated[Identifier, Meta(description="Rating or choice battery asked on an earlier page.")]
    item: Annotated[Identifier, Meta(description="The item of that battery whose answer decides.")]
    points: Annotated[
        tuple[int, ...], Meta(description="Points of a rating, as answered, of which one must have been chosen.")
    ] = ()
    options: Annotated[
        tuple[Identifier, ...], Meta(description="Options of a choice of which one must have been chosen.")
    ] = ()


AskedIf = Annotated[
    tuple[Condition, ...],
    Meta(description="Skip rule: asked only when every condition holds; left out means it is always asked."),
]


class ResponseScale(Part, frozen=True, kw_only=True):
    """The points offered, from `low` to `high` in steps of one. The stored answer is never turned round."""

    low: Annotated[
        int,
        Meta(ge=0, le=100, description="Lowest point; not negative, because negative codes say why none was given."),
    ]
    high: Annotated[int, Meta(ge=1, le=100, description="Highest point; every whole number between is offered.")]
    not_applicable: Annotated[
        bool, Meta(description="Whether a respondent may say that an item does not apply; counts as missing.")
    ] = False
    better: Annotated[Literal["high", "low"], Meta(description="Which end of the scale is good.")] = "high"

    @property
    def points(self) -> range:
        """Every point offered, low to high."""
        return range(self.low, self.high + 1)


class RatingBattery(Part, frozen=True, kw_only=True, tag_field="kind", tag="rating"):
    """Items rated one by one on one response scale."""

    scale: Annotated[Identifier, Meta(description="Key of a response scale under `scales`.")]
    columns: Annotated[
        Text,
        Meta(
            description="Names of the data columns as a template over {number}, {item}, {label} (the item id without "
            "_ and -) and {dimension}; {number:02d} gives 01, 02, …"
        ),
    ]
    moment: Moment = "any"
    order: Annotated[
        Literal["fixed", "shuffled"],
        Meta(description="shuffled asks for an order drawn by a seed that is stored with the response."),
    ] = "fixed"
    optional: Annotated[bool, Meta(description="Whether a respondent may finish without it.")] = False
    asked_if: AskedIf = ()


class PointsBattery(Part, frozen=True, kw_only=True, tag_field="kind", tag="points"):
    """A constant sum of points spread over dimensions (importance weights)."""

    total: Annotated[int, Meta(ge=2, le=1000, description="The points to be spread; published weights use 100.")]
    columns: Annotated[Text, Meta(description="Names of the data columns as a template over {dimension}.")]
    dimensions: Annotated[
        tuple[Identifier, ...], Meta(description="The dimensions that get points; left out means all of them.")
    ] = ()
    moment: Moment = "any"
    optional: Annotated[bool, Meta(description="Whether a respondent may finish without it.")] = True
    asked_if: AskedIf = ()


class ChoiceItem(Part, frozen=True, kw_only=True):
    """One item answered by choosing one of several named options, which have no order."""

    id: Annotated[Identifier, Meta(description="Id of the item; no rated item has it too.")]
    options: Annotated[
        tuple[Identifier, ...],
        Meta(description="Options as offered; left out means the dimensions of the instrument, by their names."),
    ] = ()
    asked_if: AskedIf = ()


class ChoiceBattery(Part, frozen=True, kw_only=True, tag_field="kind", tag="choice"):
    """Items with named options: demographic items, what was most important, whether there was a problem.

    The stored answer is the place of the option, counted from 1. Choices are not averaged; they form segments.
    """

    items: Annotated[tuple[ChoiceItem, ...], Meta(min_length=1, description="The items in their order.")]
    columns: Annotated[
        Text,
        Meta(description="Names of the data columns as a template over {item} and {label}, the id without _ and -."),
    ]
    distinct: Annotated[
        bool, Meta(description="Whether an option may be chosen in one of the items only (most, second, least).")
    ] = False
    moment: Moment = "any"
    optional: Annotated[bool, Meta(description="Whether a respondent may finish without it.")] = True
    asked_if: AskedIf = ()


Battery = RatingBattery | PointsBattery | ChoiceBattery
