"""The command line: exit codes, messages, files written whole or not at all.

1. 0 on success; 2 on bad input with a message that names the place and the fix; nothing half-written.
2. `analyze` writes JSON, HTML and PDF, and prints the summary when none is asked for.
3. Every command that the help lists exists and explains itself.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oracle import GOLDEN
from servq.cli import COMMANDS, cli, main
from servq.errors import RequestInvalid

ANSWERS = GOLDEN / "data" / "servqual1988_sim.csv"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def analyze(*arguments: object, instrument: str = "servqual-1988") -> Result:
    return run("analyze", ANSWERS, "--instrument", instrument, *arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage:")


def test_without_an_output_the_summary_is_printed() -> None:
    result = analyze()
    assert result.exit_code == 0
    assert "falls short of expectations by 0.57 points" in result.output


def test_the_summary_speaks_german() -> None:
    result = analyze("--locale", "de")
    assert "0,57" in result.output
    assert "falls short" not in result.output


def test_files_are_written_and_named(tmp_path: Path) -> None:
    result = analyze("--json", tmp_path / "f.json", "--html", tmp_path / "f.html", "--pdf", tmp_path / "f.pdf")
    assert result.exit_code == 0, result.output
    assert result.output.count("Wrote ") == 3
    assert json.loads((tmp_path / "f.json").read_bytes())["manifest"]["instrument_id"] == "servqual-1988"
    assert (tmp_path / "f.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.html", "f.json", "f.pdf"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyze", "nowhere.csv", "--instrument", "servqual"], "There is no such file"),
        (["analyze", ANSWERS, "--instrument", "servqal"], "Did you mean servqual"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--segment", "colour"], 'column "colour"'),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--map", "nowhere.yaml"], "There is no such map file"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--json", "no/such/folder.json"], "no such folder"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--json", ANSWERS], "csv is read"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--json", "/dev/null"], "not an ordinary file"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--json", f"{ANSWERS}/a"], "no such folder"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--json", "a" * 300], "name too long"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--json", ""], "not an ordinary file"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--json", "a", "--html", "a"], "another output"),
        (["analyze", ANSWERS, "--instrument", "servqual-1988", "--locale", "xx"], 'no texts in "xx"'),
        (
            ["analyze", ANSWERS, "--instrument", "servqual-1988", "--placeholder", "provider=hotels"],
            "has no {provider}. It has:",
        ),
        (["report", "1", "--database", "mysql://x"], 'servq cannot use "mysql"'),
        (["report", "1", "--database", "sqlite:///typo.db"], "There is no database typo.db"),
        (["survey", "list", "--database", "sqlite:///typo.db"], "There is no database typo.db"),
    ],
)
def test_bad_input_exits_with_2_and_one_clear_message(
    arguments: list[object],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    assert caught.value.code == 2
    message = capsys.readouterr().err
    assert said in message
    assert "Traceback" not in message
    assert not list(tmp_path.iterdir())


def test_when_one_output_cannot_be_written_none_is(tmp_path: Path) -> None:
    result = analyze("--html", tmp_path / "f.html", "--json", tmp_path / "no" / "f.json")
    assert isinstance(result.exception, RequestInvalid)
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_is_a_link_changes_the_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "f.json")
    analyze("--json", tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert "scores" in json.loads((tmp_path / "f.json").read_text())


def test_a_smallest_group_of_nobody_is_refused() -> None:
    assert analyze("--minimum-group", "0").exit_code == 2
