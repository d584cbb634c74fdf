"""Reports in the workplace: downloaded, limited to one's sites, sent by mail over SMTP, styled, and of all sites."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mail.sink import open_sink
from reporting.test_pdf import text_of
from servq.accounts.models import Account, AuditEntry
from servq.jobs import service
from servq.pipeline.printing import ReportPrinter
from servq.schedules.models import Rhythm, Schedule, ScheduledKind
from servq.settings import Settings
from servq.worker.long_work import do_claimed
from servq.worker.people_jobs import people_jobs
from servq.worker.report_mails import SITE_REPORTS, send_next
from servq.worker.running import Workplace as WorkersPlace
from workplace.installation import SECRET, Visitor, Workplace

SOUTH = ("Airport", "Castle")
SMALL_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10"/></svg>'


def downloaded(visitor: Visitor, path: str) -> bytes:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; ")
    return answer.content


def findings_in(content: bytes) -> str:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return pdf.attachments["findings.json"].get_file().read_bytes().decode()


def test_one_click_on_the_list_gives_the_full_report_and_is_noted(workplace: Workplace) -> None:
    visitor = workplace.visitor("researcher")
    page = visitor.get("/manage/reports").text
    addresses = re.findall(r'href="(/manage/surveys/\d+/report/download\?[^"]+)"', page)
    address = next(one for one in addresses if f"/surveys/{workplace.places['survey']}/" in one)
    content = downloaded(visitor, address.replace("&amp;", "&"))
    assert content.startswith(b"%PDF-1.7")
    text = text_of(content)
    assert "120" in text
    assert all(site in text for site in SOUTH)

    async def noted(session: AsyncSession) -> list[str]:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.kind == "report"))
        return [f"{row.email} {row.action} {row.target}" for row in rows]

    assert f"researcher@example.org exported {workplace.places['survey']}" in workplace.run(noted)


def test_the_report_of_a_manager_holds_their_sites_and_no_other(workplace: Workplace) -> None:
    visitor = workplace.visitor("north")
    survey = workplace.places["survey"]
    content = downloaded(visitor, f"/manage/surveys/{survey}/report/download?kind=executive")
    inside = findings_in(content)
    assert json.loads(inside)["responses"]["n_respondents"] == 60
    assert "Harbour" in inside
    assert not any(site in part for site in SOUTH for part in (inside, text_of(content)))
    one = downloaded(visitor, f"/manage/surveys/{survey}/report/download?kind=site&site=Harbour")
    beside = json.loads(findings_in(one))["site"]
    assert (beside["site"], beside["n"], beside["n_others"]) == ("Harbour", 30, 90)
    assert not any(site in findings_in(one) for site in SOUTH)
    for site in SOUTH:  # never offered, so it is as if no site was chosen
        refused = visitor.get(f"/manage/surveys/{survey}/report/download?kind=site&site={site}")
        assert refused.status_code == 422
        assert site not in refused.text
    assert visitor.get(f"/manage/surveys/{workplace.places['south_survey']}/report/download").status_code == 404


@pytest.mark.parametrize("to", ["html", "xlsx"])
def test_the_same_findings_come_as_a_page_and_as_a_workbook(workplace: Workplace, to: str) -> None:
    survey = workplace.places["south_survey"]
    address = f"/manage/surveys/{survey}/report/download?kind=pulse&to={to}&locale=de"
    content = downloaded(workplace.visitor("south"), address)
    assert content.startswith(b"<!DOCTYPE html>" if to == "html" else b"PK")


def test_all_sites_are_printed_in_the_background_for_whoever_asked(workplace: Workplace) -> None:
    visitor = workplace.visitor("north")
    answer = visitor.send_form(f"/manage/surveys/{workplace.places['survey']}/report/sites", data={})
    assert answer.status_code == 303
    assert visitor.get(answer.headers["location"]).status_code == 200

    async def work() -> None:
        async with WorkersPlace.opened(Settings(database=workplace.database, secret=SECRET)) as place:
            claimed = await service.claim(place.sessions, now=datetime.now(UTC))
            assert claimed is not None
            assert claimed.kind == SITE_REPORTS
            await do_claimed(place, claimed)

    asyncio.run(work())
    packed = visitor.get(f"{answer.headers['location']}/file")
    assert packed.status_code == 200
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.namelist() == ["01-Harbour.pdf", "02-Old-Town.pdf", "sites.csv"]
    assert workplace.visitor("south").get(f"{answer.headers['location']}/file").status_code == 404


def test_a_report_comes_by_mail_once_in_the_language_of_its_reader_and_holds_their_sites(workplace: Workplace) -> None:
    visitor = workplace.visitor("north")
    survey = workplace.places["survey"]
    given = {"survey": survey, "kind": "executive", "rhythm": "weekly", "weekday": "0", "day": "1", "hour": "7"}
    wrong = visitor.send_form("/manage/schedules", data={**given, "rhythm": "hourly"})
    assert wrong.status_code == 422
    assert 'id="rhythm-error"' in wrong.text
    assert visitor.send_form("/manage/schedules", data=given).status_code == 303
    assert "Executive report" in visitor.get("/manage/schedules").text
    assert '/end"' not in workplace.visitor("south").get("/manage/schedules").text

    async def make_due(session: AsyncSession) -> None:
        (schedule,) = (await session.scalars(select(Schedule))).all()
        schedule.next_due_at = datetime.now(UTC) - timedelta(minutes=1)
        account = await session.get_one(Account, schedule.account_id)
        account.locale = "de"
        session.add(
            Schedule(
                account_id=account.id,
                survey_id=int(survey),
                kind=ScheduledKind.SITE,
                site="Castle",  # lost in the meantime
                rhythm=Rhythm.MONTHLY,
                weekday=None,
                day=1,
                hour=7,
                paper="a4",
                created_at=schedule.created_at,
                next_due_at=datetime.now(UTC) - timedelta(minutes=2),
                wave_done=0,
                problem="",
            )
        )

    workplace.run(make_due)
    with open_sink() as sink:
        settings = Settings(
            database=workplace.database,
            secret=SECRET,
            address=workplace.address,
            smtp=f"smtp://127.0.0.1:{sink.port}",
            mail_from="servq <servq@example.org>",
        )

        async def work() -> list[bool]:
            async with WorkersPlace.opened(settings) as place, ReportPrinter.running(workplace.database) as printer:
                done = [await send_next(place, printer), await send_next(place, printer)]
                (sender,) = [job for job in people_jobs(settings) if job.name == "staff mail"]
                send = await sender.prepare(place)
                await send()
                await send()
                return done

        assert asyncio.run(work()) == [True, False]
        (received,) = sink.received
    message = received.message
    assert message["To"] == "north@example.org"
    assert "Bericht für die Leitung" in str(message["Subject"])
    (attached,) = [part for part in message.walk() if part.get_content_type() == "application/pdf"]
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    text = text_of(content)
    assert "Zusammenfassung" in text
    assert not any(site in findings_in(content) for site in SOUTH)
    page = visitor.get("/manage/schedules").text
    assert "Angehalten" in page
    end = re.search(r'action="(/manage/schedules/\d+/end)"', page)
    assert end is not None
    assert workplace.visitor("south").send_form(end[1]).status_code == 404
    assert visitor.send_form(end[1]).status_code == 303


def test_an_admin_chooses_the_look_and_a_pale_colour_is_answered_with_the_nearest_that_passes(
    workplace: Workplace,
) -> None:
    visitor = workplace.visitor("admin")
    live = visitor.get("/manage/reports/style?accent=%23ffcc00", headers={"HX-Request": "true"}).text
    assert "#9e6d00" in live
    assert "<html" not in live
    refused = visitor.send_form("/manage/reports/style", data={"accent": "#ffcc00", "organisation": "Kept"})
    assert refused.status_code == 422
    assert "#9e6d00" in refused.text
    assert 'value="Kept"' in refused.text
    script = b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'
    harmful = visitor.send_form(
        "/manage/reports/style", data={"accent": ""}, files={"logo": ("a.png", script, "image/png")}
    )
    assert harmful.status_code == 422
    assert "&lt;script&gt;" in harmful.text
    saved = visitor.send_form(
        "/manage/reports/style",
        data={"accent": "#7a1fa2", "organisation": "Example", "logo_text": "Our mark"},
        files={"logo": ("logo.svg", SMALL_SVG, "image/svg+xml")},
    )
    assert saved.status_code == 303, saved.text
    page = downloaded(
        workplace.visitor("south"), f"/manage/surveys/{workplace.places['south_survey']}/report/download?to=html"
    ).decode()
    assert "--panel: #7a1fa2" in page
    assert 'alt="Our mark"' in page
    for name in ("north", "researcher"):
        assert workplace.visitor(name).get("/manage/reports/style").status_code == 404
