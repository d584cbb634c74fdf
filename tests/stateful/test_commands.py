from __future__ import annotations

import re
import shlex
import shutil
import socket
from pathlib import Path

import pytest

from servq.accounts.models import Scope
from servq.cli import main
from servq.commands.key import SCOPES
from servq.locations import instruments_folder


class Terminal:
    """Runs commands as a person would, with the database already named."""

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
    return Terminal(capsys)


def test_a_survey_goes_from_draft_to_closed(terminal: Terminal) -> None:
    assert "There are no surveys" in terminal.run("survey", "list")
    created = terminal.run(
        *("survey", "create", "servqual", "--title", "Guests", "--organisation", "Hotel Meridian", "--site", "North"),
        *("--sitting", "before_after", "--locale", "en", "--slug", "guests"),
    )
    assert "servq survey launch 1" in created
    assert "draft" in terminal.run("survey", "list")
    opened = terminal.run("survey", "launch", "1", "--address", "https://survey.example/")
    assert "https://survey.example/o/guests" in opened
    links = terminal.run("survey", "links", "1", "-n", "3", "--site", "North", "--days", "14").split()
    assert len(set(links)) == 3
    assert all(re.fullmatch(r"http://127\.0\.0\.1:8000/s/[A-Za-z0-9_-]{22}", link) for link in links)
    assert "only now" in terminal.errors
    assert "Wave 2" in terminal.run("survey", "wave", "1", "--name", "Spring")
    assert "closed" in terminal.run("survey", "close", "1")
    assert "closed" in terminal.run("survey", "list")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("survey", "create", "nothing", "--title", "a", "--organisation", "b"), "nothing"),
        (("survey", "create", "servqual", "--title", " ", "--organisation", ""), 'column "organisation"'),
        (("survey", "create", "servqual", "--title", "a", "--organisation", "b", "--locale", "xx"), "Use one of"),
        (("survey", "create", "servqual", "--title", "a", "--organisation", "b", "--site", ""), 'column "sites"'),
        (
            ("survey", "create", "servqual", "--title", "a", "--organisation", "b", "--site", "A", "--site", "A"),
            'Site "A" is there 2 times',
        ),
        (
            ("survey", "create", "servqual", "--title", "a", "--organisation", "b", "--placeholder", "provider=a"),
            "has no {provider}. It has:",
        ),
        (("survey", "launch", "7"), "There is no survey 7"),
        (("survey", "links", "7"), "There is no survey 7"),
        (("user", "add", "nobody", "--role", "admin"), "not an e-mail address"),
        (("user", "add", "a@example.org", "--role", "king"), "king"),
        (("key", "create", "--scope", "everything"), "surveys:read"),
        (("user", "add", "a" * 250 + "@example.org", "--role", "admin"), "not an e-mail address"),
        (("key", "create", "--scope", "surveys:read", "--name", "k" * 101), "101 characters"),
        (("key", "revoke", "7"), "no API key 7"),
        (("key", "revoke", "99999999999999999999"), "not in the range"),
        (("survey", "close", "2147483648"), "not in the range"),
        (("report", "1", "--wave", "99999999999999999999"), "not in the range"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_with_exit_code_2(
    terminal: Terminal, arguments: tuple[str, ...], said: str
) -> None:
    assert terminal.run(*arguments, code=2) == ""
    assert said in terminal.errors
    assert "Traceback" not in terminal.errors


def test_every_scope_that_a_key_may_have_is_in_the_help() -> None:
    assert set(re.findall(r"[a-z]+:[a-z]+", SCOPES)) == set(Scope)


def test_a_person_and_a_key_are_made(terminal: Terminal) -> None:
    assert "researcher" in terminal.run("user", "add", "Ann@example.org", "--role", "researcher")
    key = terminal.run(
        *("key", "create", "--scope", "surveys:read", "--scope", "surveys:write", "--user", "ann@example.org"),
        *("--name", "dashboard", "--days", "30"),
    )
    assert re.fullmatch(r"servq_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n", key)
    assert "revoked" in terminal.run("key", "revoke", "1")


def test_the_database_option_goes_before_the_environment(terminal: Terminal, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    terminal.run("survey", "create", "servqual", "--title", "a", "--organisation", "b", "--database", elsewhere)
    assert "There are no surveys" in terminal.run("survey", "list")
    assert "draft" in terminal.run("survey", "list", "--database", elsewhere)


def test_the_database_is_upgraded_as_often_as_one_likes(terminal: Terminal) -> None:
    for _ in range(2):
        assert "up to date" in terminal.run("db", "upgrade")


def test_an_instrument_of_ones_own_is_launched_from_its_folder(terminal: Terminal, tmp_path: Path) -> None:
    own = tmp_path / "our own"
    shutil.copytree(instruments_folder() / "nps", own)
    definition = own / "instrument.yaml"
    definition.write_text(definition.read_text(encoding="utf-8").replace("id: nps\n", "id: own\n", 1), encoding="utf-8")
    created = terminal.run("survey", "create", str(own), "--title", "a", "--organisation", "b")
    command = shlex.split(created.partition("servq ")[2])
    assert command == ["survey", "launch", "1", "--instrument", str(own)]
    terminal.run("survey", "launch", "1", code=2)
    assert "is open" in terminal.run(*command)


def test_a_report_of_nobody_says_so(terminal: Terminal) -> None:
    terminal.run("survey", "create", "nps", "--title", "a", "--organisation", "b")
    terminal.run("survey", "launch", "1")
    terminal.run("report", "1", code=2)
    assert "Nobody has answered" in terminal.errors


def test_a_port_that_is_taken_is_named_before_any_work(terminal: Terminal, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        terminal.run("serve", "--port", port, code=2)
        assert f"servq cannot listen at 127.0.0.1:{port} (address already in use)" in terminal.errors
        terminal.run("demo", "--folder", str(tmp_path / "demo"), "--port", port, code=2)
        assert "Choose another port with --port" in terminal.errors
    assert not (tmp_path / "demo").exists()


def test_a_demo_whose_folder_cannot_be_made_says_so(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    terminal.run("demo", "--folder", str(tmp_path / "file" / "demo"), "--no-serve", code=2)
    assert "The folder cannot be made" in terminal.errors
