"""What the form of the workbench offers, in the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servq.messages import Message
from servq.results.measures import OVERALL
from servq.web.manage.workbench.choices import ALL_WAVES, DIMENSIONS, ITEMS, Choices, Show
from servq.web.manage.workbench.offers import WAVE, Offer

Option = tuple[str, str]

MOST_FILTERS = 60
"""An attribute with more values is chosen from by its groups, not by boxes."""

SHOWS = {
    Show.DOTS: Message("Dots"),
    Show.TABLE: Message("Table"),
    Show.SHARES: Message("Distribution"),
    Show.TREND: Message("Trend"),
    Show.HEAT: Message("Heat map"),
    Show.CROSS: Message("Cross-table"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Boxes for the values of one attribute: what is sent, its label, and whether it is chosen."""

    name: str
    label: str
    values: Sequence[tuple[str, str, bool]]

    @property
    def n_chosen(self) -> int:
        """Boxes that are ticked."""
        return sum(chosen for _, _, chosen in self.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Controls:
    """Everything that can be chosen, with what is chosen now.

    Parameters
    ----------
    measures
        Groups of options by heading.
    is_limited
        Whether one wave and one filter are chosen at a time.
    only
        The filter of a limited form, as groups of options.
    """

    measures: Sequence[tuple[str, Sequence[Option]]]
    measure: str
    sides: Sequence[Option]
    side: str
    segments: Sequence[Option]
    by: str
    across_options: Sequence[Option]
    across: str
    waves: Sequence[Option]
    wave_values: Sequence[str]
    n_waves: int
    filters: Sequence[Filter]
    only: Sequence[tuple[str, Sequence[Option]]]
    only_value: str
    shows: Sequence[tuple[str, str, bool]]
    is_cross: bool
    is_limited: bool
    n_limits: int

    @property
    def wave(self) -> str:
        """The wave of a limited form."""
        return self.wave_values[0] if self.wave_values else ""


def make_controls(offer: Offer, choices: Choices) -> Controls:
    """The form for one person and their choices."""
    t = offer.t
    segments = [(name, offer.name_of(name)) for name in offer.segments]
    filters = [] if offer.is_limited else [one for one in _filters(offer, choices) if one.values]
    return Controls(
        measures=_measures(offer, choices),
        measure=choices.measure,
        sides=_sides(offer),
        side=choices.side,
        segments=[("", t("No groups: all together")), *segments],
        by=choices.by,
        across_options=[one for one in segments if one[0] != choices.by],
        across=choices.across,
        waves=_waves(offer),
        wave_values=[ALL_WAVES] if choices.is_all_waves else [str(number) for number in choices.waves],
        n_waves=len(offer.scored.waves),
        filters=filters,
        only=_only(offer, choices) if offer.is_limited else (),
        only_value=f"{choices.only[0][0]}:{choices.only[0][1]}" if offer.is_limited and choices.only else "",
        shows=[(show.value, t.say(label), show is choices.show) for show, label in SHOWS.items()],
        is_cross=choices.show is Show.CROSS,
        is_limited=offer.is_limited,
        n_limits=len(choices.only) + len(choices.waves) + choices.is_all_waves,
    )


def _measures(offer: Offer, choices: Choices) -> list[tuple[str, list[Option]]]:
    t = offer.t
    known = offer.measures.all_of(choices.side)
    named = {id_: t.say(one.label) for id_, one in known.items()}
    dimensions = [(id_, label) for id_, label in named.items() if id_.startswith("d.")]
    items = [
        (id_, label if len(label) < 90 else f"{label[:88]}…") for id_, label in named.items() if id_.startswith("i.")
    ]
    scores = [(id_, label) for id_, label in named.items() if id_.startswith("s.") and id_ != OVERALL]
    several = [(DIMENSIONS, t("All dimensions"))] if len(dimensions) > 1 else []
    several += [(ITEMS, t("All items"))] if len(items) > 1 else []
    groups = [
        (t("Overview"), [(OVERALL, named[OVERALL]), *several]),
        (t("Dimensions"), dimensions),
        (t("Scores"), scores),
        (t("Items"), items),
    ]
    return [(heading, options) for heading, options in groups if options]


def _sides(offer: Offer) -> list[Option]:
    sides = [(side, offer.labels.battery(side)) for side in offer.measures.sides]
    if not sides:
        return []
    if not offer.measures.is_difference:
        return [("", offer.labels.battery(offer.labels.headline_battery)), *sides]
    return [("", offer.t("Gap")), *sides]


def _waves(offer: Offer) -> list[Option]:
    waves = [(str(wave.number), offer.wave_called(wave.name)) for wave in reversed(offer.scored.waves)]
    together = [] if offer.is_limited else [(ALL_WAVES, offer.t("All waves"))]
    return [("", offer.t("Newest wave")), *together, *waves]


def _filters(offer: Offer, choices: Choices) -> list[Filter]:
    made = []
    for name in offer.segments:
        values = [value for value in offer.values(name) if value]
        if name == WAVE or not 1 < len(values) <= MOST_FILTERS:
            continue
        boxes = [(f"{name}:{value}", offer.label_of(name, value), (name, value) in choices.only) for value in values]
        made.append(Filter(name, offer.name_of(name), boxes))
    return made


def _only(offer: Offer, choices: Choices) -> list[tuple[str, list[Option]]]:
    groups = []
    for name in offer.segments:
        if name == WAVE:
            continue
        values = [
            (f"{name}:{value}", offer.label_of(name, value)) for value in offer.filterable(choices, name) if value
        ]
        if len(values) > 1:
            groups.append((offer.name_of(name), values))
    return groups
