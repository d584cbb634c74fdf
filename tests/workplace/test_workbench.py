"""The results workbench: its answers, links and files, and what a manager cannot work out from them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import AuditEntry
from servq.analysis.absence import Unavailable
from servq.instruments import load_instrument
from servq.pipeline import report_survey
from servq.responses.importing import store_answers
from servq.simulate import Population, simulate_codes
from servq.statistics import chi_square
from servq.web.manage.workbench.choices import Choices, Show, read_choices
from servq.web.manage.workbench.files import as_csv, as_png
from servq.web.manage.workbench.shown import Shown
from workplace.installation import SITES, Workplace

PNG = b"\x89PNG\r\n\x1a\n"
QUERIES = (
    "",
    "?by=site",
    "?m=dimensions",
    "?m=dimensions&by=site&show=heat",
    "?m=items&v=perception",
    "?m=items&by=site",
    "?m=d.reliability&v=expectation&by=site&show=table",
    "?m=i.rel_1&show=shares",
    "?m=i.rel_1&v=perception&by=site&show=shares",
    "?show=trend",
    "?by=wave",
    "?show=cross&by=site&x=wave",
    "?w=all&by=site&f=channel:open_link",
    "?by=rank_first&m=dimensions",
)


def path(workplace: Workplace, rest: str = "") -> str:
    return f"/manage/surveys/{workplace.places['survey']}/workbench{rest}"


def numbers(workplace: Workplace, name: str, query: str) -> list[dict[str, str]]:
    answer = workplace.visitor(name).get(path(workplace, f"/numbers.csv{query}"))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    yield said
    event.remove(Engine, "before_cursor_execute", count)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("name", ["researcher", "north"])
def test_every_choice_is_answered_with_n_a_link_and_files(workplace: Workplace, name: str, query: str) -> None:
    answer = workplace.visitor(name).get(path(workplace, query))
    assert answer.status_code == 200
    assert "responses." in answer.text or "three waves" in answer.text or "at least 3 waves" in answer.text
    assert 'id="permalink"' in answer.text
    if name == "north":
        assert not any(site in answer.text for site in ("Airport", "Castle"))


def test_a_link_reproduces_what_was_chosen(workplace: Workplace) -> None:
    visitor = workplace.visitor("researcher")
    first = visitor.get(path(workplace, "?by=site&m=d.reliability&v=perception&w=1&show=table&x=&f="))
    link = re.search(r'<a href="([^"]+)">Link to this view', first.text)
    assert link is not None
    address = urlsplit(link[1].replace("&amp;", "&"))
    assert dict(parse_qsl(address.query)) == {
        "m": "d.reliability",
        "v": "perception",
        "by": "site",
        "w": "1",
        "show": "table",
    }
    again = visitor.get(f"{address.path}?{address.query}")
    assert again.text == first.text


def test_the_form_sends_what_it_shows(workplace: Workplace) -> None:
    text = workplace.visitor("researcher").get(path(workplace, "?by=site&show=heat&w=1&f=site:Harbour")).text
    assert re.search(r'<option value="site" selected>', text)
    assert re.search(r'<option value="dimensions" selected>', text)
    assert re.search(r'value="heat" checked', text)
    assert re.search(r'id="w-1" name="w" value="1" checked', text)
    assert re.search(r'value="site:Harbour" checked', text)


def test_htmx_gets_the_answer_alone_and_the_address_that_reproduces_it(workplace: Workplace) -> None:
    headers = {"HX-Request": "true", "HX-Target": "answer"}
    answer = workplace.visitor("researcher").get(path(workplace, "?show=heat&by="), headers=headers)
    assert "<html" not in answer.text
    assert answer.headers["HX-Push-Url"] == path(workplace, "?m=dimensions&by=site&show=heat")
    assert 'id="what" hx-swap-oob="innerHTML"' in answer.text
    assert 'id="said" role="status" hx-swap-oob="innerHTML"' in answer.text


def test_the_numbers_are_those_of_the_report(workplace: Workplace) -> None:
    async def report(session: AsyncSession) -> object:
        return await report_survey(session, int(workplace.places["survey"]))

    findings = workplace.run(report)
    found = {one["measure"]: one for one in numbers(workplace, "researcher", "?m=dimensions")}
    assert float(found["overall"]["value"]) == pytest.approx(findings.scores[0].estimate.value, abs=1e-12)
    for one in findings.dimensions:
        row = found[f"d.{one.id}"]
        for name in ("value", "ci_low", "ci_high", "n"):
            assert float(row[name]) == pytest.approx(getattr(one.gap, name), abs=1e-12)
        assert float(row["p_adjusted"]) == pytest.approx(one.gap.p_adjusted, abs=1e-12)
    by_site = {one["group"]: one for one in numbers(workplace, "researcher", "?by=site")}
    (segment,) = (one for one in findings.segments if one.attribute == "site")
    assert not isinstance(segment, Unavailable)
    for group in segment.groups:
        assert float(by_site[group.label]["value"]) == pytest.approx(group.overall.value, abs=1e-12)


def test_shares_are_counted_and_tested_by_chi_square(workplace: Workplace) -> None:
    query = "?m=i.rel_1&v=perception&by=site&show=shares"
    rows = numbers(workplace, "researcher", query)
    table = np.array([[int(one["count"]) for one in rows if one["group"] == site] for site in sorted(SITES)])
    assert table.shape == (4, 7)
    text = workplace.visitor("researcher").get(path(workplace, query)).text
    assert f"χ² = {chi_square(table).statistic:.1f}" in text
    assert "Cramér" in text


def test_a_chart_comes_as_svg_and_png_and_says_what_it_shows(workplace: Workplace) -> None:
    visitor = workplace.visitor("researcher")
    picture = visitor.get(path(workplace, "/chart.svg?by=site"))
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert 'filename="guest-survey-by-site.svg"' in picture.headers["content-disposition"]
    for words in ("by Site", "responses.", "confidence intervals", "Guest survey, Example Hotels"):
        assert words in picture.text
    png = visitor.get(path(workplace, "/chart.png?by=site"))
    assert png.headers["content-type"] == "image/png"
    assert png.content.startswith(PNG)
    assert visitor.get(path(workplace, "/chart.svg?show=table&by=site")).status_code == 404


def test_every_download_is_in_the_audit_log(workplace: Workplace) -> None:
    numbers(workplace, "researcher", "?by=site&w=1")

    async def last(session: AsyncSession) -> AuditEntry:
        entries = await session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
        return entries.one()

    entry = workplace.run(last)
    assert (entry.kind, entry.target, entry.action) == ("workbench", workplace.places["survey"], "exported")
    assert entry.detail == {"file": "csv", "choices": "by=site&w=1"}


def test_an_address_that_means_nothing_is_answered_kindly(workplace: Workplace) -> None:
    query = "?m=d.nothing&v=x&by=<script>&w=99&w=x&f=site:Nowhere&f=broken&show=pie"
    text = workplace.visitor("researcher").get(path(workplace, query)).text
    assert text.count("in this address") == 4
    assert "<script>&" not in text
    assert "responses." in text


def test_the_pages_need_few_statements(workplace: Workplace) -> None:
    visitor = workplace.visitor("researcher")
    visitor.get(path(workplace, "?by=site"))
    with statements() as said:
        visitor.get(path(workplace, "?m=dimensions&by=site&show=heat"))
    assert len(said) <= 4, said


def store_teams(workplace: Workplace, teams: dict[str, list[str]], title: str) -> None:
    """A third wave whose responses have teams: per site the team of each response."""
    instrument = load_instrument("servqual")
    survey = int(workplace.places["survey"])

    async def work(session: AsyncSession) -> None:
        from datetime import UTC, datetime

        from servq.surveys.service import open_wave

        now = datetime.now(UTC)
        await open_wave(session, survey, name=title, now=now)
        for seed, (site, members) in enumerate(teams.items()):
            codes = simulate_codes(instrument, len(members), Population(), seed=seed)
            attributes = [{"site": site, "touchpoint": member} for member in members]
            await store_answers(session, survey, codes, answered_at=[now] * len(members), attributes=attributes)

    workplace.run(work)


def test_a_manager_cannot_work_out_a_small_group_from_any_two_answers(workplace: Workplace) -> None:
    """Harbour has 2 answers of check-out; its total, and check-out's total, are shown: so a second cell is hidden."""
    teams = {
        "Harbour": ["check-in"] * 9 + ["room"] * 8 + ["check-out"] * 2,
        "Old Town": ["check-in"] * 7 + ["room"] * 12 + ["check-out"] * 6,
        "Castle": ["check-in"] * 8 + ["room"] * 8 + ["bar"] * 8,
    }
    store_teams(workplace, teams, "Winter")

    def sizes(query: str) -> dict[str, int]:
        return {one["group"]: int(one["n"]) for one in numbers(workplace, "north", query) if one["n"]}

    assert sum(sizes("?by=site").values()) <= 44
    by_touchpoint = sizes("?by=touchpoint")
    assert "bar" not in by_touchpoint
    at_harbour = sizes("?by=touchpoint&f=site:Harbour")
    assert "check-out" not in at_harbour
    checked_out = sizes("?by=site&f=touchpoint:check-out")
    assert "Harbour" not in checked_out
    elsewhere = sizes("?by=touchpoint&f=site:Old Town")
    assert "check-out" not in elsewhere
    assert {*at_harbour} - {"Small groups together"} == {*elsewhere} - {"Small groups together"}
    crossed = numbers(workplace, "north", "?show=cross&by=site&x=touchpoint")
    hidden = {(one["site"], one["touchpoint"]) for one in crossed if not one["count"]}
    assert ("Harbour", "check-out") in hidden
    assert len(hidden) == 4
    text = workplace.visitor("north").get(path(workplace, "?w=1&w=2&f=site:Harbour&f=touchpoint:room")).text
    assert "One wave is shown at a time" in text
    assert "One filter is used at a time" in text
    assert sizes("?w=all&by=site") == sizes("?by=site")


