"""Texts of the format: everything that a person reads, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, field

from servq.instruments.basis import Identifier, Locale, Part, Text


class ScaleText(Part, frozen=True, kw_only=True):
    """Labels of a response scale."""

    anchors: Annotated[
        dict[int, Text], Meta(min_length=2, description="Label by point: for every point, or for both ends only.")
    ]
    not_applicable: Annotated[str, Meta(description="Label of the not-applicable option, if the scale has one.")] = ""


class BatteryText(Part, frozen=True, kw_only=True):
    """Heading and instruction of a battery."""

    title: Annotated[Text, Meta(description="Heading above the items.")]
    instruction: Annotated[Text, Meta(description="What the respondent is asked to do.")]
    short: Annotated[Text, Meta(max_length=30, description="Name in tables and charts.")]


class DimensionText(Part, frozen=True, kw_only=True):
    """Name of a dimension and what it covers."""

    name: Annotated[Text, Meta(max_length=60, description="Name in tables and charts.")]
    description: Annotated[Text, Meta(description="What it covers, for respondents who weight it and report readers.")]


class ChoiceText(Part, frozen=True, kw_only=True):
    """Wording of an item with options, and the label of each."""

    wording: Annotated[Text, Meta(description="What is asked.")]
    options: Annotated[
        dict[Identifier, Text], Meta(description="Label by option; dimensions offered as options keep their names.")
    ] = field(default_factory=dict)


class Texts(Part, frozen=True, kw_only=True):
    """The content of one ``text.<locale>.yaml``: everything that a person reads."""

    locale: Annotated[Locale, Meta(description="Language tag, as in the name of the file.")]
    title: Annotated[Text, Meta(description="Heading of the questionnaire.")]
    introduction: Annotated[Text, Meta(description="First words to the respondent.")]
    thanks: Annotated[Text, Meta(description="Last words, shown after the answers were saved.")]
    scales: Annotated[dict[Identifier, ScaleText], Meta(description="Labels by response scale.")]
    batteries: Annotated[dict[Identifier, BatteryText], Meta(description="Heading and instruction by battery.")]
    dimensions: Annotated[dict[Identifier, DimensionText], Meta(description="Name and description by dimension.")] = (
        field(default_factory=dict)
    )
    items: Annotated[
        dict[Identifier, dict[str, Text]],
        Meta(description='Wording by item and battery; the battery "*" stands for every battery not named.'),
    ]
    choices: Annotated[dict[Identifier, ChoiceText], Meta(description="Wording and options by item of a choice.")] = (
        field(default_factory=dict)
    )
    comments: Annotated[dict[Identifier, Text], Meta(description="Question above each open text field.")] = field(
        default_factory=dict
    )
    groups: Annotated[
        dict[Identifier, dict[Identifier, Text]], Meta(description="Name of each group of points, by breakdown.")
    ] = field(default_factory=dict)
    consent: Annotated[
        str, Meta(description="What a respondent must agree to before the first item; empty asks for no consent.")
    ] = ""
    placeholders: Annotated[
        dict[Identifier, Text], Meta(description="Default for each {placeholder} that the texts contain.")
    ] = field(default_factory=dict)
    validated: Annotated[
        bool, Meta(description="Whether this wording was validated in a published study in this language.")
    ] = False

    def fill(self, template: str, placeholders: Mapping[str, str] | None = None) -> str:
        """Put values into a text's placeholders.

        Defaults are noun phrases such as "the company", so one that opens the text gets a capital; a given name
        keeps its own spelling.
        """
        given = placeholders or {}
        filled = template.format(**{**self.placeholders, **given})
        opening = template[1:].split("}", 1)[0] if template.startswith("{") else None
        if opening is None or opening in given:
            return filled
        return filled[:1].upper() + filled[1:]
