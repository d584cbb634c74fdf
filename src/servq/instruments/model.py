"""What an instrument is: its structure, its texts, and the order in which its answers are stored.

An instrument folder holds ``instrument.yaml`` (a `Definition`), one ``text.<locale>.yaml`` per language (a
`Texts`) and ``SOURCE.md``. This module only describes; reading, checking and freezing live beside it.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

Identifier = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]*$", max_length=60)]
"""Lower-case id; never changes once published."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything read from YAML: immutable, no unknown keys."""


class Citation(_Part, frozen=True, kw_only=True):
    """Where the instrument was published."""

    authors: str
    year: int
    title: str
    source: str
    doi: str | None = None


class Rights(_Part, frozen=True, kw_only=True):
    """Who holds rights in the published wording, and what servq ships instead."""

    holder: str
    wording: Literal["own", "published", "licensed"]
    note: str


class ResponseScale(_Part, frozen=True, kw_only=True):
    """The points offered, from `low` to `high` in steps of one.

    `better` says which end is good; the stored answer is never turned round.
    """

    low: int
    high: int
    not_applicable: bool = False
    better: Literal["high", "low"] = "high"

    @property
    def points(self) -> range:
        """Every point offered, low to high."""
        return range(self.low, self.high + 1)


class RatingBattery(_Part, frozen=True, kw_only=True, tag_field="kind", tag="rating"):
    """Items rated one by one on one response scale.

    Parameters
    ----------
    scale
        Key into `Definition.scales`.
    columns
        Names of data columns as a template over ``number``, ``item`` and ``dimension``, e.g. ``"e{number:02d}"``.
    moment
        When it may be asked by the same personal link: before the service, after it, or at any time.
    order
        ``shuffled`` asks for an order drawn by a seed stored with the response.
    optional
        A respondent may finish without it.
    """

    scale: Identifier
    columns: str
    moment: Literal["before", "after", "any"] = "any"
    order: Literal["fixed", "shuffled"] = "fixed"
    optional: bool = False


class PointsBattery(_Part, frozen=True, kw_only=True, tag_field="kind", tag="points"):
    """A constant sum of points spread over the dimensions (importance weights)."""

    total: int
    columns: str
    moment: Literal["before", "after", "any"] = "any"
    optional: bool = True


Battery = RatingBattery | PointsBattery


class Dimension(_Part, frozen=True, kw_only=True):
    """A construct measured by items."""

    id: Identifier


class Item(_Part, frozen=True, kw_only=True):
    """One statement.

    Parameters
    ----------
    number
        Its number in the published instrument.
    dimension
        The dimension it measures, or None for an item that stands alone.
    batteries
        Rating batteries that ask it; None means all of them.
    reversed
        Reverse-keyed (scored as min + max − x) in every battery that asks it.
    """

    id: Identifier
    number: int
    dimension: Identifier | None = None
    batteries: tuple[Identifier, ...] | None = None
    reversed: bool = False


class Comment(_Part, frozen=True, kw_only=True):
    """An open text field, shown after the last battery of its moment."""

    id: Identifier
    max_length: int = 2000


class MissingRule(_Part, frozen=True, kw_only=True):
    """A dimension is scored for a respondent who answered at least this share of its items (rounded up)."""

    minimum_share: Annotated[float, Meta(gt=0, le=1)] = 0.5


class GapScore(_Part, frozen=True, kw_only=True, tag_field="kind", tag="gap"):
    """`perception` − `expectation` per item, dimension and overall; weighted by a points battery if named."""

    id: Identifier
    perception: Identifier
    expectation: Identifier
    weights: Identifier | None = None


class MeanScore(_Part, frozen=True, kw_only=True, tag_field="kind", tag="mean"):
    """Mean rating of one battery per item, dimension and overall."""

    id: Identifier
    battery: Identifier
    weights: Identifier | None = None


class NetPromoterScore(_Part, frozen=True, kw_only=True, tag_field="kind", tag="net_promoter"):
    """Share of promoters minus share of detractors of one 0–10 item, in points."""

    id: Identifier
    battery: Identifier
    item: Identifier


