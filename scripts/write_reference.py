"""Writes docs/reference.md, docs/findings.schema.json and the rules and fields of docs/instruments.md from the code."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click

from servq import errors, settings
from servq.analysis import findings_schema
from servq.analysis.documents import study_findings_schema
from servq.cli import COMMANDS, cli
from servq.instruments.reference import TITLES, render_fields, render_rules
from servq.web.problems import STATUSES

DOCS = Path(__file__).resolve().parents[1] / "docs"


def documents() -> dict[str, str]:
    """Text of every document by its file name."""
    schemas = {"findings.schema.json": findings_schema(), "study-findings.schema.json": study_findings_schema()}
    written = {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}
    return {"reference.md": reference(), "instruments.md": instruments(), **written}


def instruments() -> str:
    """Text of the page on instruments, its rules and fields written anew."""
    page = (DOCS / "instruments.md").read_text(encoding="utf-8")
    told, rest = page.split("### Content\n", 1)
    between = rest.split("## Fields\n", 1)[1].split("### `instrument.yaml`\n", 1)[0]
    fields = "\n".join(render_fields(kind) for kind in TITLES)
    return f"{told}{render_rules()}\n## Fields\n{between}{fields}"


def reference() -> str:
    """Text of the reference page."""
    parts = [
        "# Reference",
        "",
        "Written by `scripts/write_reference.py` from the code; a test keeps it current.",
        "",
        "## Commands",
        "",
        "Exit code 0 means success, 2 bad input (with a message that names the place and the fix), 1 a fault of servq.",
        "",
        *_commands(),
        "The JSON that `analyze` and `report` write follows [findings.schema.json](findings.schema.json).",
        "",
        "## Settings",
        "",
        "| Environment variable | Default | Meaning |",
        "|---|---|---|",
        *_settings(),
        "",
        "## Errors",
        "",
        "In the API an error is a problem document (RFC 9457) whose `code` is stable.",
        "",
        "| Code | Status | Class |",
        "|---|---|---|",
        *_errors(),
        "",
    ]
    return "\n".join(parts)


def _commands() -> Iterator[str]:
    context = click.Context(cli, info_name="servq")
    for name in sorted(COMMANDS):
        command = cli.get_command(context, name)
        assert command is not None
        members = command.commands.items() if isinstance(command, click.Group) else [("", command)]
        for member, one in sorted(members):
            yield from _command(one, f"servq {name} {member}".strip())


def _command(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    arguments = [p.make_metavar(context) for p in command.params if isinstance(p, click.Argument)]
    yield f"### `{' '.join([path, *arguments])}`"
    yield ""
    yield " ".join(inspect.cleandoc(command.help or "").split())
    yield ""
    options = [p for p in command.params if isinstance(p, click.Option)]
    if options:
        yield "| Option | Meaning |"
        yield "|---|---|"
        for option in options:
            names = ", ".join((*option.opts, *option.secondary_opts))
            yield f"| `{names}` | {option.help or ''} |"
        yield ""


def _settings() -> Iterator[str]:
    """Every ``X_VARIABLE`` of the settings with the docstring below it and the ``DEFAULT_X`` beside it."""
    body = ast.parse(inspect.getsource(settings)).body
    for node, following in pairwise(body):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        if name.endswith("_VARIABLE") and isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            default = getattr(settings, f"DEFAULT_{name.removesuffix('_VARIABLE')}")
            yield f"| `{getattr(settings, name)}` | `{default}` | {' '.join(str(following.value.value).split())} |"


def _errors() -> Iterator[str]:
    for kind in sorted(_leaves(errors.ServqError), key=lambda one: (one.code, one.__name__)):
        yield f"| `{kind.code}` | {STATUSES[kind].value} | `{kind.__name__}` |"


def _leaves(kind: type[errors.ServqError]) -> set[type[errors.ServqError]]:
    below = kind.__subclasses__()
    return {leaf for child in below for leaf in _leaves(child)} if below else {kind}


if __name__ == "__main__":
    for name, text in documents().items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"wrote {name}")
