"""Setting up a checkout: what is found, what is done once, and what is said when something is missing."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"

MAKE_ENVIRONMENT = """
import sys
from pathlib import Path
import bootstrap
try:
    python = bootstrap.ensure_environment(Path(sys.argv[1]))
except bootstrap.SetupError as error:
    sys.exit(str(error))
print(*bootstrap._pip_for(python))
"""


def load_bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPTS / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bootstrap"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


bootstrap = load_bootstrap()


def make_environment(folder: Path, *, hiding: tuple[str, ...], scratch: Path) -> subprocess.CompletedProcess[str]:
    """Create an environment with a Python that lacks some modules, on a machine without apt."""
    for module in hiding:
        (scratch / "hidden" / module).mkdir(parents=True)
        (scratch / "hidden" / module / "__init__.py").write_text(f"raise ImportError('no {module} here')")
    if "pip" in hiding:
        (scratch / "hidden" / "sitecustomize.py").write_text(
            "import importlib.util as u; find = u.find_spec\n"
            "u.find_spec = lambda name, *a: None if name in ('pip', 'virtualenv') else find(name, *a)\n"
        )
    search = os.pathsep.join([str(SCRIPTS), str(scratch / "hidden")])
    return subprocess.run(
        [sys.executable, "-c", MAKE_ENVIRONMENT, folder],
        env={"PATH": "", "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_supported_python_set_up_says_which_ones_it_tried_and_how_to_get_one() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHON": "no-such-python"}
    done = subprocess.run([SCRIPTS / "setup.sh", "run"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no-such-python" in done.stderr
    assert "3.11, 3.12 or 3.13" in done.stderr
    assert all(manager in done.stderr for manager in ("apt-get install", "dnf install", "brew install"))


def test_an_environment_is_made_once_and_then_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / ".venv"
    bootstrap.ensure_environment(folder)
    (folder / "kept").touch()
    python = bootstrap.ensure_environment(folder)
    assert (folder / "kept").exists()
    assert python == folder / "bin" / "python"


def test_an_environment_whose_python_has_gone_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(tmp_path / "uninstalled")
    python = bootstrap.ensure_environment(folder)
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_without_ensurepip_the_machines_own_pip_installs_into_the_environment(tmp_path: Path) -> None:
    done = make_environment(tmp_path / ".venv", hiding=("ensurepip",), scratch=tmp_path)
    assert done.returncode == 0, done.stderr
    pip = done.stdout.splitlines()[-1]
    assert f"-m pip --python {tmp_path / '.venv' / 'bin' / 'python'} install" in pip
    assert (tmp_path / ".venv" / "bin" / "python").exists()


def test_without_ensurepip_and_pip_set_up_names_the_package_to_install(tmp_path: Path) -> None:
    done = make_environment(tmp_path / ".venv", hiding=("ensurepip", "pip"), scratch=tmp_path)
    assert done.returncode == 1
    assert "sudo apt-get install python3." in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_step_is_done_once_per_content_and_again_after_it_failed(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)

    def is_needed() -> bool:
        with bootstrap._once_per_content(python, "pyproject.toml") as needed:
            return bool(needed)

    assert is_needed()
    assert not is_needed()
    (tmp_path / ".venv" / ".pyproject.toml.done").write_text("another content")
    with pytest.raises(OSError, match="no network"), bootstrap._once_per_content(python, "pyproject.toml"):
        raise OSError("no network")
    assert is_needed()


def test_what_is_missing_is_said_for_each_package_manager_without_repeating_a_package() -> None:
    text = bootstrap._instructions(bootstrap.FOR_REPORTS)
    assert "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core\n" in text
    assert "sudo dnf install pango harfbuzz google-noto-sans-fonts" in text
    assert "brew install pango harfbuzz\n" in text


def test_a_missing_library_stops_set_up_and_a_missing_program_for_the_tests_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    library = bootstrap._library("no-such-library", "libnone0", "none", "none")
    program = bootstrap.SystemPackage("the tests", "none-utils", "none", "none", programs=("no-such",), required=False)

    with pytest.raises(bootstrap.SetupError, match="libnone0 none-utils"):
        bootstrap.ensure_system_packages([library, program])
    bootstrap.ensure_system_packages([program])

    assert "sudo apt-get install none-utils" in capsys.readouterr().err


def test_a_library_that_is_there_is_not_asked_for() -> None:
    present = bootstrap.SystemPackage("anything", "libc6", "glibc", "none", libraries=("libc.so.6", "libSystem.dylib"))
    assert bootstrap._missing([present]) == []


def test_make_alone_lists_the_commands() -> None:
    listed = subprocess.run(["make", "--silent"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} >= {"setup", "demo", "test", "check", "bench", "lock"}


@pytest.mark.parametrize("script", [".ci/run", "scripts/setup.sh", "scripts/lock.sh", "scripts/lock_check.sh"])
def test_a_script_may_be_executed_and_stops_at_the_first_failure(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert "\nset -eu" in path.read_text("utf-8")
