"""A questionnaire as other tools know it, and the instrument that can be made of it.

Tools without dimensions, reverse keys and scores say only what is asked; the rest is for the researcher to add.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.model import (
    Battery,
    BatteryText,
    ChoiceBattery,
    ChoiceItem,
    ChoiceText,
    Citation,
    Comment,
    Condition,
    Definition,
    Instrument,
    Item,
    MeanScore,
    RatingBattery,
    ResponseScale,
    Rights,
    ScaleText,
    Texts,
)

NOT_APPLICABLE = frozenset({"na", "n_a", "not_applicable", "none_na"})
LONGEST_ID = 60
SHORT = 30
HIGHEST_POINT = 100

Labels = Mapping[str, str]
"""Text by language; "" is the language that the form does not name."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One thing that a form asks.

    Parameters
    ----------
    kind
        ``options`` for one of several, or the form of an open field.
    name
        Its name in the form, by which rules refer to it.
    group
        Name of the group or page that holds it.
    options
        Name and label of each option.
    rule
        Earlier answers that must have been given: names, each with the answers of which one is needed.
    """

    kind: Literal["options", "text", "number", "date", "time"]
    name: str
    group: str
    labels: Labels
    options: tuple[tuple[str, Labels], ...] = ()
    required: bool = False
    rule: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Form:
    """What another tool's file asks; `lost` is what was found in it and has no place in an instrument."""

    id: str
    version: str
    titles: Labels
    locales: tuple[str, ...]
    asked: tuple[Asked, ...]
    group_labels: Mapping[str, Labels] = field(default_factory=dict)
    introductions: Labels = field(default_factory=dict)
    thanks: Labels = field(default_factory=dict)
    lost: tuple[str, ...] = ()


def make_instrument(form: Form, *, source: str, year: int) -> tuple[Instrument, tuple[str, ...]]:
    """Make an instrument of a form, and say what has to be added or was lost.

    Raises
    ------
    InstrumentInvalid
        The form asks nothing that could be rated.
    """
    maker = _Maker(form)
    for (group, kind), asked in groupby(form.asked, key=lambda one: (one.group, _kind(one))):
        maker.add(group, kind, tuple(asked))
    if not maker.items:
        problem = Problem(f"{source} asks nothing on a scale of numbers.", "Give at least one item numbered options.")
        raise InstrumentInvalid(problem)
    title = _text(form.titles, form.locales[0], form) or form.id
    definition = Definition(
        id=_slug(form.id),
        version=form.version if re.fullmatch(r"[0-9]+(\.[0-9]+)*", form.version) else "1.0",
        title=title,
        field="to be named",
        citation=(Citation(authors="Not stated", year=year, title=title, source=f"Imported from {source}"),),
        rights=Rights(
            holder="Not stated in the imported file",
            wording="licensed",
            note="The wording was imported; make sure that you may use it, and name its holder.",
        ),
        audiences=("customer",),
        locales=form.locales,
        scales=maker.scales,
        batteries=maker.batteries,
        items=tuple(maker.items),
        comments=tuple(maker.comments),
        scores=tuple(
            MeanScore(id=key, battery=key) for key, one in maker.batteries.items() if isinstance(one, RatingBattery)
        ),
    )
    texts = {locale: maker.texts(locale) for locale in form.locales}
    added = "Dimensions, reverse keys, other scores than a mean, and last words: add them to the files"
    return Instrument(definition=definition, texts=texts), (*form.lost, *maker.lost, added)


