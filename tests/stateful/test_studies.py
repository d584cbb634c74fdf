from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.analysis.findings import Unavailable
from servq.analysis.gap_findings import RatedGap
from servq.analysis.study_findings import KnowledgeGap, PerceivedGap, Sites
from servq.errors import AlreadyExists, DataInvalid, RecordUnknown, RequestInvalid, SurveyUnknown
from servq.instruments import load_instrument
from servq.pipeline import StudyFindings, report_study
from servq.responses.importing import store_answers
from servq.simulate import Population, simulate_codes
from servq.studies.models import Study, StudyAudience
from servq.studies.service import (
    NewBinding,
    NewStudy,
    bind_survey,
    create_study,
    get_study_by_name,
    list_bound,
    list_studies,
)
from servq.surveys.models import Survey
from servq.surveys.service import NewSurvey, create_survey, launch_survey, open_wave
from stateful.factories import NOW
from stateful.test_commands import Terminal, terminal  # noqa: F401 (a fixture)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
INSTRUMENTS = {"customers": "gaps-customers", "managers": "gaps-managers", "personnel": "gaps-personnel"}
SITES = ("Canal Street", "Hill Park")


async def make_survey(
    session: AsyncSession, audience: str, *, n_per_site: Mapping[str, int], launch: bool = True
) -> Survey:
    instrument = load_instrument(INSTRUMENTS[audience])
    new = NewSurvey(instrument=instrument.id, title=f"Survey of {audience}", organisation="North Clinics", sites=SITES)
    survey = await create_survey(session, new, instrument, now=NOW)
    if not launch:
        return survey
    survey = await launch_survey(session, survey.id, instrument, now=NOW)
    for seed, (site, n) in enumerate(n_per_site.items()):
        if n:
            await store(session, survey, n, site=site, seed=seed)
    return survey


async def store(session: AsyncSession, survey: Survey, n: int, *, site: str, seed: int, wave: int = 1) -> None:
    population = Population(levels={"expectation": 0.9, "perception": 0.6, "communication": 0.3})
    codes = simulate_codes(load_instrument(survey.instrument_id), n, population, seed)
    await store_answers(session, survey.id, codes, wave=wave, attributes=[{"site": site}] * n, answered_at=[NOW] * n)


async def make_study(session: AsyncSession, **n_per_site: int) -> Study:
    """A study with this many respondents at each site, by audience; an audience that is not named is not bound."""
    study = await create_study(session, NewStudy(title="Where it falls short", organisation="North Clinics"), now=NOW)
    for audience, n in n_per_site.items():
        survey = await make_survey(session, audience, n_per_site=dict.fromkeys(SITES, n))
        await bind_survey(session, study.id, NewBinding(audience=StudyAudience(audience), survey=survey.id))
    return study


async def report(sessions: Sessions, study: Study, **choices: int) -> StudyFindings:
    async with sessions() as session:
        return await report_study(session, study.name, **choices)


