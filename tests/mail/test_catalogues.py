"""Every sentence of a mail is there in every language that mails are written in."""

from __future__ import annotations

import string
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from servq.translation import LOCALES_FOLDER

LANGUAGES = sorted(path.parents[1].name for path in LOCALES_FOLDER.glob("*/LC_MESSAGES/mail.po"))
SPOKEN_IN_CODE = {"A low score: {score}", "{value} in “{title}”, at most {at_most}"}


def spoken() -> set[str]:
    environment = Environment(autoescape=True)
    found = set(SPOKEN_IN_CODE)
    for path in Path(str(files("servq.mail"))).rglob("*.j2"):
        if "staff" in path.parts:  # these have a catalogue of their own
            continue
        for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                assert isinstance(call.args[0], nodes.Const)
                found.add(call.args[0].value)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_complete_and_holds_nothing_else(language: str) -> None:
    with (LOCALES_FOLDER / language / "LC_MESSAGES" / "mail.po").open("rb") as file:
        entries = {entry.id: entry.string for entry in read_po(file) if entry.id}
    assert set(entries) == spoken()
    for source, said in entries.items():
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (source, said)]
        assert names[0] == names[1], source
        assert said