class _Maker:
    """Collects the parts of an instrument from what a form asks, in its order."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.scales: dict[str, ResponseScale] = {}
        self.batteries: dict[str, Battery] = {}
        self.items: list[Item] = []
        self.comments: list[Comment] = []
        self.lost: list[str] = []
        self._where: dict[str, tuple[str, str]] = {}
        self._asked: dict[str, Asked] = {}
        self._group: dict[str, str] = {}
        self._scale_of: dict[tuple[object, ...], str] = {}
        self._options: dict[str, tuple[tuple[str, Labels], ...]] = {}

    def add(self, group: str, kind: tuple[object, ...], asked: Sequence[Asked]) -> None:
        """Add things of one kind that stand together."""
        if kind[0] == "open":
            self._add_comments(asked)
            return
        battery_id = self._free(_slug(group or "answers"), self.batteries)
        self._group[battery_id] = group
        ids = [self._free(_slug(one.name), self._asked) for one in asked]
        shared = asked[0].rule if len({one.rule for one in asked}) == 1 else ()
        rule = self._conditions(shared, battery_id)
        self._asked |= dict(zip(ids, asked, strict=True))
        optional = not any(one.required for one in asked)
        if kind[0] == "rating":
            self.batteries[battery_id] = RatingBattery(
                scale=self._scale(asked[0]), columns="{item}", optional=optional, asked_if=rule
            )
            start = len(self.items) + 1
            self.items += [Item(id=one, number=n, batteries=(battery_id,)) for n, one in enumerate(ids, start=start)]
            for one in asked:
                if one.rule and one.rule != shared:
                    self.lost.append(f"{one.name}: its own skip rule; a rating is skipped with its whole battery")
        else:
            own = [() if one.rule == shared else self._conditions(one.rule, one.name) for one in asked]
            self.batteries[battery_id] = ChoiceBattery(
                items=tuple(
                    ChoiceItem(id=item, options=tuple(_slug(name) for name, _ in one.options), asked_if=condition)
                    for item, one, condition in zip(ids, asked, own, strict=True)
                ),
                columns="{item}",
                optional=optional,
                asked_if=rule,
            )
        self._where |= {one.name: (battery_id, item) for item, one in zip(ids, asked, strict=True)}

    def texts(self, locale: str) -> Texts:
        """Texts in one language."""
        form = self.form
        rated = {item.id: item.batteries[0] for item in self.items if item.batteries}
        return Texts(
            locale=locale,
            title=_text(form.titles, locale, form) or form.id,
            introduction=_text(form.introductions, locale, form) or _text(form.titles, locale, form) or form.id,
            thanks=_text(form.thanks, locale, form) or "Thank you.",
            scales={key: self._scale_text(key, locale) for key in self.scales},
            batteries={key: self._battery_text(key, locale) for key in self.batteries},
            items={item: {key: _text(self._asked[item].labels, locale, form) or item} for item, key in rated.items()},
            choices={
                item.id: ChoiceText(
                    wording=_text(self._asked[item.id].labels, locale, form) or item.id,
                    options={
                        _slug(name): _text(labels, locale, form) or name
                        for name, labels in self._asked[item.id].options
                    },
                )
                for battery in self.batteries.values()
                if isinstance(battery, ChoiceBattery)
                for item in battery.items
            },
            comments={one.id: _text(self._asked[one.id].labels, locale, form) or one.id for one in self.comments},
        )

    def _add_comments(self, asked: Sequence[Asked]) -> None:
        for one in asked:
            comment = self._free(_slug(one.name), self._asked)
            self._asked[comment] = one
            form = "text" if one.kind == "options" else one.kind
            rule = self._conditions(one.rule, one.name)
            self.comments.append(Comment(id=comment, form=form, required=one.required, asked_if=rule))

    def _conditions(self, rule: tuple[tuple[str, tuple[str, ...]], ...], about: str) -> tuple[Condition, ...]:
        conditions = []
        for name, answers in rule:
            where = self._where.get(name)
            if where is None:
                self.lost.append(f"{about}: a skip rule that looks at {name}")
                continue
            battery, item = where
            if isinstance(self.batteries[battery], RatingBattery):
                points = tuple(int(answer) for answer in answers if answer.isdigit())
                conditions.append(Condition(battery=battery, item=item, points=points))
            else:
                options = tuple(_slug(answer) for answer in answers)
                conditions.append(Condition(battery=battery, item=item, options=options))
        return tuple(conditions)

    def _scale(self, asked: Asked) -> str:
        key = _kind(asked)
        if key not in self._scale_of:
            points = [int(name) for name, _ in asked.options if _is_point(name)]
            scale_id = self._free(f"from_{min(points)}_to_{max(points)}", self.scales)
            other = any(not _is_point(name) for name, _ in asked.options)
            self.scales[scale_id] = ResponseScale(low=min(points), high=max(points), not_applicable=other)
            self._scale_of[key] = scale_id
            self._options[scale_id] = asked.options
        return self._scale_of[key]

    def _scale_text(self, scale_id: str, locale: str) -> ScaleText:
        scale = self.scales[scale_id]
        labels = {name: _text(label, locale, self.form) for name, label in self._options[scale_id]}
        words = {p: re.sub(rf"^{p}\b[\s.:=–-]*", "", labels.get(str(p), "")) for p in scale.points}
        if not all(words.values()):
            words = {point: words[point] for point in (scale.low, scale.high)}
        other = next((text or name for name, text in labels.items() if not _is_point(name)), "")
        return ScaleText(anchors={point: word or str(point) for point, word in words.items()}, not_applicable=other)

    def _battery_text(self, battery_id: str, locale: str) -> BatteryText:
        group = self._group[battery_id]
        labels = self.form.group_labels.get(group) or {"": group.replace("_", " ").capitalize()}
        title = _text(labels, locale, self.form) or _text(self.form.titles, locale, self.form) or battery_id
        return BatteryText(title=title, instruction=title, short=title if len(title) <= SHORT else battery_id[:SHORT])

    @staticmethod
    def _free(wanted: str, taken: Mapping[str, object]) -> str:
        names: Iterator[str] = iter([wanted, *(f"{wanted[: LONGEST_ID - 4]}_{number}" for number in range(2, 1000))])
        return next(name for name in names if name not in taken)


def _kind(asked: Asked) -> tuple[object, ...]:
    if asked.kind != "options":
        return ("open",)
    points = [int(name) for name, _ in asked.options if _is_point(name)]
    others = [name for name, _ in asked.options if not _is_point(name)]
    in_steps = len(points) > 1 and sorted(points) == list(range(min(points), max(points) + 1))
    if in_steps and max(points) <= HIGHEST_POINT and all(name.lower() in NOT_APPLICABLE for name in others):
        return ("rating", tuple((name, *sorted(labels.items())) for name, labels in asked.options))
    return ("choice",)


def _is_point(name: str) -> bool:
    return name.isascii() and name.isdigit()


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "_", plain).strip("_-")[:LONGEST_ID]
    return slug if slug[:1].isalpha() else f"n{slug}"[:LONGEST_ID]


def _text(labels: Labels, locale: str, form: Form) -> str:
    """A text in one language, or in the form's first; braces stay braces."""
    found = labels.get(locale) or labels.get("") or labels.get(form.locales[0]) or next(iter(labels.values()), "")
    in_one_line = re.sub("[ \t\r\n]+", " ", found).strip(" ")  # a no-break space, as French wants it, stays
    return in_one_line.replace("{", "{{").replace("}", "}}")
