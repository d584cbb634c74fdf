"""The architecture holds: layers, no cycles, and each heavy library known to one package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

WRONG_IMPORTS = {
    "errors.py": "import servq.analysis",
    "statistics/estimate.py": "import servq.instruments",
    "scoring/answers.py": "import pingouin",
    "analysis/findings.py": "import litestar, weasyprint",
    "instruments/model.py": "import sqlalchemy",
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--config", root / "pyproject.toml"],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_are_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_import_contract_notices_an_import_that_breaks_it(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module, statement in WRONG_IMPORTS.items():
        path = tmp_path / "src" / "servq" / module
        path.write_text(path.read_text("utf-8") + f"\n{statement}\n", "utf-8")

    done = lint_imports(tmp_path)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 kept" in done.stdout, done.stdout
