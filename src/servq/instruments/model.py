"""What an instrument is: its structure, its texts, and the order in which its answers are stored.

An instrument folder holds ``instrument.yaml`` (a `Definition`), one ``text.<locale>.yaml`` per language (a
`Texts`) and ``SOURCE.md``. This module only describes; reading, checking and freezing live beside it. The
descriptions of the fields are published with the JSON Schema and in the reference of fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from servq.instruments.basis import (
    DOI_PATTERN,
    IDENTIFIER_PATTERN,
    LOCALE_PATTERN,
    VERSION_PATTERN,
    Doi,
    Identifier,
    Locale,
    Part,
    Text,
)
from servq.instruments.batteries import (
    AskedIf,
    Battery,
    ChoiceBattery,
    ChoiceItem,
    Condition,
    Moment,
    PointsBattery,
    RatingBattery,
    ResponseScale,
)
from servq.instruments.score_kinds import (
    AntecedentScore,
    Breakdown,
    ChecklistScore,
    EffortScore,
    GapRatingScore,
    GapScore,
    ItemScore,
    KanoScore,
    ManagersViewScore,
    MeanScore,
    NetPromoterScore,
    PathScore,
    Score,
    ToleranceScore,
    TopBoxScore,
)
from servq.instruments.texts import BatteryText, ChoiceText, DimensionText, ScaleText, Texts

__all__ = [
    "DOI_PATTERN",
    "IDENTIFIER_PATTERN",
    "LOCALE_PATTERN",
    "VERSION_PATTERN",
    "WORDING_MEANS",
    "Adaptation",
    "AntecedentScore",
    "AskedIf",
    "Audience",
    "Battery",
    "BatteryText",
    "Breakdown",
    "ChecklistScore",
    "ChoiceBattery",
    "ChoiceItem",
    "ChoiceText",
    "Citation",
    "Column",
    "Comment",
    "Condition",
    "Definition",
    "Dimension",
    "DimensionText",
    "Doi",
    "EffortScore",
    "Evidence",
    "GapRatingScore",
    "GapScore",
    "Identifier",
    "Instrument",
    "Item",
    "ItemScore",
    "KanoScore",
    "Locale",
    "ManagersViewScore",
    "MeanScore",
    "MissingRule",
    "Moment",
    "NetPromoterScore",
    "Part",
    "PathScore",
    "PointsBattery",
    "RatingBattery",
    "ResponseScale",
    "Rights",
    "ScaleText",
    "Score",
    "ServiceField",
    "Text",
    "Texts",
    "ToleranceScore",
    "TopBoxScore",
    "Wording",
]

Wording = Literal["own", "published", "licensed"]
WORDING_MEANS = (
    "own: written anew for the published constructs; published: the published statements, free to use; "
    "licensed: used with permission."
)

Audience = Literal["customer", "manager", "contact_personnel", "assessor"]

ServiceField = Literal[
    "banking",
    "education",
    "health",
    "hospitality",
    "online_shops",
    "public_services",
    "retail",
    "support",
    "telecommunications",
    "transport",
]


class Citation(Part, frozen=True, kw_only=True):
    """Where the instrument was published."""

    authors: Annotated[Text, Meta(description="Family names and initials, as in a list of references.")]
    year: Annotated[int, Meta(ge=1800, le=2100, description="Year of publication.")]
    title: Annotated[Text, Meta(description="Title of the article or book.")]
    source: Annotated[Text, Meta(description="Journal with volume, issue and pages, or publisher.")]
    doi: Annotated[Doi | None, Meta(description="DOI without the https://doi.org/ in front.")] = None


class Rights(Part, frozen=True, kw_only=True):
    """Who holds rights in the published wording, and which wording the text files carry."""

    holder: Annotated[Text, Meta(description="Who holds rights in the published wording or in the name.")]
    wording: Annotated[Wording, Meta(description="Whose words the text files carry: " + WORDING_MEANS)]
    note: Annotated[Text, Meta(description="What a user of the instrument must know about the rights, in a sentence.")]


class Dimension(Part, frozen=True, kw_only=True):
    """A construct measured by items."""

    id: Annotated[Identifier, Meta(description="Id of the dimension.")]
    antecedent_of: Annotated[
        Literal[1, 2, 3, 4] | None,
        Meta(description="The gap of the gaps model that it is held to cause; left out for everything else."),
    ] = None


class Evidence(Part, frozen=True, kw_only=True):
    """A photo or document that an assessor adds to an answer."""

    required: Annotated[bool, Meta(description="Whether the answer is incomplete without it.")] = False
    most_bytes: Annotated[int, Meta(ge=1000, le=20_000_000, description="Largest file accepted, in bytes.")] = 5_000_000
    types: Annotated[
        tuple[Literal["image/jpeg", "image/png", "image/webp", "application/pdf"], ...],
        Meta(min_length=1, description="Kinds of file accepted; the content is checked, not the name."),
    ] = ("image/jpeg", "image/png", "image/webp")


class Item(Part, frozen=True, kw_only=True):
    """One statement."""

    id: Annotated[Identifier, Meta(description="Id of the item: short form of the dimension and a number.")]
    number: Annotated[int, Meta(ge=1, description="Its number in the published instrument; rises down the list.")]
    dimension: Annotated[
        Identifier | None, Meta(description="The dimension that it measures; left out for an item that stands alone.")
    ] = None
    batteries: Annotated[
        tuple[Identifier, ...] | None, Meta(description="Rating batteries that ask it; left out means all of them.")
    ] = None
    reversed: Annotated[
        bool,
        Meta(description="Reverse-keyed: scored as low + high − answer in every battery that asks it."),
    ] = False
    weight: Annotated[float, Meta(gt=0, description="What it counts in a checklist; other scores pay no heed.")] = 1.0
    evidence: Annotated[Evidence | None, Meta(description="What an assessor adds to the answer.")] = None


class Comment(Part, frozen=True, kw_only=True):
    """An open field, shown after the last battery, or on the page after it when a condition decides."""

    id: Annotated[Identifier, Meta(description="Id of the comment.")]
    max_length: Annotated[int, Meta(ge=1, le=20000, description="Longest text accepted, in characters.")] = 2000
    form: Annotated[
        Literal["text", "number", "date", "time"], Meta(description="What may be entered: any text, or one value.")
    ] = "text"
    required: Annotated[bool, Meta(description="Whether a response cannot be finished without it.")] = False
    asked_if: AskedIf = ()


class MissingRule(Part, frozen=True, kw_only=True):
    """When a respondent with missing answers still gets a dimension score."""

    minimum_share: Annotated[
        float,
        Meta(gt=0, le=1, description="Least share of a dimension's items that must be answered, rounded up to items."),
    ] = 0.5


class Adaptation(Part, frozen=True, kw_only=True):
    """How an instrument differs from the one that it adapts; the report says so."""

    of: Annotated[Identifier, Meta(description="Id of the instrument that was adapted.")]
    of_version: Annotated[str, Meta(pattern=VERSION_PATTERN, description="Its version.")]
    dropped: Annotated[tuple[Identifier, ...], Meta(description="Items, batteries and comments left out.")] = ()
    added: Annotated[tuple[Identifier, ...], Meta(description="Items, batteries and comments of one's own.")] = ()
    beside: Annotated[tuple[Identifier, ...], Meta(description="Instruments asked in the same questionnaire.")] = ()
    reworded: Annotated[tuple[Locale, ...], Meta(description="Languages in which texts were changed.")] = ()
    mapped: Annotated[bool, Meta(description="Whether items were assigned to dimensions by whoever adapts.")] = False


class Definition(Part, frozen=True, kw_only=True):
    """The content of ``instrument.yaml``: structure and scoring, no language."""

    id: Annotated[Identifier, Meta(description="Id of the instrument and name of its folder; never changes.")]
    version: Annotated[
        str,
        Meta(pattern=VERSION_PATTERN, description="Version of these files, in quotes; rises with every change."),
    ]
    title: Annotated[Text, Meta(description="Title in English; unique among the instruments of a registry.")]
    field: Annotated[Text, Meta(description="What kind of service it is meant for, in a few words.")]
    used_in: Annotated[
        tuple[ServiceField, ...],
        Meta(description="Fields of service that it was made for, by which it is found; left out means any."),
    ] = ()
    citation: Annotated[tuple[Citation, ...], Meta(min_length=1, description="Publications, the main one first.")]
    rights: Rights
    audiences: Annotated[tuple[Audience, ...], Meta(min_length=1, description="Who answers.")]
    locales: Annotated[
        tuple[Locale, ...],
        Meta(min_length=1, description="Languages with a text.<locale>.yaml; the first is the default."),
    ]
    scales: Annotated[dict[Identifier, ResponseScale], Meta(min_length=1, description="Response scales by id.")]
    batteries: Annotated[dict[Identifier, Battery], Meta(min_length=1, description="Batteries by id, as asked.")]
    dimensions: Annotated[tuple[Dimension, ...], Meta(description="Dimensions in the order of the report.")] = ()
    items: Annotated[tuple[Item, ...], Meta(min_length=1, description="Items in the order of the questionnaire.")]
    comments: Annotated[tuple[Comment, ...], Meta(description="Open text fields.")] = ()
    pages: Annotated[
        tuple[tuple[Identifier, ...], ...],
        Meta(
            description="Batteries asked on one page, neighbours in the list of batteries; those that rate the same "
            "items stand side by side, item by item. Every other battery has a page of its own."
        ),
    ] = ()
    missing: MissingRule = MissingRule()
    scores: Annotated[
        tuple[Score, ...],
        Meta(min_length=1, description="What is computed; the first is the headline of every report."),
    ]
    breakdowns: Annotated[tuple[Breakdown, ...], Meta(description="Scores reported by groups of answers.")] = ()
    status: Annotated[
        Literal["verified", "structure-unverified"],
        Meta(
            description="verified: items, dimensions and keys agree with the publication; structure-unverified: which "
            "item measures which dimension is left to whoever adapts it."
        ),
    ] = "verified"
    adaptation: Annotated[
        Adaptation | None, Meta(description="What was adapted; written by servq, never in the file of an instrument.")
    ] = None


class Column(NamedTuple):
    """One stored answer: an item in a battery, or a dimension in a points battery."""

    battery: str
    item: str


class Instrument(Struct, frozen=True, kw_only=True):
    """A definition with its texts: everything that a survey freezes at launch."""

    definition: Definition
    texts: dict[Locale, Texts]

    @property
    def id(self) -> str:
        """The definition's id."""
        return self.definition.id

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the placeholders that the texts contain, in any language."""
        return frozenset(name for texts in self.texts.values() for name in texts.placeholders)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Stored order of the answers: batteries as declared, items by position, points by dimension."""
        return tuple(Column(battery, item) for battery in self.definition.batteries for item in self.asked_in(battery))

    def asked_in(self, battery_id: str) -> tuple[str, ...]:
        """Item ids of a rating or choice battery, or dimension ids of a points battery, in order."""
        battery = self.definition.batteries[battery_id]
        if isinstance(battery, ChoiceBattery):
            return tuple(item.id for item in battery.items)
        if isinstance(battery, PointsBattery):
            return battery.dimensions or tuple(dimension.id for dimension in self.definition.dimensions)
        return tuple(
            item.id for item in self.definition.items if item.batteries is None or battery_id in item.batteries
        )

    def items_of(self, dimension_id: str) -> tuple[Item, ...]:
        """Items that measure a dimension, in order."""
        return tuple(item for item in self.definition.items if item.dimension == dimension_id)

    def item(self, item_id: str) -> Item:
        """Return the item with this id."""
        return next(item for item in self.definition.items if item.id == item_id)

    def choice_item(self, item_id: str) -> ChoiceItem:
        """Return the item of a choice battery with this id."""
        choices = (b for b in self.definition.batteries.values() if isinstance(b, ChoiceBattery))
        return next(item for battery in choices for item in battery.items if item.id == item_id)

    def options_of(self, item_id: str) -> tuple[str, ...]:
        """Options of an item of a choice battery, as offered; the answer is the place of one, counted from 1."""
        return self.choice_item(item_id).options or tuple(dimension.id for dimension in self.definition.dimensions)

    def scale_of(self, battery_id: str) -> ResponseScale:
        """Response scale of a rating battery; points run from 0 to the total. A choice battery has none."""
        battery = self.definition.batteries[battery_id]
        if isinstance(battery, PointsBattery):
            return ResponseScale(low=0, high=battery.total)
        if isinstance(battery, ChoiceBattery):
            raise TypeError(f'Battery "{battery_id}" offers options, not points.')
        return self.definition.scales[battery.scale]

    def points_of(self, column: Column) -> range:
        """Every answer that a column can hold, missing codes apart."""
        if isinstance(self.definition.batteries[column.battery], ChoiceBattery):
            return range(1, len(self.options_of(column.item)) + 1)
        return self.scale_of(column.battery).points

    def column_name(self, column: Column) -> str:
        """Name of a data column by the instrument's own alias, e.g. ``e01`` or ``w_tangibles``."""
        battery = self.definition.batteries[column.battery]
        if isinstance(battery, PointsBattery):
            return battery.columns.format(dimension=column.item)
        label = column.item.replace("_", "").replace("-", "")
        if isinstance(battery, ChoiceBattery):
            return battery.columns.format(item=column.item, label=label)
        item = self.item(column.item)
        return battery.columns.format(number=item.number, item=item.id, label=label, dimension=item.dimension or "")

    def texts_in(self, locale: str | None) -> Texts:
        """Texts in `locale`, in its base language, or in the default language."""
        wanted = (locale or "").replace("_", "-")
        for candidate in (wanted, wanted.split("-")[0]):
            if candidate in self.texts:
                return self.texts[candidate]
        return self.texts[self.definition.locales[0]]

    def wording(self, column: Column, locale: str | None, placeholders: Mapping[str, str] | None = None) -> str:
        """Wording of an item as asked in a rating or choice battery, with placeholders filled in."""
        texts = self.texts_in(locale)
        if isinstance(self.definition.batteries[column.battery], ChoiceBattery):
            return texts.fill(texts.choices[column.item].wording, placeholders)
        by_battery = texts.items[column.item]
        template = by_battery.get(column.battery) or by_battery["*"]
        return texts.fill(template, placeholders)

    def option_label(self, item_id: str, option: str, locale: str | None) -> str:
        """Label of an option of a choice; a dimension offered as an option goes by its name."""
        texts = self.texts_in(locale)
        label = texts.choices[item_id].options.get(option) or texts.dimensions[option].name
        return texts.fill(label)
