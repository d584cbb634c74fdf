from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from servq.cli import main
from servq.db import database_url

CONTACTS = """\
id,email,name,site,consent
1,ada@example.org,Ada,North,yes
2,ben@example.org,=1+1,North,
3,cy@example.org,Cy,South,
1,ada@example.com,,,
,,Nobody,,
"""


class Terminal:
    """Runs commands as a person would, with database and secret already named."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = self._capsys.readouterr()
        self.errors = printed.err
        assert ended.value.code == code, printed.err
        return printed.out


@pytest.fixture
def terminal(database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("SERVQ_DATABASE", database)
    monkeypatch.setenv("SERVQ_SECRET", "only for tests, and long enough for them")
    return Terminal(capsys)


@pytest.fixture
def contact_file(tmp_path: Path) -> str:
    path = tmp_path / "contacts.csv"
    path.write_text(CONTACTS)
    return str(path)


def test_a_preview_says_what_would_happen_and_stores_nothing(
    terminal: Terminal, contact_file: str, tmp_path: Path
) -> None:
    rejected = tmp_path / "rejected.csv"
    for _ in range(2):
        told = terminal.run("contacts", "import", contact_file, "--preview", "--rejected", str(rejected))
        assert "5 rows: 2 contacts would be added" in told
        assert "2 rejected" in told
        assert (
            '{"reference":"1","email":"ada@example.com","name":"Ada","attributes":{"site":"North"},"consent":true}'
            in told
        )
        assert "Nothing was stored" in told
    assert "contacts.csv:3, column" in terminal.errors
    with rejected.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["column"]) for row in rows] == [("3", "name"), ("6", "")]
    assert not any(row["problem"].startswith(("=", "+", "-", "@")) for row in rows)


def test_contacts_are_imported_asked_and_told_of(terminal: Terminal, contact_file: str, tmp_path: Path) -> None:
    assert "2 contacts added" in terminal.run("contacts", "import", contact_file)
    assert "0 contacts added, 0 updated, 2 unchanged" in terminal.run("contacts", "import", contact_file)
    assert "suppressed" in terminal.run("contacts", "suppress", "Cy@example.org", "--reason", "complaint")
    assert "1 of them are suppressed" in terminal.run("contacts", "import", contact_file)
    terminal.run("survey", "create", "nps", "--title", "Guests", "--organisation", "Hotel Meridian", "--site", "North")
    terminal.run("survey", "launch", "1")
    reach = terminal.run("survey", "reach", "1", "--share", "1", "--quota", "site=North:5", "--link-days", "14")
    assert "At most 5 invitations a wave where site is North" in reach
    assert terminal.run("survey", "reach", "1") == reach
    links = terminal.run("survey", "invite", "1", "--everybody", "--channel", "personal_link")
    assert len(links.split()) == 1
    assert "1 are not: suppressed" in terminal.errors
    told = terminal.run("survey", "fieldwork", "1")
    assert "Not invited" in told
    assert "RR1" in told
    path = tmp_path / "fieldwork.json"
    terminal.run("survey", "fieldwork", "1", "--wave", "1", "--json", str(path))
    found = json.loads(path.read_text())
    assert (found["total"]["invited"], found["not_invited"][0]["reason"]) == (1, "suppressed")


def test_a_long_file_is_stored_in_parts_and_counted_as_one(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servq.commands.contacts._ROWS_AT_ONCE", 10)
    path = tmp_path / "long.csv"
    path.write_text("id,name\n" + "".join(f"{number % 25},Name {number}\n" for number in range(45)))
    assert "45 rows: 25 contacts added, 0 updated, 0 unchanged; 20 rows merged" in terminal.run(
        "contacts", "import", str(path)
    )
    assert "0 contacts added, 0 updated, 25 unchanged" in terminal.run("contacts", "import", str(path))


def test_a_contact_is_erased_by_reference_or_address(terminal: Terminal, contact_file: str) -> None:
    terminal.run("contacts", "import", contact_file)
    assert "is erased" in terminal.run("contacts", "erase", "--reference", "1")
    assert "is erased" in terminal.run("contacts", "erase", "--email", "CY@example.org")
    terminal.run("contacts", "erase", "--reference", "1", code=2)
    assert 'No contact has "1"' in terminal.errors
    terminal.run("contacts", "erase", code=2)
    assert "Say who" in terminal.errors
    assert "2 contacts added" in terminal.run("contacts", "import", contact_file)


def test_a_suppression_is_lifted_with_a_reason_and_an_opt_out_not_without_a_later_consent(terminal: Terminal) -> None:
    why = ("--reason", "wants to be asked", "--source", "signed form")
    terminal.run("contacts", "suppress", "ada@example.org", "--reason", "hard_bounce")
    assert "no longer suppressed (it was: hard_bounce)" in terminal.run("contacts", "lift", "Ada@example.org", *why)
    terminal.run("contacts", "suppress", "ben@example.org")
    terminal.run("contacts", "lift", "ben@example.org", *why, code=2)
    assert "Only the person can undo that" in terminal.errors
    terminal.run("contacts", "lift", "ben@example.org", *why, "--consented-at", "2020-01-01", code=2)
    assert "Only a later consent counts" in terminal.errors
    terminal.run("contacts", "lift", "nobody@example.org", *why, code=2)
    assert "is not suppressed" in terminal.errors


def test_a_link_to_the_page_of_a_wave_is_printed(terminal: Terminal) -> None:
    terminal.run("survey", "create", "nps", "--title", "Guests", "--organisation", "Hotel")
    terminal.run("survey", "launch", "1")
    asked = ("survey", "fieldwork", "1", "--link", "--address", "https://feedback.example.org/")
    assert terminal.run(*asked).startswith("https://feedback.example.org/wave/")
    assert "It works until" in terminal.errors
    terminal.run(*asked, "--days", "0", code=2)
    assert "A link cannot work for 0 days" in terminal.errors


def test_the_policy_is_set_in_parts_and_shown(terminal: Terminal) -> None:
    assert "Rest: 30 days" in terminal.run("contacts", "policy")
    told = terminal.run(
        *("contacts", "policy", "--rest-days", "7", "--quiet", "21:30-06:45", "--time-zone", "Europe/Berlin"),
        *("--most", "2", "--within-days", "90", "--reminders-count", "--needs-consent"),
    )
    assert told == terminal.run("contacts", "policy")
    assert "Quiet: 21:30 to 06:45, Europe/Berlin" in told
    assert "At most: 2 invitations in 90 days" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("contacts", "import", "nowhere.csv"), "no such file"),
        (("contacts", "policy", "--quiet", "late"), "20:00-08:00"),
        (("contacts", "policy", "--quiet", "20:00-8"), "no time of day"),
        (("contacts", "policy", "--time-zone", "Mars/Base"), "Mars/Base"),
        (("contacts", "suppress", "nobody"), "no e-mail address"),
        (("survey", "reach", "1", "--quota", "North"), "site=North:100"),
        (("survey", "invite", "1"), "Say whom to ask"),
        (("survey", "invite", "1", "--where", "North"), "is no attribute"),
        (("survey", "invite", "1", "--reference", "none"), 'no reference "none"'),
        (("survey", "fieldwork", "1"), "no survey 1"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(terminal: Terminal, arguments: tuple[str, ...], said: str) -> None:
    terminal.run(*arguments, code=2)
    assert said in terminal.errors


def test_columns_are_chosen_and_a_choice_that_is_none_is_refused(
    terminal: Terminal, tmp_path: Path, database: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Work,Private,Level\nada@example.org,ada@example.com,gold\n")
    terminal.run("contacts", "import", str(path), "--column", "Work", code=2)
    assert "does not say which column is which" in terminal.errors
    terminal.run("contacts", "import", str(path), "--column", "email=Work", "--ignore", "Private")
    url = database_url(database)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url.set(drivername="sqlite+pysqlite"))
        with engine.connect() as connection:
            assert connection.execute(text("SELECT email, attributes FROM contact")).all() == [
                ("ada@example.org", '{"Level":"gold"}')
            ]
        engine.dispose()
