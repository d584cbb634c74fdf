"""Starting the command line loads nothing that only some commands need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "factor_analyzer",
    "fastexcel",
    "litestar",
    "matplotlib",
    "numpy",
    "pandas",
    "pingouin",
    "polars",
    "pyarrow",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "statsmodels",
    "uvicorn",
    "weasyprint",
}

REPORT_IMPORTS = """
import atexit, sys
atexit.register(lambda: print("imported:", *{name.partition(".")[0] for name in sys.modules}))
sys.argv = ["servq", *sys.argv[1:]]
from servq.cli import main
main()
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["analyze", "--help"], ["serve", "--help"]], ids=" ".join
)
def test_help_imports_none_of_the_heavy_libraries(arguments: list[str]) -> None:
    command = [sys.executable, "-c", REPORT_IMPORTS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.splitlines()[-1].removeprefix("imported: ").split())
    assert "servq" in imported
    assert imported & HEAVY == set()


def test_importing_servq_imports_none_of_the_heavy_libraries() -> None:
    code = "import servq, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HEAVY == set()
