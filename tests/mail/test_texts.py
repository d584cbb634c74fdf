from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.planning import SECRET, Sessions, invite, messages_of, settings_of, tick
from mail.returned import dsn
from mail.sink import Sink
from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.cli import main
from servq.errors import MailTextInvalid
from servq.invitations.models import MessageStatus
from servq.mail import service
from servq.mail.letters import KINDS, Kind
from servq.mail.queries import store_text
from servq.mail.service import NewMailText
from servq.web import create_app
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio
ADDRESS = "https://survey.example"


async def store(sessions: Sessions, survey_id: int, **parts: str) -> None:
    async with sessions.begin() as session:
        new = NewMailText(**parts)
        await service.set_text(session, survey_id, "invitation", "de", new, address=ADDRESS, now=NOW)


async def test_a_text_of_ones_own_takes_the_place_of_the_shipped_one_in_its_language_alone(
    sink: Sink, engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    survey = await make_survey(sessions)
    await store(
        sessions,
        survey.id,
        subject="Wie war’s, {{ name or 'Gast' }}?",
        text="Guten Tag {{ name }},\n\n{% if attributes.site is defined %}Haus {{ attributes.site }}{% endif %} & mehr",
    )
    await invite(sessions, survey, ["a@example.org"], locale="de-AT", values={"name": "Ann <b>", "site": "Nord"})
    await invite(sessions, survey, ["b@example.org"], locale="fr")
    await tick(engine, settings_of(database, sink.port), "mail")
    german, other = sorted(sink.received, key=lambda each: each.recipient)
    assert str(german.message["Subject"]) == "Wie war’s, Ann <b>?"
    assert "Guten Tag Ann <b>,\n\nHaus Nord & mehr\n" in german.part("plain")
    assert "Guten Tag Ann &lt;b&gt;,</p>" in german.part("html")
    assert "Haus Nord &amp; mehr</p>" in german.part("html")
    assert "Keine weiteren Nachrichten" in german.part("html")
    assert str(other.message["Subject"]) == "Your opinion of Hotel Meridian", "no such language: the survey's first"


@pytest.mark.parametrize(
    ("parts", "line", "said"),
    [
        ({"text": "Dear {{ nmae }},"}, 1, "'nmae' is undefined"),
        ({"text": "Dear\n\n{{ name "}, 3, "Unexpected end of template"),
        ({"subject": "{% if name %}Hi"}, 1, "Unexpected end of template"),
        ({"html": "<p>a</p>\n<p>{{ attributes.site }}</p>"}, 2, "has no attribute 'site'"),
        ({"text": "a\n{{ 1 / 0 }}"}, 2, "Division by zero"),
        ({"text": "{{ name.__class__.__mro__ }}"}, 1, "unsafe"),
        ({"text": "{% for a in range(9) %}{% endfor %}"}, 1, "A loop"),
        ({"text": "{% include 'invitation/text.txt.j2' %}"}, 1, "“include”"),
        ({"text": "a\n{{ _('{f.__self__}', f=name) }}"}, 2, "no plain name"),
        ({"text": "{{ _('{name:>99999999999}', name=name) }}"}, 1, "no plain name"),
        ({"text": "{{ 'x' * 99999999999 }}"}, 1, "“*”"),
        ({"text": "{{ 9 ** 9 ** 9 }}"}, 1, "“**”"),
        ({"text": "{{ '%99999999999d' % 1 }}"}, 1, "“%”"),
        ({"text": "{{ name|center(99999999999) }}"}, 1, "“center”"),
        ({"text": "{{ name.center(99999999999) }}"}, 1, "Nothing is called here"),
        ({"text": "{% set a = name ~ name %}{{ a }}"}, 1, "“set”"),
        ({"text": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"}, 1, "“macro”"),
        ({"text": "{% for a in name %}{% for b in name %}x{% endfor %}{% endfor %}"}, 1, "A loop"),
        ({"text": "{{ [[name]|lower]|lower }}"}, 1, "A list"),
        ({"text": "{{" + "(" * 5000 + ")" * 5000 + "}}"}, 1, "too deeply"),
        ({"text": " \n"}, 1, "It is empty"),
        ({"subject": "x" * 300}, 1, "300 characters"),
    ],
)
async def test_a_fault_in_a_template_is_found_before_anything_is_sent(
    sessions: Sessions, parts: dict[str, str], line: int, said: str
) -> None:
    survey = await make_survey(sessions)
    with pytest.raises(MailTextInvalid) as refused:
        await store(sessions, survey.id, **parts)
    (problem,) = refused.value.problems
    (part,) = parts
    assert problem.where == f"invitation, de, {part}:{line}"
    assert said in problem.message
    assert problem.fix
    async with sessions() as session:
        assert await service.list_texts(session, survey.id) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_shipped_texts_and_what_a_text_may_need_pass_the_sandbox(sessions: Sessions, kind: Kind) -> None:
    survey = await make_survey(sessions)
    listed = "{% for name, value in attributes|dictsort if name != 'value' %}{{ name }}: {{ value }}\n{% endfor %}"
    chosen = "{% if attributes.site|default('') in ('Nord', 'Sued') %}{{ attributes.site|upper }}{% endif %}"
    async with sessions.begin() as session:
        shipped = await service.find_wording(session, survey.id, kind, "en")
        new = NewMailText(subject=shipped.subject, text=f"{shipped.text}\n\n{listed}\n\n{chosen}")
        await service.set_text(session, survey.id, kind, "en", new, address=ADDRESS, now=NOW)


async def test_all_parts_at_fault_are_named_at_once(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    with pytest.raises(MailTextInvalid) as refused:
        await store(sessions, survey.id, subject="{{ a }}", text="{{ b }}", html="{{ c }}")
    assert len(refused.value.problems) == 3


async def test_a_text_that_fails_for_one_person_fails_that_message_alone(
    sink: Sink, engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        await store_text(
            session, survey.id, "invitation", "en", subject=None, text="{{ attributes.room }}", html=None, now=NOW
        )
    await invite(sessions, survey, ["a@example.org"])
    await invite(sessions, survey, ["b@example.org"], values={"room": "12"})
    await tick(engine, settings_of(database, sink.port), "mail")
    assert sink.addresses == ["b@example.org"]
    failed, sent = await messages_of(sessions)
    assert (failed.status, sent.status) == (MessageStatus.FAILED, MessageStatus.SENT)
    assert "invitation, en, text:1" in (failed.last_error or "")


@pytest.fixture
async def client(database: str, sink: Sink, sessions: Sessions) -> AsyncIterator[AsyncTestClient]:
    async with sessions.begin() as session:
        key = await create_key(session, frozenset({Scope.MAIL_READ, Scope.MAIL_WRITE}), now=NOW)
    app = create_app(settings_of(database, sink.port), now=lambda: NOW)
    async with AsyncTestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key.text}"
        yield client


async def test_a_text_is_written_previewed_tried_and_taken_back_over_the_api(
    client: AsyncTestClient, sessions: Sessions, sink: Sink
) -> None:
    survey = await make_survey(sessions)
    texts = f"/api/v1/surveys/{survey.id}/mail-texts"
    shipped = (await client.get(f"{texts}/invitation/en")).json()
    assert "{{" in shipped["subject"]
    seen = await client.post(f"{texts}/invitation/en/preview", json={"text": "Try {{ organisation }}"})
    assert "Try Hotel Meridian" in seen.json()["text"]
    wrong = await client.put(f"{texts}/reminder/en", json={"text": "a\n{{ b }}"})
    assert wrong.status_code == 422
    assert (wrong.json()["code"], wrong.json()["problems"][0]["line"]) == ("mail_text.invalid", 2)
    kept = await client.put(f"{texts}/reminder/en", json={"subject": "Again, {{ name }}"})
    assert (kept.status_code, kept.json()["text"]) == (200, None)
    assert [(each["kind"], each["locale"]) for each in (await client.get(texts)).json()] == [("reminder", "en")]
    tried = await client.post(f"{texts}/reminder/en/test", json={"to": "me@example.org"})
    assert tried.json()["accepted"] is True
    assert str(sink.received[-1].message["Subject"]) == "[Test] Again, Alex Sample"
    assert (await client.delete(f"{texts}/reminder/en")).status_code == 204
    assert (await client.delete(f"{texts}/reminder/en")).status_code == 404
    assert (await client.get(f"{texts}/reminder/xx")).status_code == 422
    assert (await client.get(f"{texts}/letter/en")).status_code == 422


async def test_a_plan_is_kept_and_checked(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    place = f"/api/v1/surveys/{survey.id}/mail-plan"
    assert (await client.get(place)).json() == {"reminder_days": [], "thank_you": False, "alert_addresses": []}
    plan = {"reminder_days": [3, 7], "thank_you": True, "alert_addresses": ["boss@example.org"]}
    assert (await client.put(place, json=plan)).json() == plan
    assert (await client.get(place)).json() == plan
    wrong = await client.put(place, json={"reminder_days": [0, 1, 2, 3, 4, 500], "alert_addresses": ["nobody"]})
    assert [each["column"] for each in wrong.json()["problems"]] == ["reminder_days"] * 3 + ["alert_addresses"]


async def test_an_unknown_message_is_listed_and_sent_again_by_a_person(
    client: AsyncTestClient, sessions: Sessions, engine: AsyncEngine, database: str, sink: Sink
) -> None:
    survey = await make_survey(sessions)
    await invite(sessions, survey, ["a@example.org"])
    async with sessions.begin() as session:
        (message,) = await messages_of(sessions)
        message.status = MessageStatus.UNKNOWN
        await session.merge(message)
    await tick(engine, settings_of(database, sink.port), "mail")
    assert sink.received == [], "not by itself"
    (shown,) = (await client.get("/api/v1/messages", params={"status": "unknown"})).json()
    assert "address" not in shown
    for status in (200, 422):
        assert (await client.post(f"/api/v1/messages/{shown['id']}/resend")).status_code == status
    await tick(engine, settings_of(database, sink.port), "mail")
    assert sink.addresses == ["a@example.org"]
    assert sink.received[0].message["Message-ID"] == f"<{shown['message_id']}@example.org>"
    counts = (await client.get("/api/v1/messages/count", params={"survey_id": survey.id})).json()
    assert counts == [{"kind": "invitation", "status": "sent", "n": 1}]
    assert (await client.post("/api/v1/messages/999/resend")).status_code == 404


async def test_bounces_come_in_over_the_api_whole_or_in_a_providers_words(
    client: AsyncTestClient, sessions: Sessions, engine: AsyncEngine, database: str, sink: Sink
) -> None:
    survey = await make_survey(sessions)
    await invite(sessions, survey, ["a@example.org", "b@example.org"])
    await tick(engine, settings_of(database, sink.port), "mail")
    first, second = sink.received
    whole = await client.post("/api/v1/bounces", json={"mail": dsn(first).decode()})
    assert whole.json()["message"]["status"] == "bounced"
    said = {"message_id": str(second.message["Message-ID"]), "trouble": "soft", "status": "4.2.2", "detail": "full"}
    assert (await client.post("/api/v1/bounces", json=said)).json()["message"]["status"] == "planned"
    assert (await client.post("/api/v1/bounces", json={"mail": "Subject: hello"})).json() == {"message": None}
    assert (await client.post("/api/v1/bounces", json={})).status_code == 422


def test_the_command_line_writes_shows_and_sends(
    sqlite_database: str,
    sink: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = settings_of(sqlite_database, sink.port)
    monkeypatch.setenv("SERVQ_DATABASE", sqlite_database)
    monkeypatch.setenv("SERVQ_SMTP", settings.smtp)
    monkeypatch.setenv("SERVQ_MAIL_FROM", settings.mail_from)
    monkeypatch.setenv("SERVQ_SECRET", SECRET)

    def run(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        assert ended.value.code == code, said.err
        return said.out + said.err

    run("survey", "create", "nps", "--title", "Guests", "--organisation", "Hotel Meridian")
    run("survey", "launch", "1")
    own = tmp_path / "text.txt"
    own.write_text("Dear {{ nmae }},", encoding="utf-8")
    told = run("mail", "text", "1", "--locale", "en", "--text", str(own), code=2)
    assert "invitation, en, text:1: 'nmae' is undefined." in told
    own.write_text("Dear {{ name }},", encoding="utf-8")
    assert "is stored" in run("mail", "text", "1", "--locale", "en", "--text", str(own))
    assert "Dear {{ name }}," in run("mail", "text", "1", "--locale", "en")
    page = tmp_path / "mail.html"
    assert "Dear Alex Sample," in run("mail", "preview", "1", "--locale", "en", "--html", str(page))
    assert "<!DOCTYPE html>" in page.read_text(encoding="utf-8")
    assert "accepted" in run("mail", "test", "1", "--locale", "en", "--to", "me@example.org")
    assert sink.addresses == ["me@example.org"]
    assert "reminds after 3, 7 days and thanks" in run("mail", "plan", "1", "--remind", "3", "--remind", "7", "--thank")
    assert "No message was planned yet" in run("mail", "list")
    assert "no message 7" in run("mail", "resend", "7", code=2)
    assert "shipped text is used again" in run("mail", "text", "1", "--locale", "en", "--shipped")
    assert re.search(r"\{\{", run("mail", "text", "1", "--locale", "en"))


async def test_texts_that_no_database_holds_are_refused_in_words(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    gone = await client.delete(f"/api/v1/surveys/{survey.id}/mail-texts/reminder/a%00b")
    assert gone.status_code == 422
    for told in ({"message_id": "<a\0b@example.org>"}, {"message_id": "<x@example.org>", "detail": "\0"}):
        answer = await client.post("/api/v1/bounces", json={"trouble": "hard", **told})
        assert (answer.status_code, answer.json()) == (200, {"message": None})
