"""What the comparison of groups found, in words that claim no more than the corrected tests do."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.segment_findings import SiteRow, Sites
from servq.messages import Message
from servq.statistics.estimate import Estimate

NAMED_AT_MOST = 3
"""More names than this are counted: a sentence is no table."""


def read_groups(n_groups: int, n_hidden: int, minimum: int) -> Message:
    """How many groups there are, and why some are not shown."""
    if n_groups == 1:
        return Message("There is only one group, so there is nothing to compare.")
    if n_hidden == 0:
        return Message("{n} groups; every one has at least {minimum} respondents.", n=n_groups, minimum=minimum)
    return Message(
        "{hidden} of {n} groups are not shown: groups of fewer than {minimum} respondents, and where needed the next "
        "smallest, so that they cannot be worked out.",
        hidden=n_hidden,
        n=n_groups,
        minimum=minimum,
    )


def read_comparison(sites: Sites, better: str) -> Message:
    """Who differs in the headline score, or that nobody can be told to."""
    if sites.compared_by == "nothing":
        return Message("No two groups can be shown, so none are compared.")
    headline = sites.scores[0]
    good = "above" if better == "high" else "below"
    ahead = [row for row in sites.rows if row.cells and _side(row, headline) == good]
    behind = [row for row in sites.rows if row.cells and _side(row, headline) not in {good, "none"}]
    if sites.compared_by == "pairs":
        return _pairs(sites.rows, headline, good)
    if not ahead and not behind:
        return Message("Overall, no group can be told from all the others together: the differences may be chance.")
    slight = [row for row in (*ahead, *behind) if row.cells[headline].mark.is_slight]
    found = [
        part
        for part in (
            _listed(
                Message("Better than all the others together, beyond chance: {names}."),
                [row for row in ahead if row not in slight],
                headline,
            ),
            _listed(
                Message("Worse than all the others together, beyond chance: {names}."),
                [row for row in behind if row not in slight],
                headline,
            ),
            _listed(Message("Different beyond chance, but only slightly: {names}."), slight, headline),
        )
        if part is not None
    ]
    return _joined(found)


def _side(row: SiteRow, score: str) -> str:
    return row.cells[score].mark.direction


def _distance(row: SiteRow, score: str) -> float:
    difference = row.cells[score].mark.difference
    return abs(difference.value) if isinstance(difference, Estimate) else 0.0


def _pairs(rows: Sequence[SiteRow], headline: str, good: str) -> Message:
    found = []
    for row in rows:
        mark = row.cells[headline].mark if row.cells else None
        beaten = (mark.above if good == "above" else mark.below) if mark is not None else ()
        if mark is not None and beaten:
            found.append((row, beaten, mark.is_slight))
    if not found:
        return Message("Overall, no two groups can be told apart: the differences may be chance.")
    if len(found) > NAMED_AT_MOST:
        return Message("Overall, {n} groups are better than at least one other, beyond chance.", n=len(found))
    return _joined(
        [
            Message(
                "{name} is slightly better than {others}, beyond chance."
                if slight
                else "{name} is better than {others}, beyond chance.",
                name=row.label,
                others=", ".join(beaten),
            )
            for row, beaten, slight in found
        ]
    )


def _listed(template: Message, rows: Sequence[SiteRow], score: str) -> Message | None:
    """Names by the size of the difference, the largest first."""
    if not rows:
        return None
    names = [str(row.label) for row in sorted(rows, key=lambda row: -_distance(row, score))]
    if len(names) <= NAMED_AT_MOST:
        return Message(template.template, names=", ".join(names))
    more = Message("{names} and {n} more", names=", ".join(names[:NAMED_AT_MOST]), n=len(names) - NAMED_AT_MOST)
    return Message(template.template, names=more)


def _joined(sentences: Sequence[Message]) -> Message:
    said = sentences[0]
    for sentence in sentences[1:]:
        said = Message("{first} {second}", first=said, second=sentence)
    return said
