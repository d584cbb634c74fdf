"""``/manage/instruments/<id>``: everything about one instrument, and its files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.drafts import queries, service
from servq.drafts.files import FORMATS, write_file
from servq.instruments import revision_of
from servq.instruments.model import (
    ChoiceBattery,
    Citation,
    Column,
    Condition,
    Instrument,
    Item,
    PointsBattery,
    RatingBattery,
    Texts,
)
from servq.translation import Translator
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.library.listing import DOMAIN, language_names
from servq.web.manage.library.search import Held
from servq.web.manage.library.words import AUDIENCES, FIELDS, STATUSES, WORDINGS, formula
from servq.web.manage.pages import HEADERS, page, say_in
from servq.web.manage.places import Now, Session, SignedInViewer


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as a battery words it; `columns` are names of data columns with those of their batteries."""

    number: str
    wording: str
    columns: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Items that belong together: of a dimension, or of a choice battery."""

    name: str
    description: str
    rows: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class BatteryRow:
    """One battery in words."""

    name: str
    title: str
    form: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score in words."""

    id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version."""

    version: str
    revision: str
    at: datetime
    note: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Everything about one instrument in one language."""

    id: str
    title: str
    field: str
    fields: tuple[str, ...]
    audiences: tuple[str, ...]
    languages: tuple[tuple[str, str, bool], ...]
    validated: tuple[str, ...]
    version: str
    revision: str
    status: tuple[str, str]
    is_open: bool
    adaptation: tuple[str, ...]
    adapted_from: str
    n_questions: int
    minutes: int
    batteries: tuple[BatteryRow, ...]
    groups: tuple[ItemGroup, ...]
    scores: tuple[ScoreRow, ...]
    minimum_share: float
    citation: tuple[Citation, ...]
    holder: str
    wording: str
    rights: str
    text_direction: str
    text_locale: str
    is_own: bool
    is_withdrawn: bool
    draft_id: int | None
    versions: tuple[VersionRow, ...]
    formats: tuple[tuple[str, str], ...]


@get("/manage/instruments/{instrument_id:str}", opt=FOR_RESEARCHERS)
async def show_sheet(
    request: PageRequest, viewer: SignedInViewer, session: Session, instrument_id: FromPath[str]
) -> Response[bytes]:
    """Show the sheet of an instrument, in the version and the language that are asked for."""
    version = request.query_params.get("version") or None
    instrument = await service.find_instrument(session, instrument_id, version)
    if instrument.id != instrument_id:
        return Response(
            b"",
            status_code=HTTPStatus.MOVED_PERMANENTLY,
            headers={**HEADERS, "Location": f"/manage/instruments/{instrument.id}"},
        )
    locale = request.query_params.get("language") or viewer.locale
    shown = await _sheet(session, say_in(viewer, DOMAIN), instrument, locale)
    return page(request, viewer, "library/sheet.html.j2", shown)


@get("/manage/instruments/{instrument_id:str}/files/{form:str}", opt=FOR_RESEARCHERS)
async def send_file(
    request: PageRequest,
    viewer: SignedInViewer,
    session: Session,
    now: Now,
    instrument_id: FromPath[str],
    form: FromPath[str],
) -> Response[bytes]:
    """Send an instrument as a file: its folder, one file, or the form of another tool."""
    instrument = await service.find_instrument(session, instrument_id, request.query_params.get("version") or None)
    return await file_response(session, viewer, instrument, form, now)


async def file_response(
    session: AsyncSession, viewer: SignedInViewer, instrument: Instrument, form: str, now: datetime
) -> Response[bytes]:
    """Answer with an instrument in one of the formats, and note that it left the house."""
    if form not in FORMATS:
        raise NotFoundException
    written = await asyncio.to_thread(write_file, instrument, form)
    detail = {"format": form, "version": instrument.definition.version}
    await record(session, viewer, AuditAction.EXPORTED, kind="instrument", target=instrument.id, detail=detail, now=now)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{written.name}"'}
    return Response(written.content, headers=headers, media_type=written.media_type)


