"""The preview of an instrument or a draft: its questionnaire in a frame, as wide as a phone or a desk."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from servq.drafts import editing, service
from servq.drafts.checking import FoundProblem, problems_of
from servq.drafts.content import Content, to_instrument
from servq.errors import InstrumentInvalid, Problem
from servq.instruments.model import Instrument
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.library.previews import WIDTHS, show_step, survey_of, take_step
from servq.web.manage.pages import page
from servq.web.manage.places import RecordId, Session, SignedInViewer

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """The frame and what may be chosen around it."""

    title: str
    back: str
    is_draft: bool
    own_path: str
    frame_path: str
    width: str
    language: str
    languages: tuple[tuple[str, str], ...]
    problems: tuple[FoundProblem, ...] = ()


@get("/manage/instruments/{instrument_id:str}/preview", opt=FOR_RESEARCHERS)
async def show_preview(
    request: PageRequest, viewer: SignedInViewer, session: Session, instrument_id: FromPath[str]
) -> Response[bytes]:
    """Show an instrument as respondents see it."""
    instrument = await service.find_instrument(session, instrument_id)
    return page(request, viewer, "library/preview.html.j2", _around(request, instrument, "/manage/instruments/"))


@get("/manage/instruments/{instrument_id:str}/preview/page", opt=FOR_RESEARCHERS)
async def show_preview_step(request: PageRequest, session: Session, instrument_id: FromPath[str]) -> Response[bytes]:
    """Show one page of the questionnaire in the frame."""
    return show_step(request, survey_of(await service.find_instrument(session, instrument_id)))


@post("/manage/instruments/{instrument_id:str}/preview/page", opt=FOR_RESEARCHERS)
async def take_preview_step(request: PageRequest, session: Session, instrument_id: FromPath[str]) -> Response[bytes]:
    """Go on in the frame; nothing is stored."""
    survey = survey_of(await service.find_instrument(session, instrument_id))
    return take_step(request, survey, await request.form())


@get("/manage/drafts/{draft_id:int}/preview", opt=FOR_RESEARCHERS)
async def show_draft_preview(
    request: PageRequest, viewer: SignedInViewer, session: Session, draft_id: RecordId
) -> Response[bytes]:
    """Show a draft as respondents would see it; words that are still missing are shown as dots."""
    opened = await editing.get_draft(session, draft_id)
    content = with_dots(opened.content)
    problems = problems_of(content, adapts=opened.adapts)
    if problems:
        shown = PreviewPage(
            title=opened.draft.title,
            back=f"/manage/drafts/{draft_id}",
            is_draft=True,
            own_path=request.scope["path"],
            frame_path="",
            width=WIDTHS[0],
            language="",
            languages=(),
            problems=tuple(problems),
        )
    else:
        shown = _around(request, to_instrument(content), "/manage/drafts/", str(draft_id))
    return page(request, viewer, "library/preview.html.j2", shown)


@get("/manage/drafts/{draft_id:int}/preview/page", opt=FOR_RESEARCHERS)
async def show_draft_step(request: PageRequest, session: Session, draft_id: RecordId) -> Response[bytes]:
    """Show one page of a draft in the frame."""
    return show_step(request, survey_of(await _drafted(session, draft_id)))


@post("/manage/drafts/{draft_id:int}/preview/page", opt=FOR_RESEARCHERS)
async def take_draft_step(request: PageRequest, session: Session, draft_id: RecordId) -> Response[bytes]:
    """Go on in the frame; nothing is stored."""
    return take_step(request, survey_of(await _drafted(session, draft_id)), await request.form())


def with_dots(content: Content) -> Content:
    """Return a draft whose missing texts are dots."""

    def dotted(value: object) -> object:
        if isinstance(value, dict):
            return {key: dotted(inner) for key, inner in value.items()}
        return ELLIPSIS if value == "" else value

    definition = content["definition"]
    blank = {"field", "title"}
    named = {key: ELLIPSIS if key in blank and value == "" else value for key, value in definition.items()}
    named["rights"] = dotted(definition.get("rights", {}))
    named["citation"] = [dotted(entry) for entry in definition.get("citation", [])]
    texts = {locale: dotted(texts) for locale, texts in content["texts"].items()}
    return {"definition": named, "texts": texts}


async def _drafted(session: AsyncSession, draft_id: int) -> Instrument:
    opened = await editing.get_draft(session, draft_id)
    content = with_dots(opened.content)
    if problems := problems_of(content, adapts=opened.adapts):
        raise InstrumentInvalid([Problem(one.message, one.fix) for one in problems])
    return to_instrument(content)


def _around(request: PageRequest, instrument: Instrument, above: str, draft: str = "") -> PreviewPage:
    asked = request.query_params
    locales = instrument.definition.locales
    chosen = asked.get("language", "") if asked.get("language") in locales else locales[0]
    width = asked.get("width", "") if asked.get("width") in WIDTHS else WIDTHS[0]
    own_path = request.scope["path"]
    return PreviewPage(
        title=instrument.definition.title,
        back=f"{above}{draft or instrument.id}",
        is_draft=bool(draft),
        own_path=own_path,
        frame_path=f"{own_path}/page?lang={chosen}",
        width=width,
        language=chosen,
        languages=tuple((locale, language(locale).name) for locale in locales),
    )


HANDLERS = (
    show_preview,
    show_preview_step,
    take_preview_step,
    show_draft_preview,
    show_draft_step,
    take_draft_step,
)
