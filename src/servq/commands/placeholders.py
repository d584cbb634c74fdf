"""``--placeholder NAME=TEXT``: what fills ``{name}`` in the wording of an instrument."""

from __future__ import annotations

import click


def _read(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    del context, option
    fillings = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not (name and sign and text):
            raise click.BadParameter(f'"{pair}" is not NAME=TEXT, e.g. providers=hotels.')
        fillings[name] = text
    return fillings


placeholder_option = click.option(
    "--placeholder",
    "placeholders",
    metavar="NAME=TEXT",
    multiple=True,
    callback=_read,
    help="What fills {NAME} in the wording, e.g. providers=hotels; repeatable.",
)
"""The option with which a command is told how to word an instrument."""
