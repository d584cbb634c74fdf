"""Copies of a shipped instrument that a test may change."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from servq.locations import instruments_folder


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Copy a shipped instrument's folder and give the copy's path."""

    def copy(instrument_id: str) -> Path:
        return Path(shutil.copytree(instruments_folder() / instrument_id, tmp_path / instrument_id))

    return copy
