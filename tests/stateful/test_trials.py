"""Trial answers: possible before the launch, marked for good, and never part of anything that counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.errors import ChangedMeanwhile, LinkExpired, RequestInvalid, SignatureInvalid, SurveyLaunched
from servq.fieldwork.service import get_fieldwork
from servq.instruments import load_instrument
from servq.invitations.tokens import new_token
from servq.responses import setting_up
from servq.responses.counting import count_responses
from servq.responses.extraction import extract_answers
from servq.responses.links import TrialLink
from servq.responses.sittings import Sittings
from servq.responses.trials import count_trials, delete_trial, list_trials, make_trial_link, read_trial
from servq.security_tokens import SecurityTokens
from servq.surveys.models import StepKind, SurveyStatus
from servq.surveys.own_questions import OwnChoice, OwnComment, OwnOption, OwnQuestions
from servq.surveys.schedule import list_steps, plan_launch, plan_wave
from servq.surveys.service import NewSurvey, get_survey, list_waves, open_wave
from servq.surveys.setup import get_setup
from servq.worker.survey_steps import do_step
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio
Sessions = async_sessionmaker[AsyncSession]

RATINGS = {f"rater_{name}": "6" for name in ("reliability", "assurance", "tangibles", "empathy", "responsiveness")}
BASE = load_instrument("rater")
OWN = OwnQuestions(
    wording={"en": {"items/rel_1/rating": "They kept their word."}},
    choices=(
        OwnChoice(
            id="visits",
            wording={"en": "How often do you come?"},
            options=(OwnOption(id="first", label={"en": "First time"}), OwnOption(id="often", label={"en": "Often"})),
        ),
    ),
    comments=(OwnComment(id="wish", wording={"en": "What do you wish for?"}),),
)


async def answer(sittings: Sittings, link: TrialLink, *pages: dict[str, str]) -> bool:
    for number, form in enumerate(pages):
        saved = await sittings.save(
            link, number, form, locale="en", submit=number == len(pages) - 1, now=NOW + timedelta(minutes=1)
        )
    return saved.submitted


async def test_a_draft_is_tried_out_and_its_answers_count_nowhere(sessions: Sessions, engine: AsyncEngine) -> None:
    survey = await make_survey(sessions, instrument=BASE, launched=False)
    async with sessions.begin() as session:
        await setting_up.prepare_trial(session, survey.id, BASE, by="", now=NOW)
    async with Sittings.running(engine) as sittings:
        link = TrialLink(survey.id, new_token())
        assert (await sittings.find(link, now=NOW)).survey.title == "Guests"
        assert await answer(sittings, link, {**RATINGS, "comment_remark": "well"})
        async with sessions() as session:
            assert await count_trials(session, survey.id) == 1
            assert (await count_responses(session)).get(survey.id) is None
            tried, (given,) = await list_trials(session, survey.id)
            assert given.codes == (6,) * 5
            assert tried is not None
            assert given.row.texts == {"remark": "well"}
            assert (await get_survey(session, survey.id)).status is SurveyStatus.DRAFT


async def test_trials_of_a_launched_survey_enter_neither_results_nor_fieldwork(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    survey = await make_survey(sessions, instrument=BASE)
    async with Sittings.running(engine) as sittings:
        assert await answer(sittings, TrialLink(survey.id, new_token()), RATINGS)
    async with sessions() as session:
        fieldwork = await get_fieldwork(session, survey.id, now=NOW)
        assert (fieldwork.total.started, fieldwork.total.completed) == (0, 0)
        assert await count_trials(session, survey.id) == 1
        assert (await extract_answers(session, survey.id)).codes.shape[0] == 0


async def test_launching_deletes_trials_and_freezes_what_was_set_up(sessions: Sessions, engine: AsyncEngine) -> None:
    survey = await make_survey(sessions, instrument=BASE, launched=False)
    async with sessions.begin() as session:
        await setting_up.change_questions(session, survey.id, OWN, BASE, version=0, by="a@example.org", now=NOW)
    async with Sittings.running(engine) as sittings:
        link = TrialLink(survey.id, new_token())
        assert await answer(sittings, link, RATINGS, {"visits": "2", "comment_wish": "sun"})
    async with sessions.begin() as session:
        launched = await setting_up.launch(session, survey.id, BASE, now=NOW)
        assert await count_trials(session, survey.id) == 0
        assert launched.instrument_id == BASE.id
    async with Sittings.running(engine) as sittings:
        asked = (await sittings.find(TrialLink(survey.id, new_token()), now=NOW)).survey
        definition = asked.instrument.definition
        assert definition.adaptation is not None
        assert definition.adaptation.of == BASE.id
        assert definition.adaptation.added == ("own_choices", "wish")
        column = asked.instrument.columns[0]
        assert asked.instrument.wording(column, "en") == "They kept their word."
        assert asked.instrument.wording(column, "de") == BASE.wording(column, "de")
        assert asked.instrument.option_label("visits", "often", "de") == "Often"
        with pytest.raises(SurveyLaunched):
            async with sessions.begin() as session:
                await setting_up.change_questions(session, survey.id, OWN, BASE, version=1, by="", now=NOW)


async def test_who_saves_what_another_changed_meanwhile_hears_of_it(sessions: Sessions) -> None:
    survey = await make_survey(sessions, instrument=BASE, launched=False)
    async with sessions.begin() as session:
        await setting_up.change_questions(session, survey.id, OWN, BASE, version=0, by="a@example.org", now=NOW)
    new = NewSurvey(instrument=BASE.id, title="Other", organisation="Hotel Meridian")
    with pytest.raises(ChangedMeanwhile):
        async with sessions.begin() as session:
            await setting_up.change_basics(session, survey.id, new, BASE, version=0, by="b@example.org", now=NOW)
    async with sessions.begin() as session:
        setup = await get_setup(session, survey.id)
        assert (setup.version, setup.changed_by, setup.questions) == (1, "a@example.org", OWN)
        assert (await get_survey(session, survey.id)).title == "Guests"
        await setting_up.change_basics(session, survey.id, new, BASE, version=1, by="b@example.org", now=NOW)
        assert (await get_survey(session, survey.id)).title == "Other"


async def test_a_trial_of_questions_that_were_changed_meanwhile_is_refused(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    survey = await make_survey(sessions, instrument=BASE, launched=False)
    async with sessions.begin() as session:
        await setting_up.prepare_trial(session, survey.id, BASE, by="", now=NOW)
    async with Sittings.running(engine) as sittings:
        link = TrialLink(survey.id, new_token())
        assert await answer(sittings, link, RATINGS)
        outdated = (await sittings.find(link, now=NOW)).survey
        async with sessions.begin() as session:
            await setting_up.change_questions(session, survey.id, OWN, BASE, version=1, by="", now=NOW)
            assert await count_trials(session, survey.id) == 0
        assert not (await sittings.find(link, now=NOW)).begun
        sittings._drafts[survey.id] = outdated
        assert (await sittings.find(link, now=NOW)).survey.version == 2


async def test_a_wish_that_breaks_a_rule_is_told_at_its_field(sessions: Sessions) -> None:
    survey = await make_survey(sessions, instrument=BASE, launched=False)
    wrong = OwnQuestions(
        wording={"en": {"items/rel_1/rating": "Fast at {nowhere}."}},
        choices=(OwnChoice(id="age", wording={"en": "Age?"}, options=(OwnOption(id="a", label={"en": "Old"}),)),),
    )
    with pytest.raises(RequestInvalid) as refused:
        async with sessions.begin() as session:
            await setting_up.change_questions(session, survey.id, wrong, BASE, version=0, by="", now=NOW)
    assert [problem.column for problem in refused.value.problems] == ["options-0"]
    reworded = OwnQuestions(wording=wrong.wording)
    with pytest.raises(RequestInvalid) as refused:
        async with sessions.begin() as session:
            await setting_up.change_questions(session, survey.id, reworded, BASE, version=0, by="", now=NOW)
    assert {problem.column for problem in refused.value.problems} == {"wording/en/items/rel_1/rating"}
    async with sessions() as session:
        assert (await get_setup(session, survey.id)).version == 0


async def test_only_trial_answers_can_be_deleted_as_such(sessions: Sessions, engine: AsyncEngine) -> None:
    survey = await make_survey(sessions, instrument=BASE)
    async with Sittings.running(engine) as sittings:
        assert await answer(sittings, TrialLink(survey.id, new_token()), RATINGS)
    async with sessions.begin() as session:
        _, (given,) = await list_trials(session, survey.id)
        await delete_trial(session, survey.id, given.row.id.hex())
        assert await count_trials(session, survey.id) == 0


async def test_the_link_to_a_trial_is_signed_and_ends() -> None:
    tokens = SecurityTokens(b"a secret of the tests that is long enough")
    made = make_trial_link(tokens, 7, now=NOW)
    signed = made.path.removeprefix("/t/")
    assert read_trial(tokens, signed, now=NOW) == 7
    with pytest.raises(LinkExpired):
        read_trial(tokens, signed, now=made.expires_at)
    with pytest.raises(SignatureInvalid):
        read_trial(tokens, signed[:-1], now=NOW)


async def test_a_worker_launches_and_opens_waves_on_their_days(sessions: Sessions) -> None:
    survey = await make_survey(sessions, instrument=BASE, launched=False)
    day = datetime(2026, 4, 1, 8, tzinfo=UTC)
    async with sessions.begin() as session:
        await plan_launch(session, survey.id, day - timedelta(days=1), now=NOW)
        launch = await plan_launch(session, survey.id, day, now=NOW)
        wave = await plan_wave(session, survey.id, day + timedelta(days=30), "May", now=NOW)
        assert [step.kind for step in await list_steps(session, survey.id)] == [StepKind.LAUNCH, StepKind.WAVE]
    async with sessions.begin() as session:
        await setting_up.launch(session, survey.id, BASE, now=day)
        assert [step.id for step in await list_steps(session, survey.id)] == [wave.id]
        await do_step(session, launch.id, survey.id, now=day)
    for _ in range(2):
        async with sessions.begin() as session:
            await do_step(session, wave.id, survey.id, now=day + timedelta(days=30))
    async with sessions.begin() as session:
        assert [one.name for one in await list_waves(session, survey.id)] == ["1", "May"]
        await open_wave(session, survey.id, now=day + timedelta(days=60))
    with pytest.raises(RequestInvalid):
        async with sessions.begin() as session:
            await plan_wave(session, survey.id, NOW - timedelta(days=1), "", now=NOW)
