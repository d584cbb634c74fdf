"""``servq operations``: a table a person can read, JSON with every digit, and import into the database."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from operations.service_contacts import simulated
from servq.cli import main
from servq.operations.columns import GROUPINGS
from servq.operations.definitions import DEFINITIONS
from servq.operations.findings import measure_operations
from servq.operations.records import load_contacts

Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["operations", *arguments])
        printed = capsys.readouterr()
        assert ended.value.code == code, printed.err
        return printed.out if code == 0 else printed.err

    return command


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "contacts.csv"
    times = pl.col("opened_at", "first_reply_at", "resolved_at").dt.to_string("iso:strict")
    simulated(240).frame.with_columns(times).write_csv(path)
    return str(path)


def test_the_table_names_every_metric_with_its_interval(run: Run, file: str) -> None:
    table = run("metrics", file, "--by", "site", "--period", "month")
    for definition in DEFINITIONS:
        assert table.count(definition.name) >= 2, definition.name
    assert "By site. 2 groups; every one has at least 5 contacts." in table
    assert "2026-03" in table
    assert "customers left the queue; their waits are not in the mean." in table


def test_the_table_speaks_german(run: Run, file: str) -> None:
    table = run("metrics", file, "--locale", "de", "--by", "channel")
    assert "Lösung beim ersten Kontakt" in table
    assert "Nach Kanal" in table
    assert "Service metric" not in table


def test_the_json_holds_every_digit(run: Run, file: str, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    assert f"Wrote {target}" in run("metrics", file, "--json", str(target))
    found = json.loads(target.read_text("utf-8"))
    expected = measure_operations(load_contacts(Path(file)))
    assert [metric["estimate"]["value"] for metric in found["metrics"]] == [
        metric.estimate.value for metric in expected.metrics
    ]


def test_scores_of_a_file_are_set_beside_the_metrics(run: Run, file: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    lines = [f"{site},2026-{month:02d},{rng.normal():.3f}" for site in ("North", "South") for month in range(3, 9)]
    scores = tmp_path / "scores.csv"
    scores.write_text("site,period,score\n" + "\n".join(lines) + "\n", "utf-8")
    table = run("metrics", file, "--scores", str(scores))
    assert "Beside the scores of scores.csv:" in table
    assert "does not show that one makes the other" in table


def test_imported_contacts_are_measured_without_a_file(run: Run, file: str, database: str) -> None:
    assert "240 new" in run("import", file, "--database", database)
    assert "0 new, 0 changed, 240 as before" in run("import", file, "--database", database)
    assert "240 service contacts" in run("metrics", "--database", database)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("metrics", "nowhere.csv"), "no such file"),
        (("metrics", "FILE", "--survey", "1"), "--survey goes with stored contacts"),
        (("metrics", "--as-of", "2026-01-01T00:00Z"), "go with a file"),
        (("metrics", "FILE", "--as-of", "2026-13-01"), "is not a time with its zone"),
        (("metrics", "FILE", "--as-of", "2020-01-01T00:00Z"), "Name a later moment"),
        (("metrics", "FILE", "--column", "opened_at"), "Write NAME=HEADER"),
        (("metrics", "FILE", "--time-zone", "Europe/Nowhere"), "no time zone"),
        (("metrics", "FILE", "--since", "2027-01-01"), "No service contact was opened"),
        (("metrics", "FILE", "--since", "2026-05-01", "--until", "2026-04-01"), "Swap"),
    ],
)
def test_bad_input_is_explained(run: Run, file: str, arguments: tuple[str, ...], said: str) -> None:
    assert said in run(*(file if one == "FILE" else one for one in arguments), code=2)


def test_the_groupings_of_the_command_are_those_of_the_table() -> None:
    from servq.commands import operations

    assert operations.GROUPINGS == GROUPINGS


def test_two_hundred_thousand_contacts_take_a_few_seconds(run: Run, tmp_path: Path) -> None:
    n = 200_000
    rng = np.random.default_rng(1)
    opened = pl.Series(rng.integers(0, 180 * 86_400, n)).cast(pl.Duration("ms")) * 1000 + pl.lit(0).cast(pl.Duration)
    start = pl.datetime(2026, 1, 1, time_zone="UTC")
    frame = pl.select(
        contact_id=pl.int_range(n).cast(pl.String),
        opened_at=start + opened,
        first_reply_at=start + opened + pl.duration(seconds=pl.Series(rng.integers(1, 9_000, n))),
        resolved_at=start + opened + pl.duration(seconds=pl.Series(rng.integers(9_000, 400_000, n))),
        replies=pl.Series(rng.integers(1, 4, n)),
        handovers=pl.Series(rng.integers(0, 2, n)),
        queue_seconds=pl.Series(rng.integers(0, 300, n)),
        site=pl.Series(rng.integers(0, 20, n)).cast(pl.String),
        agent=pl.Series(rng.integers(0, 150, n)).cast(pl.String),
    )
    path = tmp_path / "many.csv"
    times = pl.col("opened_at", "first_reply_at", "resolved_at").dt.to_string("iso:strict")
    frame.with_columns(times).write_csv(path)
    began = time.perf_counter()
    assert "200,000 service contacts" in run("metrics", str(path), "--by", "site", "--by", "agent")
    assert time.perf_counter() - began < 20, "some four seconds on two quiet cores"
