"""What one person may choose in the workbench of a survey, and what their choices come to. Pure.

Managers see their own sites, and what they see must not be worked out from two answers: one wave at a time, or each
wave beside the others, and one group of one attribute at a time; see ``docs/workbench.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from servq.accounts.viewer import Viewer
from servq.analysis.labels import Labels
from servq.analysis.options import MINIMUM_GROUP_SIZE
from servq.analysis.suppression import hidden_groups
from servq.messages import Message
from servq.results import ScoredSurvey, Selection
from servq.results.measures import OVERALL, Measure, Measures
from servq.results.rows import Attribute
from servq.results.scored import SITE
from servq.results.suppression import hidden_cells
from servq.translation import Translator
from servq.web.manage.results.access import may_compare
from servq.web.manage.workbench.choices import DIMENSIONS, ITEMS, Choices, Show

MOST_GROUPS = 200
"""An attribute with more values is an identifier or a free text, not a segment."""
WAVE = "wave"

ATTRIBUTE_NAMES = {
    "administration": Message("Way of answering"),
    "agent": Message("Agent"),
    "channel": Message("Channel"),
    "locale": Message("Language"),
    "site": Message("Site"),
    "team": Message("Team"),
    "touchpoint": Message("Touchpoint"),
    "wave": Message("Wave"),
}
VALUE_NAMES = {
    "app": Message("App"),
    "chat": Message("Chat"),
    "counter": Message("Counter"),
    "counter_interviewer": Message("Interviewer at the counter"),
    "email": Message("E-mail"),
    "feedback_form": Message("Feedback form"),
    "imported": Message("Imported"),
    "in_app": Message("In the app"),
    "kiosk": Message("Kiosk"),
    "open_link": Message("Open link"),
    "personal_link": Message("Personal link"),
    "phone_interviewer": Message("Interviewer on the telephone"),
    "self": Message("By themselves"),
    "telephone": Message("Telephone"),
}
_FIRST = frozenset({"touchpoint", "team", "agent"})
_NAMED_VALUES = frozenset({"administration", "channel"})


@dataclass(frozen=True)
class Offer:
    """What may be chosen.

    Parameters
    ----------
    t
        Translator of the workbench's words.
    """

    scored: ScoredSurvey
    viewer: Viewer
    t: Translator
    minimum: int = MINIMUM_GROUP_SIZE

    @property
    def is_limited(self) -> bool:
        """Whether only what cannot be worked out from several answers may be chosen."""
        return not self.viewer.may_manage

    @cached_property
    def labels(self) -> Labels:
        """The instrument's texts in the reader's language."""
        survey = self.scored.survey
        return Labels(
            survey.instrument, survey.instrument.texts_in(self.viewer.locale).locale, dict(survey.placeholders)
        )

    @cached_property
    def measures(self) -> Measures:
        """What can be measured."""
        return Measures(self.labels)

    @cached_property
    def whole(self) -> Selection:
        """Every response that the person may see."""
        return self.scored.select(sites=self.viewer.sites)

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Attributes and items with options whose groups may be shown, the site first.

        Waves are groups only for those who see everything: what is shown of all waves together, less the waves that are
        shown one by one, would be a small one.
        """
        names = [name for name in self.scored.attributes if name != WAVE and may_compare(self.viewer, name)]
        known = [name for name in (*names, *self.scored.choice_items) if self._is_segment(name)]
        known.sort(key=lambda name: (name != SITE, name not in _FIRST))
        return (*known, *((WAVE,) if len(self.scored.waves) > 1 and not self.is_limited else ()))

    def _is_segment(self, name: str) -> bool:
        values = set(self.values(name)) - {""}
        return 0 < len(values) <= MOST_GROUPS and (len(values) > 1 or name == SITE)

    def values(self, name: str) -> tuple[str, ...]:
        """Values of an attribute among the responses that the person may see, as they are ordered."""
        found = self.scored.values(name, self.viewer.sites)
        if name in self.scored.choice_items:
            return tuple(option for option in self.labels.instrument.options_of(name) if option in found)
        return found if name == WAVE else tuple(sorted(found))

    def name_of(self, name: str) -> str:
        """An attribute as people read it."""
        if name in self.scored.choice_items:
            batteries = self.labels.instrument.definition.batteries
            battery = next(id_ for id_ in batteries if name in self.labels.instrument.asked_in(id_))
            return self.labels.item(name, battery)
        said = ATTRIBUTE_NAMES.get(name)
        return self.t.say(said) if said else name.replace("_", " ")

    def label_of(self, name: str, value: str) -> str:
        """A value as people read it, "" where it is not known."""
        if name in self.scored.choice_items and value:
            return self.labels.option(name, value)
        if name in _NAMED_VALUES and value in VALUE_NAMES:
            return self.t.say(VALUE_NAMES[value])
        return self.wave_called(value) if name == WAVE else value

    def wave_called(self, name: str) -> str:
        """What people call a wave: a number alone says nothing."""
        return self.t("Wave {name}", name=name) if name.isdigit() else name

    def groups(self, chosen: Selection, name: str) -> Attribute:
        """The groups of an attribute with the labels that people read; of equal ones each keeps its own."""
        attribute = chosen.attribute(name)
        return Attribute(tuple(self.label_of(name, label) for label in attribute.labels), attribute.positions)

    def settle(self, wanted: Choices) -> tuple[Choices, tuple[Message, ...]]:
        """Return choices that can be answered, and what had to be changed for it."""
        notes: list[Message] = []
        settled = self._settle_measure(wanted, notes)
        by = settled.by if settled.by in self.segments else ""
        across = settled.across if settled.across in self.segments and settled.across != by else ""
        if (by, across) != (settled.by, settled.across):
            notes.append(Message("A grouping in this address is not among those you can choose; it was left out."))
        settled = replace(settled, by=by, across=across)
        settled = self._settle_waves(settled, notes)
        settled = self._settle_only(settled, notes)
        return self._settle_show(settled, notes), tuple(notes)

    def _settle_measure(self, wanted: Choices, notes: list[Message]) -> Choices:
        side = wanted.side if wanted.side in self.measures.sides else ""
        known = self.measures.all_of(side)
        sets = {DIMENSIONS: "d.", ITEMS: "i."}
        found = any(id_.startswith(sets[wanted.measure]) for id_ in known) if wanted.measure in sets else False
        measure = wanted.measure if found or wanted.measure in known else OVERALL
        if (measure, side) != (wanted.measure, wanted.side):
            notes.append(Message("A measure in this address is not one of this survey; the overall score is shown."))
        return replace(wanted, measure=measure, side=side)

    def _settle_waves(self, wanted: Choices, notes: list[Message]) -> Choices:
        known = {wave.number for wave in self.scored.waves}
        waves = tuple(number for number in wanted.waves if number in known)
        if len(waves) < len(wanted.waves):
            notes.append(Message("A wave in this address does not exist; it was left out."))
        is_all = wanted.is_all_waves or (len(waves) == len(known) > 1)
        if self.is_limited and (is_all or len(waves) > 1):
            notes.append(Message("One wave is shown at a time, so that no small group can be worked out."))
            is_all, waves = False, waves[-1:]
        return replace(wanted, waves=() if is_all else waves, is_all_waves=is_all)

    def _settle_only(self, wanted: Choices, notes: list[Message]) -> Choices:
        offered = {(name, value) for name in self.segments if name != WAVE for value in self.values(name)}
        only = tuple(one for one in wanted.only if one in offered)
        if len(only) < len(wanted.only):
            notes.append(Message("A filter in this address is not among those you can choose; it was left out."))
        if self.is_limited and len(only) > 1:
            notes.append(Message("One filter is used at a time, so that no small group can be worked out."))
            only = only[:1]
        return replace(wanted, only=only)

    def _settle_show(self, wanted: Choices, notes: list[Message]) -> Choices:
        if wanted.show is Show.CROSS and self.is_limited and wanted.only:
            notes.append(Message("A cross-table is made without a filter, so that no small group can be worked out."))
            wanted = replace(wanted, only=())
        if wanted.show is Show.TREND and self.is_limited and wanted.only and wanted.by:
            notes.append(
                Message("A trend by group is shown without a filter, so that no small group can be worked out.")
            )
            wanted = replace(wanted, only=())
        if wanted.show in {Show.HEAT, Show.CROSS} and not wanted.by and self.segments:
            wanted = replace(wanted, by=next(name for name in self.segments if name != wanted.across))
        if wanted.show is Show.CROSS and not wanted.across:
            others = [name for name in self.segments if name != wanted.by]
            wanted = replace(wanted, across=others[0]) if others else wanted
        if wanted.show is not Show.CROSS and wanted.across:
            wanted = replace(wanted, across="")
        if wanted.show is Show.HEAT and wanted.measure not in {DIMENSIONS, ITEMS}:
            has_dimensions = any(id_.startswith("d.") for id_ in self.measures.all_of(wanted.side))
            wanted = replace(wanted, measure=DIMENSIONS if has_dimensions else ITEMS)
        return wanted

    def measured(self, choices: Choices) -> tuple[Measure, ...]:
        """The measures that are shown, the headline of several first."""
        known = self.measures.all_of(choices.side)
        match choices.measure:
            case "dimensions":
                return (known[OVERALL], *(one for id_, one in known.items() if id_.startswith("d.")))
            case "items":
                return tuple(one for id_, one in known.items() if id_.startswith("i."))
            case _:
                return (known[choices.measure],)

    def chosen(self, choices: Choices) -> Selection:
        """The responses that are counted."""
        return self.scored.select(
            waves=self.wave_numbers(choices), sites=self.viewer.sites, where=dict(choices.conditions)
        )

    def wave_numbers(self, choices: Choices) -> tuple[int, ...]:
        """The waves that are counted; where waves are what is compared, all of them unless some are chosen."""
        every = tuple(wave.number for wave in self.scored.waves)
        if choices.show is Show.TREND:
            return every
        if choices.is_all_waves or (not choices.waves and WAVE in {choices.by, choices.across}):
            return every
        return choices.waves or every[-1:]

    def is_shown(self, choices: Choices) -> bool:
        """Whether so many respondents are chosen, and so many left out, that nobody can be worked out."""
        if self.chosen(choices).n < self.minimum:
            return False
        if not self.is_limited:
            return True
        return all(value in self.filterable(choices, name) for name, value in choices.only)

    def filterable(self, choices: Choices, name: str) -> tuple[str, ...]:
        """Values of an attribute to which the responses can be limited."""
        values = self.values(name)
        if not self.is_limited or not self.scored.waves:
            return values
        hidden: set[str] = set()
        for number in self.wave_numbers(choices):
            sizes = sizes_of(self.scored.select(waves=[number], sites=self.viewer.sites).attribute(name))
            hidden |= hidden_groups(sizes, self.minimum)
        return tuple(value for value in values if value not in hidden)


