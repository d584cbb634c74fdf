"""What a wheel and a source archive carry, and that servq works from a wheel outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA_FOLDERS = ("instruments", "reports", "migrations")


@dataclass(frozen=True)
class Installation:
    """An environment with servq from a wheel, seen from an empty folder outside the checkout."""

    environment: Path
    elsewhere: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.environment / "bin" / program, *arguments],
            cwd=self.elsewhere,
            env={"PATH": os.environ["PATH"], "HOME": str(self.elsewhere)},
            capture_output=True,
            text=True,
            check=False,
        )


def build(kind: str, source: Path, target: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", target],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = target.iterdir()
    return built


def shipped_files() -> set[str]:
    """Name the files of the data folders as they lie in the package, leaving out what tools leave behind."""
    return {
        f"servq/_data/{path.relative_to(ROOT).as_posix()}"
        for folder in DATA_FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    environment = tmp_path_factory.mktemp("installation") / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    install = ["--quiet", "--disable-pip-version-check", "install", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True, capture_output=True)
    paths = sysconfig.get_paths(vars={"base": str(environment), "platbase": str(environment)})
    # The locked packages are borrowed from the environment of the tests; a path file is not followed further, so
    # the editable servq in there stays out of reach.
    (Path(paths["purelib"]) / "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return Installation(environment, tmp_path_factory.mktemp("elsewhere"))


@pytest.mark.parametrize("folder", DATA_FOLDERS)
def test_every_data_folder_has_something_to_ship(folder: str) -> None:
    assert any(name.startswith(f"servq/_data/{folder}/") for name in shipped_files())


def test_the_wheel_carries_every_instrument_report_and_migration(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert shipped_files() - names == set()


def test_the_wheel_carries_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"servq"}
    assert [name for name in names if name.endswith((".pyc", ".sqlite3"))] == []


def test_the_wheel_carries_the_typing_mark_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "servq/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_a_wheel_built_from_the_source_archive_equals_one_built_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    archive = build("sdist", ROOT, tmp_path / "sdist")
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", unpacked], check=True)
    (source,) = unpacked.iterdir()

    rebuilt = build("wheel", source, tmp_path / "rebuilt")

    assert set(zipfile.ZipFile(rebuilt).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def test_the_installed_package_finds_its_folders_inside_itself(installation: Installation) -> None:
    code = "from servq import locations as l; print(l.instruments_folder(), l.reports_folder(), l.migrations_folder())"
    done = installation.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    folders = [Path(folder) for folder in done.stdout.split()]
    assert [folder.name for folder in folders] == list(DATA_FOLDERS)
    assert all(folder.is_relative_to(installation.environment.resolve()) and folder.is_dir() for folder in folders)


def test_the_installed_command_shows_its_help(installation: Installation) -> None:
    done = installation.run("servq", "--help")
    assert done.returncode == 0, done.stderr
    assert all(command in done.stdout for command in ("demo", "serve", "analyze", "survey", "report", "instrument"))


def test_the_installed_command_lists_every_instrument(installation: Installation) -> None:
    done = installation.run("servq", "instrument", "list")
    assert done.returncode == 0, done.stderr
    ids = {folder.name for folder in (ROOT / "instruments").iterdir() if folder.is_dir()}
    assert ids
    assert {name for name in ids if name not in done.stdout.split()} == set()


def test_the_installed_command_prepares_a_new_database(installation: Installation, tmp_path: Path) -> None:
    database = tmp_path / "new.sqlite3"
    done = installation.run("servq", "db", "upgrade", "--database", f"sqlite+aiosqlite:///{database}")
    assert done.returncode == 0, done.stderr
    assert database.exists()
