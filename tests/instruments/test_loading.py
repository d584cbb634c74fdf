"""Instruments are found by id, by a former id or by path, and load sound or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from servq.errors import InstrumentInvalid, InstrumentUnknown
from servq.instruments import instrument_ids, list_instruments, load_instrument
from servq.instruments.loading import renamed_ids
from servq.locations import instruments_folder

Copied = Callable[[str], Path]


def test_list_has_every_shipped_instrument() -> None:
    assert [instrument.id for instrument in list_instruments()] == instrument_ids()


def test_folder_and_its_definition_file_name_the_same_instrument(copied: Copied) -> None:
    folder = copied("nps")
    expected = load_instrument("nps")
    assert load_instrument(folder) == expected
    assert load_instrument(str(folder)) == expected
    assert load_instrument(folder / "instrument.yaml") == expected


def test_relative_folder_without_a_slash_is_a_path(copied: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied("nps")
    monkeypatch.chdir(folder.parent)
    folder.rename("mine")
    assert load_instrument("mine").id == "nps"


def test_former_id_leads_to_the_present_instrument() -> None:
    renamed = renamed_ids(instruments_folder())
    assert renamed
    for old, new in renamed.items():
        assert load_instrument(old).id == new


def test_unknown_id_names_near_ids_and_the_command_that_lists_all() -> None:
    with pytest.raises(InstrumentUnknown, match=r'id "servqal"\. Did you mean servqual.*`servq instrument list`'):
        load_instrument("servqal")
    with pytest.raises(InstrumentUnknown, match=r'id "zzz"\. `servq instrument list`'):
        load_instrument("zzz")


@pytest.mark.parametrize("nonsense", ["", " ", "x" * 5000, "ser\0vqual", "Servqual"])
def test_nonsense_for_an_id_is_an_unknown_instrument(nonsense: str) -> None:
    with pytest.raises(InstrumentUnknown):
        load_instrument(nonsense)


def test_any_file_of_the_folder_names_the_instrument(copied: Copied) -> None:
    assert load_instrument(copied("nps") / "text.de.yaml").id == "nps"


def test_instrument_with_broken_content_does_not_load(copied: Copied) -> None:
    path = copied("nps") / "instrument.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("high: 10", "high: 9"), encoding="utf-8")
    with pytest.raises(InstrumentInvalid) as caught:
        load_instrument(path)
    assert {Path(problem.file or "").name for problem in caught.value.problems} == {
        "instrument.yaml",  # net promoter needs 0-10, and a comment is asked after a 10
        *(f"text.{locale}.yaml" for locale in load_instrument("nps").texts),  # point 10 is not on the scale
    }


def test_stray_files_and_a_missing_source_note_do_not_stop_loading(copied: Copied) -> None:
    folder = copied("nps")
    (folder / "SOURCE.md").unlink()
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    assert load_instrument(folder) == load_instrument("nps")


def test_loading_needs_no_heavy_library() -> None:
    script = (
        "import sys; from servq.instruments import load_instrument; load_instrument('servqual'); "
        "print(*({'jsonschema', 'numpy', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment
    ).stdout
    assert loaded.split() == []
