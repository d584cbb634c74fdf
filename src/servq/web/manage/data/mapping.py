"""``/manage/surveys/<id>/import/<file>``: which column holds which answer, and what the cells mean."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from http import HTTPStatus
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from msgspec import to_builtins
from msgspec.structs import replace as changed
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.answerfiles.foreign import ForeignTable, read_kept
from servq.answerfiles.matching import ANSWER, COMMENT, KNOWN, LOCALE, TIME, guess_columns, targets_of
from servq.answerfiles.recoding import has_not_applicable, points_of, propose
from servq.answerfiles.staging import ImportPlan, Staged, find_plan_problems, stage
from servq.errors import Problem, RecordUnknown
from servq.instruments.model import ChoiceBattery, Instrument, PointsBattery, RatingBattery
from servq.jobs import service as jobs
from servq.jobs.files import file_on_disk, get_file
from servq.messages import Message
from servq.responses.imports import find_same
from servq.scoring import Missing
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Survey
from servq.surveys.service import list_waves
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.data import words
from servq.web.manage.data.table import asked_survey
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.forms import text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.worker.imports import IMPORT, ImportOrder

CHECKED_HERE = 20_000
"""Rows that a page looks at; all of them are checked before anything is stored."""

SHOWN_ROWS = 6
MOST_EXAMPLES = 3
MOST_CELLS_ASKED = 60
LONGEST_EXAMPLE = 40
NEW_WAVE = "new"

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


@dataclass(frozen=True)
class _Given:
    """What the form says, or what is guessed before it was sent."""

    plan: ImportPlan
    wave: str


@get("/manage/surveys/{survey_id:int}/import/{file_id:int}", opt=FOR_RESEARCHERS)
async def show_mapping(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId, file_id: RecordId
) -> Response[bytes]:
    """Show what the columns are taken for."""
    survey, launched, foreign = await _opened(request, viewer, session, survey_id, file_id)
    plan = _guessed(foreign, launched, now)
    waves = await _waves(session, survey, say_in(viewer, DOMAIN))
    shown = await _mapping_page(session, viewer, survey, launched, foreign, file_id, _Given(plan, waves[0][0]), waves)
    return page(request, viewer, "data/mapping.html.j2", shown)


@post("/manage/surveys/{survey_id:int}/import/{file_id:int}", opt=FOR_RESEARCHERS)
async def decide_mapping(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId, file_id: RecordId
) -> Response[bytes]:
    """Show the file anew by what was decided, or begin to store it."""
    survey, launched, foreign = await _opened(request, viewer, session, survey_id, file_id)
    form, say = await request.form(), say_in(viewer, DOMAIN)
    waves = await _waves(session, survey, say)
    given = _given_in(form, foreign, launched, waves, viewer, now)
    shown = await _mapping_page(session, viewer, survey, launched, foreign, file_id, given, waves)
    if form.get("do") not in {"store", "store_rest"}:
        return page(request, viewer, "data/mapping.html.j2", shown)
    if shown.plan_problems or not shown.n_ready or (shown.n_problems and form.get("do") != "store_rest"):
        return page(request, viewer, "data/mapping.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    order = ImportOrder(
        survey_id=survey_id,
        file_id=file_id,
        plan=given.plan,
        wave=None if given.wave == NEW_WAVE else int(given.wave),
        leave_out=form.get("do") == "store_rest",
        account_id=viewer.account_id,
        email=viewer.email,
    )
    job_id = await jobs.submit(
        session,
        IMPORT,
        to_builtins(order),
        account_id=viewer.account_id,
        now=now,
        title=say("Import of “{file}”", file=foreign.table.source),
        back=f"/manage/surveys/{survey_id}/import",
    )
    detail = {"file": foreign.table.source, "rows": str(foreign.table.frame.height), "wave": given.wave}
    await audit.record(
        session, viewer, AuditAction.IMPORTED, kind="responses", target=str(survey_id), detail=detail, now=now
    )
    return redirect(request, f"/manage/jobs/{job_id}")


async def _opened(
    request: PageRequest, viewer: Viewer, session: AsyncSession, survey_id: int, file_id: int
) -> tuple[Survey, LaunchedSurvey, ForeignTable]:
    survey = await asked_survey(session, survey_id)
    launched = await (await session.connection()).run_sync(get_launched, survey_id)
    await get_file(session, file_id, account_id=viewer.account_id)
    async with file_on_disk(request.app.state.sessions, file_id, suffix=".parquet") as path:
        try:
            return survey, launched, await asyncio.to_thread(read_kept, path)
        except (KeyError, ValueError) as error:  # another kind of kept file
            raise RecordUnknown("This is no file of answers.") from error


def _guessed(foreign: ForeignTable, launched: LaunchedSurvey, now: datetime) -> ImportPlan:
    guesses = guess_columns(foreign, launched.instrument)
    targets = {name: guess.target for name, guess in guesses.items()}
    plan = ImportPlan(targets=targets, collected_at=now)
    return _with_proposals(foreign, launched.instrument, plan)


def _with_proposals(foreign: ForeignTable, instrument: Instrument, plan: ImportPlan) -> ImportPlan:
    offsets, meanings = {}, {}
    for battery, counted in _cells(foreign, instrument, plan).items():
        proposed = propose(instrument, battery, counted)
        offsets[battery] = proposed.offset
        meanings[battery] = {cell: code for cell, code in proposed.cells.items() if code is not None}
    return changed(plan, offsets=offsets, meanings=meanings)


def _cells(foreign: ForeignTable, instrument: Instrument, plan: ImportPlan) -> dict[str, dict[str, int]]:
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


def _given_in(
    form: FormMultiDict,
    foreign: ForeignTable,
    launched: LaunchedSurvey,
    waves: Sequence[tuple[str, str]],
    viewer: Viewer,
    now: datetime,
) -> _Given:
    """Read the form; what was never offered is left as it was guessed."""
    instrument = launched.instrument
    offered = set(chain.from_iterable(_pairs(_targets(launched, foreign, lambda text: text))))
    targets = {
        name: chosen if (chosen := text_of(form, f"column-{number}")) in offered else ""
        for number, name in enumerate(foreign.table.frame.columns)
    }
    plan = _with_proposals(foreign, instrument, ImportPlan(targets=targets, collected_at=now))
    offsets, meanings = dict(plan.offsets), {battery: dict(cells) for battery, cells in plan.meanings.items()}
    for battery, counted in _cells(foreign, instrument, plan).items():
        with suppress(ValueError):
            offsets[battery] = max(-10, min(10, int(text_of(form, f"offset-{battery}", str(offsets[battery])))))
        for number, cell in enumerate(_asked_cells(instrument, battery, counted)):
            if form.get(f"cell-{battery}-{number}") != cell:
                continue
            meaning = text_of(form, f"meaning-{battery}-{number}")
            if not meaning:
                meanings[battery].pop(cell, None)
            with suppress(ValueError):
                meanings[battery][cell] = int(meaning)
    day = _day(text_of(form, "collected_on"))
    collected = now if day is None else datetime.combine(day, time(12), tzinfo=ZoneInfo(viewer.time_zone))
    plan = changed(
        plan,
        offsets=offsets,
        meanings=meanings,
        month_first=text_of(form, "month_first") == "1",
        collected_at=collected,
    )
    wave = text_of(form, "wave")
    return _Given(plan, wave if wave in dict(waves) else waves[0][0])


async def _mapping_page(
    session: AsyncSession,
    viewer: Viewer,
    survey: Survey,
    launched: LaunchedSurvey,
    foreign: ForeignTable,
    file_id: int,
    given: _Given,
    waves: Sequence[tuple[str, str]],
) -> MappingPage:
    say = say_in(viewer, DOMAIN)
    frame = foreign.table.frame
    some = replace(foreign, table=replace(foreign.table, frame=frame.head(CHECKED_HERE)))
    plan_problems = list(find_plan_problems(given.plan, launched.instrument))
    staged = await asyncio.to_thread(stage, some, launched.instrument, given.plan)
    heads, rows = _preview(staged, launched.instrument, given.plan, say)
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
        columns=_columns(foreign, launched.instrument, given.plan, say),
        targets=_targets(launched, foreign, say, viewer.locale),
        parts=_parts(foreign, launched, given.plan, say, viewer.locale),
        waves=waves,
        wave=given.wave,
        collected_on=given.plan.collected_at.astimezone(ZoneInfo(viewer.time_zone)).date().isoformat(),
        month_first=given.plan.month_first,
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


def _targets(
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


def _pairs(groups: Sequence[tuple[str, Any]]) -> list[list[str]]:
    return [[value] if isinstance(inner, str) else [key for key, _ in inner] for value, inner in groups]


def _parts(
    foreign: ForeignTable, launched: LaunchedSurvey, plan: ImportPlan, say: Translator, locale: str
) -> list[BatteryPart]:
    instrument = launched.instrument
    texts = instrument.texts_in(locale)
    parts = []
    for battery, counted in _cells(foreign, instrument, plan).items():
        asked = _asked_cells(instrument, battery, counted)
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


def _asked_cells(instrument: Instrument, battery: str, counted: Mapping[str, int]) -> list[str]:
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


async def _waves(session: AsyncSession, survey: Survey, say: Translator) -> list[tuple[str, str]]:
    waves = sorted(await list_waves(session, survey.id), key=lambda wave: -wave.number)
    named = [(str(wave.number), say("Wave {number}: {name}", number=wave.number, name=wave.name)) for wave in waves]
    return [*named, (NEW_WAVE, say("A new wave"))]


def _short(text: str, longest: int = LONGEST_EXAMPLE) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


HANDLERS = (show_mapping, decide_mapping)
