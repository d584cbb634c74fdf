"""A frozen instrument comes back unchanged, and its revision changes with its content."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from servq.errors import InstrumentInvalid
from servq.instruments import freeze, instrument_ids, load_instrument, revision_of, thaw

Copied = Callable[[str], Path]


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_thawed_instrument_equals_the_frozen_one_with_its_columns_in_order(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    thawed = thaw(freeze(instrument))
    assert thawed == instrument
    assert thawed.columns == instrument.columns
    assert freeze(thawed) == freeze(instrument)
    assert revision_of(thawed) == revision_of(instrument)


def test_revision_is_a_sha256_and_each_instrument_has_its_own() -> None:
    revisions = {revision_of(load_instrument(instrument_id)) for instrument_id in instrument_ids()}
    assert len(revisions) == len(instrument_ids())
    assert all(len(revision) == 64 and int(revision, 16) >= 0 for revision in revisions)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("instrument.yaml", 'version: "1.1"', 'version: "1.2"'), ("text.de.yaml", "Vielen Dank.", "Danke.")],
)
def test_change_of_structure_or_wording_changes_the_revision(name: str, old: str, new: str, copied: Copied) -> None:
    path = copied("nps") / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert revision_of(load_instrument(path.parent)) != revision_of(load_instrument("nps"))


def test_comments_and_layout_of_the_file_do_not_change_the_revision(copied: Copied) -> None:
    path = copied("nps") / "instrument.yaml"
    text = path.read_text(encoding="utf-8").replace("- {id: recommend, number: 1}", "- number: 1\n    id: recommend")
    path.write_text("# a comment\n" + text, encoding="utf-8")
    assert revision_of(load_instrument(path)) == revision_of(load_instrument("nps"))


def test_defaults_are_written_out_so_that_a_later_default_cannot_change_a_running_survey() -> None:
    frozen = json.loads(freeze(load_instrument("nps")))
    assert frozen["definition"]["missing"] == {"minimum_share": 0.5}
    assert frozen["definition"]["items"][0]["reversed"] is False
    assert frozen["definition"]["batteries"]["rating"]["order"] == "fixed"


@pytest.mark.parametrize("damaged", [b"", b"{}", b"\xff\xfe", b'{"definition": {}, "texts": {}}'])
def test_damaged_bytes_are_refused(damaged: bytes) -> None:
    with pytest.raises(InstrumentInvalid, match="frozen instrument cannot be read"):
        thaw(damaged)
