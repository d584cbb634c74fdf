"""An archive of answers explains itself: codebook, manifest, checksum, and a script for R."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from msgspec.structs import replace as changed

from servq.answerfiles import exporting
from servq.answerfiles.bundle import BundleFormat, write_bundle
from servq.answerfiles.gathering import Gathered, Gathering
from servq.answerfiles.r_script import render_r_script
from servq.errors import DataInvalid
from servq.instruments import load_instrument
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTRUMENT = load_instrument("servqual")
TRICKY = 'He said "=1+1" – naïve\\ café\n`{x}`'


def block(n: int, seed: int, **attributes: str) -> AnswerTable:
    return AnswerTable(
        instrument=INSTRUMENT,
        codes=simulate_codes(INSTRUMENT, n, Population(), seed),
        attributes={name: np.array([text] * n, dtype=object) for name, text in attributes.items()},
        texts={"remark": np.array([TRICKY] * n, dtype=object)},
        source="Guests",
    )


@pytest.fixture
def gathered(tmp_path: Path) -> Gathered:
    """Two blocks; the second knows something that the first does not."""
    gathering = Gathering(tmp_path, INSTRUMENT)
    gathering.add(block(30, 1, site="North"))
    gathering.add(block(20, 2, site="=South", täg="x"))
    return gathering.finish(source="Guests", excluded={"Test": 2}, locale=None)


def archived(gathered: Gathered, to: BundleFormat, folder: Path) -> zipfile.ZipFile:
    path = folder / "out.zip"
    done = list(write_bundle(gathered, to, path, title="Guests", made_at=NOW))
    assert done[-1] == 50
    return zipfile.ZipFile(path)


@pytest.mark.parametrize("to", ["csv", "xlsx", "sav", "dta", "parquet", "r"])
def test_the_manifest_has_rows_checksum_dimensions_and_what_was_excluded(
    gathered: Gathered, to: BundleFormat, tmp_path: Path
) -> None:
    with archived(gathered, to, tmp_path) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        data = next(name for name in names if name.startswith("answers.") and name != "answers.R")
        assert manifest["sha256"] == sha256(archive.read(data)).hexdigest()
        assert {"codebook.csv", "codebook.xml", "README.txt"} <= set(names)
        assert ("answers.R" in names) == (to == "r")
    assert manifest["n_rows"] == 50
    assert manifest["excluded_by_hand"] == {"Test": 2}
    assert manifest["dimensions"]["What you experienced"]["Tangibles"] == ["p01", "p02", "p03", "p04"]
    assert manifest["missing_codes"] == {"-1": "skipped", "-2": "not applicable", "-3": "not shown"}


def test_blocks_become_one_table_whatever_each_knows(gathered: Gathered, tmp_path: Path) -> None:
    with archived(gathered, "csv", tmp_path) as archive:
        frame = pl.read_csv(archive.read("answers.csv"))
        book = list(csv.DictReader(io.StringIO(archive.read("codebook.csv").decode("utf-8-sig"))))
    assert frame.height == 50
    assert frame["site"].to_list() == ["North"] * 30 + ["'=South"] * 20
    assert frame["täg"].fill_null("").to_list() == [""] * 30 + ["x"] * 20
    assert [row["variable"] for row in book] == frame.columns
    p01 = next(row for row in book if row["variable"] == "p01")
    assert p01["dimension"] == "Tangibles"
    assert "7 = Strongly agree" in p01["values"]


def test_a_sheet_with_too_many_rows_is_refused_before_it_is_written(
    gathered: Gathered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_SHEET_ROWS", 49)
    with pytest.raises(DataInvalid, match="no room for 50 rows"):
        archived(gathered, "xlsx", tmp_path)


def test_the_script_for_r_is_well_formed_and_says_what_the_data_mean(gathered: Gathered) -> None:
    """There is no R here; what is checked is its structure: ASCII, balanced brackets, and every name declared."""
    script = render_r_script(gathered, "answers.csv").decode("ascii")
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', "\n".join(line.partition("# ")[0] for line in script.splitlines()))
    for opening, closing in ("()", "{}", "[]"):
        assert bare.count(opening) == bare.count(closing)
    assert "`" not in bare
    assert '"p01", "p02", "p03", "p04"' in script
    assert 'missing_codes <- c("skipped" = -1L, "not applicable" = -2L, "not shown" = -3L)' in script
    assert (
        '"What you experienced: Tangibles" = list(items = c("p01", "p02", "p03", "p04"), range = c(1L, 7L))' in script
    )
    assert '"t\\u{00e4}g"' in script
    assert re.search(r'"most_important" = c\("Tangibles" = 1L', script)
    assigned = set(re.findall(r"^(\w+)(?:\[\w+\])? <- ", script, re.MULTILINE))
    assert {"answers", "reasons", "codes", "dimensions", "scores", "labels", "anchors", "options_of"} <= assigned


def test_reverse_keyed_items_are_named_for_the_scores(tmp_path: Path) -> None:
    items = tuple(changed(item, reversed=item.number == 1) for item in INSTRUMENT.definition.items)
    turned = changed(INSTRUMENT, definition=changed(INSTRUMENT.definition, items=items))
    gathering = Gathering(tmp_path, turned)
    gathering.add(replace(block(5, 3), instrument=turned, texts={}))
    script = render_r_script(gathering.finish(source="x", locale=None), "answers.csv").decode()
    assert 'reversed <- c("e01", "p01")' in script
