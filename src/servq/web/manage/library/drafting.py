"""``/manage/drafts``: drafts begun, looked over, published and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.drafts import editing, queries, service
from servq.drafts.checking import problems_of
from servq.drafts.content import from_instrument, to_instrument
from servq.drafts.files import YAML_TYPE, write_draft, write_file
from servq.drafts.starting import blank_content, copied_content, id_from
from servq.drafts.uploads import MOST_BYTES, read_upload
from servq.errors import AlreadyExists, BadInput, InstrumentInvalid, InstrumentUnknown, Problem, RequestInvalid
from servq.instruments.model import Instrument
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.languages import WORKPLACE_LOCALES
from servq.web.manage.library.editor import Tab, tabs_of
from servq.web.manage.library.fields import element_id, said
from servq.web.manage.library.listing import DOMAIN
from servq.web.manage.library.places import place_said, steps_of
from servq.web.manage.library.sections import section_of
from servq.web.manage.pages import HEADERS, page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft in the list."""

    id: int
    title: str
    instrument_id: str
    n_items: int
    n_problems: int
    changed_at: datetime
    changed_by: str
    published: str


@dataclass(frozen=True, slots=True)
class DraftsPage:
    """The list of drafts."""

    drafts: tuple[DraftRow, ...]


@dataclass(frozen=True, slots=True)
class NewDraftPage:
    """The ways to begin; `problems` are those of an upload, `errors` those of the form by field."""

    sources: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    most_megabytes: int
    start: str = "blank"
    source: str = ""
    title: str = ""
    language: str = "en"
    errors: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ToMend:
    """One problem and the page of the editor where it is mended."""

    place: str
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft at a glance: what is to be mended, publishing, files, and who changed it last."""

    id: int
    title: str
    instrument_id: str
    tabs: tuple[Tab, ...]
    to_mend: tuple[ToMend, ...]
    n_items: int
    languages: tuple[str, ...]
    origin: str
    notes: tuple[str, ...]
    version: str
    published: tuple[tuple[str, datetime, str], ...]
    authors: tuple[tuple[datetime, str, int], ...]
    n_undecided: int
    is_withdrawn: bool
    note: str = ""
    errors: tuple[tuple[str, str], ...] = ()


@get("/manage/drafts", opt=FOR_RESEARCHERS)
async def show_drafts(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show all drafts, those changed last first."""
    rows = []
    newest = {version.published.instrument_id: version.published for version in await service.list_own(session)}
    for draft, name, email in await queries.list_drafts(session):
        content = service.content_of(draft)
        published = newest.get(draft.instrument_id)
        rows.append(
            DraftRow(
                draft.id,
                draft.title,
                draft.instrument_id,
                len(content["definition"].get("items", [])),
                len(problems_of(content, adapts=draft.origin is not None)),
                draft.changed_at,
                name or email,
                published.version if published else "",
            )
        )
    return page(request, viewer, "library/drafts.html.j2", DraftsPage(tuple(rows)))


