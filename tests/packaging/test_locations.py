"""The shipped folders are found beside src in a checkout and inside the package everywhere else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from servq import locations

ROOT = Path(__file__).resolve().parents[2]

FIND_INSTRUMENTS = """
from servq.errors import EnvironmentIncomplete
from servq.locations import instruments_folder
try:
    print(instruments_folder())
except EnvironmentIncomplete as error:
    print(error)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a package folder with only what finding folders takes."""
    folder = tmp_path / "site-packages" / "servq"
    folder.mkdir(parents=True)
    for module in ("__init__.py", "errors.py", "locations.py", "version.py"):
        shutil.copy(ROOT / "src" / "servq" / module, folder)
    return folder


def find_instruments(package: Path) -> str:
    command = [sys.executable, "-c", FIND_INSTRUMENTS]
    environment = {"PYTHONPATH": str(package.parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_a_checkout_uses_its_own_folders() -> None:
    assert locations.instruments_folder() == ROOT / "instruments"
    assert locations.reports_folder() == ROOT / "reports"
    assert locations.migrations_folder() == ROOT / "migrations"


def test_an_installed_package_uses_the_folders_inside_it(package: Path) -> None:
    (package / "_data" / "instruments").mkdir(parents=True)
    assert find_instruments(package) == str(package / "_data" / "instruments")


def test_an_installed_package_never_takes_a_folder_beside_site_packages_for_its_own(package: Path) -> None:
    (package.parents[1] / "instruments").mkdir()
    assert "instruments/ is missing" in find_instruments(package)


def test_a_missing_folder_is_named_with_what_to_do(package: Path) -> None:
    message = find_instruments(package)
    assert str(package / "_data" / "instruments") in message
    assert "Install servq again" in message
