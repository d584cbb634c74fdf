"""What managers read: the sentences of the report, their sites only, teams only with the right to compare them."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import AuditEntry
from servq.accounts.queries import find_account
from servq.instruments import load_instrument
from servq.pipeline import Findings, report_survey
from servq.responses.importing import store_answers
from servq.simulate import Population, simulate_codes
from servq.targets.models import BenchmarkSet, Target
from workplace.installation import PEOPLE, Visitor, Workplace
from workplace.managing import LONE_AGENT, SOURCE, STAGES, TEAMS

MOST_STATEMENTS = 22
"""Sign-in, surveys, answers, targets, follow-ups, rate and comments; none of them for each site or each answer."""
LATER = (datetime.now(UTC) + timedelta(days=200)).date().isoformat()


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def results(workplace: Workplace, person: str, sub: str = "") -> str:
    answer = workplace.visitor(person).get(f"/manage/surveys/{workplace.places['survey']}/results{sub}")
    assert answer.status_code == 200
    return answer.text


def audited(workplace: Workplace, kind: str) -> list[tuple[str, str, str]]:
    async def work(session: AsyncSession) -> list[tuple[str, str, str]]:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.id))
        return [(row.email, row.action, row.target) for row in rows]

    return workplace.run(work)


def test_the_start_page_says_the_sentences_of_the_report_and_no_others(workplace: Workplace) -> None:
    async def work(session: AsyncSession) -> Findings:
        return await report_survey(session, int(workplace.places["survey"]), segments=("site",))

    findings = workplace.run(work)
    page = text_of(workplace.visitor("admin").get(f"/manage?survey={workplace.places['survey']}").text)
    summary = findings.summary
    for sentence in (summary.headline, *summary.strengths, *summary.change, *summary.first_steps, *summary.cautions):
        assert str(sentence).replace("-", "−") in page.replace("-", "−"), sentence
    for question in ("How are we doing?", "What changed?", "What to do first?"):
        assert question in page
    whole = text_of(results(workplace, "admin"))
    for sentence in (*summary.shortfalls, *summary.sites):
        assert str(sentence).replace("-", "−") in whole.replace("-", "−"), sentence


def test_a_manager_reads_the_numbers_of_their_sites_alone(workplace: Workplace) -> None:
    page = text_of(workplace.visitor("north").get(f"/manage?survey={workplace.places['survey']}").text)
    assert "n = 60" in page
    assert "n = 120" not in page
    sites = results(workplace, "north", "/sites")
    assert "Harbour" in sites
    assert "Castle" not in sites


def test_the_survey_that_was_looked_at_last_is_remembered(workplace: Workplace) -> None:
    south = Visitor(base_url=workplace.address, timeout=60)
    south.sign_in("south")
    assert "Southern lounge" in south.get(f"/manage?survey={workplace.places['south_survey']}").text
    assert "<h1>Southern lounge</h1>" in south.get("/manage").text
    south.get(f"/manage/surveys/{workplace.places['survey']}/results")
    assert "<h1>Guest survey</h1>" in south.get("/manage").text
    south.close()


def test_teams_are_for_those_who_may_compare_them_and_each_look_is_noted(workplace: Workplace) -> None:
    address = f"/manage/surveys/{workplace.places['survey']}/results"
    north = workplace.visitor("north")
    assert north.get(f"{address}/teams").status_code == 404
    for sub in ("", "/sites", "/journey", "/trend", "/gaps", "/priorities"):
        page = results(workplace, "north", sub)
        assert "/teams" not in page
        assert not [word for word in (TEAMS[0], "Agent 1", LONE_AGENT) if word in page]

    async def allow(session: AsyncSession) -> None:
        account = await find_account(session, "north@example.org")
        assert account is not None
        account.rights = ["teams"]

    async def forbid(session: AsyncSession) -> None:
        account = await find_account(session, "north@example.org")
        assert account is not None
        account.rights = []

    workplace.run(allow)
    page = north.get(f"{address}/teams").text
    assert TEAMS[0] in page
    assert "&lt;b&gt;Kitchen&lt;/b&gt;" in page
    assert TEAMS[1] not in page
    assert ("north@example.org", "viewed", workplace.places["survey"]) in audited(workplace, "teams")
    workplace.run(forbid)
    assert north.get(f"{address}/teams").status_code == 404


def test_the_agent_of_few_and_the_one_who_hides_them_show_no_number(workplace: Workplace) -> None:
    hidden: list[list[str]] = []
    for wave in (1, 2):
        page = results(workplace, "researcher", f"/teams?wave={wave}")
        rows = [text_of(row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
        if any(LONE_AGENT in row for row in rows):
            hidden.append([row for row in rows if "not shown" in row])
    assert hidden, "the agent of few has answers in one of the waves"
    for rows in hidden:
        assert len(rows) > 1, "one alone could be worked out"
        assert any(LONE_AGENT in row for row in rows)
        assert not any(re.search(r"[0-9]", re.sub(r"Agent \d", "", row)) for row in rows)


def test_stages_stand_in_the_order_of_the_journey_and_researchers_change_it(workplace: Workplace) -> None:
    page = results(workplace, "researcher", "/journey")
    table = page[page.index("Stages in their order") :]
    places = [table.index(html.escape(stage)) for stage in STAGES]
    assert places == sorted(places)
    assert "<i>Stay</i>" not in page
    visitor = workplace.visitor("researcher")
    address = f"/manage/surveys/{workplace.places['survey']}/journey"
    twice = visitor.send_form(address, data={"touchpoints": "Arrival\nArrival"})
    assert twice.status_code == 422
    assert "named more than once" in twice.text
    assert "Arrival\nArrival</textarea>" in twice.text
    changed = visitor.send_form(address, data={"touchpoints": "\n".join(reversed(STAGES))})
    assert changed.status_code == 303
    page = results(workplace, "researcher", "/journey")
    table = page[page.index("Stages in their order") :]
    places = [table.index(html.escape(stage)) for stage in STAGES]
    assert places == sorted(places, reverse=True)
    assert workplace.visitor("north").send_form(address, data={"touchpoints": "x"}).status_code == 404


def test_a_manager_sets_targets_for_their_own_sites_only(workplace: Workplace) -> None:
    north = workplace.visitor("north")
    form = {
        "survey": workplace.places["survey"],
        "metric": "reliability",
        "site": "Old Town",
        "start": "−1,5",
        "goal": "-0.8",
        "due_on": LATER,
    }
    page = north.get(f"/manage/targets?survey={workplace.places['survey']}").text
    assert "All sites together" not in page
    for change, said in (
        ({"site": "Castle"}, "Targets can be set for your own sites only."),
        ({"site": ""}, "Targets can be set for your own sites only."),
        ({"goal": "much"}, "This is no number."),
        ({"goal": "-1.9"}, "The goal is no better than the value it starts from."),
        ({"due_on": "2020-01-01"}, "This day has passed already."),
        ({"metric": "speed"}, "This survey has no such score."),
    ):
        wrong = north.send_form("/manage/targets", data={**form, **change})
        assert wrong.status_code == 422
        assert said in wrong.text
        assert 'value="−1,5"' in wrong.text
    assert (
        north.send_form("/manage/targets", data={**form, "survey": workplace.places["south_survey"]}).status_code == 404
    )
    assert north.send_form("/manage/targets", data=form).status_code == 303
    again = north.send_form("/manage/targets", data=form)
    assert (again.status_code, "There is a target for this score" in again.text) == (422, True)
    page = text_of(north.get(f"/manage/targets?survey={workplace.places['survey']}").text)
    assert "Reliability · Old Town" in page
    assert "Overall · Harbour" in page
    assert "Castle" not in page
    assert north.send_form(f"/manage/targets/{workplace.places['south_target']}/drop").status_code == 404
    assert north.send_form(f"/manage/targets/{workplace.places['target']}/drop").status_code == 303

    async def work(session: AsyncSession) -> set[str | None]:
        return {target.site for target in await session.scalars(select(Target))}

    assert workplace.run(work) == {None, "Castle", "Old Town"}
    assert [action for _, action, _ in audited(workplace, "target")] == ["created", "deleted"]


def test_a_benchmark_stands_beside_the_score_as_sharply_as_its_source_allows(workplace: Workplace) -> None:
    page = workplace.visitor("north").get(f"/manage/benchmarks?survey={workplace.places['survey']}").text
    assert SOURCE in page
    assert "&lt;b&gt;Hotels&lt;/b&gt; of 2024" in page
    assert "Worse than the published score, beyond chance." in page
    assert "its own error is not known" in page
    assert 'method="post" action="/manage/benchmarks' not in page


def test_researchers_bring_benchmarks_as_files_and_hear_of_every_wrong_line(workplace: Workplace) -> None:
    visitor = workplace.visitor("researcher")
    visitor.get(f"/manage/benchmarks?survey={workplace.places['survey']}")
    good = (
        "name: Elsewhere\ninstrument: servqual\nsource: Nobody (2025), p. 3\nmeasured_on: 2025-01-31\n"
        "scores:\n  empathy: -0.4\n"
    )

    def upload(content: str | bytes) -> tuple[int, str]:
        answer = visitor.send_form("/manage/benchmarks", files={"file": ("set.yaml", content, "text/yaml")})
        return answer.status_code, html.unescape(answer.text)

    status, page = upload(good.replace("2025-01-31", "soon").replace("-0.4", "high"))
    assert status == 422
    assert "set.yaml:4" in page
    assert "set.yaml:6" in page
    assert upload(good.replace("servqual", "nps"))[0] == 422
    assert upload(b"\xff\xfe\x00")[0] == 422
    assert upload(good)[0] == 303
    assert upload(good)[0] == 422  # the name is in use
    typed = {
        "name": "Typed",
        "source": "Nobody (2025), p. 4",
        "measured_on": "2025-02-28",
        "n": "",
        "tangibles_value": "x",
    }
    wrong = visitor.send_form("/manage/benchmarks", data=typed)
    assert (wrong.status_code, 'value="Nobody (2025), p. 4"' in wrong.text) == (422, True)
    assert visitor.send_form("/manage/benchmarks", data={**typed, "tangibles_value": "−0,3"}).status_code == 303
    assert workplace.visitor("north").send_form("/manage/benchmarks", data=typed).status_code == 404
    assert visitor.send_form(f"/manage/benchmarks/{workplace.places['benchmark']}/drop").status_code == 303

    async def work(session: AsyncSession) -> set[str]:
        return {one.name for one in await session.scalars(select(BenchmarkSet))}

    assert workplace.run(work) == {"Elsewhere", "Typed"}


def test_a_new_answer_is_in_the_next_look(workplace: Workplace) -> None:
    async def answer(session: AsyncSession) -> None:
        codes = simulate_codes(load_instrument("servqual"), 4, Population(), seed=5)
        await store_answers(
            session,
            int(workplace.places["survey"]),
            codes,
            attributes=[{"site": "Harbour"}] * 4,
            answered_at=[datetime.now(UTC)] * 4,
        )

    before = text_of(workplace.visitor("south").get(f"/manage?survey={workplace.places['survey']}").text)
    assert "60 answers" in text_of(results(workplace, "north"))
    workplace.run(answer)
    assert "64 answers" in text_of(results(workplace, "north"))
    assert text_of(workplace.visitor("south").get(f"/manage?survey={workplace.places['survey']}").text) == before


@pytest.mark.parametrize("person", [*PEOPLE, ""])
def test_odd_addresses_lead_nowhere(workplace: Workplace, person: str) -> None:
    for path in ("/manage?survey=999999", "/manage/surveys/999999/results", "/manage/surveys/0/results/sites"):
        status = workplace.visitor(person).get(path).status_code
        assert status == (404 if person else 303), path
    if person:
        odd = workplace.visitor(person).get(f"/manage/surveys/{workplace.places['survey']}/results?wave=99")
        assert odd.status_code == 200


def test_the_start_page_asks_the_database_little(workplace: Workplace) -> None:
    visitor = workplace.visitor("researcher")
    address = f"/manage?survey={workplace.places['survey']}"
    visitor.get(address)
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert visitor.get(address).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert 0 < len(statements) <= MOST_STATEMENTS, "\n".join(statements)
    assert not [one for one in statements if "response.answers" in one and "comment_release" not in one]
