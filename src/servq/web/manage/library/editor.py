"""``/manage/drafts/<id>/edit/…``: a draft is written here, saved as it is typed, by several people at once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.drafts import editing, parts
from servq.drafts.checking import FoundProblem, problems_of
from servq.drafts.content import SEPARATOR, Content, ids_in
from servq.drafts.editing import OpenDraft, Saved
from servq.drafts.reading import read_values
from servq.errors import Problem, RequestInvalid
from servq.instruments.basis import LOCALE_PATTERN
from servq.translation import Translator
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.library.fields import Fields, FieldView, PartView, SectionView, element_id
from servq.web.manage.library.listing import DOMAIN
from servq.web.manage.library.sections import SECTIONS, build_section, section_of
from servq.web.manage.library.words import BATTERY_KINDS, SCORE_KINDS
from servq.web.manage.pages import HEADERS, page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

ABREAST = 2
"""Languages shown beside each other until somebody chooses others."""

_SHEET = re.compile(r"[A-Za-z0-9_-]{8,40}")
_LONGEST_DO = 200


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the editor and how much is to be mended on it."""

    key: str
    label: str
    path: str
    n_problems: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class EditorPage:
    """One page of the editor; `offered` are languages that may be shown, `addable` those that may be added."""

    draft_id: int
    title: str
    instrument_id: str
    section: str
    tabs: tuple[Tab, ...]
    view: SectionView
    sheet: str
    opened: int
    shown: tuple[str, ...]
    shown_names: tuple[str, ...]
    offered: tuple[tuple[str, str], ...]
    n_problems: int
    pointed_out: str
    undo: str
    saved_at: datetime
    n_undecided: int


@dataclass(frozen=True, slots=True)
class SavedNote:
    """What autosaving answers: the fields whose problems changed, and how things stand."""

    draft_id: int
    fields: tuple[FieldView, ...]
    tabs: tuple[Tab, ...]
    n_problems: int
    pointed_out: str
    saved_at: datetime
    n_clashes: int


@get("/manage/drafts/{draft_id:int}/edit/{section:str}", opt=FOR_RESEARCHERS)
async def show_section(
    request: PageRequest, viewer: SignedInViewer, session: Session, draft_id: RecordId, section: FromPath[str]
) -> Response[bytes]:
    """Show one page of the editor."""
    if section not in SECTIONS:
        raise NotFoundException
    opened = await editing.get_draft(session, draft_id)
    locales = _shown(opened.content, request.query_params.get("languages", ""))
    problems = problems_of(opened.content, adapts=opened.adapts)
    fields = Fields(say_in(viewer, DOMAIN), opened.content, problems, locales)
    view = build_section(fields, section)
    view = replace(view, problems=_unplaced(fields, problems, section))
    undecided = await editing.list_undecided(session, viewer, draft_id)
    shown = EditorPage(
        draft_id=draft_id,
        title=opened.draft.title,
        instrument_id=opened.draft.instrument_id,
        section=section,
        tabs=tabs_of(say_in(viewer, DOMAIN), draft_id, problems, section, _query(locales)),
        view=view,
        sheet=secrets.token_urlsafe(9),
        opened=opened.draft.number,
        shown=locales,
        shown_names=tuple(language(one).name for one in locales),
        offered=tuple((one, language(one).name) for one in opened.content["definition"].get("locales", [])),
        n_problems=len(problems),
        pointed_out=_pointed_out(all_fields(view)),
        undo=_digits(request.query_params.get("undo", "")),
        saved_at=opened.draft.changed_at,
        n_undecided=len(undecided),
    )
    return page(request, viewer, "library/editor.html.j2", shown)


@post("/manage/drafts/{draft_id:int}/edit/{section:str}", opt=FOR_RESEARCHERS)
async def save_section(
    request: PageRequest,
    viewer: SignedInViewer,
    session: Session,
    now: Now,
    draft_id: RecordId,
    section: FromPath[str],
) -> Response[bytes]:
    """Save what a page sent; then add, move or remove what its button says."""
    if section not in SECTIONS:
        raise NotFoundException
    form = await request.form()
    do, say = _last(form, "do")[:_LONGEST_DO], say_in(viewer, DOMAIN)
    number, sheet = _stamp(form)
    posted = values_in(form)
    saved = await editing.save_values(
        session, viewer, draft_id, lambda content: read_values(content, posted), opened=number, sheet=sheet, now=now
    )
    if do == "keep":
        return Response(b"", status_code=HTTPStatus.NO_CONTENT, headers=dict(HEADERS))
    locales = _last(form, "languages")
    if request.headers.get("hx-request") == "true":
        return await _note(request, viewer, session, draft_id, section, form, saved)
    where = f"/manage/drafts/{draft_id}/edit/{section}?languages={locales}"
    if saved.clashes:
        return redirect(request, f"/manage/drafts/{draft_id}/conflicts")
    if do == "language+:":
        do += _last(form, "new_language").strip()
    if do.startswith("stay:"):
        return redirect(request, f"{where}#{element_id(do.removeprefix('stay:'))}")
    if not do or do == "save":
        return redirect(request, where, notice=say("Saved."))
    return await _act(request, viewer, session, draft_id, do, where, number=number, sheet=sheet, now=now)


