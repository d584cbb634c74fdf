"""An adaptation: one file that says how an instrument is to differ, for a sector, a house or a study of one's own.

Only described here; `adapting` makes the instrument. Wording alone is changed by a wording overlay.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from servq.instruments.basis import VERSION_PATTERN, Identifier, Locale, Part, Text
from servq.instruments.model import Battery, Breakdown, ChoiceText, Comment, Dimension, Item, ResponseScale, Score
from servq.instruments.overlay import BatteryOverlay, DimensionOverlay, ScaleOverlay


class Dropped(Part, frozen=True, kw_only=True):
    """Parts of the instrument that are left out, with everything that needs them."""

    items: Annotated[tuple[Identifier, ...], Meta(description="Items, rated or chosen.")] = ()
    batteries: Annotated[tuple[Identifier, ...], Meta(description="Batteries with the scores that need them.")] = ()
    comments: Annotated[tuple[Identifier, ...], Meta(description="Open fields.")] = ()
    scores: Annotated[
        tuple[Identifier, ...], Meta(description="Scores; the first one left, or else added, is then the headline.")
    ] = ()


class AdaptedTexts(Part, frozen=True, kw_only=True):
    """Texts of what is added, and texts that replace the instrument's own, in one language."""

    title: Annotated[Text | None, Meta(description="Heading of the questionnaire.")] = None
    introduction: Annotated[Text | None, Meta(description="First words to the respondent.")] = None
    thanks: Annotated[Text | None, Meta(description="Last words.")] = None
    consent: Annotated[Text | None, Meta(description="What a respondent must agree to before the first item.")] = None
    scales: Annotated[dict[Identifier, ScaleOverlay], Meta(description="Labels by response scale.")] = field(
        default_factory=dict
    )
    batteries: Annotated[dict[Identifier, BatteryOverlay], Meta(description="Heading and instruction by battery.")] = (
        field(default_factory=dict)
    )
    dimensions: Annotated[dict[Identifier, DimensionOverlay], Meta(description="Name by dimension.")] = field(
        default_factory=dict
    )
    items: Annotated[
        dict[Identifier, dict[str, Text]], Meta(description='Wording by item and battery, or "*" for every battery.')
    ] = field(default_factory=dict)
    choices: Annotated[dict[Identifier, ChoiceText], Meta(description="Wording and options by item of a choice.")] = (
        field(default_factory=dict)
    )
    comments: Annotated[dict[Identifier, Text], Meta(description="Question above each open field.")] = field(
        default_factory=dict
    )
    groups: Annotated[
        dict[Identifier, dict[Identifier, Text]], Meta(description="Name of each group of points, by breakdown.")
    ] = field(default_factory=dict)
    placeholders: Annotated[dict[Identifier, Text], Meta(description="Default for each {placeholder}.")] = field(
        default_factory=dict
    )


class AdaptationFile(Part, frozen=True, kw_only=True):
    """An instrument made from another one; whatever is not named stays as it is."""

    adapts: Annotated[Identifier, Meta(description="Id of the shipped instrument that is adapted.")]
    id: Annotated[Identifier, Meta(description="Id of the adapted instrument, unlike that of any shipped one.")]
    version: Annotated[str, Meta(pattern=VERSION_PATTERN, description="Version of this file, in quotes.")]
    title: Annotated[Text, Meta(description="Title in English, for lists and the report.")]
    note: Annotated[Text, Meta(description="Why and for whom it was adapted; the report prints it with the rights.")]
    locales: Annotated[
        tuple[Locale, ...], Meta(description="Languages that are kept; left out means all of the instrument's.")
    ] = ()
    drop: Dropped = Dropped()
    assign: Annotated[
        dict[Identifier, Identifier],
        Meta(description="Dimension by item, where the instrument leaves the structure open or another one is meant."),
    ] = field(default_factory=dict)
    dimensions: Annotated[tuple[Dimension, ...], Meta(description="Dimensions to add.")] = ()
    scales: Annotated[dict[Identifier, ResponseScale], Meta(description="Response scales to add.")] = field(
        default_factory=dict
    )
    batteries: Annotated[dict[Identifier, Battery], Meta(description="Batteries to add, after the others.")] = field(
        default_factory=dict
    )
    items: Annotated[tuple[Item, ...], Meta(description="Items to add; their numbers go on from the last.")] = ()
    comments: Annotated[tuple[Comment, ...], Meta(description="Open fields to add.")] = ()
    scores: Annotated[tuple[Score, ...], Meta(description="Scores to add, after the others.")] = ()
    breakdowns: Annotated[tuple[Breakdown, ...], Meta(description="Breakdowns to add.")] = ()
    beside: Annotated[
        tuple[Identifier, ...],
        Meta(description="Shipped instruments whose batteries and scores follow in the same questionnaire."),
    ] = ()
    texts: Annotated[dict[Locale, AdaptedTexts], Meta(description="Texts by language.")] = field(default_factory=dict)
