"""The command line: finds the command that was asked for, and turns servq's errors into one clear message.

Exit codes: 0 on success, 2 on bad input, 1 when servq itself is at fault.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from servq import __version__
from servq.errors import ServqError

COMMANDS = {
    "analyze": ("servq.commands.analyze", "Analyse a file of answers."),
    "contacts": ("servq.commands.contacts", "Import contacts, and keep those alone who asked for it."),
    "data": ("servq.commands.data", "Export the answers of a survey."),
    "db": ("servq.commands.db", "Bring the database up to date."),
    "demo": ("servq.commands.demo", "Try servq with a simulated hotel group."),
    "events": ("servq.commands.events", "Take in service events."),
    "instrument": ("servq.commands.instrument", "List, check, compare and exchange instruments."),
    "interview": ("servq.commands.interview", "Let interviewers enter answers."),
    "key": ("servq.commands.key", "Create API keys."),
    "operations": ("servq.commands.operations", "Measure service contacts: tickets, calls, chats."),
    "mail": ("servq.commands.mail", "Write and look after mails."),
    "qr": ("servq.commands.qr", "Print QR codes and addresses of kiosks."),
    "report": ("servq.commands.report", "Report a survey or study as PDF, HTML or JSON."),
    "review": ("servq.commands.review", "Review samples of service records."),
    "rule": ("servq.commands.rule", "Let surveys start by themselves."),
    "serve": ("servq.commands.serve", "Run the web service."),
    "study": ("servq.commands.study", "Bind the surveys of several audiences."),
    "survey": ("servq.commands.survey", "Create, launch and close surveys."),
    "user": ("servq.commands.user", "Add people."),
    "webhook": ("servq.commands.webhook", "Tell other systems of what happens."),
    "widget": ("servq.commands.widget", "Show short surveys in apps and pages."),
    "worker": ("servq.commands.worker", "Send mail and handle events."),
}
BAD_INPUT = 2


class LazyCommands(click.Group):
    """A group whose commands are imported when they run, so that help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command; it is named like the command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.command(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="servq")
def cli() -> None:
    """Measure service quality, from questionnaire to decision."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit."""
    try:
        cli.main(args=arguments, prog_name="servq")
    except ServqError as error:
        click.echo(f"servq: {error}", err=True)
        sys.exit(BAD_INPUT)
