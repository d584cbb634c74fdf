"""The documents say what the code does.

1. The reference page and the schema of the findings are what their script writes.
2. Every instrument that the README names is shipped, and every shipped one is named.
3. Every folder and file that the README names exists.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from servq.cli import COMMANDS
from servq.instruments import instrument_ids

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_documents_made_from_the_code_are_current() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "write_reference.py"))["documents"]()
    for name, text in written.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, "run scripts/write_reference.py"


def test_the_changelog_names_every_shipped_instrument() -> None:
    assert {name for name in instrument_ids() if f"`{name}`" not in CHANGELOG} == set()


def test_the_commands_in_the_readme_exist() -> None:
    named = set(re.findall(r"\bservq ([a-z]+)\b", "\n".join(re.findall(r"```console\n(.*?)```", README, re.DOTALL))))
    assert named
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("place", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_place_that_the_readme_links_to_exists(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (demo|test|check|bench|setup|lock[a-z-]*)", README))))
def test_every_make_target_in_the_readme_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
