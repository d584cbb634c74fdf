"""``…/setup/wording``: every text of the instrument in one language, and beside it the survey's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.errors import BadInput, ChangedMeanwhile
from servq.instruments.model import Instrument
from servq.responses import setting_up
from servq.surveys.own_questions import SEPARATOR, OwnQuestions, words_of
from servq.surveys.setup import SetUp, get_setup
from servq.translation import Translator
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.library.listing import language_names
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.conflicts import Clash, clash_of
from servq.web.manage.surveys.frame import ADDRESS, Frame, base_of, frame_of, get_draft, note, version_of
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/wording.html.j2"
FIELD = "own:"
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class WordedText:
    """One text with the survey's own beside it; `field` names it in the form."""

    field: str
    label: str
    published: str
    own: str
    error: str
    is_left_out: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Texts that stand together in the questionnaire."""

    heading: str
    texts: tuple[WordedText, ...]


@dataclass(frozen=True, slots=True)
class WordingPage:
    """The texts of one language; `general` is what is wrong with none of them in particular."""

    frame: Frame
    version: int
    locale: str
    text_direction: str
    locale_name: str
    languages: tuple[tuple[str, str, bool], ...]
    sections: tuple[Section, ...]
    is_validated: bool
    rights: str
    n_own: int
    errors: Mapping[str, str] = field(default_factory=dict)
    clash: Clash | None = None


@get(f"{ADDRESS}/{{survey_id:int}}/setup/wording", opt=FOR_RESEARCHERS)
async def show_wording(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show the texts of one language."""
    setup = await get_setup(session, survey_id)
    shown = await _wording(session, viewer, survey_id, setup, request.query_params.get("language", ""))
    return page(request, viewer, TEMPLATE, shown)


@post(f"{ADDRESS}/{{survey_id:int}}/setup/wording", opt=FOR_RESEARCHERS)
async def save_wording(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Keep the texts of one language."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await get_draft(session, survey_id)
    base, setup = await base_of(session, survey), await get_setup(session, survey_id)
    locale = _locale(text_of(sent, "language"), base, setup)
    typed = _typed(sent, base, locale)
    others = {one: words for one, words in setup.questions.wording.items() if one != locale}
    own = replace(setup.questions, wording={**others, locale: typed} if typed else others)
    errors: Mapping[str, str] = {}
    status, clash = HTTPStatus.UNPROCESSABLE_ENTITY, None
    try:
        await setting_up.change_questions(
            session, survey_id, own, base, version=version_of(sent), by=viewer.email, now=now
        )
    except BadInput as invalid:
        errors = errors_of(invalid, say)
    except ChangedMeanwhile:
        status = HTTPStatus.CONFLICT
        published = words_of(base, locale)
        clash = clash_of(setup, published, setup.questions.wording.get(locale, {}), typed)
    else:
        await note(session, viewer, AuditAction.CHANGED, survey, now=now, part="wording", language=locale)
        return redirect(request, f"{request.scope['path']}?language={locale}", notice=say("Saved."))
    kept = SetUp(version=setup.version, questions=own, changed_at=setup.changed_at, changed_by=setup.changed_by)
    shown = await _wording(session, viewer, survey_id, kept, locale, errors=errors, clash=clash)
    return page(request, viewer, TEMPLATE, shown, status=status)


async def _wording(
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    setup: SetUp,
    wanted: str,
    *,
    errors: Mapping[str, str] | None = None,
    clash: Clash | None = None,
) -> WordingPage:
    survey, say = await get_draft(session, survey_id), say_in(viewer, DOMAIN)
    base = await base_of(session, survey)
    locale = _locale(wanted or survey.locale, base, setup)
    locales = setup.questions.locales or base.definition.locales
    texts = base.texts_in(locale)
    prefix = SEPARATOR.join(("wording", locale, ""))
    own = setup.questions.wording.get(locale, {})
    told = errors or {}
    at_fields = {name.removeprefix(prefix): said for name, said in told.items() if name.startswith(prefix)}
    general = {name: said for name, said in told.items() if not name.startswith(prefix)}
    found = language(locale)
    return WordingPage(
        frame=frame_of(survey, "wording", say),
        version=setup.version,
        locale=locale,
        text_direction=found.direction,
        locale_name=found.name,
        languages=tuple(
            (code, name, code == locale) for code, name in zip(locales, language_names(locales), strict=True)
        ),
        sections=_sections(say, base, setup.questions, locale, own, at_fields),
        is_validated=texts.validated,
        rights=base.definition.rights.note,
        n_own=len(own),
        errors={**general, **{FIELD + path: said for path, said in at_fields.items()}},
        clash=clash,
    )


def _sections(
    say: Translator,
    base: Instrument,
    questions: OwnQuestions,
    locale: str,
    own: Mapping[str, str],
    errors: Mapping[str, str],
) -> tuple[Section, ...]:
    sections: dict[str, list[WordedText]] = {}
    numbers = {item.id: item.number for item in base.definition.items}
    texts = base.texts_in(locale)
    for path, published in words_of(base, locale).items():
        steps = path.split(SEPARATOR)
        if steps[0] == "items":
            heading = texts.batteries[steps[2]].title
            label = say("Item {number}", number=numbers[steps[1]])
        elif steps[0] == "batteries":
            heading = texts.batteries[steps[1]].title
            label = say("Heading") if steps[2] == "title" else say("Instruction")
        else:
            heading = say("Around the questions")
            label = {
                "title": say("Title"),
                "introduction": say("First words"),
                "thanks": say("Last words"),
            }.get(steps[0], say("Open question"))
        part = steps[1] if len(steps) > 1 else ""
        sections.setdefault(heading, []).append(
            WordedText(
                field=FIELD + path,
                label=label,
                published=published,
                own=own.get(path, ""),
                error=errors.get(path, ""),
                is_left_out=part in questions.left_out,
            )
        )
    return tuple(Section(heading, tuple(found)) for heading, found in sections.items())


def _typed(sent: FormMultiDict, base: Instrument, locale: str) -> dict[str, str]:
    """Return the texts that differ from those of the instrument."""
    typed = {}
    for path, published in words_of(base, locale).items():
        text = text_of(sent, FIELD + path).replace("\r\n", "\n").replace("\0", "").strip()[:_LONGEST]
        if text and text != published:
            typed[path] = text
    return typed


def _locale(wanted: str, base: Instrument, setup: SetUp) -> str:
    locales: Sequence[str] = setup.questions.locales or base.definition.locales
    return wanted if wanted in locales else locales[0]


HANDLERS = (show_wording, save_wording)
