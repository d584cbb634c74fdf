"""What of a survey is ready, and what is missing before it should be launched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.rules import get_reach
from servq.errors import BadInput
from servq.events.rules import list_rules
from servq.mail.service import get_plan, list_texts
from servq.responses.low_scores import list_low_scores
from servq.responses.trials import count_trials
from servq.settings import Settings
from servq.surveys.models import StepKind, Survey, SurveyStatus
from servq.surveys.schedule import list_steps
from servq.surveys.setup import get_setup, put_together
from servq.translation import Translator
from servq.web.manage.surveys.basics_form import placeholders_of
from servq.web.manage.surveys.frame import address_of, base_of


@dataclass(frozen=True, slots=True)
class Check:
    """One step: what is decided, and how it stands. tone: good, warn, bad or neutral; `blocks` if nothing starts."""

    key: str
    label: str
    said: str
    path: str
    tone: str
    blocks: bool = False


async def checks_of(
    session: AsyncSession, survey: Survey, say: Translator, *, settings: Settings, now: datetime
) -> tuple[Check, ...]:
    """Return how the steps of a survey stand, in their order."""
    address = address_of(survey)
    is_draft = survey.status is SurveyStatus.DRAFT
    checks = [
        *(await _questions(session, survey, say) if is_draft else ()),
        *(await _asking(session, survey, say, settings)),
        *(await _schedule(session, survey, say, now)),
    ]
    if is_draft:
        n_trials = await count_trials(session, survey.id)
        said = (
            say.counted("{n} trial answer", "{n} trial answers", n_trials)
            if n_trials
            else say("Nobody has tried it out yet.")
        )
        checks.append(Check("trial", say("Trial"), said, f"{address}/trial", "good" if n_trials else "warn"))
    return tuple(checks)


async def _questions(session: AsyncSession, survey: Survey, say: Translator) -> tuple[Check, ...]:
    setup, base = await get_setup(session, survey.id), await base_of(session, survey)
    own, path = setup.questions, f"{address_of(survey)}/setup"
    unfilled = [name for name in placeholders_of(base) if name not in survey.placeholders]
    n_sites = len(survey.sites)
    said = (
        say.counted("{n} site", "{n} sites", n_sites)
        if n_sites
        else say("No sites: results cannot be compared by site.")
    )
    if unfilled:
        said = say("The wording keeps its general word for {names}.", names=", ".join(unfilled))
    basics = Check("basics", say("Basics"), said, f"{path}/basics", "warn" if unfilled or not n_sites else "good")
    try:
        instrument = await put_together(session, survey.id, base)
        n_items = len(instrument.columns)
        said = say.counted("{n} question", "{n} questions", n_items)
        questions = Check("questions", say("Questions"), said, f"{path}/questions", "good")
    except BadInput as invalid:
        said = " ".join(say.say(problem.message) for problem in invalid.problems[:3])
        questions = Check("questions", say("Questions"), said, f"{path}/questions", "bad", blocks=True)
    n_worded = sum(map(len, own.wording.values()))
    said = (
        say.counted("{n} text of your own", "{n} texts of your own", n_worded)
        if n_worded
        else say("As in the instrument")
    )
    return basics, Check("wording", say("Wording"), said, f"{path}/wording", "good"), questions


async def _asking(session: AsyncSession, survey: Survey, say: Translator, settings: Settings) -> tuple[Check, ...]:
    path = f"{address_of(survey)}/setup"
    reach, plan = await get_reach(session, survey.id), await get_plan(session, survey.id)
    n_texts = len(await list_texts(session, survey.id))
    if settings.smtp:
        said = say.counted("{n} reminder", "{n} reminders", len(plan.reminder_days))
        if n_texts:
            said = f"{said} · {say.counted('{n} text of your own', '{n} texts of your own', n_texts)}"
        mail = Check("mail", say("Mail"), said, f"{path}/mail", "good")
    else:
        mail = Check(
            "mail",
            say("Mail"),
            say("No mail server is set: links can be handed over, mails cannot be sent."),
            f"{path}/mail",
            "warn",
        )
    share = say("{share} of the contacts may be asked", share=say.percent(reach.sampling_share))
    n_rules = len(await list_rules(session, survey.id)) + len(await list_low_scores(session, survey.id))
    rules = say.counted("{n} rule", "{n} rules", n_rules) if n_rules else say("None")
    return (
        Check(
            "channels", say("Channels"), say("Links, codes, kiosks, apps and interviewers"), f"{path}/channels", "good"
        ),
        Check("contacts", say("Contacts"), share, f"{path}/contacts", "good"),
        mail,
        Check("rules", say("Rules"), rules, f"{path}/rules", "good" if n_rules else "neutral"),
    )


async def _schedule(session: AsyncSession, survey: Survey, say: Translator, now: datetime) -> tuple[Check, ...]:
    path = f"{address_of(survey)}/setup/schedule"
    steps = await list_steps(session, survey.id)
    failed = [step for step in steps if step.problem]
    n_waves = sum(step.kind is StepKind.WAVE and step.done_at is None for step in steps)
    if failed:
        return (Check("schedule", say("Schedule"), failed[-1].problem, path, "bad"),)
    if survey.closes_at is not None and survey.closes_at <= now and survey.status is SurveyStatus.DRAFT:
        said = say("The day on which it closes is past.")
        return (Check("schedule", say("Schedule"), said, path, "bad", blocks=True),)
    parts = [say("No closing day") if survey.closes_at is None else say("Closing day set")]
    if n_waves:
        parts.append(say.counted("{n} wave planned", "{n} waves planned", n_waves))
    return (
        Check("schedule", say("Schedule"), " · ".join(parts), path, "neutral" if survey.closes_at is None else "good"),
    )
