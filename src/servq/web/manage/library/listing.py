"""``/manage/instruments``: what may be asked, found by words, field, dimension, length and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from litestar import Response, get
from sqlalchemy.ext.asyncio import AsyncSession

from servq.drafts import service
from servq.instruments.model import Instrument
from servq.translation import Translator
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.library.search import LENGTHS, Held, Search, find
from servq.web.manage.library.words import FIELDS
from servq.web.manage.pages import page, say_in
from servq.web.manage.places import Session, SignedInViewer

DOMAIN = "library"
MOST_CHIPS = 6


@dataclass(frozen=True, slots=True)
class Card:
    """One instrument in the list."""

    id: str
    title: str
    heading: str
    field: str
    source: str
    is_own: bool
    is_open: bool
    version: str
    n_items: int
    minutes: int
    dimensions: tuple[str, ...]
    n_more: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """The list with what it is searched by; `choices` are (value, label) pairs by field of the form."""

    search: Search
    choices: Mapping[str, Sequence[tuple[str, str]]]
    names: tuple[str, ...]
    cards: tuple[Card, ...]
    n_all: int
    fields: Mapping[str, str] = field(default_factory=dict)


@get("/manage/instruments", opt=FOR_RESEARCHERS)
async def show_library(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show the instruments that fit the search."""
    say = say_in(viewer, DOMAIN)
    held = await held_instruments(session)
    search = _search_of(request)
    cards = tuple(_card(one, viewer.locale) for one in find(held, search))
    shown = LibraryPage(
        search=search,
        choices=_choices(say, held),
        names=_dimension_names(held, viewer.locale),
        cards=cards,
        n_all=len(held),
    )
    fragment = "results" if request.headers.get("hx-target") == "found" else None
    return page(request, viewer, "library/list.html.j2", shown, fragment=fragment)


async def held_instruments(session: AsyncSession) -> list[Held]:
    """Return everything that a survey may ask."""
    own = [version.instrument for version in await service.list_own(session)]
    everything = await service.list_instruments(session)
    return [Held(one, is_own=True) for one in own] + [Held(one) for one in everything[len(own) :]]


def language_names(locales: Sequence[str]) -> tuple[str, ...]:
    """Return what languages call themselves."""
    return tuple(language(locale).name for locale in locales)


def source_of(instrument: Instrument) -> str:
    """Return authors and year of the main publication."""
    main = instrument.definition.citation[0]
    return f"{main.authors} ({main.year})"


def _search_of(request: PageRequest) -> Search:
    asked = request.query_params
    return Search(
        words=asked.get("q", "").strip()[:200],
        field=asked.get("field", ""),
        dimension=asked.get("dimension", "").strip()[:100],
        length=asked.get("length", ""),
        language=asked.get("language", ""),
        source=asked.get("source", ""),
    )


def _choices(say: Translator, held: Sequence[Held]) -> dict[str, list[tuple[str, str]]]:
    locales = dict.fromkeys(locale for one in held for locale in one.instrument.definition.locales)
    lengths = {
        "2": say("up to 2 minutes"),
        "5": say("3 to 5 minutes"),
        "10": say("6 to 10 minutes"),
        "more": say("more than 10 minutes"),
    }
    return {
        "field": [("", say("Any field")), *((key, say.say(name)) for key, name in FIELDS.items())],
        "length": [("", say("Any length")), *((key, lengths[key]) for key in LENGTHS)],
        "language": [("", say("Any language")), *((locale, language(locale).name) for locale in locales)],
        "source": [("", say("All")), ("own", say("Ours")), ("shipped", say("Shipped with servq"))],
    }


def _dimension_names(held: Sequence[Held], locale: str) -> tuple[str, ...]:
    texts = (one.instrument.texts_in(locale) for one in held)
    return tuple(sorted({words.name for one in texts for words in one.dimensions.values()}))


def _card(held: Held, locale: str) -> Card:
    instrument = held.instrument
    definition, texts = instrument.definition, instrument.texts_in(locale)
    names = [texts.dimensions[dimension.id].name for dimension in definition.dimensions]
    return Card(
        id=definition.id,
        title=definition.title,
        heading=texts.fill(texts.title),
        field=definition.field,
        source=source_of(instrument),
        is_own=held.is_own,
        is_open=definition.status != "verified",
        version=definition.version,
        n_items=held.n_questions,
        minutes=held.minutes,
        dimensions=tuple(names[:MOST_CHIPS]),
        n_more=max(0, len(names) - MOST_CHIPS),
        languages=language_names(definition.locales),
    )


HANDLERS = (show_library,)
