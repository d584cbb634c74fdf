"""What the fields, audiences, kinds and scores of instruments are called; English, looked up in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from servq.instruments.model import (
    AntecedentScore,
    ChecklistScore,
    EffortScore,
    GapRatingScore,
    GapScore,
    Instrument,
    KanoScore,
    ManagersViewScore,
    MeanScore,
    NetPromoterScore,
    PathScore,
    Score,
    ToleranceScore,
    TopBoxScore,
)
from servq.messages import Message
from servq.translation import Translator

FIELDS: Mapping[str, str] = {
    "banking": Message("Banking and insurance"),
    "education": Message("Education"),
    "health": Message("Health care"),
    "hospitality": Message("Hotels and restaurants"),
    "online_shops": Message("Online shops"),
    "public_services": Message("Public services"),
    "retail": Message("Shops and branches"),
    "support": Message("Customer service"),
    "telecommunications": Message("Telecommunications"),
    "transport": Message("Transport"),
}

AUDIENCES: Mapping[str, str] = {
    "customer": Message("Customers"),
    "manager": Message("Managers"),
    "contact_personnel": Message("Contact personnel"),
    "assessor": Message("Assessors"),
}

STATUSES: Mapping[str, tuple[str, str]] = {
    "verified": (
        Message("Structure verified"),
        Message("Items, dimensions and keys agree with the publication."),
    ),
    "structure-unverified": (
        Message("Structure unverified"),
        Message(
            "No source was found for which item measures which dimension. There are no dimension scores until you "
            "copy it and assign the items."
        ),
    ),
}

WORDINGS: Mapping[str, str] = {
    "own": Message("Worded anew for the published constructs"),
    "published": Message("The published statements, free to use"),
    "licensed": Message("The published statements, used with permission"),
}

BATTERY_KINDS: Mapping[str, str] = {
    "rating": Message("Items rated on a scale"),
    "points": Message("Points spread over the dimensions"),
    "choice": Message("Questions with options"),
}

SCORE_KINDS: Mapping[str, str] = {
    "mean": Message("Mean rating"),
    "gap": Message("Gap between two batteries"),
    "net_promoter": Message("Net promoter score"),
    "top_box": Message("Share on the best points"),
    "effort": Message("Customer effort"),
    "tolerance": Message("Zone of tolerance"),
    "kano": Message("Kano categories"),
    "path_model": Message("Path model (ECSI)"),
    "checklist": Message("Weighted checklist"),
    "managers_view": Message("Managers’ view of expectations (gap 1)"),
    "gap_rating": Message("Gap rated directly (2 to 4)"),
    "antecedents": Message("Antecedents of the gaps"),
}

SCORE_CLASSES: Mapping[type, str] = {
    MeanScore: "mean",
    GapScore: "gap",
    NetPromoterScore: "net_promoter",
    TopBoxScore: "top_box",
    EffortScore: "effort",
    ToleranceScore: "tolerance",
    KanoScore: "kano",
    PathScore: "path_model",
    ChecklistScore: "checklist",
    ManagersViewScore: "managers_view",
    GapRatingScore: "gap_rating",
    AntecedentScore: "antecedents",
}


def formula(say: Translator, score: Score, instrument: Instrument) -> str:
    """Say what a score computes, with the names that batteries, items and dimensions go by."""
    return say.say(_Names(say, instrument).formula(score))


class _Names:
    """What the parts of one instrument are called in the reader's language."""

    def __init__(self, say: Translator, instrument: Instrument) -> None:
        self._instrument = instrument
        self._texts = instrument.texts_in(say.locale)

    def formula(self, score: Score) -> str:  # noqa: C901, PLR0911 - one sentence for each kind of score
        """Return the sentence of a score."""
        battery = self._battery
        if isinstance(score, GapScore):
            return self._weighted(
                Message(
                    "“{perception}” minus “{expectation}”, for every item, dimension and overall. Negative is a "
                    "shortfall.",
                    perception=battery(score.perception),
                    expectation=battery(score.expectation),
                ),
                score.weights,
            )
        if isinstance(score, MeanScore):
            return self._weighted(
                Message("Mean of “{battery}”, for every item, dimension and overall.", battery=battery(score.battery)),
                score.weights or score.importance,
            )
        if isinstance(score, NetPromoterScore):
            return Message(
                "Percentage of 9 and 10 minus percentage of 0 to 6 on “{item}”.",
                item=self._item(score.battery, score.item),
            )
        if isinstance(score, TopBoxScore):
            points = self._best(score.battery, score.boxes)
            return Message(
                "Percentage of answers on {points} of “{item}”.",
                points=points,
                item=self._item(score.battery, score.item),
            )
        if isinstance(score, EffortScore):
            points = self._best(score.battery, score.boxes)
            item = self._item(score.battery, score.item)
            return Message("Mean of “{item}”, and percentage on {points}.", item=item, points=points)
        if isinstance(score, ToleranceScore):
            return self._weighted(
                Message(
                    "Adequacy: “{perceived}” minus “{minimum}”. Superiority: “{perceived}” minus “{desired}”. The "
                    "zone of tolerance lies between the two.",
                    perceived=battery(score.perceived),
                    minimum=battery(score.minimum),
                    desired=battery(score.desired),
                ),
                score.weights,
            )
        if isinstance(score, KanoScore):
            return Message(
                "Kano category of each item from its pair of answers, “{functional}” and “{dysfunctional}”.",
                functional=battery(score.functional),
                dysfunctional=battery(score.dysfunctional),
            )
        if isinstance(score, PathScore):
            return Message(
                "Indices from 0 to 100 of the dimensions by partial least squares; “{target}” is explained.",
                target=self._texts.dimensions[score.target].name,
            )
        if isinstance(score, ChecklistScore):
            return Message(
                "Share of the attainable weighted points of “{batteries}”, for every stage and overall.",
                batteries=tuple(battery(one) for one in score.batteries),
            )
        if isinstance(score, ManagersViewScore):
            return self._weighted(
                Message(
                    "Gap 1: “{battery}” of managers minus the expectations of customers.",
                    battery=battery(score.battery),
                ),
                score.weights,
            )
        if isinstance(score, GapRatingScore):
            return Message(
                "Gap {gap}: mean of “{battery}” for every dimension, and its distance to the top of the scale.",
                gap=score.gap,
                battery=battery(score.battery),
            )
        return Message("Mean of each antecedent in “{battery}”.", battery=battery(score.battery))

    def _battery(self, battery_id: str) -> str:
        return self._texts.batteries[battery_id].short

    def _item(self, battery_id: str, item_id: str) -> str:
        by_battery = self._texts.items[item_id]
        return self._texts.fill(by_battery.get(battery_id) or by_battery["*"])

    def _best(self, battery_id: str, boxes: int) -> str:
        scale = self._instrument.scale_of(battery_id)
        points = scale.points[-boxes:] if scale.better == "high" else scale.points[:boxes]
        return f"{points[0]}–{points[-1]}" if len(points) > 1 else str(points[0])

    def _weighted(self, sentence: Message, weights: str | None) -> str:
        if not weights:
            return sentence
        return Message("{sentence} Also weighted by “{weights}”.", sentence=sentence, weights=self._battery(weights))
