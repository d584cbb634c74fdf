"""What an instrument is: its structure, its texts, and the order in which its answers are stored.

An instrument folder holds ``instrument.yaml`` (a `Definition`), one ``text.<locale>.yaml`` per language (a
`Texts`) and ``SOURCE.md``. This module only describes; reading, checking and freezing live beside it. The
descriptions of the fields are published with the JSON Schema and in the reference of fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

IDENTIFIER_PATTERN = "^[a-z][a-z0-9_-]*$"
LOCALE_PATTERN = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
VERSION_PATTERN = r"^[0-9]+(\.[0-9]+)*$"
DOI_PATTERN = r"^10\.[0-9]{4,9}/[^ ]+$"

Identifier = Annotated[str, Meta(pattern=IDENTIFIER_PATTERN, max_length=60)]
"""Lower-case id; never changes once published."""

Locale = Annotated[str, Meta(pattern=LOCALE_PATTERN)]
"""Language tag such as ``en``, ``de`` or ``pt-BR``."""

Text = Annotated[str, Meta(min_length=1)]

Doi = Annotated[str, Meta(pattern=DOI_PATTERN)]

Moment = Annotated[
    Literal["before", "after", "any"],
    Meta(description="When the same personal link may ask it: before the service, after it, or at any time."),
]

Wording = Literal["own", "published", "licensed"]
WORDING_MEANS = (
    "own: written anew for the published constructs; published: the published statements, free to use; "
    "licensed: used with permission."
)

Audience = Literal["customer", "manager", "contact_personnel", "assessor"]


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything read from YAML: immutable, no unknown keys."""


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


class PointsBattery(Part, frozen=True, kw_only=True, tag_field="kind", tag="points"):
    """A constant sum of points spread over the dimensions (importance weights)."""

    total: Annotated[int, Meta(ge=2, le=1000, description="The points to be spread; published weights use 100.")]
    columns: Annotated[Text, Meta(description="Names of the data columns as a template over {dimension}.")]
    moment: Moment = "any"
    optional: Annotated[bool, Meta(description="Whether a respondent may finish without it.")] = True


Battery = RatingBattery | PointsBattery


class Dimension(Part, frozen=True, kw_only=True):
    """A construct measured by items."""

    id: Annotated[Identifier, Meta(description="Id of the dimension.")]


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


class Comment(Part, frozen=True, kw_only=True):
    """An open text field, shown after the last battery; always optional."""

    id: Annotated[Identifier, Meta(description="Id of the comment.")]
    max_length: Annotated[int, Meta(ge=1, le=20000, description="Longest text accepted, in characters.")] = 2000


class MissingRule(Part, frozen=True, kw_only=True):
    """When a respondent with missing answers still gets a dimension score."""

    minimum_share: Annotated[
        float,
        Meta(gt=0, le=1, description="Least share of a dimension's items that must be answered, rounded up to items."),
    ] = 0.5


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


Score = GapScore | MeanScore | NetPromoterScore | TopBoxScore | EffortScore


class Definition(Part, frozen=True, kw_only=True):
    """The content of ``instrument.yaml``: structure and scoring, no language."""

    id: Annotated[Identifier, Meta(description="Id of the instrument and name of its folder; never changes.")]
    version: Annotated[
        str,
        Meta(pattern=VERSION_PATTERN, description="Version of these files, in quotes; rises with every change."),
    ]
    title: Annotated[Text, Meta(description="Title in English; unique among the instruments of a registry.")]
    field: Annotated[Text, Meta(description="What kind of service it is meant for, in a few words.")]
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
    missing: MissingRule = MissingRule()
    scores: Annotated[
        tuple[Score, ...],
        Meta(min_length=1, description="What is computed; the first is the headline of every report."),
    ]
    status: Annotated[
        Literal["verified", "structure-unverified"],
        Meta(description="verified: items, dimensions and keys agree with the publication."),
    ] = "verified"


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


class Texts(Part, frozen=True, kw_only=True):
    """The content of one ``text.<locale>.yaml``: everything that a person reads."""

    locale: Annotated[Locale, Meta(description="Language tag, as in the name of the file.")]
    title: Annotated[Text, Meta(description="Heading of the questionnaire.")]
    introduction: Annotated[Text, Meta(description="First words to the respondent.")]
    thanks: Annotated[Text, Meta(description="Last words, shown after the answers were saved.")]
    scales: Annotated[dict[Identifier, ScaleText], Meta(description="Labels by response scale.")]
    batteries: Annotated[dict[Identifier, BatteryText], Meta(description="Heading and instruction by battery.")]
    dimensions: Annotated[dict[Identifier, DimensionText], Meta(description="Name and description by dimension.")] = {}
    items: Annotated[
        dict[Identifier, dict[str, Text]],
        Meta(description='Wording by item and battery; the battery "*" stands for every battery not named.'),
    ]
    comments: Annotated[dict[Identifier, Text], Meta(description="Question above each open text field.")] = {}
    placeholders: Annotated[
        dict[Identifier, Text], Meta(description="Default for each {placeholder} that the texts contain.")
    ] = {}
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
        """Item ids of a rating battery, or dimension ids of a points battery, in order."""
        if isinstance(self.definition.batteries[battery_id], PointsBattery):
            return tuple(dimension.id for dimension in self.definition.dimensions)
        return tuple(
            item.id for item in self.definition.items if item.batteries is None or battery_id in item.batteries
        )

    def items_of(self, dimension_id: str) -> tuple[Item, ...]:
        """Items that measure a dimension, in order."""
        return tuple(item for item in self.definition.items if item.dimension == dimension_id)

    def item(self, item_id: str) -> Item:
        """Return the item with this id."""
        return next(item for item in self.definition.items if item.id == item_id)

    def scale_of(self, battery_id: str) -> ResponseScale:
        """Response scale of a battery; points run from 0 to the battery's total."""
        battery = self.definition.batteries[battery_id]
        if isinstance(battery, PointsBattery):
            return ResponseScale(low=0, high=battery.total)
        return self.definition.scales[battery.scale]

    def column_name(self, column: Column) -> str:
        """Name of a data column by the instrument's own alias, e.g. ``e01`` or ``w_tangibles``."""
        battery = self.definition.batteries[column.battery]
        if isinstance(battery, PointsBattery):
            return battery.columns.format(dimension=column.item)
        item = self.item(column.item)
        label = item.id.replace("_", "").replace("-", "")
        return battery.columns.format(number=item.number, item=item.id, label=label, dimension=item.dimension or "")

    def texts_in(self, locale: str | None) -> Texts:
        """Texts in `locale`, in its base language, or in the default language."""
        wanted = (locale or "").replace("_", "-")
        for candidate in (wanted, wanted.split("-")[0]):
            if candidate in self.texts:
                return self.texts[candidate]
        return self.texts[self.definition.locales[0]]

    def wording(self, column: Column, locale: str | None, placeholders: Mapping[str, str] | None = None) -> str:
        """Wording of an item as asked in a battery, with placeholders filled in."""
        texts = self.texts_in(locale)
        by_battery = texts.items[column.item]
        template = by_battery.get(column.battery) or by_battery["*"]
        return texts.fill(template, placeholders)
