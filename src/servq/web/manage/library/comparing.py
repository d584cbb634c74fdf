"""Where two texts meet: what clashes between two people who write at once, and what changed between two versions."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from http import HTTPStatus

from litestar import Response, get, post

from servq.drafts import editing, service
from servq.drafts.checking import problems_of
from servq.drafts.content import to_instrument
from servq.drafts.editing import Undecided
from servq.drafts.reading import read_values
from servq.drafts.versions import is_comparable
from servq.instruments.differences import Difference, differences, unchanged_items
from servq.instruments.model import Instrument
from servq.translation import Translator
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.library.editor import values_in
from servq.web.manage.library.fields import element_id
from servq.web.manage.library.listing import DOMAIN
from servq.web.manage.library.places import place_said, steps_of, value_said
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

DRAFT = "draft"
"""Names the draft as it is now, where versions are compared."""

_ALIKE = 0.6
"""Texts with less in common are shown one after the other: marks on single words would hide both."""

_EXPECTED = frozenset({"version", "adaptation"})
"""Differ between any two versions, as they should."""


@dataclass(frozen=True, slots=True)
class ClashView:
    """A value that two people changed; a text may be changed once more before it is kept."""

    path: str
    id: str
    place: str
    base: str
    mine: str
    theirs: str
    other: str
    is_gone: bool
    is_text: bool
    lang: str
    dir: str


@dataclass(frozen=True, slots=True)
class ConflictsPage:
    """What waits for a decision; `undecided` are those for which nothing was chosen when the form was sent."""

    draft_id: int
    title: str
    clashes: tuple[ClashView, ...]
    undecided: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a text: kept, taken away or added."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One value that differs, its words marked if it is a text in both."""

    place: str
    kind: str
    before: str
    after: str
    pieces: tuple[Piece, ...]
    dir: str


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """What differs between two versions, structure before texts."""

    draft_id: int
    title: str
    choices: tuple[tuple[str, str], ...]
    before: str
    after: str
    comparable: str
    n_unchanged: int
    groups: tuple[tuple[str, tuple[DifferenceRow, ...]], ...]
    versions: tuple[tuple[str, datetime, str, str], ...]
    has_problems: bool


@get("/manage/drafts/{draft_id:int}/conflicts", opt=FOR_RESEARCHERS)
async def show_conflicts(
    request: PageRequest, viewer: SignedInViewer, session: Session, draft_id: RecordId
) -> Response[bytes]:
    """Show what of a person clashes with what others wrote, value by value."""
    opened = await editing.get_draft(session, draft_id)
    say = say_in(viewer, DOMAIN)
    undecided = await editing.list_undecided(session, viewer, draft_id)
    shown = ConflictsPage(draft_id, opened.draft.title, tuple(_clash(say, one) for one in undecided))
    return page(request, viewer, "library/conflicts.html.j2", shown)


