"""Responses, exports and imports in the workplace: for researchers, by form, with nothing lost and nothing leaked."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256

import httpx
import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from answerfiles.archive_makers import make_workbook, with_members
from answerfiles.foreign_files import limesurvey, qualtrics
from servq.accounts.models import AuditEntry
from servq.jobs import service
from servq.responses.extraction import extract_answers
from servq.responses.models import AnswerImport, Response
from servq.settings import Settings
from servq.worker.long_work import do_claimed
from servq.worker.running import Workplace as Shop
from workplace.data_seeds import REASON, REMARK
from workplace.installation import SECRET, Visitor, Workplace

SHEET = "xl/worksheets/sheet1.xml"


def table_of(workplace: Workplace, survey: str = "careless_survey") -> str:
    return f"/manage/surveys/{workplace.places[survey]}/responses"


def first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, (pattern, text)
    return found[1]


def work(workplace: Workplace, *kinds: str) -> None:
    """Do the long work of these kinds that waits, as the worker does, and whatever waits before it."""

    async def run() -> None:
        settings = Settings(database=workplace.database, address=workplace.address, secret=SECRET)
        async with Shop.opened(settings) as shop:
            while (claimed := await service.claim(shop.sessions, now=datetime.now(UTC))) is not None:
                await do_claimed(shop, claimed)
                if claimed.kind in kinds:
                    return

    asyncio.run(run())


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


def n_respondents(workplace: Workplace, survey: str) -> int:
    async def ask(session: AsyncSession) -> int:
        return (await extract_answers(session, int(workplace.places[survey]))).n_respondents

    return workplace.run(ask)


def test_a_response_is_left_out_with_a_reason_stays_in_the_table_and_comes_back(workplace: Workplace) -> None:
    visitor, address = workplace.visitor("researcher"), table_of(workplace)
    chosen = workplace.places["careless_response"]
    before = n_respondents(workplace, "careless_survey")
    refused = visitor.send_form(f"{address}/exclude", data={"response": chosen, "do": "exclude", "reason": " "})
    assert refused.status_code == 422
    assert "needs a reason" in refused.text
    assert n_respondents(workplace, "careless_survey") == before
    done = visitor.send_form(f"{address}/exclude", data={"response": chosen, "do": "exclude", "reason": "Too quick"})
    assert done.status_code == 303
    page = visitor.get(f"{address}?state=excluded").text
    assert "Too quick" in page
    assert n_respondents(workplace, "careless_survey") == before - 1
    one = visitor.get(f"{address}/{chosen}").text
    assert "Excluded by researcher@example.org" in one
    visitor.send_form(f"{address}/exclude", data={"response": chosen, "do": "back", "one": chosen})
    assert n_respondents(workplace, "careless_survey") == before


def test_everything_with_a_sign_can_be_left_out_at_once(workplace: Workplace) -> None:
    visitor, address = workplace.visitor("researcher"), table_of(workplace)
    page = visitor.get(f"{address}?flag=several").text
    assert "Straight-lining" in page
    assert "Too fast" in page
    assert "Exclude all 1 shown by the filters" in page
    before = n_respondents(workplace, "careless_survey")
    data = {"scope": "all", "reason": "Straight and fast"}
    assert visitor.send_form(f"{address}/exclude", data=data).status_code == 303
    assert n_respondents(workplace, "careless_survey") == before, "everything is not what shows a sign"
    assert visitor.send_form(f"{address}/exclude?flag=several", data=data).status_code == 303
    assert n_respondents(workplace, "careless_survey") == before - 1
    visitor.send_form(f"{address}/exclude?flag=several", data={"scope": "all", "do": "back"})
    assert n_respondents(workplace, "careless_survey") == before


def test_pages_of_the_table_follow_each_other_with_few_statements(workplace: Workplace) -> None:
    visitor, address = workplace.visitor("researcher"), table_of(workplace, "survey")
    with counted() as statements:
        page = visitor.get(address).text
    assert len(statements) <= 20, "\n".join(statements)
    seen = re.findall(r'class="data-number" href="[^"]+/([0-9a-f]{32})"', page)
    assert len(seen) == 50
    following = first(r'rel="next" href="([^"]+)"', page).replace("&amp;", "&")
    second = visitor.get(following).text
    ids = re.findall(r'class="data-number" href="[^"]+/([0-9a-f]{32})"', second)
    assert len(ids) == 50
    assert not set(ids) & set(seen)
    previous = first(r'rel="prev" href="([^"]+)"', second).replace("&amp;", "&")
    back = re.findall(r'class="data-number" href="[^"]+/([0-9a-f]{32})"', visitor.get(previous).text)
    assert back == seen


def test_script_stays_text_and_an_anonymous_survey_shows_no_comment_beside_answers(workplace: Workplace) -> None:
    visitor, address = workplace.visitor("researcher"), table_of(workplace)
    excluded = visitor.get(f"{address}/{workplace.places['excluded_response']}").text
    assert REASON not in excluded
    assert "&lt;script&gt;" in excluded
    careless = visitor.get(f"{address}/{workplace.places['careless_response']}").text
    assert "My name is" in REMARK
    assert "My name is" not in careless
    assert "This survey is anonymous" in careless
    assert "<i>pencil</i>" not in visitor.get(f"/manage/surveys/{workplace.places['careless_survey']}/import").text


def test_managers_meet_nothing_and_every_look_is_written_down(workplace: Workplace) -> None:
    manager, survey = workplace.visitor("north"), workplace.places["survey"]
    for path in (
        f"/manage/surveys/{survey}/responses",
        f"/manage/surveys/{survey}/responses/{workplace.places['careless_response']}",
        f"/manage/surveys/{survey}/import",
        f"/manage/surveys/{survey}/export",
    ):
        assert manager.get(path).status_code == 404
    for path in ("responses/exclude", "responses/check", "import", "export", "imports/1/undo"):
        assert manager.send_form(f"/manage/surveys/{survey}/{path}", data={"to": "csv"}).status_code == 404
    researcher = workplace.visitor("researcher")
    other = f"/manage/surveys/{survey}/responses/{workplace.places['careless_response']}"
    assert researcher.get(other).status_code == 404, "a response is found under its own survey only"
    researcher.get(f"{table_of(workplace)}/{workplace.places['careless_response']}")

    async def seen(session: AsyncSession) -> int:
        found = select(func.count()).where(AuditEntry.action == "viewed", AuditEntry.kind == "response")
        return await session.scalar(found) or 0

    assert workplace.run(seen) >= 1


def test_an_export_is_long_work_and_its_archive_belongs_to_whoever_asked(workplace: Workplace) -> None:
    visitor, survey = workplace.visitor("researcher"), workplace.places["survey"]
    begun = visitor.send_form(f"/manage/surveys/{survey}/export", data={"to": "r", "wave": "1", "locale": "en"})
    address = begun.headers["location"]
    assert "Waiting for its turn" in visitor.get(address).text
    work(workplace, "export")
    assert "Download" in visitor.get(address).text
    sent = visitor.get(f"{address}/file")
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["n_rows"] == 120
        assert manifest["sha256"] == sha256(archive.read("answers.csv")).hexdigest()
    for name in ("admin", "north"):
        assert workplace.visitor(name).get(address).status_code == 404
        assert workplace.visitor(name).get(f"{address}/file").status_code == 404
    wrong = visitor.send_form(f"/manage/surveys/{survey}/export", data={"to": "exe", "wave": "1", "locale": "en"})
    assert wrong.status_code == 422


def upload(visitor: Visitor, survey: str, content: bytes, name: str = "export.csv") -> httpx.Response:
    return visitor.send_form(f"/manage/surveys/{survey}/import", files={"file": (name, content)})


def fields_of(page: str) -> dict[str, str]:
    """The form of the columns as a browser would send it."""
    form = page[page.index('class="stack" method="post"') :]
    fields = dict(re.findall(r'<input type="hidden" name="(cell-[^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = (chosen[1] if chosen else first(r'<option value="([^"]*)"', options)).replace("&#34;", '"')
    return {**fields, "collected_on": "2026-10-01"}


def test_limesurvey_answers_are_shown_first_stored_then_and_taken_back_whole(workplace: Workplace) -> None:
    visitor, survey = workplace.visitor("researcher"), workplace.places["survey"]
    before = n_respondents(workplace, "survey")
    content = limesurvey([("0", "6"), ("6", "N/A"), ("perhaps", "3")])
    address = upload(visitor, survey, content).headers["location"]
    page = visitor.get(address).text
    assert "exported by LimeSurvey" in page
    assert "22 problems in 1 row" in page
    fields = fields_of(page)
    assert (fields["column-7"], fields["offset-expectation"]) == ("answer e01", "1")
    refused = visitor.send_form(address, data={**fields, "do": "store"})
    assert refused.status_code == 422
    column = first(r'<label for="column-6"><bdi>([^<]+)', page)
    assert column == "Filiale"
    fields["column-6"] = "known site"
    shown = visitor.send_form(address, data={**fields, "do": "preview"})
    assert shown.status_code == 200
    assert "<bdi>Harbour</bdi>" in shown.text
    begun = visitor.send_form(address, data={**fields, "do": "store_rest"})
    assert begun.status_code == 303, begun.text
    assert n_respondents(workplace, "survey") == before
    work(workplace, "import")
    assert n_respondents(workplace, "survey") == before + 2

    async def stored(session: AsyncSession) -> list[tuple[str, str]]:
        found = select(Response.channel, Response.attributes).where(Response.import_id.is_not(None))
        found = found.where(Response.survey_id == int(survey))
        return [(channel.value, attributes["site"]) for channel, attributes in await session.execute(found)]

    assert workplace.run(stored) == [("imported", "Harbour")] * 2
    page = visitor.get(f"/manage/surveys/{survey}/import").text
    assert "export.csv" in page
    number = first(rf'action="/manage/surveys/{survey}/imports/(\d+)/undo"', page)
    visitor.send_form(f"/manage/surveys/{survey}/imports/{number}/undo")
    work(workplace, "undo import")
    assert n_respondents(workplace, "survey") == before

    async def status(session: AsyncSession) -> str | None:
        return await session.scalar(select(AnswerImport.undone_by).where(AnswerImport.id == int(number)))

    assert workplace.run(status) == "researcher@example.org"
    assert "Undone" in visitor.get(f"/manage/surveys/{survey}/import").text


def test_a_cell_can_be_given_a_meaning_and_a_meaning_taken_away(workplace: Workplace) -> None:
    visitor, survey = workplace.visitor("researcher"), workplace.places["survey"]
    content = qualtrics([("IP Address", "Strongly agree"), ("IP Address", "maybe")])
    address = upload(visitor, survey, content).headers["location"]
    page = visitor.get(address).text
    assert "exported by Qualtrics" in page
    fields = fields_of(page)
    for battery in ("expectation", "perception"):
        number = next(key for key, cell in fields.items() if key.startswith(f"cell-{battery}") and cell == "maybe")
        fields[number.replace("cell-", "meaning-")] = "4"
    assert "problems in 1 row" in page
    assert "problems in" not in visitor.send_form(address, data={**fields, "do": "preview"}).text
    other = workplace.visitor("admin").get(address)
    assert other.status_code == 404, "a file is shown to whoever handed it in"


BOOK = make_workbook([["p01"], [1]])
FAR = b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><worksheet>&a;</worksheet>'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bomb.xlsx", with_members(BOOK, {SHEET: bytes(9_000_000)}), "unpacks to"),
        ("laughs.xlsx", with_members(BOOK, {SHEET: LAUGHS}), "XML entities"),
        ("far.xlsx", with_members(BOOK, {SHEET: FAR}), "row 1,048,576"),
        ("out.xlsx", with_members(BOOK, {"../../evil.xml": b"x"}), "outside of it"),
        ("answers.csv", b"%PDF-1.7 ...", "a PDF document"),
        ("answers.csv", b"p01,p02\n1,\x002\n", "not a text file"),
        ("answers.csv", "p01;Straße\n1;Süd\n".encode("latin-1"), "not UTF-8"),
        ("answers.csv", "p01,p02\n1,2\n".encode("utf-16"), "UTF-16"),
        ("answers.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "are not read"),
        ("answers.sav", b"just text", "cannot be read as .sav"),
        ("answers.parquet", b"PAR1 and nothing else", "cannot be read as .parquet"),
        ("../../etc/passwd.csv", b"", "passwd.csv: The file is empty"),
        ("answers.exe", b"MZ", "are not read"),
        ("wide.csv", (",".join(f"c{n}" for n in range(500)) + "\n" + "1," * 499 + "1\n").encode(), "500 columns"),
    ],
)
def test_a_file_that_is_no_good_is_refused_with_the_reason_and_nothing_is_kept(
    workplace: Workplace, name: str, content: bytes, said: str
) -> None:
    answer = upload(workplace.visitor("researcher"), workplace.places["survey"], content, name)
    assert answer.status_code == 422, answer.text
    assert said in answer.text
    assert "/tmp" not in answer.text


def test_an_upload_beyond_the_limit_is_cut_off(workplace: Workplace) -> None:
    answer = upload(workplace.visitor("researcher"), workplace.places["survey"], bytes(65_000_000))
    assert answer.status_code == 413