@get("/manage/drafts/new", opt=FOR_RESEARCHERS)
async def show_beginnings(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show the ways to begin a draft."""
    source = request.query_params.get("from", "")
    start = "copy" if source else "blank"
    shown = await _beginnings(session, start=start, source=source, language=_written(viewer))
    return page(request, viewer, "library/new.html.j2", shown)


@post("/manage/drafts", opt=FOR_RESEARCHERS)
async def begin_draft(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Begin a draft: empty, as a copy of an instrument, or from a file."""
    form = await request.form()
    start = str(form.get("start", "blank"))
    title = " ".join(str(form.get("title") or "").split())
    source, spoken = str(form.get("source") or ""), str(form.get("language") or "en")
    file = form.get("file")
    try:
        if start == "file":
            draft_id = await _begin_from_file(session, viewer, file, now)
        else:
            draft_id = await _begin_with_title(session, viewer, start, title, source, spoken, now)
    except BadInput as invalid:
        problems = () if all(one.column for one in invalid.problems) else invalid.problems
        shown = await _beginnings(
            session,
            start=start,
            source=source,
            title=title[:LONGEST_TITLE],
            language=spoken,
            errors=tuple((one.column, f"{one.message} {one.fix}") for one in invalid.problems if one.column),
            problems=problems,
        )
        return page(request, viewer, "library/new.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, f"/manage/drafts/{draft_id}")


@get("/manage/drafts/{draft_id:int}", opt=FOR_RESEARCHERS)
async def show_draft(
    request: PageRequest, viewer: SignedInViewer, session: Session, draft_id: RecordId
) -> Response[bytes]:
    """Show a draft at a glance."""
    return page(request, viewer, "library/draft.html.j2", await _overview(session, viewer, draft_id))


@post("/manage/drafts/{draft_id:int}/publish", opt=FOR_RESEARCHERS)
async def publish_draft(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, draft_id: RecordId
) -> Response[bytes]:
    """Publish a version; it never changes from then on."""
    form, say = await request.form(), say_in(viewer, DOMAIN)
    version, note = str(form.get("version") or "").strip(), str(form.get("note") or "")
    try:
        published = await service.publish(session, viewer, draft_id, version=version, note=note, now=now)
    except (InstrumentInvalid, RequestInvalid, AlreadyExists) as invalid:
        problems = invalid.problems if isinstance(invalid, BadInput) else (Problem(str(invalid), "", column="version"),)
        errors = tuple((one.column or "version", f"{one.message} {one.fix}") for one in problems)
        shown = await _overview(session, viewer, draft_id, version=version, note=note, errors=errors[:5])
        return page(request, viewer, "library/draft.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    text = say("Version {version} is published. Surveys can use it now.", version=published.version)
    return redirect(request, f"/manage/instruments/{published.instrument_id}", notice=text)


@post("/manage/drafts/{draft_id:int}/offer", opt=FOR_RESEARCHERS)
async def offer_or_withdraw(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, draft_id: RecordId
) -> Response[bytes]:
    """Withdraw what was published from the library, or offer it again."""
    form, say = await request.form(), say_in(viewer, DOMAIN)
    again = form.get("again") == "1"
    draft = (await editing.get_draft(session, draft_id)).draft
    await service.withdraw(session, viewer, draft.instrument_id, offer_again=again, now=now)
    notice = say("It is offered again.") if again else say("It is withdrawn. Surveys that use it go on.")
    return redirect(request, f"/manage/drafts/{draft_id}", notice=notice)


@post("/manage/drafts/{draft_id:int}/delete", opt=FOR_RESEARCHERS)
async def delete_draft(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, draft_id: RecordId
) -> Response[bytes]:
    """Delete a draft; versions published from it stay."""
    form, say = await request.form(), say_in(viewer, DOMAIN)
    if form.get("sure") != "1":
        error = say("Tick the box if you want to delete it: nobody can bring it back.")
        shown = await _overview(session, viewer, draft_id, errors=(("sure", error),))
        return page(request, viewer, "library/draft.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    await editing.delete_draft(session, viewer, draft_id, now=now)
    return redirect(request, "/manage/drafts", notice=say("The draft is deleted."))


@get("/manage/drafts/{draft_id:int}/files/{form:str}", opt=FOR_RESEARCHERS)
async def send_draft(
    viewer: SignedInViewer, session: Session, now: Now, draft_id: RecordId, form: FromPath[str]
) -> Response[bytes]:
    """Send a draft as a file: as YAML whatever is wrong with it, as the form of another tool once it is sound."""
    opened = await editing.get_draft(session, draft_id)
    if form == "yaml":
        written = write_draft(opened.content)
    elif form in {"folder", "xlsform", "surveyjs", "limesurvey"}:
        if problems := problems_of(opened.content, adapts=opened.adapts):
            raise InstrumentInvalid([Problem(one.message, one.fix) for one in problems])
        written = await asyncio.to_thread(write_file, to_instrument(opened.content), form)
    else:
        raise NotFoundException
    detail = {"format": form}
    await record(session, viewer, AuditAction.EXPORTED, kind="draft", target=str(draft_id), detail=detail, now=now)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{written.name}"'}
    return Response(written.content, headers=headers, media_type=written.media_type or YAML_TYPE)


async def _begin_with_title(
    session: AsyncSession, viewer: Viewer, start: str, title: str, source: str, spoken: str, now: datetime
) -> int:
    if not title or len(title) > LONGEST_TITLE:
        message = f"The title has {len(title)} characters."
        raise RequestInvalid(Problem(message, f"Give 1 to {LONGEST_TITLE}.", column="title"))
    taken = await service.list_taken(session)
    instrument_id = id_from(title, taken)
    if start != "copy":
        locale = spoken if spoken in WORKPLACE_LOCALES else "en"
        content = blank_content(instrument_id, title, [locale], year=now.year)
        return await editing.create_draft(session, viewer, content, now=now)
    try:
        origin = await service.find_instrument(session, source)
    except InstrumentUnknown as unknown:
        raise RequestInvalid(
            Problem("This instrument is not in the library.", "Choose another.", column="source")
        ) from unknown
    content = copied_content(origin, instrument_id, title)
    return await editing.create_draft(session, viewer, content, origin=origin, now=now)


async def _begin_from_file(session: AsyncSession, viewer: Viewer, file: object, now: datetime) -> int:
    if not isinstance(file, UploadFile) or not file.filename:
        raise RequestInvalid(Problem("No file was chosen.", "Choose one from your computer.", column="file"))
    content = await file.read(MOST_BYTES + 1)
    uploaded = await asyncio.to_thread(read_upload, file.filename, content, year=now.year)
    taken = await service.list_taken(session)
    plain = from_instrument(uploaded.instrument)
    definition = plain["definition"]
    if definition["id"] in taken:
        definition["id"] = id_from(definition["id"], taken)
    draft_id = await editing.create_draft(session, viewer, plain, origin=uploaded.origin, notes=uploaded.lost, now=now)
    detail = {"file": file.filename[-100:]}
    await record(session, viewer, AuditAction.IMPORTED, kind="draft", target=str(draft_id), detail=detail, now=now)
    return draft_id


async def _beginnings(
    session: AsyncSession,
    *,
    start: str,
    source: str = "",
    title: str = "",
    language: str = "en",
    errors: tuple[tuple[str, str], ...] = (),
    problems: tuple[Problem, ...] = (),
) -> NewDraftPage:
    everything = await service.list_instruments(session)
    return NewDraftPage(
        sources=tuple((one.id, one.definition.title) for one in sorted(everything, key=_title)),
        languages=tuple(_languages(WORKPLACE_LOCALES)),
        most_megabytes=MOST_BYTES // 1_000_000,
        start=start if start in {"blank", "copy", "file"} else "blank",
        source=source,
        title=title,
        language=language,
        errors=errors,
        problems=problems,
    )


async def _overview(
    session: AsyncSession,
    viewer: Viewer,
    draft_id: int,
    *,
    version: str | None = None,
    note: str = "",
    errors: tuple[tuple[str, str], ...] = (),
) -> DraftPage:
    opened = await editing.get_draft(session, draft_id)
    say = say_in(viewer, DOMAIN)
    problems = problems_of(opened.content, adapts=opened.adapts)
    definition = opened.content["definition"]
    versions = await service.list_versions(session, opened.draft.instrument_id)
    origin = opened.origin
    return DraftPage(
        id=draft_id,
        title=opened.draft.title,
        instrument_id=opened.draft.instrument_id,
        tabs=tabs_of(say, draft_id, problems, ""),
        to_mend=tuple(
            ToMend(
                place_said(say, steps_of(one.path)),
                said(one, say),
                f"/manage/drafts/{draft_id}/edit/{section_of(one.path)}{_spoken(one.path)}#{element_id(one.path)}",
            )
            for one in problems
        ),
        n_items=len(definition.get("items", [])),
        languages=tuple(name for _, name in _languages(definition.get("locales", []))),
        origin="" if origin is None else f"{origin.id} {origin.definition.version}",
        notes=tuple(opened.draft.notes),
        version=version if version is not None else await service.suggest_version(session, opened.draft),
        published=tuple((one.published.version, one.published.published_at, one.published.note) for one in versions),
        authors=tuple(
            (at, name or email, count)
            for _, at, name, email, count in await queries.list_recent_authors(session, draft_id, most=6)
        ),
        n_undecided=len(await editing.list_undecided(session, viewer, draft_id)),
        is_withdrawn=bool(versions) and versions[0].published.withdrawn_at is not None,
        note=note,
        errors=errors,
    )


def _spoken(path: str) -> str:
    """Return what shows the language of a text beside the first."""
    steps = path.split("/")
    return f"?languages={steps[1]}" if steps[0] == "texts" and len(steps) > 1 else ""


def _languages(locales: Sequence[str]) -> list[tuple[str, str]]:
    return [(locale, language(locale).name) for locale in locales]


def _title(instrument: Instrument) -> str:
    return instrument.definition.title.casefold()


def _written(viewer: Viewer) -> str:
    spoken = viewer.locale.split("-")[0]
    return spoken if spoken in WORKPLACE_LOCALES else "en"


HANDLERS = (
    show_drafts,
    show_beginnings,
    begin_draft,
    show_draft,
    publish_draft,
    offer_or_withdraw,
    delete_draft,
    send_draft,
)
