"""``…/setup/questions``: what is left out, and the choices and open questions that are added."""

from __future__ import annotations

import secrets
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
from servq.instruments.model import ChoiceBattery, Instrument, PointsBattery
from servq.responses import setting_up
from servq.surveys.own_questions import OwnChoice, OwnComment, OwnOption, OwnQuestions
from servq.surveys.setup import SetUp, get_setup
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of, texts_of
from servq.web.manage.library.listing import language_names
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.conflicts import Clash, clash_of
from servq.web.manage.surveys.frame import ADDRESS, Frame, base_of, frame_of, get_draft, lines_of, note, version_of
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/questions.html.j2"
SPARE = 1
"""Empty places for one more choice and one more open question."""


@dataclass(frozen=True, slots=True)
class AskedPart:
    """One part of the instrument with whether it is asked."""

    id: str
    label: str
    about: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """A battery with its items; `battery` is None for the open questions."""

    battery: AskedPart | None
    heading: str
    parts: tuple[AskedPart, ...]


@dataclass(frozen=True, slots=True)
class ChoiceForm:
    """One added choice: question and answers by language, the answers one on each line."""

    id: str
    wording: Mapping[str, str]
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CommentForm:
    """One added open question by language."""

    id: str
    wording: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QuestionsPage:
    """The form."""

    frame: Frame
    version: int
    languages: Sequence[tuple[str, str]]
    kept_languages: tuple[str, ...]
    first: str
    groups: tuple[AskedGroup, ...]
    choices: tuple[ChoiceForm, ...]
    comments: tuple[CommentForm, ...]
    errors: Mapping[str, str] = field(default_factory=dict)
    clash: Clash | None = None


