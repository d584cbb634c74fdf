"""Rules on the text files: complete in every language, and nothing in them that cannot be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from servq.errors import Problem
from servq.instruments.model import ChoiceBattery, Instrument, PointsBattery, RatingBattery, ResponseScale
from servq.instruments.placeholders import UNFILLED, placeholder_faults, placeholders_in, texts_of
from servq.instruments.sources import DEFINITION_FILE, Source, text_file

_NOT_PRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ufffd]")


def locales_have_files(source: Source) -> Iterator[Problem]:
    """Each locale that is listed has a text file, and is listed once."""
    locales = source.definition.locales
    for position, locale in enumerate(locales):
        path = ("locales", position)
        if locale in locales[:position]:
            yield source.problem(path, f'Locale "{locale}" is listed twice.', "Delete one.")
        elif locale not in source.texts:
            yield source.problem(path, f"There is no {text_file(locale)}.", "Add the file, or delete the locale.")


def text_files_are_listed(source: Source) -> Iterator[Problem]:
    """Each text file's locale is listed."""
    for locale in source.texts:
        if locale not in source.definition.locales:
            message = f'Locale "{locale}" is not among the locales of {DEFINITION_FILE}.'
            yield source.text_problem(locale, (), message, "Add it there, or delete the file.")


def text_files_name_their_locale(source: Source) -> Iterator[Problem]:
    """The locale inside a text file is the one in its name."""
    for locale, texts in source.texts.items():
        if texts.locale != locale:
            message = f'The file says locale "{texts.locale}" and is named {text_file(locale)}.'
            yield source.text_problem(locale, ("locale",), message, f"Write locale: {locale}, or rename the file.")


def texts_cover_every_part(source: Source) -> Iterator[Problem]:
    """Each scale, battery, dimension, item, choice and comment has its text in every language."""
    for locale, texts in source.texts.items():
        for part, ids in _parts(source).items():
            given = getattr(texts, part)
            for missing in ids:
                if missing not in given:
                    message = f'"{missing}" has no text under {part}.'
                    yield source.text_problem(locale, (part,), message, f"Add {missing} there.")


def texts_name_known_parts(source: Source) -> Iterator[Problem]:
    """A text file has no text for a part that the instrument lacks."""
    for locale, texts in source.texts.items():
        for part, ids in _parts(source).items():
            for key in getattr(texts, part):
                if key not in ids:
                    message = f'"{key}" is not among the {part} of {DEFINITION_FILE}.'
                    fix = f"Use one of: {', '.join(ids)}." if ids else "Delete it."
                    yield source.text_problem(locale, (part, key), message, fix)


def items_are_worded_for_their_batteries(source: Source) -> Iterator[Problem]:
    """Each item has a wording for every battery that asks it, and for no other."""
    instrument = Instrument(definition=source.definition, texts={})
    rating = [key for key, part in source.definition.batteries.items() if isinstance(part, RatingBattery)]
    for item in source.definition.items:
        asked = [battery for battery in rating if item.id in instrument.asked_in(battery)]
        for locale, texts in source.texts.items():
            given = texts.items.get(item.id)
            if given is None:
                continue
            path = ("items", item.id)
            if "*" not in given:
                for battery in asked:
                    if battery not in given:
                        message = f'Item "{item.id}" has no wording for battery "{battery}".'
                        yield source.text_problem(locale, path, message, f'Add {battery}: or "*": for every battery.')
            for battery in given:
                if battery != "*" and battery not in asked:
                    message = f'Item "{item.id}" is not asked in a battery "{battery}".'
                    yield source.text_problem(locale, (*path, battery), message, f"Use one of: {', '.join(asked)}, *.")


def wordings_differ(source: Source) -> Iterator[Problem]:
    """No two items of a battery have the same wording."""
    for locale, texts in source.texts.items():
        seen: dict[tuple[str, str], str] = {}
        for item_id, by_battery in texts.items.items():
            for battery, wording in by_battery.items():
                first = seen.setdefault((battery, wording.strip()), item_id)
                if first != item_id:
                    message = f'Items "{first}" and "{item_id}" have the same wording.'
                    yield source.text_problem(locale, ("items", item_id, battery), message, "Word one of them anew.")


def choices_are_labelled(source: Source) -> Iterator[Problem]:
    """Each option of a choice has a label in every language, and no other label is there."""
    dimensions = [dimension.id for dimension in source.definition.dimensions]
    for battery in source.definition.batteries.values():
        for item in battery.items if isinstance(battery, ChoiceBattery) else ():
            for locale, texts in source.texts.items():
                if item.id not in texts.choices:
                    continue
                given = texts.choices[item.id].options
                path = ("choices", item.id, "options")
                for option in item.options:
                    if option not in given and option not in dimensions:
                        message = f'Option "{option}" of item "{item.id}" has no label.'
                        yield source.text_problem(locale, path, message, f"Add {option} there.")
                for option in given:
                    if option not in (item.options or dimensions):
                        message = f'Item "{item.id}" does not offer "{option}".'
                        yield source.text_problem(locale, (*path, option), message, "Delete the label.")