def sizes_of(attribute: Attribute) -> dict[str, int]:
    """Respondents by value, "" for those of whom it is not known."""
    counts = np.bincount(attribute.positions + 1, minlength=len(attribute.labels) + 1).tolist()
    sizes = dict(zip(("", *attribute.labels), counts, strict=True))
    sizes[""] = counts[0] + sum(count for label, count in zip(attribute.labels, counts[1:], strict=True) if label == "")
    return {label: size for label, size in sizes.items() if size}


def crossed(first: Attribute, second: Attribute) -> tuple[Sequence[str], Sequence[str], NDArray[np.int64]]:
    """Values of both attributes that occur, the unknown last, and the respondents of each pair."""
    rows, columns = (*first.labels, ""), (*second.labels, "")
    n_columns = len(columns)
    cells = first.positions % len(rows) * n_columns + second.positions % n_columns
    table = np.bincount(cells, minlength=len(rows) * n_columns).reshape(len(rows), n_columns)
    kept_rows, kept_columns = np.flatnonzero(table.sum(axis=1)), np.flatnonzero(table.sum(axis=0))
    return (
        [rows[at] for at in kept_rows],
        [columns[at] for at in kept_columns],
        np.asarray(table[np.ix_(kept_rows, kept_columns)], dtype=np.int64),
    )


def hidden_pairs(first: str, second: str, counts: NDArray[np.int64], minimum: int) -> NDArray[np.bool_]:
    """Hidden cells of the groups of two attributes by their names, the same ones whichever stands in the rows."""
    return hidden_cells(counts, minimum) if first <= second else hidden_cells(counts.T, minimum).T
