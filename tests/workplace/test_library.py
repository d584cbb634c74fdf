"""Researchers find, read, try out, write, publish and exchange instruments in the browser."""

from __future__ import annotations

import io
import re
import string
import zipfile
from collections.abc import Mapping
from html import unescape

import pytest
import yaml
from sqlalchemy import select

from servq.accounts.models import AuditEntry
from servq.drafts import service
from servq.instruments import load_instrument
from servq.instruments.exchange import export_instrument
from servq.translation import translator
from servq.web.manage.library.problem_words import SENTENCES, problem_said
from workplace.installation import Visitor, Workplace
from workplace.library import OWN_ID, OWN_TITLE, WORDING

SCRIPT = "<script>alert('x')</script>"


@pytest.mark.parametrize("language", ["de", "ar"])
def test_what_the_checks_say_is_translated_with_its_names(language: str) -> None:
    say = translator(language, "library")
    for template in SENTENCES:
        fields = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        translated = say.entries[template]
        assert {name for _, name, _, _ in string.Formatter().parse(translated) if name} == fields, template
        sentence = template.format(**{name: f"<{name}>" for name in fields})
        assert problem_said(translator("en", "library"), sentence) == sentence
        assert problem_said(say, sentence) != sentence


@pytest.fixture
def researcher(workplace: Workplace) -> Visitor:
    return workplace.visitor("researcher")


def fields_of(page: str) -> dict[str, str]:
    """What the form of the editor carries besides values."""
    names = ("sheet", "opened", "languages")
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in names}  # type: ignore[index]  # each page has them


def begin(visitor: Visitor, **data: str) -> str:
    answer = visitor.send_form("/manage/drafts", data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def save(visitor: Visitor, draft: str, section: str, values: Mapping[str, object], **more: str) -> int:
    path = f"{draft}/edit/{section}"
    carried = fields_of(visitor.get(path).text)
    answer = visitor.send_form(path, data={**carried, **values, **more})
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("q=promoter", "Net Promoter Score", "SERVQUAL"),
        ("field=education", "HEdPERF", "E-S-QUAL"),
        ("dimension=privacy", "E-S-QUAL", "SERVPERF"),
        ("length=more&source=shipped", None, "Net Promoter Score"),
        ("language=hi", "Net Promoter Score", "Kano questionnaire"),
        ("source=own", OWN_TITLE, "Kano questionnaire"),
        ("q=parasuraman+privacy", "E-S-QUAL", "SERVQUAL, 1991"),
    ],
)
def test_the_library_is_searched_by_words_field_dimension_length_and_language(
    researcher: Visitor, query: str, found: str | None, not_found: str
) -> None:
    page = unescape(researcher.get(f"/manage/instruments?{query}").text)
    titles = re.findall(r'<h2><a href="/manage/instruments/[^"]+">([^<]+)</a></h2>', page)
    assert found is None or any(found in title for title in titles)
    assert not any(not_found in title for title in titles)


def test_the_sheet_shows_items_scoring_source_and_rights_in_every_language(researcher: Visitor) -> None:
    english = unescape(researcher.get("/manage/instruments/servqual?language=en").text)
    for words in ("e01", "p22", "“Perception” minus “Expectation”", "Parasuraman", "Structure verified", "about 7 min"):
        assert words in english
    arabic = researcher.get("/manage/instruments/servqual?language=ar").text
    assert 'dir="rtl"' in arabic
    assert "الاعتمادية" in arabic
    assert "Structure unverified" in researcher.get("/manage/instruments/hedperf").text


def test_an_old_id_leads_to_the_new_one_and_an_unknown_one_nowhere(researcher: Visitor) -> None:
    assert researcher.get("/manage/instruments/no-such").status_code == 404
    assert researcher.get("/manage/instruments/no-such/preview").status_code == 404


@pytest.mark.parametrize("form", ["folder", "yaml", "xlsform", "surveyjs", "limesurvey"])
def test_an_instrument_is_taken_along_as_a_file(researcher: Visitor, workplace: Workplace, form: str) -> None:
    answer = researcher.get(f"/manage/instruments/servqual/files/{form}")
    assert answer.status_code == 200
    assert answer.content
    assert "servqual-" in answer.headers["content-disposition"]
    assert workplace.visitor("north").get(f"/manage/instruments/servqual/files/{form}").status_code == 404


