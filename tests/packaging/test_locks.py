"""The locks are complete, checked by hash, free of addresses, and agree with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("build", "run", "dev")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DECLARED = {
    "run": PROJECT["project"]["dependencies"],
    "build": PROJECT["dependency-groups"]["build"],
    "dev": PROJECT["dependency-groups"]["dev"],
}
ENVIRONMENTS = [
    {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": "linux"}
    for version in ("3.11", "3.12", "3.13")
]
HASH = r"    --hash=sha256:[0-9a-f]{64}(?: \\)?\n"
PIN = re.compile(rf"^(?P<requirement>\S+==\S+(?: ; [^\\]+)?) \\\n(?P<hashes>(?:{HASH})*)", re.MULTILINE)


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def pins(name: str) -> list[Requirement]:
    return [Requirement(found["requirement"]) for found in PIN.finditer(lock_text(name))]


def pins_for(name: str, environment: dict[str, str]) -> dict[str, str]:
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins(name)
        if applies(pin.marker, environment)
    }


def applies(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_an_exact_pin_its_hashes_or_a_comment(name: str) -> None:
    rest = PIN.sub("", lock_text(name))
    assert [line for line in rest.splitlines() if not line.lstrip().startswith("#")] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_carries_a_hash(name: str) -> None:
    found = list(PIN.finditer(lock_text(name)))
    assert found
    assert [pin["requirement"] for pin in found if not pin["hashes"]] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_holds_an_address(name: str) -> None:
    assert "://" not in lock_text(name)


def test_no_file_of_the_set_up_names_a_package_index() -> None:
    files = [ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / "README.md", ROOT / ".ci" / "run"]
    files += [path for path in (ROOT / "scripts").iterdir() if path.is_file()]
    naming = [path for path in files if re.search(r"--(extra-)?index|/simple\b|pypi\.org", path.read_text("utf-8"))]
    assert naming == []


def test_the_run_time_lock_forks_by_marker_where_a_python_version_needs_another_release() -> None:
    assert any(pin.marker and "python_full_version" in str(pin.marker) for pin in pins("run"))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e["python_version"])
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_what_pyproject_declares_to_a_release_that_it_allows(
    name: str, environment: dict[str, str]
) -> None:
    locked = pins_for(name, environment)
    unlocked = []
    for declared in map(Requirement, DECLARED[name]):
        version = locked.get(canonicalize_name(declared.name))
        if applies(declared.marker, environment) and (version is None or not declared.specifier.contains(version)):
            unlocked.append(f"{declared} is locked as {version}: run make lock")
    assert unlocked == []


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e["python_version"])
def test_the_locks_never_pin_one_package_to_two_releases(environment: dict[str, str]) -> None:
    build, run, dev = (pins_for(name, environment) for name in LOCKS)
    for one, other in ((build, run), (build, dev), (run, dev)):
        assert {name for name in one.keys() & other.keys() if one[name] != other[name]} == set()


def test_the_development_tools_are_locked_apart_from_the_run_time() -> None:
    assert {"pytest", "mypy", "ruff", "playwright"}.isdisjoint(pin.name for pin in pins("run"))
