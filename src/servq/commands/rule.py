"""``servq rule``: when a survey starts by itself, and from where on a score is a warning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.errors import Problem, RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.events.models import StartRule
    from servq.responses.models import LowScoreRule

_UNITS = {"s": 1, "m": 60, "h": 60 * 60, "d": 24 * 60 * 60}
_survey = click.argument("survey_id", metavar="SURVEY", type=RECORD_NUMBER)
_rule = click.argument("rule_id", metavar="RULE", type=RECORD_NUMBER)


@click.group()
def rule() -> None:
    """Let surveys start by themselves."""


@rule.command()
@_survey
@click.option("--event", "event_kind", metavar="KIND", help="After an event of this kind.")
@click.option("--silence", metavar="DAYS", type=int, help="When nothing (or no --event) happened for so many days.")
@click.option("--date", "attribute", metavar="ATTRIBUTE", help="On the date in this attribute of the contact.")
@click.option("--days", type=int, help="Days after that date, or before it when negative.")
@click.option("--at", metavar="HH:MM", help="Time of that day by the contact's own clock; noon when left out.")
@click.option("--yearly", is_flag=True, help="On every anniversary of that date.")
@click.option("--touchpoint", "touchpoints", multiple=True, help="Only there; repeatable.")
@click.option("--site", "sites", multiple=True, help="Only there; repeatable.")
@click.option("--where", metavar="NAME=VALUE", multiple=True, help="Only with this attribute; repeatable.")
@click.option(
    "--channel", type=click.Choice(["email", "in_app"]), default="email", show_default=True, help="How to ask."
)
@click.option("--delay", default="0", show_default=True, help="Time until then, e.g. 90m, 2h or 3d.")
@click.option("--share", type=float, default=1.0, show_default=True, help="Share of the occasions that ask.")
@database_option
def add(survey_id: int, database: str, silence: int | None, where: tuple[str, ...], **choices: Any) -> None:
    """Add a rule to SURVEY; it counts for what happens from now on."""
    starts_on = "no_event" if silence is not None else "date" if choices["attribute"] is not None else "event"
    delay = choices.pop("delay")
    given = {
        **choices,
        "starts_on": starts_on,
        "days": choices["days"] if silence is None else silence,
        "at": _time(choices["at"]),
        "delay_s": _seconds(delay),
        "conditions": _conditions(where),
    }

    async def work(session: AsyncSession) -> StartRule:
        import msgspec

        from servq.events.rules import NewRule, add_rule

        return await add_rule(session, survey_id, msgspec.convert(given, NewRule), now=datetime.now(UTC))

    made = in_existing_session(database, work)
    click.echo(f"Rule {made.id} was added: {_described(made)}")


@rule.command("list")
@_survey
@database_option
def list_command(survey_id: int, database: str) -> None:
    """List the rules of SURVEY, and the scores that are watched."""

    async def work(session: AsyncSession) -> tuple[list[tuple[StartRule, int]], Sequence[LowScoreRule]]:
        from servq.events.rules import list_rules
        from servq.responses.low_scores import list_low_scores

        return await list_rules(session, survey_id), await list_low_scores(session, survey_id)

    rules, scores = in_existing_session(database, work)
    for each, n_starts in rules:
        state = "" if each.active else " (rests)"
        click.echo(f"{each.id:>4}  {_described(each)}{state}; met {n_starts} occasions")
    for score in scores:
        click.echo(f"      low score: {score.score} at most {score.at_most:g}")
    if not rules and not scores:
        click.echo(f"Survey {survey_id} has no rules.")


@rule.command()
@_survey
@_rule
@database_option
def pause(survey_id: int, rule_id: int, database: str) -> None:
    """Let RULE of SURVEY rest; what happens meanwhile invites nobody."""
    _switch(survey_id, rule_id, database, active=False)
    click.echo(f"Rule {rule_id} rests.")


@rule.command()
@_survey
@_rule
@database_option
def resume(survey_id: int, rule_id: int, database: str) -> None:
    """Let RULE of SURVEY work again."""
    _switch(survey_id, rule_id, database, active=True)
    click.echo(f"Rule {rule_id} works.")


@rule.command()
@_survey
@_rule
@database_option
def remove(survey_id: int, rule_id: int, database: str) -> None:
    """Delete RULE of SURVEY; who was invited by it stays invited."""

    async def work(session: AsyncSession) -> None:
        from servq.events.rules import remove_rule

        await remove_rule(session, survey_id, rule_id)

    in_existing_session(database, work)
    click.echo(f"Rule {rule_id} was removed.")


@rule.command("low-score")
@_survey
@click.argument("score")
@click.argument("at_most", type=float, required=False)
@click.option("--off", is_flag=True, help="Watch this score no more.")
@database_option
def low_score(
    survey_id: int,
    score: str,
    at_most: float | None,
    off: bool,  # noqa: FBT001 (click passes options by name)
    database: str,
) -> None:
    """Warn of responses to SURVEY whose SCORE (its id in the instrument) is AT_MOST so much."""
    if off == (at_most is not None):
        raise RequestInvalid(Problem("It is not clear what to do.", "Give a threshold, or --off."))

    async def work(session: AsyncSession) -> None:
        from servq.responses.low_scores import remove_low_score, set_low_score

        if at_most is None:
            await remove_low_score(session, survey_id, score)
        else:
            await set_low_score(session, survey_id, score, at_most, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"{score} is watched no more." if at_most is None else f"{score} at most {at_most:g} is a warning.")


def _switch(survey_id: int, rule_id: int, database: str, *, active: bool) -> None:
    async def work(session: AsyncSession) -> None:
        from servq.events.rules import switch_rule

        await switch_rule(session, survey_id, rule_id, active=active, now=datetime.now(UTC))

    in_existing_session(database, work)


def _described(each: StartRule) -> str:
    if each.starts_on == "date":
        when = f"{each.days:+d} days from {each.attribute}" + (", every year" if each.yearly else "")
    elif each.starts_on == "no_event":
        when = f"no {each.event_kind or 'event'} for {each.days} days"
    else:
        when = f"after {each.event_kind}"
    lists = {"touchpoint": each.touchpoints, "site": each.sites, **each.conditions}
    only = "".join(f", {name} {' or '.join(values)}" for name, values in lists.items() if values)
    delay = f", {timedelta(seconds=each.delay_s)} later" if each.delay_s else ""
    share = f", {each.share:.0%} of them" if each.share < 1 else ""
    return f"{when}{only}{delay}{share}, by {each.channel}"


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d{1,9})([smhd]?)", text.strip())
    if found is None:
        raise RequestInvalid(Problem(f'"{text[:20]}" is no delay.', "Write e.g. 90m, 2h or 3d.", column="delay"))
    return int(found[1]) * _UNITS[found[2] or "s"]


def _time(text: str | None) -> time | None:
    if text is None:
        return None
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise RequestInvalid(Problem(f'"{text[:20]}" is no time.', "Write e.g. 09:30.", column="at")) from error


def _conditions(where: tuple[str, ...]) -> dict[str, list[str]]:
    conditions: dict[str, list[str]] = {}
    for text in where:
        name, equals, value = text.partition("=")
        if not equals:
            raise RequestInvalid(Problem(f'"{text[:40]}" has no "=".', "Write NAME=VALUE.", column="where"))
        conditions.setdefault(name.strip(), []).append(value.strip())
    return conditions
