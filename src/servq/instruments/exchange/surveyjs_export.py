"""An instrument as SurveyJS JSON: matrices for ratings, radio groups for options, a page for each page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from servq.instruments.exchange import losses
from servq.instruments.model import (
    ChoiceBattery,
    Column,
    Comment,
    Condition,
    Instrument,
    PointsBattery,
    RatingBattery,
    ResponseScale,
)
from servq.instruments.parts import battery_pages

NOT_APPLICABLE = "na"
INPUTS = {"number": "number", "date": "date", "time": "time"}

Element = dict[str, Any]


def to_surveyjs(instrument: Instrument) -> tuple[bytes, tuple[str, ...]]:
    """The JSON, and what it does not carry."""
    lost = [
        *losses.source(instrument),
        *losses.scoring(instrument),
        *losses.asking(instrument),
        *losses.side_by_side(instrument),
        *losses.evidence_limits(instrument),
    ]
    return json.dumps(surveyjs_survey(instrument), ensure_ascii=False, indent=2).encode() + b"\n", tuple(lost)


def surveyjs_survey(instrument: Instrument) -> Element:
    """The survey as plain data; texts are strings, or mappings by language where there are several."""
    definition = instrument.definition
    pages = [
        {"name": f"page{number}", "elements": [element for key in page for element in _battery(instrument, key)]}
        for number, page in enumerate(battery_pages(definition), start=1)
    ]
    if definition.comments:
        elements = [_comment(instrument, comment) for comment in definition.comments]
        pages.append({"name": f"page{len(pages) + 1}", "elements": elements})
    consent = {locale: texts.fill(texts.consent) for locale, texts in instrument.texts.items() if texts.consent}
    if consent:
        agreed = {"type": "boolean", "name": "consent", "title": _said(instrument, consent), "isRequired": True}
        agreed["validators"] = [{"type": "expression", "expression": "{consent} = true"}]
        pages.insert(0, {"name": "page0", "elements": [agreed]})
    return {
        "title": _said(instrument, {locale: one.fill(one.title) for locale, one in instrument.texts.items()}),
        "description": _said(instrument, {k: one.fill(one.introduction) for k, one in instrument.texts.items()}),
        "locale": definition.locales[0],
        "completedHtml": _said(instrument, {k: _escaped(one.fill(one.thanks)) for k, one in instrument.texts.items()}),
        "pages": pages,
    }


def _battery(instrument: Instrument, battery_id: str) -> list[Element]:
    battery = instrument.definition.batteries[battery_id]
    visible = _visible(instrument, battery.asked_if)
    if isinstance(battery, RatingBattery):
        return [_ratings(instrument, battery_id, battery) | visible, *_evidence(instrument, battery_id)]
    if isinstance(battery, PointsBattery):
        return [_points(instrument, battery_id, battery) | visible]
    return _options(instrument, battery_id, battery)


def _ratings(instrument: Instrument, battery_id: str, battery: RatingBattery) -> Element:
    asked = instrument.asked_in(battery_id)
    return _headed(instrument, battery_id) | {
        "type": "matrix",
        "name": battery_id,
        "columns": _columns(instrument, battery.scale, instrument.scale_of(battery_id)),
        "rows": [
            {"value": item, "text": _said(instrument, _wordings(instrument, Column(battery_id, item)))}
            for item in asked
        ],
        "isAllRowRequired": not battery.optional,
    }


def _columns(instrument: Instrument, scale_id: str, scale: ResponseScale) -> list[Element]:
    def label(point: int) -> Any:
        words = {locale: one.scales[scale_id].anchors.get(point) for locale, one in instrument.texts.items()}
        return _said(instrument, {locale: f"{point} {word}" if word else str(point) for locale, word in words.items()})

    columns: list[Element] = [{"value": point, "text": label(point)} for point in scale.points]
    if scale.not_applicable:
        words = {locale: one.scales[scale_id].not_applicable for locale, one in instrument.texts.items()}
        columns.append({"value": NOT_APPLICABLE, "text": _said(instrument, words)})
    return columns


def _points(instrument: Instrument, battery_id: str, battery: PointsBattery) -> Element:
    asked = instrument.asked_in(battery_id)
    names = {
        dimension: _said(
            instrument, {k: one.fill(one.dimensions[dimension].name) for k, one in instrument.texts.items()}
        )
        for dimension in asked
    }
    total = " + ".join(f"{{{battery_id}.{dimension}}}" for dimension in asked)
    return _headed(instrument, battery_id) | {
        "type": "multipletext",
        "name": battery_id,
        "items": [
            {"name": dimension, "inputType": "number", "title": names[dimension], "isRequired": not battery.optional}
            for dimension in asked
        ],
        "validators": [{"type": "expression", "expression": f"{{{battery_id}}} empty or {total} = {battery.total}"}],
    }


def _options(instrument: Instrument, battery_id: str, battery: ChoiceBattery) -> list[Element]:
    elements = []
    for position, item in enumerate(battery.items):
        element = {
            "type": "radiogroup",
            "name": item.id,
            "title": _said(instrument, _wordings(instrument, Column(battery_id, item.id))),
            "choices": [
                {
                    "value": option,
                    "text": _said(
                        instrument, {k: instrument.option_label(item.id, option, k) for k in instrument.texts}
                    ),
                }
                for option in instrument.options_of(item.id)
            ],
            "isRequired": not battery.optional,
        } | _visible(instrument, (*battery.asked_if, *item.asked_if))
        if battery.distinct and position:
            others = " and ".join(f"{{{item.id}}} <> {{{other.id}}}" for other in battery.items[:position])
            element["validators"] = [{"type": "expression", "expression": f"{{{item.id}}} empty or {others}"}]
        elements.append(element)
    return elements


def _evidence(instrument: Instrument, battery_id: str) -> list[Element]:
    elements = []
    for item_id in instrument.asked_in(battery_id):
        evidence = instrument.item(item_id).evidence
        if evidence is not None:
            title = _said(instrument, _wordings(instrument, Column(battery_id, item_id)))
            elements.append(
                {"type": "file", "name": f"{item_id}_evidence", "title": title, "isRequired": evidence.required}
            )
    return elements


def _comment(instrument: Instrument, comment: Comment) -> Element:
    title = {locale: one.fill(one.comments[comment.id]) for locale, one in instrument.texts.items()}
    element: Element = {"type": "comment", "name": comment.id, "title": _said(instrument, title)}
    if comment.form == "text":
        element["maxLength"] = comment.max_length
    else:
        element |= {"type": "text", "inputType": INPUTS[comment.form]}
    return element | {"isRequired": comment.required} | _visible(instrument, comment.asked_if)


def _visible(instrument: Instrument, asked_if: Sequence[Condition]) -> Element:
    if not asked_if:
        return {}
    parts = []
    for condition in asked_if:
        rated = isinstance(instrument.definition.batteries[condition.battery], RatingBattery)
        name = f"{condition.battery}.{condition.item}" if rated else condition.item
        answers = [*map(str, condition.points), *(f"'{option}'" for option in condition.options)]
        parts.append("(" + " or ".join(f"{{{name}}} = {answer}" for answer in answers) + ")")
    return {"visibleIf": " and ".join(parts)}


def _headed(instrument: Instrument, battery_id: str) -> Element:
    words = {locale: one.batteries[battery_id] for locale, one in instrument.texts.items()}
    return {
        "title": _said(instrument, {locale: instrument.texts[locale].fill(one.title) for locale, one in words.items()}),
        "description": _said(
            instrument, {locale: instrument.texts[locale].fill(one.instruction) for locale, one in words.items()}
        ),
    }


def _wordings(instrument: Instrument, column: Column) -> dict[str, str]:
    return {locale: instrument.wording(column, locale) for locale in instrument.texts}


def _said(instrument: Instrument, by_locale: dict[str, str]) -> Any:
    """A text as SurveyJS writes it: the default language under ``default``, the others by their tag."""
    first, *others = instrument.definition.locales
    if not others:
        return by_locale[first]
    return {"default": by_locale[first]} | {locale: by_locale[locale] for locale in others if locale in by_locale}


def _escaped(text: str) -> str:
    from html import escape

    return f"<p>{escape(text)}</p>"