@post("/manage/drafts/{draft_id:int}/undo", opt=FOR_RESEARCHERS)
async def take_back(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, draft_id: RecordId
) -> Response[bytes]:
    """Take back what was removed last."""
    form, say = await request.form(), say_in(viewer, DOMAIN)
    section = _last(form, "section") if _last(form, "section") in SECTIONS else "items"
    number = int(_digits(_last(form, "number")) or 0)
    done = await editing.undo(session, viewer, draft_id, number, sheet=secrets.token_urlsafe(9), now=now)
    where = f"/manage/drafts/{draft_id}/edit/{section}?languages={_last(form, 'languages')}"
    if done:
        return redirect(request, where, notice=say("Taken back."))
    return redirect(request, where, notice=say("That cannot be taken back: it was changed since."), kind="bad")


def tabs_of(
    say: Translator, draft_id: int, problems: Sequence[FoundProblem], current: str, query: str = ""
) -> tuple[Tab, ...]:
    """Return the pages of the editor with how much is to be mended on each."""
    counts = dict.fromkeys(SECTIONS, 0)
    for problem in problems:
        counts[section_of(problem.path)] += 1
    return tuple(
        Tab(key, say.say(label), f"/manage/drafts/{draft_id}/edit/{key}{query}", counts[key], key == current)
        for key, label in SECTIONS.items()
    )


def all_fields(view: SectionView) -> list[FieldView]:
    """Return every field of a page."""
    found: list[FieldView] = []

    def gather(part: PartView) -> None:
        found.extend(part.fields)
        found.extend(cell for row in part.rows for cell in row.cells)
        found.extend(one.of for one in part.conditions)
        for child in part.children:
            gather(child)

    for part in view.parts:
        gather(part)
    return found


