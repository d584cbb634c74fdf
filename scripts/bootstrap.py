"""Prepare a checkout for use: ``.venv``, the locked packages, servq itself, system packages.

Run by scripts/setup.sh with the machine's own Python, so only the standard library is at hand. Every step looks
first whether it is needed, so running it again costs a fraction of a second.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 11), (3, 14))
PURPOSES = ("run", "test")


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


@dataclass(frozen=True)
class SystemPackage:
    """Something outside Python: what it is for, how to see that it is there, and its name per package manager."""

    purpose: str
    apt: str
    dnf: str
    brew: str
    libraries: tuple[str, ...] = ()
    font_families: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    required: bool = True

    def is_present(self, families: frozenset[str]) -> bool:
        if self.libraries:
            return any(map(_can_load, self.libraries))
        if self.font_families:
            return families.issuperset(self.font_families)
        return any(map(shutil.which, self.programs))


def _library(name: str, apt: str, dnf: str, brew: str) -> SystemPackage:
    mac = f"lib{name}.0.dylib"
    candidates = (f"lib{name}.so.0", mac, f"/opt/homebrew/lib/{mac}", f"/usr/local/lib/{mac}")
    return SystemPackage("PDF reports", apt, dnf, brew, libraries=candidates)


FOR_REPORTS = (
    _library("pango-1.0", "libpango-1.0-0", "pango", "pango"),
    _library("pangoft2-1.0", "libpangoft2-1.0-0", "pango", "pango"),
    _library("harfbuzz-subset", "libharfbuzz-subset0", "harfbuzz", "harfbuzz"),
    SystemPackage(
        "the letters of every language shipped in PDF reports",
        "fonts-noto-core",
        "google-noto-sans-fonts google-noto-sans-arabic-fonts google-noto-sans-devanagari-fonts",
        "font-noto-sans font-noto-sans-arabic font-noto-sans-devanagari",
        font_families=("Noto Sans", "Noto Sans Arabic", "Noto Sans Devanagari"),
        required=False,
    ),
)
FOR_TESTS = (
    SystemPackage(
        "the browser tests",
        "chromium",
        "chromium",
        "chromium",
        programs=("chromium", "chromium-browser", "google-chrome"),
        required=False,
    ),
    SystemPackage(
        "the PDF tests", "poppler-utils", "poppler-utils", "poppler", programs=("pdftotext",), required=False
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up for running servq ("run") or for its tests as well ("test")."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("purpose", choices=PURPOSES)
    for_tests = parser.parse_args(arguments).purpose == "test"
    try:
        python = ensure_environment(ROOT / ".venv")
        ensure_locked_packages(python, "requirements/build.txt")
        ensure_locked_packages(python, "requirements/run.txt")
        if for_tests:
            ensure_locked_packages(python, "requirements/dev.txt")
        ensure_servq(python)
        ensure_system_packages(FOR_REPORTS + FOR_TESTS if for_tests else FOR_REPORTS)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


# The virtual environment


def ensure_environment(folder: Path) -> Path:
    """Return the interpreter of the virtual environment, made anew when it is absent, broken or too old."""
    python = folder / "bin" / "python"
    if python.exists() and _runs_supported_python(folder):
        return python
    with _step(f"Creating {folder.name} with Python {sys.version.split()[0]}"):
        shutil.rmtree(folder, ignore_errors=True)
        if not _make_environment(folder):
            shutil.rmtree(folder, ignore_errors=True)
            raise SetupError(_how_to_get_venv())
    return python


def _runs_supported_python(folder: Path) -> bool:
    probe = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([folder / "bin" / "python", "-c", probe], capture_output=True, text=True, check=False)
    version = tuple(map(int, done.stdout.split()))
    return done.returncode == 0 and SUPPORTED[0] <= version < SUPPORTED[1]


def _make_environment(folder: Path) -> bool:
    if not _has_ensurepip():
        _apt_install([_venv_package()])
    if _has_ensurepip():
        return _succeeds([sys.executable, "-m", "venv", folder])
    if importlib.util.find_spec("virtualenv"):
        return _succeeds([sys.executable, "-m", "virtualenv", "--quiet", folder])
    if importlib.util.find_spec("pip"):
        # Without ensurepip the environment gets no pip of its own; the machine's pip installs into it.
        return _succeeds([sys.executable, "-m", "venv", "--without-pip", folder])
    return False


def _has_ensurepip() -> bool:
    return _succeeds([sys.executable, "-c", "import ensurepip, venv; ensurepip.version()"])


def _venv_package() -> str:
    return "python{}.{}-venv".format(*sys.version_info[:2])


def _how_to_get_venv() -> str:
    return (
        f"{sys.executable} cannot create virtual environments, and neither virtualenv nor pip is there to help.\n"
        f"  Debian, Ubuntu:  sudo apt-get install {_venv_package()}\n"
        f"  Fedora:          sudo dnf install python3-pip\n"
        "Then run the same command again."
    )


# The locked packages and servq


def ensure_locked_packages(python: Path, lock: str) -> None:
    """Install exactly what the lock names, each file checked against its hash."""
    with _once_per_content(python, lock) as needed:
        if needed:
            with _step(f"Installing the packages in {lock}"):
                install = [*_pip_for(python), "--require-hashes", "--no-build-isolation", "--requirement", lock]
                _must(install, "The locked packages could not be installed")


def ensure_servq(python: Path) -> None:
    """Install servq itself in editable form; the lock already holds everything that this takes."""
    with _once_per_content(python, "pyproject.toml") as needed:
        if needed:
            with _step("Installing servq"):
                install = [*_pip_for(python), "--no-deps", "--no-build-isolation", "--editable", "."]
                _must(install, "servq could not be installed")


@contextmanager
def _once_per_content(python: Path, source: str) -> Iterator[bool]:
    """Say whether this environment has not yet seen `source` as it is now; remember it when the block succeeds."""
    stamp = python.parents[1] / f".{Path(source).name}.done"
    content = hashlib.sha256(str(ROOT).encode() + (ROOT / source).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == content:
        yield False
        return
    stamp.unlink(missing_ok=True)
    yield True
    stamp.write_text(content)


def _pip_for(python: Path) -> list[str | Path]:
    options = ["--quiet", "--quiet", "--disable-pip-version-check", "--no-input", "--use-pep517"]
    if _succeeds([python, "-c", "import pip"]):
        return [python, "-m", "pip", "install", *options]
    return [sys.executable, "-m", "pip", "--python", python, "install", *options]


# System packages


def ensure_system_packages(wanted: Sequence[SystemPackage]) -> None:
    """Install what is missing where that is allowed; otherwise say exactly what to install."""
    missing = _missing(wanted)
    if missing and _apt_install([package.apt for package in missing]):
        missing = _missing(missing)
    if not missing:
        return
    instructions = _instructions(missing)
    if any(package.required for package in missing):
        raise SetupError(instructions)
    print(instructions, file=sys.stderr)


def _missing(packages: Sequence[SystemPackage]) -> list[SystemPackage]:
    families = _font_families()
    return [package for package in packages if not package.is_present(families)]


def _instructions(missing: Sequence[SystemPackage]) -> str:
    purposes = _unique(package.purpose for package in missing)
    fonts = [package for package in missing if package.font_families]
    others = [package for package in missing if not package.font_families]
    lines = [
        f"System packages are missing for {' and '.join(purposes)}:",
        f"  Debian, Ubuntu:  sudo apt-get install {_words(package.apt for package in missing)}",
        f"  Fedora:          sudo dnf install {_words(package.dnf for package in missing)}",
    ]
    if others:
        lines.append(f"  macOS:           brew install {_words(package.brew for package in others)}")
    if fonts:
        lines.append(f"  macOS:           brew install --cask {_words(package.brew for package in fonts)}")
    lines.append("Install them, then run the same command again.")
    return "\n".join(lines)


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _font_families() -> frozenset[str]:
    if not shutil.which("fc-list"):
        return frozenset()
    listed = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=False).stdout
    return frozenset(family.strip() for line in listed.splitlines() for family in line.split(","))


def _apt_install(packages: Sequence[str]) -> bool:
    rights = _rights_to_install()
    if rights is None:
        return False
    apt = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--quiet"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    with _step(f"Installing {' '.join(packages)} with apt"):
        # The package lists of a new machine are empty or old; fetching them is slow, so only when needed.
        return _succeeds(install) or (_succeeds([*apt, "update"]) and _succeeds(install))


def _rights_to_install() -> list[str] | None:
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _succeeds(["sudo", "--non-interactive", "true"]):
        return ["sudo", "--non-interactive"]
    return None


# Running commands


@contextmanager
def _step(description: str) -> Iterator[None]:
    """Print what is being done and how long it took."""
    print(f"{description} …", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def _succeeds(command: Sequence[str | Path]) -> bool:
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def _must(command: Sequence[str | Path], failure: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SetupError(f"{failure} (exit status {done.returncode}): {shlex.join(map(str, command))}")


def _words(groups: Iterable[str]) -> str:
    return " ".join(_unique(word for group in groups for word in group.split()))


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


if __name__ == "__main__":
    sys.exit(main())