def test_a_group_with_too_few_answers_is_shown_to_nobody(workplace: Workplace) -> None:
    text = workplace.visitor("researcher").get(path(workplace, "?f=touchpoint:check-out&f=site:Harbour")).text
    assert "Too few answers to show" in text
    assert "<img" not in text
    gone = workplace.visitor("researcher").get(path(workplace, "/numbers.csv?f=touchpoint:check-out&f=site:Harbour"))
    assert gone.status_code == 404


def test_choices_survive_the_way_through_an_address() -> None:
    choices = Choices(
        measure="d.reliability",
        side="perception",
        by="site",
        across="team",
        waves=(1, 3),
        only=(("site", "A&B: C"), ("team", "ä=1")),
        show=Show.CROSS,
    )
    assert read_choices(parse_qsl(choices.query)) == choices
    assert read_choices([]).query == ""


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    shown = Shown(title="", tidy_columns=("group", "value"), tidy_rows=[["=1+1", 0.1], ["@x", None]])
    assert as_csv(shown).decode("utf-8-sig").splitlines() == ["group,value", "'=1+1,0.1", "'@x,"]


def test_a_picture_may_hold_every_script() -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text x="1" y="9">{}</text></svg>'
    pictures = {as_png(drawn.format(words)) for words in ("−0.5 ↑", "الموثوقية", "Güte &amp; Preis", "")}
    assert len(pictures) == 4