def groups_are_named(source: Source) -> Iterator[Problem]:
    """Each group of a breakdown has a name in every language, and no other name is there."""
    grouped = {breakdown.id: breakdown.groups for breakdown in source.definition.breakdowns}
    for locale, texts in source.texts.items():
        for breakdown, groups in grouped.items():
            for group in groups:
                if group not in texts.groups.get(breakdown, {}):
                    message = f'Group "{group}" of breakdown "{breakdown}" has no name.'
                    yield source.text_problem(locale, ("groups", breakdown), message, f"Add {group} there.")
        for breakdown, names in texts.groups.items():
            for group in names:
                if group not in grouped.get(breakdown, {}):
                    message = f'There is no group "{group}" of a breakdown "{breakdown}".'
                    yield source.text_problem(locale, ("groups", breakdown, group), message, "Delete the name.")


def anchors_fit_the_points(source: Source) -> Iterator[Problem]:
    """A scale's labels stand at every point, or at both ends and nowhere else."""
    for locale, scale_id, scale in _scales(source):
        anchors = source.texts[locale].scales[scale_id].anchors
        path = ("scales", scale_id, "anchors")
        outside = [point for point in anchors if point not in scale.points]
        for point in outside:
            message = f'Point {point} is not on scale "{scale_id}", which runs from {scale.low} to {scale.high}.'
            yield source.text_problem(locale, (*path, str(point)), message, "Delete the label, or mend its point.")
        if not outside and set(anchors) not in ({scale.low, scale.high}, set(scale.points)):
            message = f'Scale "{scale_id}" has labels at some of its points only.'
            fix = f"Label every point, or only {scale.low} and {scale.high}."
            yield source.text_problem(locale, path, message, fix)


def not_applicable_is_labelled(source: Source) -> Iterator[Problem]:
    """The not-applicable option has a label exactly where a scale offers it."""
    for locale, scale_id, scale in _scales(source):
        label = source.texts[locale].scales[scale_id].not_applicable
        path = ("scales", scale_id, "not_applicable")
        if scale.not_applicable and not label:
            message = f'Scale "{scale_id}" offers "not applicable" without a label.'
            yield source.text_problem(locale, path, message, "Add not_applicable: with the label.")
        elif label and not scale.not_applicable:
            message = f'Scale "{scale_id}" labels a "not applicable" that it does not offer.'
            fix = f"Delete the label, or set not_applicable: true in {DEFINITION_FILE}."
            yield source.text_problem(locale, path, message, fix)


def placeholders_have_defaults(source: Source) -> Iterator[Problem]:
    """Each placeholder in a text has a default."""
    for locale, texts in source.texts.items():
        yield from placeholder_faults(source.text_documents[locale], texts.placeholders)


def placeholders_are_used(source: Source) -> Iterator[Problem]:
    """Each default belongs to a placeholder that a text contains."""
    for locale, texts in source.texts.items():
        used: set[str] = set()
        for path, text in texts_of(source.text_documents[locale].content):
            if path[0] not in UNFILLED:
                try:
                    used |= placeholders_in(text)
                except ValueError:
                    return
        for name in texts.placeholders:
            if name not in used:
                message = f"Placeholder {{{name}}} is in no text."
                yield source.text_problem(locale, ("placeholders", name), message, "Use it, or delete its default.")


def locales_share_placeholders(source: Source) -> Iterator[Problem]:
    """Every language has the same placeholders, since a survey fills them by name."""
    default = source.texts.get(source.definition.locales[0])
    if default is None:
        return
    for locale, texts in source.texts.items():
        if differing := sorted(set(texts.placeholders) ^ set(default.placeholders)):
            message = f'Placeholders differ from those of "{default.locale}": {", ".join(differing)}.'
            yield source.text_problem(locale, ("placeholders",), message, "Use the same names in every language.")


def points_instructions_name_the_total(source: Source) -> Iterator[Problem]:
    """The instruction of a points battery says how many points there are to spread."""
    for battery_id, battery in source.definition.batteries.items():
        if not isinstance(battery, PointsBattery):
            continue
        for locale, texts in source.texts.items():
            text = texts.batteries.get(battery_id)
            if text is not None and str(battery.total) not in text.instruction:
                message = f'The instruction of battery "{battery_id}" does not tell to spread {battery.total} points.'
                yield source.text_problem(locale, ("batteries", battery_id, "instruction"), message, "Say the number.")


def texts_are_printable(source: Source) -> Iterator[Problem]:
    """No text is blank or contains a control character."""
    for document in (source.definition_document, *source.text_documents.values()):
        for path, text in texts_of(document.content):
            if text and not text.strip():
                yield document.problem(path, "The text is blank.", "Fill it, or delete the key.")
            elif found := _NOT_PRINTABLE.search(text.rstrip("\n")):
                message = f"The text contains the invisible character U+{ord(found.group()):04X}."
                yield document.problem(path, message, "Delete it; begin a folded text with >- and not with |.")


def _parts(source: Source) -> dict[str, list[str]]:
    definition = source.definition
    return {
        "scales": list(definition.scales),
        "batteries": list(definition.batteries),
        "dimensions": [dimension.id for dimension in definition.dimensions],
        "items": [item.id for item in definition.items],
        "choices": [
            item.id
            for battery in definition.batteries.values()
            if isinstance(battery, ChoiceBattery)
            for item in battery.items
        ],
        "comments": [comment.id for comment in definition.comments],
    }


def _scales(source: Source) -> Iterator[tuple[str, str, ResponseScale]]:
    for locale, texts in source.texts.items():
        for scale_id, scale in source.definition.scales.items():
            if scale_id in texts.scales and scale.points:
                yield locale, scale_id, scale