def test_what_was_taken_along_comes_back_as_it_was(researcher: Visitor) -> None:
    for name, form in (("servqual.zip", "folder"), ("servqual.yaml", "yaml"), ("servqual.xlsx", "xlsform")):
        content = researcher.get(f"/manage/instruments/servqual/files/{form}").content
        answer = researcher.send_form("/manage/drafts", data={"start": "file"}, files={"file": (name, content)})
        assert answer.status_code == 303, answer.text
        whole = yaml.safe_load(researcher.get(f"{answer.headers['location']}/files/yaml").text)
        instrument = load_instrument("servqual")
        assert [item["id"] for item in whole["instrument"]["items"]] == [
            item.id for item in instrument.definition.items
        ]
        assert whole["texts"]["ar"]["items"]["tan_1"] == dict(instrument.texts["ar"].items["tan_1"])
        assert whole["instrument"]["id"].startswith("servqual-")


def test_a_form_of_another_tool_lists_what_was_not_carried_over(researcher: Visitor) -> None:
    content = export_instrument(load_instrument("csat"), "surveyjs").content
    answer = researcher.send_form("/manage/drafts", data={"start": "file"}, files={"file": ("ours.json", content)})
    assert answer.status_code == 303
    assert "Not carried over from the file" in researcher.get(answer.headers["location"]).text


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/instrument.yaml", b"0" * 60_000_000)
    return packed.getvalue()


def stray() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../instrument.yaml", "id: x")
    return packed.getvalue()


ALIASES = b"a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("survey.exe", b"MZ", "of a kind that holds no instrument"),
        ("empty.yaml", b"  ", "The file is empty"),
        ("big.yaml", b"a" * 5_000_001, "The file has 5.0 MB"),
        ("bomb.zip", bomb(), "unpacks to more than"),
        ("bomb.xlsx", bomb(), "unpacks to more than"),
        ("stray.zip", stray(), "lie outside"),
        ("not.zip", b"hello", "no workbook"),
        ("aliases.yaml", ALIASES, "An alias (*) repeats another part"),
        ("latin.yaml", "adapts: servqual\ntitle: Gäste".encode("latin-1"), "is not UTF-8"),
        ("deep.yaml", b"[" * 60, "nested more than"),
        ("wide.json", b"[[[", "no survey of SurveyJS"),
        ("other.yaml", b"hello: world", "neither an adaptation nor an instrument"),
        ("adapts.yaml", b"adapts: no-such\nid: x\nversion: '1.0'\ntitle: X\nnote: Y", "No instrument has the id"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_file_that_cannot_be_used_is_refused_with_reasons(
    researcher: Visitor, name: str, content: bytes, said: str
) -> None:
    answer = researcher.send_form("/manage/drafts", data={"start": "file"}, files={"file": (name, content)})
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert said in page
    assert "Nothing was stored." in page
    assert "servq-upload-" not in page


def test_every_problem_of_a_file_is_listed_with_its_line(researcher: Visitor) -> None:
    content = researcher.get("/manage/instruments/nps/files/yaml").text
    broken = content.replace("reversed", "x").replace("title:", "titel:", 1).replace("  high: 10", "  high: ten")
    files = {"file": ("nps.yaml", broken.encode())}
    answer = researcher.send_form("/manage/drafts", data={"start": "file"}, files=files)
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert re.search(r"nps\.yaml:\d+", page)
    assert "titel" in page


def test_the_preview_walks_through_the_pages_and_stores_nothing(researcher: Visitor) -> None:
    path = "/manage/instruments/servqual/preview/page"
    assert "Start" in researcher.get(f"{path}?lang=en").text
    first = researcher.get(f"{path}?page=1&lang=de")
    assert first.headers["content-security-policy"].endswith("frame-ancestors 'self'")
    names = sorted(set(re.findall(r'name="(e\d\d)"', first.text)))
    assert len(names) == 22
    blank = researcher.post(f"{path}?page=1&lang=de", data=researcher.with_token({"do": "next"}))
    assert blank.status_code == 422
    assert "Einige Antworten fehlen" in blank.text
    data = researcher.with_token({**dict.fromkeys(names, "6"), "do": "next"})
    done = researcher.post(f"{path}?page=1&lang=de", data=data)
    assert done.status_code == 303
    assert "page=2" in done.headers["location"]
    assert "lang=de" in done.headers["location"]
    back = researcher.post(done.headers["location"], data=researcher.with_token({"do": "back"}))
    assert 'value="6" checked' in researcher.get(back.headers["location"]).text
    assert researcher.post(f"{path}?page=1", data={"do": "next"}).status_code == 403


def test_an_empty_draft_says_what_is_to_be_mended_and_where(researcher: Visitor, workplace: Workplace) -> None:
    draft = f"/manage/drafts/{workplace.places['empty_draft']}"
    page = researcher.get(draft).text
    assert page.count("This is empty. Fill it.") > 10
    path = "#texts--en--introduction"
    assert path in page
    editor = researcher.get(f"{draft}/edit/about").text
    field = editor[editor.index('id="problems--texts--en--introduction"') :]
    assert field[field.index(">") :].startswith("><p>This is empty. Fill it.</p>")


def test_a_draft_is_written_published_and_compared_without_scripts(researcher: Visitor, workplace: Workplace) -> None:
    draft = begin(researcher, start="copy", source="csat", title="Our clinic")
    assert (
        save(researcher, draft, "about", {"definition/field": "clinics", "definition/used_in": ["", "health"]}) == 303
    )
    page = researcher.get(f"{draft}/edit/items").text
    item = re.search(r"definition/items/([a-z0-9_-]+)/number", page)[1]  # type: ignore[index]  # every draft has items
    battery = re.search(rf"texts/en/items/{item}/([a-z*_-]+)", page)[1]  # type: ignore[index]  # and words for them
    assert save(researcher, draft, "items", {f"texts/en/items/{item}/{battery}": f"How was it? {SCRIPT}"}) == 303
    published = researcher.send_form(f"{draft}/publish", data={"version": "1.0", "note": "Begun."})
    assert published.status_code == 303, published.text
    assert published.headers["location"] == "/manage/instruments/our-clinic"
    sheet = researcher.get("/manage/instruments/our-clinic").text
    assert SCRIPT not in sheet
    assert "&lt;script&gt;" in sheet
    assert "Health care" in sheet
    assert "Adapted from" in sheet
    again = researcher.send_form(f"{draft}/publish", data={"version": "1.1"})
    assert again.status_code == 422
    assert "Nothing has changed" in again.text
    assert save(researcher, draft, "items", {f"texts/en/items/{item}/{battery}": "How was your visit?"}) == 303
    differences = researcher.get(f"{draft}/versions").text
    assert "<del>" in differences
    assert "<ins>" in differences
    assert "visit?" in differences
    found = workplace.run(lambda session: service.find_instrument(session, "our-clinic"))
    assert found.definition.version == "1.0"
    log = workplace.run(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.target == "our-clinic")))
    assert [entry.action for entry in log] == ["released"]


