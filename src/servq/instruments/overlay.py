"""A wording overlay: one file of texts that replace an instrument's own, with its structure untouched.

For researchers who may use the published statements, and for a house that words an introduction its own way.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from servq.instruments.model import WORDING_MEANS, Identifier, Locale, Part, Text, Wording


class ScaleOverlay(Part, frozen=True, kw_only=True):
    """Labels to replace in a response scale."""

    anchors: Annotated[dict[int, Text], Meta(description="Label by point; points left out keep their label.")] = field(
        default_factory=dict
    )
    not_applicable: Annotated[Text | None, Meta(description="Label of the not-applicable option.")] = None


class BatteryOverlay(Part, frozen=True, kw_only=True):
    """Heading and instruction to replace in a battery."""

    title: Annotated[Text | None, Meta(description="Heading above the items.")] = None
    instruction: Annotated[Text | None, Meta(description="What the respondent is asked to do.")] = None
    short: Annotated[Text | None, Meta(description="Name in tables and charts.")] = None


class DimensionOverlay(Part, frozen=True, kw_only=True):
    """Name and description to replace of a dimension."""

    name: Annotated[Text | None, Meta(description="Name in tables and charts.")] = None
    description: Annotated[Text | None, Meta(description="What it covers.")] = None


class WordingOverlay(Part, frozen=True, kw_only=True):
    """Texts that replace an instrument's own in one language; whatever is left out stays as it is."""

    instrument: Annotated[Identifier, Meta(description="Id of the instrument whose texts are replaced.")]
    locale: Annotated[Locale, Meta(description="Language of these texts; the instrument must have it.")]
    rights: Annotated[Text, Meta(description="Why this wording may be used; the report prints it.")]
    wording: Annotated[Wording, Meta(description="Whose words these are: " + WORDING_MEANS)] = "licensed"
    title: Annotated[Text | None, Meta(description="Heading of the questionnaire.")] = None
    introduction: Annotated[Text | None, Meta(description="First words to the respondent.")] = None
    thanks: Annotated[Text | None, Meta(description="Last words.")] = None
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
    comments: Annotated[dict[Identifier, Text], Meta(description="Question above each open text field.")] = field(
        default_factory=dict
    )
    placeholders: Annotated[dict[Identifier, Text], Meta(description="Default for each {placeholder}.")] = field(
        default_factory=dict
    )
    validated: Annotated[
        bool | None, Meta(description="Whether this wording was validated in a published study in this language.")
    ] = None
