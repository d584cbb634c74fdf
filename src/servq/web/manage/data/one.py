"""``/manage/surveys/<id>/responses/<response>``: one response, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.errors import RecordUnknown
from servq.instruments.model import ChoiceBattery, Column, PointsBattery
from servq.responses.answers import decode
from servq.responses.evidence import get_evidence, list_evidence_of
from servq.responses.listing import OneRow, get_one
from servq.scoring import Missing
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Survey
from servq.translation import Translator
from servq.web.api.evidence import SUFFIXES
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.data import words
from servq.web.manage.data.table import asked_survey
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.pages import HEADERS, page, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `share` is where its point lies on the scale, 0 to 1, None without one."""

    name: str
    wording: str
    shown: str
    label: str
    is_missing: bool
    share: float | None
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The answers to one battery."""

    title: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class ResponsePage:
    """One response. In an anonymous survey `comments` are not shown beside the answers."""

    survey: Survey
    id: str
    short: str
    begun: datetime
    sent: datetime | None
    is_day: bool
    state: str
    tone: str
    is_trial: bool
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    comments: tuple[tuple[str, str], ...]
    hides_comments: bool
    signs: tuple[tuple[str, str], ...]
    was_checked: bool
    longest_run: int | None
    missing_share: float | None
    seconds_per_item: float | None
    reason: str
    excluded_by: str
    excluded_at: datetime | None


@get("/manage/surveys/{survey_id:int}/responses/{response:str}", opt=FOR_RESEARCHERS)
async def show_response(
    request: PageRequest,
    viewer: SignedInViewer,
    session: Session,
    now: Now,
    survey_id: RecordId,
    response: FromPath[str],
) -> Response[bytes]:
    """Show one response, and write down that it was seen."""
    survey = await asked_survey(session, survey_id)
    row = await get_one(session, survey_id, _identity(response))
    launched = await (await session.connection()).run_sync(get_launched, survey_id)
    files = await _files(session, row.listed.id, survey_id)
    shown = _shown(survey, launched, row, files, say_in(viewer, DOMAIN), viewer.locale)
    await audit.record(
        session, viewer, AuditAction.VIEWED, kind="response", target=f"{survey_id}/{shown.short}", now=now
    )
    return page(request, viewer, "data/response.html.j2", shown)


@get("/manage/surveys/{survey_id:int}/evidence/{evidence:str}", opt=FOR_RESEARCHERS)
async def send_file(
    viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId, evidence: FromPath[str]
) -> Response[bytes]:
    """Send a photo or document, to be saved; a browser does not show it in place."""
    media_type, content = await get_evidence(session, survey_id, _identity(evidence))
    await audit.record(session, viewer, AuditAction.VIEWED, kind="evidence", target=evidence[:12], now=now)
    name = f"evidence-{evidence[:12]}.{SUFFIXES[media_type]}"
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(content, headers=headers, media_type=media_type)


def _identity(text: str) -> bytes:
    try:
        identity = bytes.fromhex(text)
    except ValueError:
        identity = b""
    if len(text) != _ID_LENGTH or len(identity) != _ID_LENGTH // 2:
        raise RecordUnknown("There is no such response.")
    return identity


async def _files(session: AsyncSession, response_id: bytes, survey_id: int) -> dict[Column, list[tuple[str, str]]]:
    files: dict[Column, list[tuple[str, str]]] = {}
    for identity, column, media_type in await list_evidence_of(session, response_id):
        address = f"/manage/surveys/{survey_id}/evidence/{identity.hex()}"
        files.setdefault(column, []).append((SUFFIXES[media_type].upper(), address))
    return files


def _shown(
    survey: Survey,
    launched: LaunchedSurvey,
    row: OneRow,
    files: Mapping[Column, list[tuple[str, str]]],
    say: Translator,
    locale: str,
) -> ResponsePage:
    listed = row.listed
    codes = launched.rules.apply(decode([row.answers], launched.n_columns))[0].tolist()
    texts = launched.instrument.texts_in(locale)
    written = launched.asked_texts(codes, row.texts)
    return ResponsePage(
        survey=survey,
        id=listed.id.hex(),
        short=listed.id.hex()[:8],
        begun=listed.started_at,
        sent=listed.submitted_at,
        is_day=survey.anonymous,
        state=say.say(words.STATES[listed.state]),
        tone=words.TONES[listed.state],
        is_trial=listed.trial,
        facts=_facts(row, survey, say),
        parts=tuple(_parts(launched, codes, files, say, locale)),
        comments=() if survey.anonymous else tuple((texts.fill(texts.comments[one]), written[one]) for one in written),
        hides_comments=survey.anonymous and bool(written),
        signs=tuple(
            (say.say(words.FLAGS[flag]), say.say(words.FLAG_MEANINGS[flag])) for flag in words.flags_of(listed.flags)
        ),
        was_checked=listed.flags is not None,
        longest_run=listed.longest_run or None,
        missing_share=listed.missing_share,
        seconds_per_item=listed.seconds_per_item,
        reason=listed.excluded_because or "",
        excluded_by=listed.excluded_by or "",
        excluded_at=listed.excluded_at,
    )


def _facts(row: OneRow, survey: Survey, say: Translator) -> tuple[tuple[str, str], ...]:
    """What is known of it, besides its answers; of an anonymous one where it came from, and no more."""
    listed = row.listed
    facts = [
        (say("Wave"), listed.wave_name),
        (say("Channel"), say(words.CHANNELS[listed.channel])),
        (say("Entered"), say.say(words.ADMINISTRATIONS[listed.administration])),
        (say("Language"), row.locale),
    ]
    if row.file_name is not None:
        facts.append((say("From the file"), row.file_name))
    names = [name for name in sorted(listed.attributes) if name == "site" or not survey.anonymous]
    facts += [(say("Site") if name == "site" else name, listed.attributes[name]) for name in names]
    return tuple(facts)


def _parts(
    launched: LaunchedSurvey,
    codes: list[int],
    files: Mapping[Column, list[tuple[str, str]]],
    say: Translator,
    locale: str,
) -> list[Part]:
    instrument = launched.instrument
    texts = instrument.texts_in(locale)
    by_battery: dict[str, list[Answer]] = {}
    for column, code in zip(instrument.columns, codes, strict=True):
        by_battery.setdefault(column.battery, []).append(
            _answer(launched, column, code, tuple(files.get(column, ())), say, locale)
        )
    return [
        Part(texts.fill(texts.batteries[battery].title, launched.placeholders), tuple(answers))
        for battery, answers in by_battery.items()
    ]


def _answer(
    launched: LaunchedSurvey,
    column: Column,
    code: int,
    files: tuple[tuple[str, str], ...],
    say: Translator,
    locale: str,
) -> Answer:
    instrument = launched.instrument
    battery, texts = instrument.definition.batteries[column.battery], instrument.texts_in(locale)
    name = instrument.column_name(column)
    is_points = isinstance(battery, PointsBattery)
    wording = (
        texts.dimensions[column.item].name if is_points else instrument.wording(column, locale, launched.placeholders)
    )
    if code < 0:
        return Answer(
            name, wording, say.say(words.MISSING[Missing(code)]), "", is_missing=True, share=None, files=files
        )
    if isinstance(battery, ChoiceBattery):
        label = instrument.option_label(column.item, instrument.options_of(column.item)[code - 1], locale)
        return Answer(name, wording, label, "", is_missing=False, share=None, files=files)
    scale = instrument.scale_of(column.battery)
    share = (code - scale.low) / (scale.high - scale.low)
    anchors = {} if is_points else texts.scales[battery.scale].anchors  # type: ignore[union-attr]  # a rating battery
    return Answer(name, wording, str(code), anchors.get(code, ""), is_missing=False, share=share, files=files)


HANDLERS = (show_response, send_file)