async def _sheet(session: AsyncSession, say: Translator, instrument: Instrument, locale: str) -> SheetPage:
    definition, texts = instrument.definition, instrument.texts_in(locale)
    held = Held(instrument)
    versions = await service.list_versions(session, instrument.id)
    revision = revision_of(instrument)
    adaptation = definition.adaptation
    return SheetPage(
        id=definition.id,
        title=definition.title,
        field=definition.field,
        fields=tuple(say.say(FIELDS[one]) for one in definition.used_in),
        audiences=tuple(say.say(AUDIENCES[one]) for one in definition.audiences),
        languages=tuple((one, language(one).name, one == texts.locale) for one in definition.locales),
        validated=language_names([one for one, words in instrument.texts.items() if words.validated]),
        version=definition.version,
        revision=revision,
        status=(say.say(STATUSES[definition.status][0]), say.say(STATUSES[definition.status][1])),
        is_open=definition.status != "verified",
        adapted_from="" if adaptation is None else adaptation.of,
        adaptation=tuple(_adaptation_words(say, instrument)),
        n_questions=held.n_questions,
        minutes=held.minutes,
        batteries=tuple(_batteries(say, instrument, texts)),
        groups=tuple(_groups(say, instrument, texts)),
        scores=tuple(ScoreRow(score.id, formula(say, score, instrument)) for score in definition.scores),
        minimum_share=definition.missing.minimum_share,
        citation=definition.citation,
        holder=definition.rights.holder,
        wording=say.say(WORDINGS[definition.rights.wording]),
        rights=definition.rights.note,
        text_direction=language(texts.locale).direction,
        text_locale=texts.locale,
        is_own=bool(versions),
        is_withdrawn=bool(versions) and versions[0].published.withdrawn_at is not None,
        draft_id=await queries.find_draft_of(session, instrument.id) if versions else None,
        versions=tuple(
            VersionRow(
                one.published.version,
                one.published.revision,
                one.published.published_at,
                one.published.note,
                one.published.revision == revision,
            )
            for one in versions
        ),
        formats=tuple((form, say.say(FORMATS[form].label)) for form in FORMATS),
    )


def _adaptation_words(say: Translator, instrument: Instrument) -> Iterator[str]:
    adaptation = instrument.definition.adaptation
    if adaptation is None:
        return
    yield say("Adapted from {id} {version}.", id=adaptation.of, version=adaptation.of_version)
    if adaptation.dropped:
        yield say("Left out: {ids}.", ids=adaptation.dropped)
    if adaptation.added:
        yield say("Added: {ids}.", ids=adaptation.added)
    if adaptation.beside:
        yield say("Asked in the same questionnaire: {ids}.", ids=adaptation.beside)
    if adaptation.reworded:
        yield say("Reworded in: {languages}.", languages=language_names(adaptation.reworded))
    if adaptation.mapped:
        yield say("Items were assigned to dimensions by whoever adapted it.")


def _batteries(say: Translator, instrument: Instrument, texts: Texts) -> Iterator[BatteryRow]:
    for battery_id, battery in instrument.definition.batteries.items():
        words = texts.batteries[battery_id]
        if isinstance(battery, PointsBattery):
            form = say("{total} points spread over {n} dimensions", total=battery.total, n=_n(instrument, battery_id))
        elif isinstance(battery, ChoiceBattery):
            form = say.counted("{n} question with options", "{n} questions with options", len(battery.items))
        else:
            form = _scale_words(say, instrument, texts, battery)
        notes = []
        if battery.optional:
            notes.append(say("may be left out"))
        if battery.moment != "any":
            notes.append(say("before the service") if battery.moment == "before" else say("after the service"))
        if isinstance(battery, RatingBattery) and battery.order == "shuffled":
            notes.append(say("items in a drawn order"))
        if battery.asked_if:
            notes.append(condition_words(say, instrument, texts, battery.asked_if))
        yield BatteryRow(words.short, texts.fill(words.title), form, tuple(notes))


def _n(instrument: Instrument, battery_id: str) -> int:
    return len(instrument.asked_in(battery_id))