class TopBoxScore(_Part, frozen=True, kw_only=True, tag_field="kind", tag="top_box"):
    """Share of answers on the best `boxes` points of one item."""

    id: Identifier
    battery: Identifier
    item: Identifier
    boxes: int = 2


class EffortScore(_Part, frozen=True, kw_only=True, tag_field="kind", tag="effort"):
    """Customer effort: mean of one item, and the share on the `boxes` easiest points."""

    id: Identifier
    battery: Identifier
    item: Identifier
    boxes: int


Score = GapScore | MeanScore | NetPromoterScore | TopBoxScore | EffortScore


class Definition(_Part, frozen=True, kw_only=True):
    """The content of ``instrument.yaml``: structure and scoring, no language.

    The first of `scores` is the headline of every report; `locales` lists the text files, the first is the default.
    """

    id: Identifier
    version: str
    title: str
    field: str
    citation: tuple[Citation, ...]
    rights: Rights
    audiences: tuple[Literal["customer", "manager", "contact_personnel", "assessor"], ...]
    locales: tuple[str, ...]
    scales: dict[Identifier, ResponseScale]
    batteries: dict[Identifier, Battery]
    dimensions: tuple[Dimension, ...] = ()
    items: tuple[Item, ...]
    comments: tuple[Comment, ...] = ()
    missing: MissingRule = MissingRule()
    scores: tuple[Score, ...]
    status: Literal["verified", "structure-unverified"] = "verified"


class ScaleText(_Part, frozen=True, kw_only=True):
    """Anchors by point: every point, or both ends."""

    anchors: dict[int, str]
    not_applicable: str = ""


class BatteryText(_Part, frozen=True, kw_only=True):
    """Heading and instruction of a battery; `short` is its name in tables and charts."""

    title: str
    instruction: str
    short: str


class DimensionText(_Part, frozen=True, kw_only=True):
    """Name of a dimension and what it covers, for readers of a report."""

    name: str
    description: str


class Texts(_Part, frozen=True, kw_only=True):
    """The content of one ``text.<locale>.yaml``.

    `items` maps item id → battery id → wording; the key ``"*"`` stands for every battery.
    `placeholders` gives the default for each ``{name}`` that wording may contain.
    """

    locale: str
    title: str
    introduction: str
    thanks: str
    scales: dict[Identifier, ScaleText]
    batteries: dict[Identifier, BatteryText]
    dimensions: dict[Identifier, DimensionText] = {}
    items: dict[Identifier, dict[str, str]]
    comments: dict[Identifier, str] = {}
    placeholders: dict[str, str] = {}
    validated: bool = False


class Column(NamedTuple):
    """One stored answer: an item in a battery, or a dimension in a points battery."""

    battery: str
    item: str


class Instrument(Struct, frozen=True, kw_only=True):
    """A definition with its texts: everything that a survey freezes at launch."""

    definition: Definition
    texts: dict[str, Texts]

    @property
    def id(self) -> str:
        """The definition's id."""
        return self.definition.id

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
        """Response scale of a rating battery."""
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
        return battery.columns.format(number=item.number, item=item.id, dimension=item.dimension or "")

    def texts_in(self, locale: str | None) -> Texts:
        """Texts in `locale`, in its base language, or in the default language."""
        wanted = (locale or "").replace("_", "-")
        for candidate in (wanted, wanted.split("-")[0]):
            if candidate in self.texts:
                return self.texts[candidate]
        return self.texts[self.definition.locales[0]]

    def wording(self, column: Column, locale: str | None, placeholders: dict[str, str] | None = None) -> str:
        """Wording of an item as asked in a battery, with placeholders filled in."""
        texts = self.texts_in(locale)
        by_battery = texts.items[column.item]
        template = by_battery.get(column.battery) or by_battery["*"]
        return template.format(**{**texts.placeholders, **(placeholders or {})})
