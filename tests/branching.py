"""A questionnaire that uses what the format has: skip rules, choices, pages of several batteries, consent, evidence."""

from __future__ import annotations

from collections.abc import Sequence

from servq.instruments.model import (
    BatteryText,
    ChoiceBattery,
    ChoiceItem,
    ChoiceText,
    Comment,
    Condition,
    Definition,
    Dimension,
    DimensionText,
    Evidence,
    Instrument,
    Item,
    MeanScore,
    PointsBattery,
    RatingBattery,
    ResponseScale,
    ScaleText,
    Texts,
)
from stateful.factories import make_instrument

HAD_PROBLEM = (Condition(battery="profile", item="problem", options=("yes",)),)
WAS_TOLD = (*HAD_PROBLEM, Condition(battery="profile", item="told", options=("yes",)))
PAIRED = ("minimum", "perceived")
RANKED = ("most", "least")


def make_branching(*, consent: str = "", pages: Sequence[tuple[str, ...]] | None = None) -> Instrument:
    """Six pages at most: profile; two columns; recovery, if any; points and choices; files; comments by answer."""
    small = make_instrument().definition
    batteries = {
        "profile": ChoiceBattery(
            items=(
                ChoiceItem(id="problem", options=("yes", "no")),
                ChoiceItem(id="told", options=("yes", "no")),
            ),
            columns="{item}",
            optional=False,
        ),
        "minimum": RatingBattery(scale="five", columns="m{number}"),
        "perceived": RatingBattery(scale="rated", columns="p{number}"),
        "recovery": RatingBattery(scale="five", columns="r{number}", asked_if=HAD_PROBLEM),
        "importance": PointsBattery(total=100, columns="w_{dimension}"),
        "ranking": ChoiceBattery(
            items=(
                ChoiceItem(id="most"),
                ChoiceItem(id="least"),
                ChoiceItem(id="why_told", options=("price", "time"), asked_if=WAS_TOLD),
            ),
            columns="{item}",
            distinct=True,
        ),
        "checked": RatingBattery(scale="five", columns="c{number}", optional=True),
    }
    both = [("fast_1", "fast"), ("kind_2", "kind")]
    items = (
        *(Item(id=item, number=i, dimension=name, batteries=PAIRED) for i, (item, name) in enumerate(both, start=1)),
        Item(id="rec_3", number=3, batteries=("recovery",)),
        Item(id="che_4", number=4, batteries=("checked",), evidence=Evidence(required=True, most_bytes=20_000)),
        Item(
            id="che_5",
            number=5,
            batteries=("checked",),
            evidence=Evidence(most_bytes=20_000, types=("image/png", "application/pdf")),
        ),
    )
    low = (Condition(battery="perceived", item="fast_1", points=(1, 2)),)
    definition = Definition(
        id="branching",
        version="1",
        title="Branching",
        field="any service",
        citation=small.citation,
        rights=small.rights,
        audiences=("customer",),
        locales=("en",),
        scales={"five": ResponseScale(low=1, high=5), "rated": ResponseScale(low=1, high=5, not_applicable=True)},
        batteries=batteries,
        dimensions=(Dimension(id="fast"), Dimension(id="kind")),
        items=items,
        comments=(
            Comment(id="when", form="date", required=True),
            Comment(id="at", form="time"),
            Comment(id="minutes", form="number"),
            Comment(id="what_failed", required=True, asked_if=low),
            Comment(id="anything", asked_if=HAD_PROBLEM),
        ),
        pages=tuple(pages) if pages is not None else (PAIRED, ("importance", "ranking")),
        scores=(MeanScore(id="performance", battery="perceived"),),
    )
    return Instrument(definition=definition, texts={"en": make_texts(definition, consent)})


def make_texts(definition: Definition, consent: str) -> Texts:
    anchors = ScaleText(anchors={1: "low", 5: "high"}, not_applicable="cannot say")
    return Texts(
        locale="en",
        title="Branching",
        introduction="Please answer.",
        thanks="Thank you.",
        scales={"five": anchors, "rated": anchors},
        batteries={
            battery: BatteryText(title=f"Title of {battery}", instruction=f"About {battery}.", short=battery)
            for battery in definition.batteries
        },
        dimensions={name: DimensionText(name=name, description=name) for name in ("fast", "kind")},
        items={item.id: {"*": f"Wording of {item.id}."} for item in definition.items},
        choices={
            "problem": ChoiceText(wording="Was there a problem?", options={"yes": "Yes", "no": "No"}),
            "told": ChoiceText(wording="Did you tell us?", options={"yes": "Yes", "no": "No"}),
            "most": ChoiceText(wording="What matters most?"),
            "least": ChoiceText(wording="What matters least?"),
            "why_told": ChoiceText(wording="Why?", options={"price": "Price", "time": "Time"}),
        },
        comments={comment.id: f"Question {comment.id}" for comment in definition.comments},
        consent=consent,
    )
