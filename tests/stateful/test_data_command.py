"""``servq data export`` writes what the workplace exports: files with a manifest, or one archive."""

from __future__ import annotations

import asyncio
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker

from servq.cli import main
from servq.db import make_engine, make_sessions
from servq.responses.exclusions import exclude
from servq.responses.importing import store_answers
from servq.responses.models import Response
from stateful.factories import NOW, make_survey

CODES = np.array([[7, 6, -1, 4, 50, 50, 1, 2, -2, 4], [1] * 4 + [50, 50] + [1] * 4], dtype=np.int16)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["data", "export", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def filled(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two responses, of which the second is excluded."""

    async def fill() -> None:
        engine = make_engine(sqlite_database)
        sessions: async_sessionmaker = make_sessions(engine)  # type: ignore[type-arg]
        survey = await make_survey(sessions)
        async with sessions.begin() as session:
            await store_answers(
                session, survey.id, CODES, answered_at=[NOW, NOW], attributes=[{"site": "=North"}, {"site": "South"}]
            )
            rows = (await session.execute(select(Response.id, Response.answers))).all()
            last = next(row.id for row in rows if row.answers[:2] == b"\x01\x00")
            await exclude(
                session, survey.id, [last], reason="Test", account_id=None, excluded_by="a@example.org", now=NOW
            )
        await engine.dispose()

    asyncio.run(fill())
    monkeypatch.setenv("SERVQ_DATABASE", sqlite_database)


@pytest.mark.usefixtures("filled")
def test_excluded_responses_are_left_out_counted_and_written_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "answers.csv"
    assert run("1", "--to", "csv", "--output", str(target)) == 0
    assert "1 excluded by hand" in capsys.readouterr().err
    frame = pl.read_csv(target)
    assert frame["site"].to_list() == ["'=North"]
    manifest = json.loads((tmp_path / "answers.csv.manifest.json").read_text())
    assert manifest["excluded_by_hand"] == {"Test": 1}
    assert manifest["sha256"] == sha256(target.read_bytes()).hexdigest()
    assert run("1", "--to", "csv", "--output", str(target), "--with-excluded") == 0
    assert sorted(pl.read_csv(target)["excluded"].fill_null("").to_list()) == ["", "Test"]


@pytest.mark.usefixtures("filled")
def test_a_script_for_r_stands_beside_the_codes_that_it_reads(tmp_path: Path) -> None:
    assert run("1", "--to", "r", "--output", str(tmp_path / "guests.R")) == 0
    assert 'file <- "guests.csv"' in (tmp_path / "guests.R").read_text()
    frame = pl.read_csv(tmp_path / "guests.csv")
    assert (frame["e03"].to_list(), frame["p03"].to_list()) == ([-1], [-2])


@pytest.mark.usefixtures("filled")
def test_an_archive_has_everything_and_a_codebook_can_be_had_by_itself(tmp_path: Path) -> None:
    assert run("1", "--to", "sav", "--output", str(tmp_path / "all.zip")) == 0
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert set(archive.namelist()) == {
            "answers.sav",
            "codebook.csv",
            "codebook.xml",
            "manifest.json",
            "README.txt",
        }
    assert run("1", "--to", "ddi", "--output", str(tmp_path / "book.xml")) == 0
    assert b"<caseQnty>1</caseQnty>" in (tmp_path / "book.xml").read_bytes()
    assert run("1", "--to", "csv", "--output", str(tmp_path / "none" / "x.csv")) == 2