def values_in(form: FormMultiDict) -> dict[str, list[str]]:
    """Return the values of a draft that a form carries, by their names."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if SEPARATOR in name and isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


async def _note(
    request: PageRequest,
    viewer: Viewer,
    session: AsyncSession,
    draft_id: int,
    section: str,
    form: FormMultiDict,
    saved: Saved,
) -> Response[bytes]:
    """Answer autosaving with what is wrong now, at each field where that changed."""
    session.expire_all()
    opened = await editing.get_draft(session, draft_id)
    locales = _shown(opened.content, _last(form, "languages"))
    problems = problems_of(opened.content, adapts=opened.adapts)
    say = say_in(viewer, DOMAIN)
    view = build_section(Fields(say, opened.content, problems, locales), section)
    before = set(_last(form, "pointed_out").split())
    shown = SavedNote(
        draft_id=draft_id,
        fields=tuple(one for one in all_fields(view) if one.problems or one.id in before),
        tabs=tabs_of(say, draft_id, problems, section, _query(locales)),
        n_problems=len(problems),
        pointed_out=_pointed_out(all_fields(view)),
        saved_at=opened.draft.changed_at,
        n_clashes=len(saved.clashes),
    )
    return page(request, viewer, "library/saved.html.j2", shown)


async def _act(
    request: PageRequest,
    viewer: Viewer,
    session: AsyncSession,
    draft_id: int,
    do: str,
    where: str,
    *,
    number: int,
    sheet: str,
    now: datetime,
) -> Response[bytes]:
    say = say_in(viewer, DOMAIN)
    verb, _, rest = do.partition(":")
    if verb == "remove":
        removed = await editing.remove(session, viewer, draft_id, rest, opened=number, sheet=sheet, now=now)
        if removed is None:
            text = say("Somebody else has just changed this. Look at it, and remove it again if you still want to.")
            return redirect(request, f"{where}#{element_id(rest)}", notice=text, kind="info")
        return redirect(request, f"{where}&undo={removed.number}")
    act = _action(verb, rest, now)
    before = await editing.get_draft(session, draft_id)
    done = await editing.change_parts(session, viewer, draft_id, act, sheet=sheet, now=now)
    after = await editing.get_draft(session, draft_id)
    if verb in {"option-", "language-"} and done.n_changed:
        return redirect(request, f"{where}&undo={done.number}")
    target = rest.rpartition(":")[0] or rest if verb in {"move", "move-option"} else _added(before, after)
    return redirect(request, f"{where}#{element_id(target)}")


def _action(verb: str, rest: str, now: datetime) -> Callable[[Content], Content]:
    """Return what a button does; raises `RequestInvalid` for one that no page has."""
    kind, _, more = rest.partition(":")
    adds: Mapping[str, Callable[[Content], Content]] = {
        "dimensions": parts.add_dimension,
        "items": lambda content: parts.add_item(content, more or None),
        "scales": parts.add_scale,
        "batteries": lambda content: parts.add_battery(content, more),
        "questions": lambda content: parts.add_choice_item(content, more),
        "comments": parts.add_comment,
        "scores": lambda content: parts.add_score(content, more),
        "breakdowns": parts.add_breakdown,
        "citation": lambda content: parts.add_citation(content, now.year),
    }
    allowed = {"batteries": BATTERY_KINDS, "scores": SCORE_KINDS}.get(kind)
    if verb == "add" and kind in adds and (allowed is None or more in allowed):
        return adds[kind]
    others: Mapping[str, Callable[[Content], Content]] = {
        "move": lambda content: parts.move_part(content, kind, -1 if more == "up" else 1),
        "option+": lambda content: parts.add_option(content, kind),
        "option-": lambda content: parts.remove_option(content, kind, more),
        "apart": lambda content: parts.word_batteries_apart(content, kind),
        "alike": lambda content: parts.word_batteries_alike(content, kind),
        "language+": lambda content: parts.add_language(content, kind),
        "language-": lambda content: parts.remove_language(content, kind),
    }
    if verb in others and not (verb == "language+" and not re.match(LOCALE_PATTERN, kind)):
        return others[verb]
    raise RequestInvalid(Problem("No button of the page does this.", "Load the page again.", column="do"))


def _added(before: OpenDraft, after: OpenDraft) -> str:
    """Return the path of the part that was added last."""
    old, new = (_paths(one.content) for one in (before, after))
    return next((path for path in new if path not in old), "content")


def _paths(content: Content) -> list[str]:
    definition = content["definition"]
    found = []
    for part in ("dimensions", "items", "scales", "batteries", "comments", "scores", "breakdowns"):
        for key in ids_in(definition, part):
            if part == "batteries":
                items = ids_in(definition[part][key], "items")
                found += [f"definition/{part}/{key}/items/{item}" for item in items]
            found.append(f"definition/{part}/{key}")
    return found + [f"definition/citation/{place}" for place in range(len(definition.get("citation", [])))]


def _unplaced(fields: Fields, problems: Sequence[FoundProblem], section: str) -> tuple[str, ...]:
    """Return what is wrong with values of a page that have no field on it, such as texts of languages not shown."""
    paths = [problem.path for problem in problems if section_of(problem.path) == section]
    return fields.left_over(list(dict.fromkeys(paths)))


def _shown(content: Content, asked: str) -> tuple[str, ...]:
    locales = [one for one in content["definition"].get("locales", []) if one in content["texts"]]
    chosen = tuple(one for one in locales if one in asked.split(","))
    return chosen or tuple(locales[:ABREAST])


def _query(locales: Sequence[str]) -> str:
    return f"?languages={','.join(locales)}"


def _pointed_out(fields: Sequence[FieldView]) -> str:
    return " ".join(one.id for one in fields if one.problems)


def _stamp(form: FormMultiDict) -> tuple[int, str]:
    """Return the revision number and the token of the page that was sent."""
    number, sheet = _digits(_last(form, "opened")), _last(form, "sheet")
    if not number or not _SHEET.fullmatch(sheet):
        raise RequestInvalid(Problem("The page does not say which state it shows.", "Load it again.", column="opened"))
    return int(number), sheet


def _digits(text: str) -> str:
    return text if re.fullmatch(r"[0-9]{1,9}", text) else ""


def _last(form: FormMultiDict, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


HANDLERS = (show_section, save_section, take_back)
