"""Surveys in the workplace: set up by several people, tried out, launched, followed and closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import httpx
from sqlalchemy import Engine, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import AuditEntry
from servq.contacts.models import Contact
from servq.instruments import load_instrument
from servq.responses.trials import count_trials
from servq.surveys.service import NewSurvey, create_survey, get_survey, list_waves
from servq.surveys.setup import get_setup
from workplace.installation import Visitor, Workplace, present
from workplace.setting_up import DRAFT_TITLE, FILE

RATINGS = {f"rater_{name}": "3" for name in ("reliability", "assurance", "tangibles", "empathy", "responsiveness")}
MOST_STATEMENTS = 9


def send(visitor: Visitor, path: str, **fields: object) -> httpx.Response:
    return visitor.send_form(path, data=fields)


def made(visitor: Visitor, **changes: object) -> str:
    """Make a draft and return its address."""
    fields = {
        "instrument": "rater",
        "title": "Lobby",
        "organisation": "Example Hotels",
        "locale": "en",
        "comments": "1",
    }
    answer = send(visitor, "/manage/surveys/new", **{**fields, "comments": "1", **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("/setup")


def version(text: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', text)
    assert found is not None
    return found[1]


def errors(text: str) -> list[str]:
    return re.findall(r'<p class="error"[^>]*>([^<]*)', text)


def answer_all(link: str, pages: list[Mapping[str, str]]) -> httpx.Response:
    """Answer a survey as a browser without scripts does."""
    with httpx.Client(follow_redirects=True, timeout=30) as client:
        shown = client.get(link)
        assert "Trial: this answer will not count." in shown.text
        for number, form in enumerate(pages, start=1):
            address = str(shown.url).split("?")[0]
            shown = client.post(f"{address}?page={number}&lang=en", data={**form, "do": "skip"})
            assert shown.status_code == 200, shown.text
            assert "Trial: this answer will not count." in shown.text
        return shown


def count_statements(work: Callable[[], object]) -> int:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(statements)


def test_a_survey_from_the_first_word_to_its_end(workplace: Workplace) -> None:
    researcher = workplace.visitor("researcher")
    address = made(researcher, sites=["Harbour"], title="From first to last")
    survey_id = int(address.rsplit("/", 1)[1])
    wording = researcher.get(f"{address}/setup/wording")
    assert "How well does {organisation} keep its promises" in wording.text
    own = {
        "version": version(wording.text),
        "language": "en",
        "own:items/rel_1/rating": "Does {organisation} keep its word?",
    }
    assert send(researcher, f"{address}/setup/wording", **own).status_code == 303
    questions = researcher.get(f"{address}/setup/questions")
    added = {
        "version": version(questions.text),
        "locales": ["en", "de"],
        "choice": [""],
        "choice-0-en": "How often do you come?",
        "options-0-en": "For the first time\nMore often",
        "comment": [""],
        "comment-0-en": "What do you wish for?",
    }
    assert send(researcher, f"{address}/setup/questions", **added).status_code == 303
    trial = researcher.get(f"{address}/trial")
    link = re.search(r'id="trial-link">([^<]+)<', trial.text)
    assert link is not None
    choice, comment = re.findall(
        r"own_(?:choice|comment)_[0-9a-f]{6}", researcher.get(f"{address}/setup/questions").text
    )
    last = {choice: "2", f"comment_{comment}": "sun"}
    thanked = answer_all(link[1], [RATINGS, last])
    assert "Your answers are saved" in thanked.text
    shown = researcher.get(f"{address}/trial").text
    assert "Does Example Hotels keep its word?" in shown
    assert "More often" in shown
    assert "sun" in shown
    assert "1 trial answer" in researcher.get(f"{address}/launch").text
    refused = send(researcher, f"{address}/launch", version=version(researcher.get(f"{address}/launch").text))
    assert refused.status_code == 422
    setup = workplace.run(lambda session: get_setup(session, survey_id))
    assert send(researcher, f"{address}/launch", version=setup.version, understood="1").status_code == 303

    async def after_launch(session: AsyncSession) -> tuple[int, str]:
        return await count_trials(session, survey_id), (await get_survey(session, survey_id)).status.value

    assert workplace.run(after_launch) == (0, "launched")
    assert send(researcher, f"{address}/setup/basics", version=setup.version, title="Other").status_code == 409
    overview = researcher.get(address).text
    assert "<b>0</b>" in overview
    assert send(researcher, f"{address}/setup/schedule", action="wave-now", now_name="Second").status_code == 303
    assert [wave.name for wave in workplace.run(lambda session: list_waves(session, survey_id))] == ["1", "Second"]
    assert send(researcher, f"{address}/close").status_code == 422
    assert send(researcher, f"{address}/close", understood="1").status_code == 303
    assert "Closed" in researcher.get(address).text

    async def noted(session: AsyncSession) -> set[str]:
        entries = select(AuditEntry.action).where(AuditEntry.kind == "survey", AuditEntry.target == str(survey_id))
        return set(await session.scalars(entries))

    assert {"created", "changed", "launched", "closed"} <= workplace.run(noted)


def test_two_people_at_one_draft_see_what_the_other_saved_and_nothing_is_overwritten(workplace: Workplace) -> None:
    first, second = workplace.visitor("researcher"), workplace.visitor("admin")
    address = made(first, title="Of two minds")
    old = version(first.get(f"{address}/setup/basics").text)
    fields = {"title": "As the first says", "organisation": "Example Hotels", "locale": "en", "slug": "two-minds"}
    assert send(first, f"{address}/setup/basics", version=old, **fields).status_code == 303
    clash = send(second, f"{address}/setup/basics", version=old, **{**fields, "title": "As the second says"})
    assert clash.status_code == 409
    assert "researcher@example.org" in clash.text
    assert "As the first says" in clash.text
    assert "As the second says" in clash.text
    number = int(address.rsplit("/", 1)[1])
    assert workplace.run(lambda session: get_survey(session, number)).title == "As the first says"
    again = send(second, f"{address}/setup/basics", version=version(clash.text), **{**fields, "title": "Agreed"})
    assert again.status_code == 303
    assert workplace.run(lambda session: get_survey(session, number)).title == "Agreed"


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(workplace: Workplace) -> None:
    researcher = workplace.visitor("researcher")
    refused = send(researcher, "/manage/surveys/new", instrument="rater", title="", organisation="Kept", slug="No slug")
    assert refused.status_code == 422
    assert 'id="title-error"' in refused.text
    assert 'value="Kept"' in refused.text
    address = made(researcher, title="Faulty")
    page = researcher.get(f"{address}/setup/wording").text
    wrong = {"version": version(page), "language": "en", "own:items/rel_1/rating": "Fast at {nowhere}?"}
    refused = send(researcher, f"{address}/setup/wording", **wrong)
    assert refused.status_code == 422
    assert "Fast at {nowhere}?" in refused.text
    assert 'id="own:items/rel_1/rating-error"' in refused.text
    late = send(researcher, f"{address}/setup/schedule", opens_at="2020-01-01T10:00", closes_at="2019-01-01T10:00")
    assert late.status_code == 422
    assert errors(late.text)


def test_mails_of_a_draft_are_looked_at_and_worded_before_the_launch(workplace: Workplace) -> None:
    researcher = workplace.visitor("researcher")
    address = made(researcher, title="By mail")
    page = researcher.get(f"{address}/setup/mail?language=de").text
    assert "Guten Tag {{ name }}" in page
    assert "{{ _(" not in page
    worded = {"kind": "invitation", "language": "de", "subject": "Wie war es, {{ name }}?", "text": "Bitte antworten."}
    assert send(researcher, f"{address}/setup/mail", **worded).status_code == 303
    shown = researcher.get(f"{address}/setup/mail?language=de").text
    assert "Wie war es, Alex Sample?" in shown
    preview = researcher.get(f"{address}/setup/mail/preview?language=de")
    assert "Bitte antworten." in preview.text
    assert "sandbox" in preview.headers["content-security-policy"]
    broken = send(researcher, f"{address}/setup/mail", **{**worded, "text": "{{ nothing_like_it }}"})
    assert broken.status_code == 422
    assert 'id="text-error"' in broken.text
    without = send(
        researcher, f"{address}/setup/mail", action="test", kind="invitation", language="de", test_to="a@example.org"
    )
    assert without.status_code == 422


def test_a_file_of_contacts_is_looked_at_before_it_is_stored(workplace: Workplace) -> None:
    researcher = workplace.visitor("researcher")
    address = f"/manage/surveys/{workplace.places['survey']}/setup/contacts"
    sent = researcher.send_form(address, data={"action": "upload"}, files={"file": ("guests.csv", FILE, "text/csv")})
    assert sent.status_code == 303, errors(sent.text)

    async def count(session: AsyncSession) -> int:
        return await session.scalar(select(func.count()).select_from(Contact)) or 0

    preview = researcher.get(sent.headers["location"]).text
    assert "Ada Example" in preview
    assert "no address" in preview
    assert workplace.run(count) == 0
    assert workplace.visitor("admin").get(sent.headers["location"]).status_code == 404
    assert send(researcher, sent.headers["location"]).status_code == 303
    assert workplace.run(count) == 1
    too_large = researcher.send_form(
        address, data={"action": "upload"}, files={"file": ("guests.csv", b"x" * 6_000_000, "text/csv")}
    )
    assert too_large.status_code in {413, 422}
    invited = send(researcher, address, action="invite", by="personal_link", where="region = North")
    assert "/s/" in invited.text


def test_a_manager_follows_the_fieldwork_of_their_sites_alone(workplace: Workplace) -> None:
    address = f"/manage/surveys/{workplace.places['survey']}/fieldwork"
    everything = workplace.visitor("researcher").get(address).text
    mine = workplace.visitor("north").get(address).text
    assert "<b>120</b>" in everything
    assert "<b>60</b>" in mine
    assert "Castle" not in mine
    live = workplace.visitor("north").get(address, headers={"HX-Request": "true", "HX-Target": "live"})
    assert live.text.lstrip().startswith('<div id="live"')
    assert workplace.visitor("north").get(f"{address}?wave=99").status_code == 404
    linked = send(workplace.visitor("researcher"), f"{address}/link")
    private = re.search(r'id="private-link">([^<]+)<', linked.text)
    assert private is not None
    assert httpx.get(private[1]).status_code == 200
    assert f'hx-get="{address}?wave=2"' in linked.text


def test_the_texts_of_another_language_do_not_turn_the_page_round(workplace: Workplace) -> None:
    draft = f"/manage/surveys/{workplace.places['draft_survey']}"
    for step in ("wording?language=en", "mail?language=de"):
        page = workplace.visitor("researcher").get(f"{draft}/setup/{step}", headers={"Accept-Language": "ar"})
        assert '<html lang="ar" dir="rtl"' in page.text


def test_script_in_a_title_stays_text(workplace: Workplace) -> None:
    for path in ("/manage/surveys", f"/manage/surveys/{workplace.places['draft_survey']}/setup/basics"):
        text = workplace.visitor("researcher").get(path).text
        assert DRAFT_TITLE not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_list_asks_the_database_as_often_for_many_surveys_as_for_few(workplace: Workplace) -> None:
    async def add(session: AsyncSession) -> None:
        base = load_instrument("nps")
        for number in range(40):
            new = NewSurvey(instrument="nps", title=f"Many {number}", organisation="Example Hotels")
            await create_survey(session, new, base, now=present())

    researcher = workplace.visitor("researcher")
    few = count_statements(lambda: researcher.get("/manage/surveys?q=Guest"))
    workplace.run(add)
    many = count_statements(lambda: researcher.get("/manage/surveys?q=Many"))
    assert few == many
    assert many <= MOST_STATEMENTS
    second = researcher.get("/manage/surveys?q=Many&page=2").text
    assert "26 to 40 of 40" in second
