"""Expected numbers from R and published tables, and the data they were computed from.

Nothing here is ever produced by servq. Data that may be redistributed lie in ``golden/data``; the others are read
from the ``data`` folder of the directory named by the environment variable ``SERVQ_GOLDEN_DIR``, and a test that
needs them is skipped, with the reason, where they are absent.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

GOLDEN = Path(__file__).parent / "golden"
EXTERNAL_VARIABLE = "SERVQ_GOLDEN_DIR"


@cache
def oracle_expected(name: str) -> dict[str, Any]:
    """Parse ``golden/expected/<name>.json``; treat the result as read-only, it is shared between tests."""
    parsed: dict[str, Any] = json.loads((GOLDEN / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    return parsed


def oracle_frame(name: str) -> pd.DataFrame:
    """Data set ``<name>.csv`` as it stands (blanks are NaN); skips the test where its rows are not at hand."""
    path = _find_data(name)
    if path is None:
        pytest.skip(f"{name}.csv may not be redistributed: set {EXTERNAL_VARIABLE} to a folder that has it under data")
    return pd.read_csv(path)


def oracle_matrix(block: dict[str, Any]) -> pd.DataFrame:
    """Matrix of an expected file (``rows``, ``cols``, ``values``) as a labelled frame."""
    return pd.DataFrame(block["values"], index=block["rows"], columns=block["cols"], dtype=float)


def _find_data(name: str) -> Path | None:
    folders = [GOLDEN / "data"]
    if os.environ.get(EXTERNAL_VARIABLE):
        folders.append(Path(os.environ[EXTERNAL_VARIABLE]) / "data")
    return next((folder / f"{name}.csv" for folder in folders if (folder / f"{name}.csv").is_file()), None)
