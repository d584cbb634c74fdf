"""Writes docs/operations.md from the definitions of the service metrics and of their columns."""

from __future__ import annotations

from pathlib import Path

from servq.analysis.segments import MOST_GROUPS
from servq.operations.columns import COLUMNS, GROUPINGS, REQUIRED, Kind
from servq.operations.definitions import DEFINITIONS, RATIO, SHARE, MetricDefinition
from servq.operations.joining import FEWEST_PAIRS, LARGEST_LAG

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"

KINDS: dict[Kind, str] = {
    "id": "text",
    "time": "time with zone",
    "count": "whole number",
    "amount": "number",
    "flag": "yes or no",
    "text": "text",
}

INTERVALS = {
    "response_time": "ratio of totals, linearised t interval",
    "backlog_inflow": "exact Poisson interval (Garwood)",
    "backlog_outflow": "exact Poisson interval (Garwood)",
    "resolution_time": "t interval; Kaplan–Meier median, log-log interval",
    "first_response_time": "t interval; Kaplan–Meier median, log-log interval",
    "things_gone_wrong": "t interval",
}

TEXT = """# Service metrics

Written by `scripts/write_operations.py` from the code; a test keeps it current.

A *service contact* is a ticket, a call or a chat. servq reads service contacts from a file or takes them in over the
API, and computes the service metrics below, each with an interval, the number of contacts behind it and what to mind.

```console
servq operations metrics contacts.csv --by site --by channel --period week --time-zone Europe/Berlin
servq operations metrics contacts.csv --scores scores.csv --json metrics.json
servq operations import contacts.csv && servq operations metrics --survey 1
```

## Columns

CSV, XLSX and Parquet files have one row per contact, in its latest state. Headers are compared without regard to case
and punctuation; `--column opened_at="Created on"` names any other. A blank cell means unknown, and a metric counts
only contacts of which its columns are known. Every cell that cannot be read, every id used twice and every impossible
order (resolved before opened, resolved before the first reply, no replies but a time of reply, talk with somebody who
left the queue) is named with its row and column, and nothing is computed until they are mended.

| Column | Also called | Holds | Meaning |
|---|---|---|---|
{columns}

Times are written as `2026-03-04T10:15:00+01:00`. Those without a zone need `--time-zone`; an hour that a clock shows
twice or never then has to be written with its offset.

## Metrics

{metrics}

## How they are computed

- **Shares** have Wilson's interval. **Ratios** of counts have its bounds as odds, so that first contact resolution
  says the same as share and as ratio (resolved at once : needed more). 80 % resolved at once is a ratio of 4.
- **Response time** is the sum of the minutes waited over the number of replies: four replies after 10, 20, 5 and 7
  minutes average 10.5. Its interval lets the replies of one contact depend on each other.
- **Times** are skewed, so the median stands beside the mean, and a caveat says where the interval of the mean is
  rough (Cochran's rule). The medians of the first response and resolution times count open contacts for as long as
  they have waited (Kaplan–Meier): leaving them out would make a slow service look fast.
- **Observed until** the last time in a file or `--as-of`; stored contacts until now.
- **Flows** are counts per calendar period. Where periods differ by more than a Poisson process lets them (Fisher's
  index, p < 0.01), a caveat says that the interval is too narrow. Abandoned contacts are no backlog.
- **Leading** metrics move before the customers' judgement; **lagging** ones say how it ended.

## Groups

`--by` breaks the metrics down by {groupings}. A group of fewer than five contacts is hidden, and so is the next
smallest where the hidden one could be worked out as the whole minus the rest; the same holds for each metric within
the groups. An attribute of more than {most_groups} values is no group. Numbers by agent speak of persons: most
differences between few contacts are chance, the intervals say which, and they are not adjusted for the number of
groups.

## Beside survey scores

A file of scores has the columns `site`, `period`, `score` and, if they are averages, `n`; `--survey` takes the
headline scores of a stored survey by site and time of submission. Each metric of a site and period is paired with the
score 0 to {lag} periods later. Where sites have several periods, their levels are taken out first; where they have
one, sites are compared. A correlation needs {pairs} pairs and has Fisher's interval. It describes what went together
and shows no effect; neighbouring periods resemble each other, and among many pairings some stand out by chance.

## API

`POST /api/v1/service-contacts` (scope `operations:write`) stores up to 10,000 contacts by their ids and answers how
many were created, updated and unchanged. A contact is replaced as a whole, so sending the same state again changes
nothing, and what is left out becomes unknown. All problems of a body are listed, and then nothing is stored. `GET
/api/v1/service-metrics` (scope `operations:read`) gives what the command gives, in the language of `locale`; groups
of fewer than five contacts are never shown there.
"""


def document() -> str:
    """Text of the page."""
    return TEXT.format(
        columns="\n".join(
            f"| `{column.name}`{' (needed)' if column.name in REQUIRED else ''} "
            f"| {', '.join(f'`{name}`' for name in column.also)} | {KINDS[column.kind]} | {column.meaning} |"
            for column in COLUMNS
        ),
        metrics="\n\n".join(map(_metric, DEFINITIONS)),
        groupings=", ".join(GROUPINGS[:-1]) + f" and {GROUPINGS[-1]}",
        most_groups=MOST_GROUPS,
        lag=LARGEST_LAG,
        pairs=FEWEST_PAIRS,
    )


def _metric(one: MetricDefinition) -> str:
    return "\n".join(
        (
            f"### {one.name}",
            "",
            one.definition,
            "",
            f"- **Id** `{one.id}`, needs {' and '.join(f'`{column}`' for column in one.columns)}",
            f"- **Unit** {one.unit}; {one.better} is good; {one.timing}",
            f"- **Counted** {one.counted}",
            f"- **Interval** {_interval(one)}",
        )
    )


def _interval(one: MetricDefinition) -> str:
    if one.unit == SHARE:
        return "Wilson"
    if one.unit == RATIO:
        return "Wilson's, as odds"
    return INTERVALS.get(one.id, "t interval; median with order-statistic interval")


if __name__ == "__main__":
    PAGE.write_text(document(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