async def test_a_study_of_three_stored_surveys_is_reported_by_the_five_gaps(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await make_study(session, customers=40, managers=10, personnel=20)
    findings = await report(sessions, study)
    assert [audience.n_respondents for audience in findings.audiences] == [80, 20, 40]
    assert isinstance(findings.gap_1, KnowledgeGap)
    assert all(isinstance(gap, RatedGap) for gap in findings.rated_gaps)
    assert isinstance(findings.gap_5, PerceivedGap)
    assert findings.gap_5.verdict == "shown"
    assert isinstance(findings.sites, Sites)
    assert [row.site for row in findings.sites.rows] == sorted(SITES)
    assert json.loads(findings.to_json())["organisation"] == "North Clinics"


async def test_a_wave_with_no_managers_is_named_and_the_rest_reports(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await make_study(session, customers=40, managers=10, personnel=20)
        for bound in (await list_bound(session, [study.id]))[study.id]:
            await open_wave(session, bound.survey_id, now=NOW)
        stored = {bound.audience: bound.survey_id for bound in (await list_bound(session, [study.id]))[study.id]}
        for audience in ("customers", "personnel"):
            survey = await session.get_one(Survey, stored[audience])
            for seed, site in enumerate(SITES):
                await store(session, survey, 30, site=site, seed=50 + seed, wave=2)
    findings = await report(sessions, study)
    assert isinstance(findings.gap_1, Unavailable)
    assert findings.gap_1.reason == "Managers: “Survey of managers” holds no answers."
    assert findings.gap_1.reason in findings.notices
    assert isinstance(findings.gap_2, Unavailable)
    assert isinstance(findings.gap_3, RatedGap)
    assert isinstance(findings.gap_5, PerceivedGap)
    assert "“Survey of managers” holds no answers" in findings.to_html()
    first = await report(sessions, study, wave=1)
    assert isinstance(first.gap_1, KnowledgeGap)


async def test_a_wave_that_an_audience_never_had_and_a_draft_are_named(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await make_study(session, customers=20, personnel=10)
        draft = await make_survey(session, "managers", n_per_site={}, launch=False)
        await bind_survey(session, study.id, NewBinding(audience=StudyAudience.MANAGERS, survey=draft.id))
        bound = (await list_bound(session, [study.id]))[study.id]
        customers = next(one.survey_id for one in bound if one.audience == "customers")
        await open_wave(session, customers, now=NOW)
        await store(session, await session.get_one(Survey, customers), 30, site=SITES[0], seed=1, wave=2)
    said = (await report(sessions, study, wave=2)).notices
    assert "Managers: “Survey of managers” has no wave 2." in said
    assert "Contact personnel: “Survey of personnel” has no wave 2." in said
    assert "Managers: “Survey of managers” has not been launched." in (await report(sessions, study, wave=1)).notices


async def test_a_study_that_nobody_answered_says_so(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await make_study(session, managers=0)
    with pytest.raises(DataInvalid, match="“Survey of managers” holds no answers"):
        await report(sessions, study)


async def test_an_audience_of_fewer_than_five_is_never_shown(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await make_study(session, customers=20, managers=2, personnel=10)
    findings = await report(sessions, study)
    assert [audience.n_respondents for audience in findings.audiences] == [40, None, 20]
    assert isinstance(findings.gap_2, Unavailable)
    assert "fewer than 5 answered" in findings.gap_2.reason


async def test_what_does_not_belong_together_is_not_bound(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await create_study(
            session, NewStudy(title="Study", organisation="South Clinics", sites=("canal  street",)), now=NOW
        )
        survey = await make_survey(session, "managers", n_per_site={})
        survey_id, study_id = survey.id, study.id
    async with sessions.begin() as session:
        with pytest.raises(RequestInvalid) as refused:
            await bind_survey(session, study_id, NewBinding(audience=StudyAudience.MANAGERS, survey=survey_id))
        said = str(refused.value)
        assert 'measures "North Clinics", the study "South Clinics"' in said
        assert "sites that the study does not have: Hill Park" in said
        with pytest.raises(SurveyUnknown):
            await bind_survey(session, study_id, NewBinding(audience=StudyAudience.MANAGERS, survey=99))
        with pytest.raises(RecordUnknown):
            await bind_survey(session, 99, NewBinding(audience=StudyAudience.MANAGERS, survey=survey_id))


async def test_a_survey_serves_one_audience_and_may_be_replaced(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        study = await make_study(session, managers=0)
        bound = (await list_bound(session, [study.id]))[study.id]
        new = NewBinding(audience=StudyAudience.CUSTOMERS, survey=bound[0].survey_id)
        with pytest.raises(AlreadyExists, match="bound for managers"):
            await bind_survey(session, study.id, new)
        other = await make_survey(session, "managers", n_per_site={})
        await bind_survey(session, study.id, NewBinding(audience=StudyAudience.MANAGERS, survey=other.id, wave=1))
        (found,) = (await list_bound(session, [study.id]))[study.id]
        assert (found.survey_id, found.wave) == (other.id, 1)
        with pytest.raises(RequestInvalid):
            await bind_survey(session, study.id, NewBinding(audience=StudyAudience.MANAGERS, survey=other.id, wave=9))


async def test_studies_are_found_by_number_and_name_and_listed_newest_first(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        new = NewStudy(title="Wörter & mehr", organisation="North Clinics")
        first = await create_study(session, new, now=NOW)
        second = await create_study(session, NewStudy(title="2026", organisation="North Clinics"), now=NOW)
        assert (first.name, second.name) == ("worter-mehr", "study-2026")
        assert await get_study_by_name(session, str(first.id)) is first
        assert await get_study_by_name(session, "study-2026") is second
        assert list(await list_studies(session)) == [second, first]
        with pytest.raises(AlreadyExists):
            await create_study(session, new, now=NOW)
        with pytest.raises(RecordUnknown, match="servq study list"):
            await get_study_by_name(session, "nowhere")


async def test_every_fault_of_a_new_study_is_named_at_once(sessions: Sessions) -> None:
    async with sessions() as session:
        with pytest.raises(RequestInvalid) as refused:
            await create_study(
                session,
                NewStudy(title=" ", organisation="a\nb", name="12", locale="?", sites=("A", "a", "")),
                now=NOW,
            )
    assert [problem.column for problem in refused.value.problems] == [
        *("title", "organisation", "name", "locale", "sites", "sites"),
    ]


def test_a_study_goes_from_the_command_line_to_its_report(terminal: Terminal, tmp_path: Path) -> None:  # noqa: F811
    assert "There are no studies" in _run_after_survey(terminal)
    made = terminal.run("study", "create", "--title", "Gaps 2026", "--organisation", "North Clinics")
    assert "gaps-2026" in made
    assert "survey 1" in terminal.run("study", "bind", "gaps-2026", "customers", "1", "--wave", "1")
    assert "customers: survey 1 wave 1" in terminal.run("study", "list")
    terminal.run("report", "gaps-2026", "--json", str(tmp_path / "out.json"), code=2)
    assert "has not been launched" in terminal.errors
    terminal.run("report", "nowhere", code=2)
    assert "There is no study" in terminal.errors
    terminal.run("report", "gaps-2026", "--segment", "site", code=2)
    assert "--segment goes with a survey" in terminal.errors


def _run_after_survey(terminal: Terminal) -> str:  # noqa: F811
    choices = ("--title", "Customers", "--organisation", "North Clinics")
    terminal.run("survey", "create", "gaps-customers", *choices)
    return terminal.run("study", "list")


def test_simulated_points_of_managers_go_to_the_five_dimensions() -> None:
    instrument = load_instrument("gaps-managers")
    codes = simulate_codes(instrument, 50, Population(wrong_total=0.0), seed=1)
    points = [i for i, column in enumerate(instrument.columns) if column.battery == "importance"]
    assert codes.shape == (50, len(instrument.columns))
    assert np.all(codes[:, points].sum(axis=1) == 100)