@get(f"{ADDRESS}/{{survey_id:int}}/setup/questions", opt=FOR_RESEARCHERS)
async def show_questions(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show the form."""
    shown = await _questions(session, viewer, survey_id, await get_setup(session, survey_id))
    return page(request, viewer, TEMPLATE, shown)


@post(f"{ADDRESS}/{{survey_id:int}}/setup/questions", opt=FOR_RESEARCHERS)
async def save_questions(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Keep the form."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await get_draft(session, survey_id)
    base, setup = await base_of(session, survey), await get_setup(session, survey_id)
    own = _read(sent, base, setup.questions)
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
        clash = clash_of(setup, _labels(say), _plain(setup.questions), _plain(own))
    else:
        await note(session, viewer, AuditAction.CHANGED, survey, now=now, part="questions")
        following = frame_of(survey, "questions", say).next_step
        where = following.path if following is not None and sent.get("then") == "next" else request.scope["path"]
        return redirect(request, where, notice=say("Saved."))
    kept = SetUp(version=setup.version, questions=own, changed_at=setup.changed_at, changed_by=setup.changed_by)
    shown = await _questions(session, viewer, survey_id, kept, errors=errors, clash=clash)
    return page(request, viewer, TEMPLATE, shown, status=status)


async def _questions(
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    setup: SetUp,
    *,
    errors: Mapping[str, str] | None = None,
    clash: Clash | None = None,
) -> QuestionsPage:
    survey, say = await get_draft(session, survey_id), say_in(viewer, DOMAIN)
    base, own = await base_of(session, survey), setup.questions
    locales = base.definition.locales
    return QuestionsPage(
        frame=frame_of(survey, "questions", say),
        version=setup.version,
        languages=tuple(zip(locales, language_names(locales), strict=True)),
        kept_languages=own.locales or locales,
        first=survey.locale,
        groups=_groups(say, base, own, survey.locale),
        choices=(
            *(
                ChoiceForm(
                    choice.id,
                    choice.wording,
                    {
                        locale: "\n".join(option.label.get(locale, "") for option in choice.options).strip("\n")
                        for locale in locales
                    },
                )
                for choice in own.choices
            ),
            *(ChoiceForm("", {}, {}) for _ in range(SPARE)),
        ),
        comments=(
            *(CommentForm(comment.id, comment.wording) for comment in own.comments),
            *(CommentForm("", {}) for _ in range(SPARE)),
        ),
        errors=errors or {},
        clash=clash,
    )


def _groups(say: Translator, base: Instrument, own: OwnQuestions, locale: str) -> tuple[AskedGroup, ...]:
    """Return the batteries of rated items with those, then what can only be left out whole."""
    texts, groups = base.texts_in(locale), []
    listed: set[str] = set()
    for battery_id, battery in base.definition.batteries.items():
        whole = AskedPart(
            battery_id,
            texts.batteries[battery_id].title,
            texts.batteries[battery_id].instruction,
            battery_id not in own.left_out,
        )
        items = () if isinstance(battery, PointsBattery | ChoiceBattery) else base.asked_in(battery_id)
        parts = tuple(
            AskedPart(
                item,
                say("Item {number}", number=base.item(item).number),
                texts.fill(texts.items[item].get(battery_id) or texts.items[item]["*"]),
                item not in own.left_out,
            )
            for item in items
            if item not in listed
        )
        listed.update(items)
        groups.append(AskedGroup(whole if len(base.definition.batteries) > 1 else None, whole.label, parts))
    comments = tuple(
        AskedPart(comment.id, "", texts.fill(texts.comments[comment.id]), comment.id not in own.left_out)
        for comment in base.definition.comments
    )
    if comments:
        groups.append(AskedGroup(None, say("Open questions"), comments))
    return tuple(groups)


def _read(sent: FormMultiDict, base: Instrument, before: OwnQuestions) -> OwnQuestions:
    offered, asked = texts_of(sent, "offered"), set(texts_of(sent, "asked"))
    locales = base.definition.locales
    kept = tuple(locale for locale in locales if locale in texts_of(sent, "locales"))
    choices, comments = [], []
    for number, choice_id in enumerate(texts_of(sent, "choice")):
        wording = _by_language(sent, f"choice-{number}", locales)
        options = {locale: lines_of(text_of(sent, f"options-{number}-{locale}")) for locale in locales}
        if not text_of(sent, f"drop-choice-{number}") and (wording or any(options.values())):
            choices.append(_choice(choice_id, wording, options, before))
    for number, comment_id in enumerate(texts_of(sent, "comment")):
        wording = _by_language(sent, f"comment-{number}", locales)
        if wording and not text_of(sent, f"drop-comment-{number}"):
            comments.append(OwnComment(id=_known_or_new(comment_id, "own_comment"), wording=wording))
    return replace(
        before,
        locales=() if len(kept) in {0, len(locales)} else kept,
        left_out=tuple(dict.fromkeys(part for part in offered if part not in asked)),
        choices=tuple(choices),
        comments=tuple(comments),
    )


def _by_language(sent: FormMultiDict, name: str, locales: Sequence[str]) -> dict[str, str]:
    texts = {locale: " ".join(text_of(sent, f"{name}-{locale}").split()) for locale in locales}
    return {locale: text for locale, text in texts.items() if text}


def _choice(
    choice_id: str, wording: dict[str, str], options: Mapping[str, Sequence[str]], before: OwnQuestions
) -> OwnChoice:
    """Return a choice; an answer keeps its id by its place, so that a translation added later goes to the same."""
    known = next((choice.options for choice in before.choices if choice.id == choice_id), ())
    n_options = max(map(len, options.values()), default=0)
    return OwnChoice(
        id=_known_or_new(choice_id, "own_choice"),
        wording=wording,
        options=tuple(
            OwnOption(
                id=known[place].id if place < len(known) else f"option_{place + 1}",
                label={locale: lines[place] for locale, lines in options.items() if place < len(lines)},
            )
            for place in range(n_options)
        ),
    )


def _known_or_new(part_id: str, kind: str) -> str:
    return (
        part_id
        if part_id.startswith(f"{kind}_") and part_id.isascii() and part_id.replace("_", "").isalnum()
        else f"{kind}_{secrets.token_hex(3)}"
    )


def _labels(say: Translator) -> dict[str, str]:
    return {
        "locales": say("Languages"),
        "left_out": say("Left out"),
        "choices": say("Questions with answers to choose from"),
        "comments": say("Open questions"),
    }


def _plain(own: OwnQuestions) -> dict[str, str]:
    said = {
        "locales": own.locales,
        "left_out": own.left_out,
        "choices": tuple(" / ".join(choice.wording.values()) for choice in own.choices),
        "comments": tuple(" / ".join(comment.wording.values()) for comment in own.comments),
    }
    return {name: " · ".join(texts) for name, texts in said.items()}


HANDLERS = (show_questions, save_questions)