def _scale_words(say: Translator, instrument: Instrument, texts: Texts, battery: RatingBattery) -> str:
    scale, words = instrument.definition.scales[battery.scale], texts.scales[battery.scale]
    ends = say(
        "{low} “{lowest}” to {high} “{highest}”",
        low=scale.low,
        lowest=words.anchors[scale.low],
        high=scale.high,
        highest=words.anchors[scale.high],
    )
    extra = say("; “{label}” is offered too", label=words.not_applicable) if scale.not_applicable else ""
    return ends + extra + (say("; low is good") if scale.better == "low" else "")


def condition_words(say: Translator, instrument: Instrument, texts: Texts, asked_if: tuple[Condition, ...]) -> str:
    """Say when something is asked."""
    parts = []
    for one in asked_if:
        labels = [instrument.option_label(one.item, option, texts.locale) for option in one.options]
        answers = tuple(labels) or tuple(str(point) for point in one.points)
        wording = instrument.wording(Column(one.battery, one.item), texts.locale)
        parts.append(say("“{item}” is {answers}", item=wording, answers=say(" or ").join(answers)))
    return say("asked only if {conditions}", conditions=tuple(parts))


def _groups(say: Translator, instrument: Instrument, texts: Texts) -> Iterator[ItemGroup]:
    definition = instrument.definition
    for dimension in definition.dimensions:
        words = texts.dimensions[dimension.id]
        items = instrument.items_of(dimension.id)
        if items or definition.status == "verified":
            yield ItemGroup(texts.fill(words.name), texts.fill(words.description), _rows(say, instrument, texts, items))
    alone = tuple(item for item in definition.items if item.dimension is None)
    if alone:
        yield ItemGroup(
            say("Items") if not definition.dimensions else say("Items without a dimension"),
            "",
            _rows(say, instrument, texts, alone),
        )
    for battery_id, battery in definition.batteries.items():
        if isinstance(battery, ChoiceBattery):
            heading = texts.batteries[battery_id]
            rows = tuple(
                ItemRow(
                    "",
                    instrument.wording(Column(battery_id, item.id), texts.locale),
                    ((instrument.column_name(Column(battery_id, item.id)), ""),),
                    (condition_words(say, instrument, texts, item.asked_if),) if item.asked_if else (),
                    tuple(
                        instrument.option_label(item.id, one, texts.locale) for one in instrument.options_of(item.id)
                    ),
                )
                for item in battery.items
            )
            yield ItemGroup(texts.fill(heading.title), texts.fill(heading.instruction), rows)
    if definition.comments:
        rows = tuple(
            ItemRow(
                "",
                texts.fill(texts.comments[comment.id]),
                ((comment.id, ""),),
                (condition_words(say, instrument, texts, comment.asked_if),) if comment.asked_if else (),
            )
            for comment in definition.comments
        )
        yield ItemGroup(say("Open fields"), "", rows)


def _rows(say: Translator, instrument: Instrument, texts: Texts, items: tuple[Item, ...]) -> tuple[ItemRow, ...]:
    rows: list[ItemRow] = []
    several = len([one for one in instrument.definition.batteries.values() if isinstance(one, RatingBattery)]) > 1
    for item in items:
        by_wording: dict[str, list[tuple[str, str]]] = {}
        for battery_id in instrument.definition.batteries:
            if item.id in instrument.asked_in(battery_id) and not isinstance(
                instrument.definition.batteries[battery_id], ChoiceBattery
            ):
                column = Column(battery_id, item.id)
                wording = instrument.wording(column, texts.locale)
                name = texts.batteries[battery_id].short if several else ""
                by_wording.setdefault(wording, []).append((instrument.column_name(column), name))
        marks = []
        if item.reversed:
            marks.append(say("reverse-keyed"))
        if item.weight != 1:
            marks.append(say("weight {weight:g}", weight=item.weight))
        if item.evidence:
            marks.append(say("photo needed") if item.evidence.required else say("photo"))
        for place, (wording, columns) in enumerate(by_wording.items()):
            number = str(item.number) if place == 0 else ""
            rows.append(ItemRow(number, wording, tuple(columns), tuple(marks) if place == 0 else ()))
    return tuple(rows)


HANDLERS = (show_sheet, send_file)
