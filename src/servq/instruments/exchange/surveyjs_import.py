"""Read SurveyJS JSON as far as it asks what an instrument asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.exchange.form import Asked, Form, Labels

MOST_BYTES = 20_000_000
DEEPEST = 50
HIGHEST_RATE = 5
"""Points of a rating question that names none."""

SELECTIONS = frozenset({"radiogroup", "dropdown", "buttongroup"})
OPEN_INPUTS = {"number": "number", "range": "number", "date": "date", "time": "time"}
_TEST = re.compile(r"^\{([^}]+)\}\s*(?:=|==|equals?)\s*['\"]?([^'\"()]+?)['\"]?$")


def surveyjs_form(content: bytes, name: str) -> Form:
    """What a SurveyJS survey asks.

    Raises
    ------
    InstrumentInvalid
        It is not the JSON of a survey.
    """
    try:
        survey = json.loads(content) if len(content) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        survey = None
    if not isinstance(survey, dict) or not isinstance(survey.get("pages", survey.get("elements")), list):
        problem = Problem("The file is no survey of SurveyJS.", "Export the survey's JSON; it has pages.", file=name)
        raise InstrumentInvalid(problem)
    default = survey.get("locale") or "en"
    lost: list[str] = []
    pages = survey.get("pages") or [{"name": "page1", "elements": survey["elements"]}]
    found = [one for page in pages if isinstance(page, dict) for one in _elements(page, [], default, lost, 0)]
    locales = dict.fromkeys([default, *_locales(survey)])
    lost += [
        f"{key} of the survey"
        for key in ("triggers", "calculatedValues", "completedHtmlOnCondition")
        if survey.get(key)
    ]
    return Form(
        id=name,
        version="1.0",
        titles=_labels(survey.get("title"), default) or {"": name},
        locales=tuple(locales),
        asked=tuple(asked for asked, _ in found),
        group_labels={asked.group: label for asked, label in found if label},
        introductions=_labels(survey.get("description"), default),
        lost=tuple(lost),
    )


def _elements(
    holder: Mapping[str, Any], rules: list[str], default: str, lost: list[str], depth: int
) -> Iterator[tuple[Asked, Labels]]:
    inner = [*rules, holder["visibleIf"]] if holder.get("visibleIf") else rules
    for element in holder.get("elements") or holder.get("questions") or []:
        if not isinstance(element, dict) or depth > DEEPEST:
            continue
        kind, name = element.get("type"), str(element.get("name", ""))
        if kind == "panel":
            yield from _elements(element, inner, default, lost, depth + 1)
            continue
        own = [*inner, element["visibleIf"]] if element.get("visibleIf") else inner
        rule = _rule(own, name, lost)
        if element.get("validators"):
            lost.append(f"{name}: validators")
        group = str(holder.get("name", ""))
        yield from _question(element, group, rule, default, lost)


def _question(
    element: Mapping[str, Any],
    group: str,
    rule: tuple[tuple[str, tuple[str, ...]], ...],
    default: str,
    lost: list[str],
) -> Iterator[tuple[Asked, Labels]]:
    kind, name = element.get("type"), str(element.get("name", ""))
    title = _labels(element.get("title"), default) or {"": name}
    required = bool(element.get("isRequired") or element.get("isAllRowRequired"))
    if kind == "matrix":
        options = tuple(_option(column, default) for column in element.get("columns") or [])
        for row in element.get("rows") or []:
            row_name, labels = _option(row, default)
            asked = Asked(
                kind="options",
                name=f"{name}.{row_name}",
                group=name,
                labels=labels,
                options=options,
                required=required,
                rule=rule,
            )
            yield asked, title
    elif kind == "rating":
        yield _open(element, group, "options", title, rule, _rates(element, default)), {}
    elif kind in SELECTIONS:
        options = tuple(_option(choice, default) for choice in element.get("choices") or [])
        yield _open(element, group, "options", title, rule, options), {}
    elif kind == "boolean":
        yield _open(element, group, "options", title, rule, (("true", {"": "✓"}), ("false", {"": "✗"}))), {}
    elif kind in {"text", "comment"}:
        form = OPEN_INPUTS.get(str(element.get("inputType", "")), "text")
        yield _open(element, group, form, title, rule), {}
    else:
        lost.append(f"{name}: items of type {kind}")


def _open(
    element: Mapping[str, Any],
    group: str,
    kind: Any,
    labels: Labels,
    rule: tuple[tuple[str, tuple[str, ...]], ...],
    options: tuple[tuple[str, Labels], ...] = (),
) -> Asked:
    name, required = str(element.get("name", "")), bool(element.get("isRequired"))
    return Asked(kind=kind, name=name, group=group, labels=labels, options=options, required=required, rule=rule)


def _rates(element: Mapping[str, Any], default: str) -> tuple[tuple[str, Labels], ...]:
    if element.get("rateValues"):
        return tuple(_option(value, default) for value in element["rateValues"])
    low, high = int(element.get("rateMin", 1)), int(element.get("rateMax", element.get("rateCount", HIGHEST_RATE)))
    ends = {low: element.get("minRateDescription"), high: element.get("maxRateDescription")}
    return tuple(
        (str(point), _labels(ends.get(point), default))
        for point in range(low, high + 1, int(element.get("rateStep", 1)))
    )


def _option(value: Any, default: str) -> tuple[str, Labels]:
    if isinstance(value, dict):
        name = str(value.get("value", ""))
        return name, _labels(value.get("text"), default) or {"": name}
    return str(value), {"": str(value)}


def _labels(text: Any, default: str) -> dict[str, str]:
    if isinstance(text, dict):
        return {default if key == "default" else key: str(value) for key, value in text.items()}
    return {default: str(text)} if text else {}


def _rule(rules: list[str], about: str, lost: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    conditions = []
    for part in (part for rule in rules for part in re.split(r"\band\b", rule)):
        tests = [_TEST.match(one.strip().strip("()").strip()) for one in re.split(r"\bor\b", part)]
        names = {test.group(1) for test in tests if test}
        if None in tests or len(names) != 1:
            lost.append(f"{about}: the skip rule {part.strip()}")
            continue
        conditions.append((names.pop(), tuple(test.group(2).strip() for test in tests if test)))
    return tuple(conditions)


def _locales(value: Any, depth: int = 0) -> Iterator[str]:
    """Languages of every text in the survey."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        if "default" in value and all(isinstance(text, str) for text in value.values()):
            yield from (
                key for key in value if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", key) and key != "default"
            )
        for inner in value.values():
            yield from _locales(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _locales(inner, depth + 1)
