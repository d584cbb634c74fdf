from __future__ import annotations

from pathlib import Path

import pytest

from servq.errors import RequestInvalid
from servq.reporting import write_whole
from servq.reporting.formats import Formats
from servq.translation import translator


@pytest.mark.parametrize(
    ("value", "written"), [(0.714, "0.71"), (-0.2, "−0.20"), (-1.0, "−1.00"), (-45.0, "<\u00a0−1")]
)
def test_a_coefficient_far_below_its_scale_is_only_said_to_be_below(value: float, written: str) -> None:
    assert Formats(translator("en")).value(value, "coefficient") == written


def test_devices_folders_and_links_are_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("kept", encoding="utf-8")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    for path in (Path("/dev/null"), tmp_path, link):
        with pytest.raises(RequestInvalid, match="not an ordinary file"):
            write_whole(path, b"new")
    assert target.read_text(encoding="utf-8") == "kept"
    assert link.is_symlink()
