"""What the page of the columns of a file shows: made from the file, the instrument and the plan."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.answerfiles.foreign import ForeignTable
from servq.answerfiles.matching import ANSWER, COMMENT, KNOWN, LOCALE, TIME, guess_columns, targets_of
from servq.answerfiles.recoding import has_not_applicable, points_of, propose
from servq.answerfiles.staging import ImportPlan, Staged, find_plan_problems, stage
from servq.errors import Problem
from servq.instruments.model import ChoiceBattery, Instrument, PointsBattery, RatingBattery
from servq.messages import Message
from servq.responses.imports import find_same
from servq.scoring import Missing
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import Survey
from servq.translation import Translator
from servq.web.manage.data import words
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.pages import say_in

CHECKED_HERE = 20_000
"""Rows that a page looks at; all of them are checked before anything is stored."""

SHOWN_ROWS = 6
MOST_EXAMPLES = 3
MOST_CELLS_ASKED = 60
LONGEST_EXAMPLE = 40

TOOLS = {"limesurvey": "LimeSurvey", "qualtrics": "Qualtrics"}
HOWS = {
    "name": (Message("by its name"), "good"),
    "wording": (Message("by its wording"), "good"),
    "order": (Message("by its place – please check"), "warn"),
    "kind": (Message("by its heading"), "neutral"),
    "none": (Message("not recognised"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the file, with examples of its cells."""

    number: int
    name: str
    wording: str
    examples: str
    target: str
    how: str
    tone: str


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell that is no plain number, and the code that it stands for ("" while that is open)."""

    number: int
    cell: str
    n: int
    code: str


@dataclass(frozen=True, slots=True)
class BatteryPart:
    """What the cells of a battery mean."""

    id: str
    title: str
    offset: str
    offsets: Sequence[tuple[str, str]]
    cells: Sequence[CellRow]
    codes: Sequence[tuple[str, str]]
    n_more: int


@dataclass(frozen=True, slots=True)
class MappingPage:
    """The columns, the meanings, the first rows as they will be stored, and what is wrong."""

    survey: Survey
    file_id: int
    file_name: str
    tool: str
    n_rows: int
    n_previews: int
    n_checked: int
    is_all_checked: bool
    columns: Sequence[ColumnRow]
    targets: Sequence[tuple[str, Any]]
    parts: Sequence[BatteryPart]
    waves: Sequence[tuple[str, str]]
    wave: str
    collected_on: str
    month_first: bool
    heads: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, bool, Sequence[str]]]
    n_ready: int
    n_wrong: int
    n_empty: int
    problems: Sequence[tuple[str, str, str, str]]
    n_problems: int
    plan_problems: Sequence[str]
    imported_before: datetime | None


async def mapping_page(
    session: AsyncSession,
    viewer: Viewer,
    survey: Survey,
    launched: LaunchedSurvey,
    foreign: ForeignTable,
    file_id: int,
    plan: ImportPlan,
    wave: str,
    waves: Sequence[tuple[str, str]],
) -> MappingPage:
    """Read the file by a plan, as far as a page waits for it, and say how it would be stored."""
    say = say_in(viewer, DOMAIN)
    frame = foreign.table.frame
    some = replace(foreign, table=replace(foreign.table, frame=frame.head(CHECKED_HERE)))
    plan_problems = list(find_plan_problems(plan, launched.instrument))
    staged = await asyncio.to_thread(stage, some, launched.instrument, plan)
    heads, rows = _preview(staged, launched.instrument, plan, say)
    same = await find_same(session, survey.id, foreign.table.sha256)
    n_wrong = int(staged.is_wrong.sum())
    return MappingPage(
        survey=survey,
        file_id=file_id,
        file_name=foreign.table.source,
        tool=TOOLS.get(foreign.tool, ""),
        n_rows=frame.height,
        n_previews=foreign.n_previews,
        n_checked=min(frame.height, CHECKED_HERE),
        is_all_checked=frame.height <= CHECKED_HERE,
        columns=_columns(foreign, launched.instrument, plan, say),
        targets=targets_shown(launched, foreign, say, viewer.locale),
        parts=_parts(foreign, launched, plan, say, viewer.locale),
        waves=waves,
        wave=wave,
        collected_on=plan.collected_at.astimezone(ZoneInfo(viewer.time_zone)).date().isoformat(),
        month_first=plan.month_first,
        heads=[(say("Row"), "n"), *((head, "") for head in heads)],
        rows=rows,
        n_ready=staged.n_rows - n_wrong,
        n_wrong=n_wrong,
        n_empty=staged.n_empty - foreign.n_previews,
        problems=[_problem_row(problem, say) for problem in staged.problems],
        n_problems=staged.n_problems,
        plan_problems=[f"{say.say(each.message)} {say.say(each.fix)}" for each in plan_problems],
        imported_before=None if same is None else same.imported_at,
    )


def _problem_row(problem: Problem, say: Translator) -> tuple[str, str, str, str]:
    return str(problem.row or ""), problem.column or "", say.say(problem.message), say.say(problem.fix)


def _columns(foreign: ForeignTable, instrument: Instrument, plan: ImportPlan, say: Translator) -> list[ColumnRow]:
    guesses = guess_columns(foreign, instrument)
    rows = []
    for number, name in enumerate(foreign.table.frame.columns):
        cells = foreign.table.frame[name].drop_nulls().head(200).unique(maintain_order=True).to_list()
        labels = foreign.table.labels.get(name, {})
        shown = [labels.get(cell, cell) for cell in cells if cell.strip()][:MOST_EXAMPLES]
        guess = guesses[name]
        how, tone = HOWS[guess.how] if guess.target == plan.targets.get(name, "") else (Message("as you say"), "accent")
        rows.append(
            ColumnRow(
                number=number,
                name=name,
                wording=foreign.wordings.get(name, ""),
                examples=", ".join(_short(each) for each in shown),
                target=plan.targets.get(name, ""),
                how=say.say(how),
                tone=tone,
            )
        )
    return rows


def targets_shown(
    launched: LaunchedSurvey, foreign: ForeignTable, say: Any, locale: str | None = None
) -> list[tuple[str, Any]]:
    """What a column may hold: (value, label) pairs, in groups."""
    instrument = launched.instrument
    texts = instrument.texts_in(locale)
    groups: list[tuple[str, Any]] = [("", say("Do not store"))]
    by_battery: dict[str, list[tuple[str, str]]] = {}
    for target, column in targets_of(instrument).items():
        is_points = isinstance(instrument.definition.batteries[column.battery], PointsBattery)
        said = texts.dimensions[column.item].name if is_points else instrument.wording(column, locale)
        pair = (target, f"{target.removeprefix(ANSWER)} · {_short(said, 70)}")
        by_battery.setdefault(column.battery, []).append(pair)
    groups += [(texts.fill(texts.batteries[battery].title), pairs) for battery, pairs in by_battery.items()]
    comments = [
        (f"{COMMENT}{one.id}", _short(texts.fill(texts.comments[one.id]), 70)) for one in instrument.definition.comments
    ]
    if comments:
        groups.append((say("Comments"), comments))
    known = [(f"{KNOWN}site", say("Site"))]
    if not launched.anonymous:
        known += [
            (f"{KNOWN}{name}", f"{say('Attribute')}: {_short(name, 60)}")
            for name in foreign.table.frame.columns
            if name.isprintable() and 0 < len(name) <= 60 and name != "site"
        ]
    times = [
        (f"{TIME}started", say("When it began")),
        (f"{TIME}submitted", say("When it was sent")),
        (f"{TIME}seconds", say("Seconds it took")),
        (LOCALE, say("Language")),
    ]
    return [*groups, (say("About the response"), times), (say("About the respondent"), known)]


def pairs_of(groups: Sequence[tuple[str, Any]]) -> list[list[str]]:
    """Return the values that are offered, group by group."""
    return [[value] if isinstance(inner, str) else [key for key, _ in inner] for value, inner in groups]


def _parts(
    foreign: ForeignTable, launched: LaunchedSurvey, plan: ImportPlan, say: Translator, locale: str
) -> list[BatteryPart]:
    instrument = launched.instrument
    texts = instrument.texts_in(locale)
    parts = []
    for battery, counted in cells_of(foreign, instrument, plan).items():
        asked = asked_cells(instrument, battery, counted)
        meanings = plan.meanings.get(battery, {})
        offset = plan.offsets.get(battery, 0)
        parts.append(
            BatteryPart(
                id=battery,
                title=texts.fill(texts.batteries[battery].title),
                offset=str(offset),
                offsets=_offsets(instrument, battery, offset, say),
                cells=[
                    CellRow(number, cell, counted[cell], str(meanings[cell]) if cell in meanings else "")
                    for number, cell in enumerate(asked[:MOST_CELLS_ASKED])
                ],
                codes=_codes(instrument, battery, say, locale),
                n_more=max(0, len(asked) - MOST_CELLS_ASKED),
            )
        )
    return parts


def asked_cells(instrument: Instrument, battery: str, counted: Mapping[str, int]) -> list[str]:
    """Cells whose meaning a person may decide: everything but plain numbers on the scale and blanks."""
    return [cell for cell in propose(instrument, battery, counted).cells if cell]


def _offsets(instrument: Instrument, battery: str, offset: int, say: Translator) -> list[tuple[str, str]]:
    low, high = points_of(instrument, battery)
    shifts = sorted({0, 1, -1, offset})
    return [
        (
            str(shift),
            say("as they are, {low} to {high}", low=low, high=high)
            if shift == 0
            else say(
                "{first} to {last} become {low} to {high}", first=low - shift, last=high - shift, low=low, high=high
            ),
        )
        for shift in shifts
    ]


def _codes(instrument: Instrument, battery_id: str, say: Translator, locale: str) -> list[tuple[str, str]]:
    battery, texts = instrument.definition.batteries[battery_id], instrument.texts_in(locale)
    codes = [("", say("– choose –")), (str(int(Missing.SKIPPED)), say.say(words.MISSING[Missing.SKIPPED]))]
    if has_not_applicable(instrument, battery_id):
        codes.append((str(int(Missing.NOT_APPLICABLE)), say.say(words.MISSING[Missing.NOT_APPLICABLE])))
    if isinstance(battery, ChoiceBattery):
        item = max(instrument.asked_in(battery_id), key=lambda one: len(instrument.options_of(one)))
        options = enumerate(instrument.options_of(item), start=1)
        return [*codes, *((str(n), f"{n} {instrument.option_label(item, one, locale)}") for n, one in options)]
    anchors = texts.scales[battery.scale].anchors if isinstance(battery, RatingBattery) else {}
    low, high = points_of(instrument, battery_id)
    if high - low > 20:
        return codes
    return [*codes, *((str(point), f"{point} {anchors.get(point, '')}".strip()) for point in range(low, high + 1))]


def _preview(
    staged: Staged, instrument: Instrument, plan: ImportPlan, say: Translator
) -> tuple[list[str], list[tuple[str, bool, list[str]]]]:
    """The first rows as they will be stored: when, what is known, then the answers that the file has."""
    chosen = {target for target in plan.targets.values() if target}
    places = [place for place, target in enumerate(targets_of(instrument)) if target in chosen]
    names = sorted({name for attributes in staged.attributes[:SHOWN_ROWS] for name in attributes})
    heads = [say("Sent"), *(say("Site") if name == "site" else name for name in names)]
    heads += [instrument.column_name(instrument.columns[place]) for place in places]
    rows = []
    for row in range(min(SHOWN_ROWS, staged.n_rows)):
        cells = [f"{staged.submitted_at[row]:%Y-%m-%d %H:%M}"]
        cells += [staged.attributes[row].get(name, "") for name in names]
        for place in places:
            code = int(staged.codes[row, place])
            cells.append(str(code) if code >= 0 else say.say(words.MISSING[Missing(code)]))
        rows.append((str(int(staged.rows[row])), bool(staged.is_wrong[row]), cells))
    return heads, rows


def cells_of(foreign: ForeignTable, instrument: Instrument, plan: ImportPlan) -> dict[str, dict[str, int]]:
    """How often each cell occurs, by the battery that its column belongs to."""
    known = targets_of(instrument)
    found: dict[str, dict[str, int]] = {}
    for name, target in plan.targets.items():
        if target in known:
            column = foreign.table.frame[name].fill_null("").str.strip_chars()
            whole = column.str.replace(r"^([+-]?\d+)\.0+$", "$1").str.replace_all("\0", "")
            counted = found.setdefault(known[target].battery, {})
            for cell, n in whole.value_counts().iter_rows():
                counted[cell] = counted.get(cell, 0) + n
    return found


def _short(text: str, longest: int = LONGEST_EXAMPLE) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
