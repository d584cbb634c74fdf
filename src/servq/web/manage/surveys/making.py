"""``/manage/surveys/new``: which instrument, then what it is called and who is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.sites import TreeSite, list_tree
from servq.drafts.service import find_instrument
from servq.errors import AlreadyExists, BadInput, InstrumentUnknown
from servq.instruments.model import Instrument
from servq.surveys.queries import Sought, find_sought
from servq.surveys.service import create_survey
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.library.listing import held_instruments, language_names, source_of
from servq.web.manage.library.search import Held, Search, find
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, Session, SignedInViewer
from servq.web.manage.surveys.basics_form import BasicsForm, blank_form, new_survey_of, read_basics
from servq.web.manage.surveys.frame import ADDRESS, note
from servq.web.manage.surveys.words import DOMAIN

_MOST_CARDS = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """One instrument that may be chosen."""

    id: str
    title: str
    about: str
    source: str
    n_items: int
    minutes: int
    languages: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """Instruments to choose from."""

    words: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class NewPage:
    """The form of a new survey."""

    instrument: Instrument
    chosen: Offer
    form: BasicsForm
    tree: Sequence[TreeSite]
    languages: Sequence[tuple[str, str]]
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/new", opt=FOR_RESEARCHERS)
async def show_new(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Offer the instruments, or the form once one is chosen."""
    chosen = request.query_params.get("instrument", "")
    if chosen:
        try:
            instrument = await find_instrument(session, chosen[:60])
        except InstrumentUnknown:
            return redirect(request, f"{ADDRESS}/new")
        newest = await find_sought(session, Sought(), offset=0, most=1)
        form = blank_form(instrument, organisation=newest[0].organisation if newest else "")
        return page(request, viewer, "surveys/new.html.j2", await _new(session, instrument, form, viewer.locale))
    words = request.query_params.get("q", "").strip()[:200]
    found = find(await held_instruments(session), Search(words=words))
    shown = ChoosePage(words, tuple(_offer(one, viewer.locale) for one in found[:_MOST_CARDS]))
    fragment = "found" if request.headers.get("hx-target") == "found" else None
    return page(request, viewer, "surveys/choose.html.j2", shown, fragment=fragment)


@post(f"{ADDRESS}/new", opt=FOR_RESEARCHERS)
async def make(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Make a draft and lead on to its set-up."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    instrument = await find_instrument(session, text_of(sent, "instrument")[:60])
    form = read_basics(sent, instrument)
    errors: Mapping[str, str]
    try:
        survey = await create_survey(session, new_survey_of(form, instrument), instrument, now=now)
    except BadInput as invalid:
        errors = errors_of(invalid, say)
    except AlreadyExists:
        errors = {"slug": say("Another survey has this address. Choose another one.")}
    else:
        await note(session, viewer, AuditAction.CREATED, survey, now=now, title=survey.title)
        return redirect(request, f"{ADDRESS}/{survey.id}/setup", notice=say("The survey is kept as a draft."))
    shown = await _new(session, instrument, form, viewer.locale, errors)
    return page(request, viewer, "surveys/new.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)


async def _new(
    session: AsyncSession,
    instrument: Instrument,
    form: BasicsForm,
    locale: str,
    errors: Mapping[str, str] | None = None,
) -> NewPage:
    locales = instrument.definition.locales
    return NewPage(
        instrument=instrument,
        chosen=_offer(Held(instrument), locale),
        form=form,
        tree=await list_tree(session),
        languages=tuple(zip(locales, language_names(locales), strict=True)),
        errors=errors or {},
    )


def _offer(held: Held, locale: str) -> Offer:
    instrument = held.instrument
    return Offer(
        id=instrument.id,
        title=instrument.definition.title,
        about=instrument.texts_in(locale).title,
        source=source_of(instrument),
        n_items=held.n_questions,
        minutes=held.minutes,
        languages=", ".join(instrument.definition.locales),
        is_own=held.is_own,
    )


HANDLERS = (show_new, make)
