"""``servq events``, ``rule``, ``webhook`` and ``interview`` as an operator runs them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from servq.cli import main
from stateful.test_commands import Terminal

TABLE = """idempotency_key,kind,reference,email,touchpoint,site,occurred_at,room
stay-1,service_completed,guest-1,guest-1@example.org,checkout,Harbour,2026-03-04T10:00+01:00,suite
stay-2,service_completed,guest-2,,bar,,,
stay-3,visit,,,,,,
"""


@pytest.fixture
def terminal(database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("SERVQ_DATABASE", database)
    monkeypatch.setenv("SERVQ_SECRET", "a secret of the installation in tests")
    terminal = Terminal(capsys)
    terminal.run(
        "survey", "create", "nps", "--title", "Guests", "--organisation", "Hotel Meridian", "--site", "Harbour"
    )
    terminal.run("survey", "launch", "1")
    return terminal


def test_a_file_of_events_is_stored_once(terminal: Terminal, tmp_path: Path) -> None:
    table = tmp_path / "events.csv"
    table.write_text(TABLE, encoding="utf-8")
    assert "3 are new" in terminal.run("events", "import", str(table))
    assert "0 are new, 3 were there before" in terminal.run("events", "import", str(table))
    sheet = tmp_path / "events.parquet"
    pl.read_csv(table, infer_schema=False).write_parquet(sheet)
    assert "0 are new" in terminal.run("events", "import", str(sheet))
    lines = tmp_path / "events.jsonl"
    event = {"kind": "visit", "idempotency_key": "stay-4", "contact": {"reference": "guest-4"}}
    lines.write_text(f"{json.dumps(event)}\n\n", encoding="utf-8")
    assert "1 are new" in terminal.run("events", "import", str(lines))
    listed = terminal.run("events", "list")
    assert listed.count("\n") == 4
    assert "checkout · Harbour" in listed


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("events.csv", TABLE.replace("idempotency_key", "number"), 'no column "idempotency_key"'),
        ("events.csv", TABLE.replace("2026-03-04T10:00+01:00", "yesterday"), 'row 2, column "occurred_at"'),
        ("events.csv", TABLE.replace("stay-2", "stay-1"), "row 3"),
        ("events.csv", TABLE.replace("guest-1@example.org", "nobody"), 'row 2, column "email"'),
        ("events.jsonl", '{"kind": 3}\n{\n', "events.jsonl:2"),
        ("events.pdf", TABLE, "not read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_every_place(
    terminal: Terminal, tmp_path: Path, name: str, content: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    terminal.run("events", "import", str(path), code=2)
    assert said in terminal.errors
    assert "There are no events." in terminal.run("events", "list")


def test_rules_are_added_listed_paused_resumed_and_removed(terminal: Terminal) -> None:
    added = terminal.run(
        *("rule", "add", "1", "--event", "service_completed", "--touchpoint", "checkout", "--site", "Harbour"),
        *("--where", "value=gold", "--where", "value=silver", "--delay", "2h", "--share", "0.25"),
    )
    assert "after service_completed, touchpoint checkout, site Harbour, value gold or silver, 2:00:00 later" in added
    assert "25% of them, by email" in added
    assert "no visit for 90 days" in terminal.run("rule", "add", "1", "--silence", "90", "--event", "visit")
    dated = ("rule", "add", "1", "--date", "member since", "--days", "-3", "--at", "09:30", "--yearly")
    assert "-3 days from member since, every year" in terminal.run(*dated)
    assert "rests" in terminal.run("rule", "pause", "1", "1")
    terminal.run("rule", "low-score", "1", "nps", "6")
    listed = terminal.run("rule", "list", "1")
    assert "(rests)" in listed
    assert "low score: nps at most 6" in listed
    assert "works" in terminal.run("rule", "resume", "1", "1")
    assert "no more" in terminal.run("rule", "low-score", "1", "nps", "--off")
    for number in ("1", "2", "3"):
        terminal.run("rule", "remove", "1", number)
    assert "has no rules" in terminal.run("rule", "list", "1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "1"), "which events start it"),
        (("add", "1", "--event", "a", "--delay", "soon"), "is no delay"),
        (("add", "1", "--date", "born", "--at", "noon"), "is no time"),
        (("add", "1", "--event", "a", "--where", "gold"), 'has no "="'),
        (("add", "1", "--event", "a", "--share", "3"), "share"),
        (("add", "7", "--event", "a"), "no survey 7"),
        (("pause", "1", "9"), "has no rule 9"),
        (("low-score", "1", "nps"), "Give a threshold"),
        (("low-score", "1", "joy", "3"), 'no score "joy"'),
    ],
)
def test_a_rule_that_cannot_work_is_refused(terminal: Terminal, arguments: tuple[str, ...], said: str) -> None:
    terminal.run("rule", *arguments, code=2)
    assert said in terminal.errors


def test_a_webhook_is_added_tested_listed_replayed_and_removed(terminal: Terminal) -> None:
    secret = terminal.run("webhook", "add", "https://example.org/hook", "--of", "low_score", "--survey", "1")
    assert secret.startswith("whsec_")
    listed = terminal.run("webhook", "list")
    assert "https://example.org/hook  low_score of survey 1" in listed
    assert secret.strip() not in listed
    terminal.run("webhook", "test", "1")
    assert "test  planned  0 attempts" in terminal.run("webhook", "deliveries", "1")
    assert "again: 0." in terminal.run("webhook", "replay", "1")
    assert "again: 1." in terminal.run("webhook", "replay", "1", "--status", "all", "--since", "2026-01-01")
    assert "again: 1." in terminal.run("webhook", "replay", "1", "--delivery", "1")
    assert "rests" in terminal.run("webhook", "pause", "1")
    assert "works" in terminal.run("webhook", "resume", "1")
    terminal.run("webhook", "remove", "1")
    assert "no webhooks" in terminal.run("webhook", "list")
    terminal.run("webhook", "add", "https://10.0.0.1/", code=2)
    assert "SERVQ_WEBHOOK_NETWORKS" in terminal.errors


def test_an_interviewers_link_is_printed_once_listed_and_revoked(terminal: Terminal) -> None:
    made = ("interview", "link", "1", "--by", "phone", "--label", "Room 3", "--address", "https://survey.example/")
    url = terminal.run(*made).strip()
    assert url.startswith("https://survey.example/a/")
    listed = terminal.run("interview", "list", "1")
    assert "Room 3  phone_interviewer" in listed
    assert url.rsplit("/", 1)[1] not in listed
    terminal.run("interview", "revoke", "1", "1")
    assert "(revoked)" in terminal.run("interview", "list", "1")


@pytest.mark.parametrize("command", ["events", "rule", "webhook", "interview"])
def test_the_commands_explain_themselves(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "Commands:" in capsys.readouterr().out