def test_parts_are_added_moved_and_removed_by_buttons(researcher: Visitor) -> None:
    draft = begin(researcher, start="copy", source="servperf", title="Parts by buttons")

    def items() -> list[str]:
        return re.findall(r'name="definition/items/([a-z0-9_]+)/number"', researcher.get(f"{draft}/edit/items").text)

    before = items()
    assert save(researcher, draft, "items", {}, do="add:items:reliability") == 303
    after = items()
    (added,) = set(after) - set(before)
    assert save(researcher, draft, "items", {}, do=f"move:definition/items/{added}:up") == 303
    assert items().index(added) == after.index(added) - 1
    assert save(researcher, draft, "items", {}, do=f"remove:definition/items/{added}") == 303
    assert items() == before
    for section, do in (
        ("dimensions", "add:dimensions"),
        ("scales", "add:scales"),
        ("batteries", "add:batteries:points"),
        ("questions", "add:batteries:choice"),
        ("questions", "add:comments"),
        ("scores", "add:scores:top_box"),
        ("scores", "add:breakdowns"),
        ("about", "add:citation"),
    ):
        assert save(researcher, draft, section, {}, do=do) == 303
    assert save(researcher, draft, "about", {"new_language": "it"}, do="language+:") == 303
    assert "Italiano" in researcher.get(f"{draft}/edit/about?languages=it").text
    assert save(researcher, draft, "items", {}, do="launch:rockets") == 422
    assert researcher.get(draft).status_code == 200


def test_two_people_who_write_the_same_decide_which_stays(workplace: Workplace) -> None:
    draft = f"/manage/drafts/{workplace.places['draft']}"
    path, name = f"{draft}/edit/items", "texts/en/items/emp_18/perception"
    admin, researcher = workplace.visitor("admin"), workplace.visitor("researcher")
    first, second = fields_of(admin.get(path).text), fields_of(researcher.get(path).text)
    assert admin.send_form(path, data={**first, name: "Words of the admin."}).headers["location"].startswith(path)
    clash = researcher.send_form(path, data={**second, name: "Words of the researcher."})
    assert clash.headers["location"] == f"{draft}/conflicts"
    page = researcher.get(f"{draft}/conflicts").text
    for words in ("Words of the admin.", "Words of the researcher.", "admin@example.org"):
        assert words in page
    undecided = researcher.send_form(f"{draft}/conflicts", data={})
    assert undecided.status_code == 422
    choices = {f"choice.{name}": "mine", name: "Words of both.", f"choice.{WORDING}": "theirs"}
    assert researcher.send_form(f"{draft}/conflicts", data=choices).status_code == 303
    assert "Words of both." in admin.get(path).text