@post("/manage/drafts/{draft_id:int}/conflicts", opt=FOR_RESEARCHERS)
async def settle_conflicts(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, draft_id: RecordId
) -> Response[bytes]:
    """Keep what was chosen of each pair."""
    form, say = await request.form(), say_in(viewer, DOMAIN)
    opened = await editing.get_draft(session, draft_id)
    undecided = await editing.list_undecided(session, viewer, draft_id)
    typed = read_values(opened.content, values_in(form))
    mine, theirs, open_ = {}, [], []
    for one in undecided:
        path, choice = one.clash.path, form.get(f"choice.{one.clash.path}")
        if choice == "mine":
            mine[path] = typed.get(path, one.clash.mine)
        elif choice == "theirs":
            theirs.append(path)
        else:
            open_.append(path)
    await editing.settle(session, viewer, draft_id, mine=mine, theirs=theirs, sheet=secrets.token_urlsafe(9), now=now)
    if open_:
        left = tuple(_clash(say, one) for one in undecided if one.clash.path in open_)
        shown = ConflictsPage(draft_id, opened.draft.title, left, frozenset(open_))
        return page(request, viewer, "library/conflicts.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, f"/manage/drafts/{draft_id}", notice=say("Decided. Nothing is left to compare."))


@get("/manage/drafts/{draft_id:int}/versions", opt=FOR_RESEARCHERS)
async def show_versions(
    request: PageRequest, viewer: SignedInViewer, session: Session, draft_id: RecordId
) -> Response[bytes]:
    """Show what changed between two versions, or between the last one and the draft."""
    opened = await editing.get_draft(session, draft_id)
    say = say_in(viewer, DOMAIN)
    versions = await service.list_versions(session, opened.draft.instrument_id)
    known: dict[str, Instrument] = {one.published.version: one.instrument for one in versions}
    choices = [(version, version) for version in known]
    has_problems = bool(problems_of(opened.content, adapts=opened.adapts))
    if not has_problems:
        known[DRAFT] = to_instrument(opened.content)
        choices.insert(0, (DRAFT, say("The draft as it is now")))
    origin = opened.origin
    if origin is not None:
        name = f"{origin.id} {origin.definition.version}"
        known[name] = origin
        choices.append((name, say("Copied from {name}", name=name)))
    names = [key for key, _ in choices]
    after = _chosen(request, "to", names, 0)
    before = _chosen(request, "from", names, 1)
    found: list[Difference] = []
    comparable, n_unchanged = "", 0
    if len(names) > 1:
        found = [
            one for one in differences(known[before], known[after]) if one.path[0] not in {"version", "adaptation"}
        ]
        n_unchanged = len(unchanged_items(known[before], known[after]))
        comparable = _comparability(say, known[before], known[after], n_unchanged)
    structure = tuple(_row(say, one) for one in found if one.changes_scores)
    texts = tuple(_row(say, one) for one in found if not one.changes_scores)
    shown = VersionsPage(
        draft_id=draft_id,
        title=opened.draft.title,
        choices=tuple(choices),
        before=before,
        after=after,
        comparable=comparable,
        n_unchanged=n_unchanged,
        groups=((say("Structure and scoring"), structure), (say("Texts and notes"), texts)),
        versions=tuple(
            (one.published.version, one.published.published_at, one.published.note, one.published.revision)
            for one in versions
        ),
        has_problems=has_problems,
    )
    return page(request, viewer, "library/versions.html.j2", shown)


def marked(before: str, after: str) -> tuple[Piece, ...]:
    """Return the words of two texts as one, those that differ marked."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return (Piece(before, "gone"), Piece(after, "new"))
    pieces: list[Piece] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("".join(old[a:b]), "same"))
            continue
        pieces += [
            Piece(text, name) for text, name in (("".join(old[a:b]), "gone"), ("".join(new[c:d]), "new")) if text
        ]
    return tuple(pieces)


def _clash(say: Translator, one: Undecided) -> ClashView:
    path = one.clash.path
    steps = tuple(path.split("/"))
    spoken = language(steps[1]) if steps[0] == "texts" else None
    return ClashView(
        path=path,
        id=element_id(path),
        place=place_said(say, steps_of(path)),
        base=value_said(say, one.clash.base),
        mine=value_said(say, one.clash.mine),
        theirs=value_said(say, one.clash.theirs),
        other=one.other,
        is_gone=one.is_gone,
        is_text=steps[0] == "texts" and isinstance(one.clash.mine, str),
        lang=spoken.code if spoken else "",
        dir=spoken.direction if spoken else "",
    )


def _row(say: Translator, one: Difference) -> DifferenceRow:
    steps, direction = one.path, ""
    if steps[0].startswith("text."):
        locale = steps[0].removeprefix("text.")
        steps, direction = ("texts", locale, *steps[1:]), language(locale).direction
    before, after = value_said(say, one.before), value_said(say, one.after)
    both = one.before is not None and one.after is not None
    is_text = both and isinstance(one.before, str) and isinstance(one.after, str)
    return DifferenceRow(
        place=place_said(say, steps),
        kind="changed" if both else "gone" if one.after is None else "new",
        before=before,
        after=after,
        pieces=marked(before, after) if is_text else (),
        dir=direction,
    )


def _comparability(say: Translator, before: Instrument, after: Instrument, n_unchanged: int) -> str:
    if is_comparable(before, after):
        return say("Scores stay comparable: every item is asked and scored as before.")
    if not n_unchanged:
        return say("Scores are not comparable: no item is asked and scored as before.")
    return say(
        "Scores as a whole are not comparable; {n} rated items are asked and scored as before, and only those are "
        "trended together.",
        n=n_unchanged,
    )


def _chosen(request: PageRequest, name: str, names: list[str], place: int) -> str:
    asked = request.query_params.get(name, "")
    return asked if asked in names else names[min(place, len(names) - 1)] if names else ""


HANDLERS = (show_conflicts, settle_conflicts, show_versions)
