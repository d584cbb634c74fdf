"""What the pages of one survey share: the survey, where it stands, and the steps of its set-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from litestar.datastructures import FormMultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.drafts.service import find_instrument
from servq.errors import InstrumentUnknown, Problem, RequestInvalid, SurveyLaunched
from servq.instruments.model import Instrument
from servq.messages import Message
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.service import get_survey
from servq.translation import Translator
from servq.web.manage.forms import text_of
from servq.web.manage.surveys.words import STATUSES

ADDRESS = "/manage/surveys"

STEPS: tuple[tuple[str, Message], ...] = (
    ("basics", Message("Basics")),
    ("wording", Message("Wording")),
    ("questions", Message("Questions")),
    ("channels", Message("Channels")),
    ("contacts", Message("Contacts")),
    ("mail", Message("Mail")),
    ("rules", Message("Rules")),
    ("schedule", Message("Schedule")),
    ("trial", Message("Trial")),
    ("launch", Message("Launch")),
)
"""Steps of the set-up in their order."""

FROZEN = frozenset({"basics", "wording", "questions", "launch"})
"""Steps that are over once a survey is launched."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the set-up, as the list beside every step shows it."""

    key: str
    label: str
    path: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of a survey's set-up shows."""

    survey: Survey
    status: str
    tone: str
    steps: tuple[Step, ...]
    current: str

    @property
    def address(self) -> str:
        """Address of the survey."""
        return address_of(self.survey)

    @property
    def number(self) -> int:
        """Which step this is, counted from 1; 0 for none."""
        return next((number for number, step in enumerate(self.steps, 1) if step.is_current), 0)

    @property
    def next_step(self) -> Step | None:
        """The step behind this one."""
        return self.steps[self.number] if 0 < self.number < len(self.steps) else None

    @property
    def previous_step(self) -> Step | None:
        """The step in front of this one."""
        return self.steps[self.number - 2] if self.number > 1 else None


def frame_of(survey: Survey, current: str, say: Translator) -> Frame:
    """Return what a page of a survey shares with the others."""
    label, tone = STATUSES[survey.status]
    is_draft = survey.status is SurveyStatus.DRAFT
    steps = tuple(
        Step(
            key, say.say(words), f"{address_of(survey)}/{'setup/' if key not in _OWN_PATH else ''}{key}", key == current
        )
        for key, words in STEPS
        if is_draft or key not in FROZEN
    )
    return Frame(survey, say.say(label), tone, steps, current)


_OWN_PATH = frozenset({"trial", "launch"})


def address_of(survey: Survey) -> str:
    """Return the address of a survey's overview."""
    return f"{ADDRESS}/{survey.id}"


async def base_of(session: AsyncSession, survey: Survey) -> Instrument:
    """Return the instrument that a survey uses."""
    return await find_instrument(session, survey.instrument_id)


async def instrument_title(session: AsyncSession, survey: Survey) -> str:
    """Return the title of the instrument that a survey uses, its id where the library no longer has it."""
    try:
        return (await base_of(session, survey)).definition.title
    except InstrumentUnknown:
        return survey.instrument_id


async def get_draft(session: AsyncSession, survey_id: int) -> Survey:
    """Return a draft; raises `SurveyUnknown`, or `SurveyLaunched` for what is frozen."""
    survey = await get_survey(session, survey_id)
    if survey.status is not SurveyStatus.DRAFT:
        raise SurveyLaunched(f"Survey {survey_id} is launched; its questions are frozen.")
    return survey


async def note(
    session: AsyncSession,
    viewer: Viewer,
    action: AuditAction,
    survey: Survey,
    *,
    now: datetime,
    **detail: str,
) -> None:
    """Write into the audit log what was done to a survey."""
    await record(session, viewer, action, kind="survey", target=str(survey.id), detail=detail, now=now)


def version_of(form: FormMultiDict) -> int:
    """Return the version that a form was made from; a mistyped one is no version that there is."""
    text = text_of(form, "version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def moment_of(form: FormMultiDict, name: str, viewer: Viewer) -> datetime | None:
    """Return a day and time that somebody wrote in their own time zone, None where there is none.

    Raises `RequestInvalid`.
    """
    text = text_of(form, name).strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(viewer.time_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = Message("“{text}” is no day and time.", text=text[:30])
        raise RequestInvalid(Problem(message, Message("Write it like 2027-03-31 09:00."), column=name)) from None


def written(moment: datetime | None, viewer: Viewer) -> str:
    """Return a moment as a field for day and time holds it, in somebody's own time zone."""
    return "" if moment is None else moment.astimezone(ZoneInfo(viewer.time_zone)).strftime("%Y-%m-%dT%H:%M")


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a field that hold something."""
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())