def test_a_page_that_is_left_keeps_what_was_typed(researcher: Visitor) -> None:
    draft = begin(researcher, start="blank", title="Left in a hurry", language="de")
    path = f"{draft}/edit/about"
    carried = fields_of(researcher.get(path).text)
    answer = researcher.post(path, data={**researcher.with_token(carried), "texts/de/thanks": "Danke!", "do": "keep"})
    assert answer.status_code == 204
    assert "Danke!" in researcher.get(path).text


def test_typing_saves_and_says_at_the_field_what_is_wrong(researcher: Visitor) -> None:
    draft = begin(researcher, start="copy", source="servqual", title="While typing")
    path = f"{draft}/edit/scales"
    carried = fields_of(researcher.get(path).text)
    data = {**carried, "definition/scales/expected/low": "seven", "pointed_out": ""}
    answer = researcher.send_form(path, data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'id="problems--definition--scales--expected--low" hx-swap-oob="true"' in answer.text
    assert "This must be a whole number, not &#34;seven&#34;." in answer.text
    assert "seven" in researcher.get(path).text
    pointed_out = re.search(r'id="pointed-out" value="([^"]*)"', answer.text)[1]  # type: ignore[index]  # it always is
    data = {**carried, "definition/scales/expected/low": "1", "pointed_out": pointed_out}
    mended = researcher.send_form(path, data=data, headers={"HX-Request": "true"}).text
    assert 'id="problems--definition--scales--expected--low" hx-swap-oob="true"></div>' in mended


def test_a_placeholder_that_a_text_begins_to_use_gets_a_field_for_its_default(researcher: Visitor) -> None:
    draft = begin(researcher, start="copy", source="nps", title="With placeholders")
    assert save(researcher, draft, "about", {"texts/en/thanks": "See you at {lounge}."}) == 303
    assert 'name="texts/en/placeholders/lounge"' in researcher.get(f"{draft}/edit/about").text
    assert save(researcher, draft, "about", {"texts/en/placeholders/lounge": "our lounge"}) == 303
    whole = yaml.safe_load(researcher.get(f"{draft}/files/yaml").text)
    assert whole["texts"]["en"]["placeholders"]["lounge"] == "our lounge"


def test_nothing_but_values_of_the_draft_is_taken_from_a_form(researcher: Visitor) -> None:
    draft = begin(researcher, start="copy", source="nps", title="Closed doors")
    values = {
        "definition/id": "servqual",
        "definition/items": "x",
        "definition/items/#order": "",
        "definition/batteries/rating/kind": "choice",
        "texts/en": "x",
        "texts/../../etc": "x",
    }
    assert save(researcher, draft, "about", values) == 303
    whole = yaml.safe_load(researcher.get(f"{draft}/files/yaml").text)
    assert whole["instrument"]["id"] == "closed-doors"
    assert len(whole["instrument"]["items"]) == 1
    assert set(whole["texts"]) == set(load_instrument("nps").texts)


def test_a_withdrawn_instrument_is_offered_no_more(researcher: Visitor) -> None:
    draft = begin(researcher, start="copy", source="nps", title="For a season")
    researcher.send_form(f"{draft}/publish", data={"version": "1.0"})
    assert "For a season" in researcher.get("/manage/instruments").text
    assert researcher.send_form(f"{draft}/offer", data={}).status_code == 303
    assert "For a season" not in researcher.get("/manage/instruments").text
    assert "It was withdrawn" in researcher.get("/manage/instruments/for-a-season").text


def test_a_draft_is_deleted_only_on_purpose(researcher: Visitor) -> None:
    draft = begin(researcher, start="blank", title="Short life")
    assert researcher.send_form(f"{draft}/delete", data={}).status_code == 422
    assert researcher.send_form(f"{draft}/delete", data={"sure": "1"}).status_code == 303
    assert researcher.get(draft).status_code == 404


def test_managers_reach_no_address_of_the_library(workplace: Workplace) -> None:
    north, draft = workplace.visitor("north"), workplace.places["draft"]
    for path in (
        "/manage/drafts",
        f"/manage/drafts/{draft}/publish",
        f"/manage/drafts/{draft}/delete",
        f"/manage/drafts/{draft}/offer",
        f"/manage/drafts/{draft}/undo",
        f"/manage/drafts/{draft}/conflicts",
        f"/manage/drafts/{draft}/edit/items",
        f"/manage/drafts/{draft}/preview/page",
        f"/manage/instruments/{OWN_ID}/preview/page",
    ):
        assert north.send_form(path, data={"sure": "1"}).status_code == 404
    for path in (f"/manage/drafts/{draft}/files/yaml", f"/manage/instruments/{OWN_ID}/files/yaml"):
        assert north.get(path).status_code == 404
