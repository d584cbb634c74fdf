from __future__ import annotations

import pytest

from oracle import GOLDEN, oracle_expected, oracle_frame, oracle_matrix

EXPECTED_FILES = sorted(path.stem for path in (GOLDEN / "expected").glob("*.json"))
DATA_FILES = sorted(path.stem for path in (GOLDEN / "data").glob("*.csv"))


@pytest.mark.parametrize("name", EXPECTED_FILES)
def test_every_expected_file_says_how_it_was_made_and_is_described(name: str) -> None:
    assert "r" in oracle_expected(name)["meta"]
    assert f"| {name} |" in (GOLDEN / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DATA_FILES)
def test_every_data_file_is_described_with_its_licence(name: str) -> None:
    assert f"{name}.csv" in (GOLDEN / "README.md").read_text(encoding="utf-8")


def test_a_frame_that_is_in_the_repository_is_read() -> None:
    assert oracle_frame("attitude").shape == (30, 8)


def test_a_frame_whose_rows_are_absent_skips_with_the_way_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVQ_GOLDEN_DIR", raising=False)
    with pytest.raises(pytest.skip.Exception, match="SERVQ_GOLDEN_DIR"):
        oracle_frame("servqual_kiosk")


def test_a_matrix_block_keeps_its_labels() -> None:
    frame = oracle_matrix({"rows": ["a"], "cols": ["x", "y"], "values": [[1, None]]})
    assert frame.loc["a", "x"] == 1
    assert frame.isna().loc["a", "y"]
