"""Tables that other survey tools export: recognised by their headings, and cleared of what is no answer; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from servq.answerfiles.reading import Table

if TYPE_CHECKING:
    import polars as pl

Tool = Literal["limesurvey", "qualtrics", "other"]

Role = Literal["started", "submitted", "seconds", "locale", "site", "respondent", "ignored"]
"""What a column says that every tool writes beside the answers."""

_LIMESURVEY_ROLES: Mapping[str, Role] = {
    "id": "ignored",
    "response id": "ignored",
    "submitdate": "submitted",
    "date submitted": "submitted",
    "startdate": "started",
    "date started": "started",
    "datestamp": "ignored",
    "date last action": "ignored",
    "lastpage": "ignored",
    "last page": "ignored",
    "startlanguage": "locale",
    "start language": "locale",
    "seed": "ignored",
    "token": "ignored",
    "access code": "ignored",
    "ipaddr": "ignored",
    "ip address": "ignored",
    "refurl": "ignored",
    "referrer url": "ignored",
    "interviewtime": "seconds",
    "total time": "seconds",
}
_QUALTRICS_ROLES: Mapping[str, Role] = {
    "startdate": "started",
    "enddate": "submitted",
    "status": "ignored",
    "ipaddress": "ignored",
    "progress": "ignored",
    "duration (in seconds)": "seconds",
    "finished": "ignored",
    "recordeddate": "ignored",
    "responseid": "ignored",
    "recipientlastname": "ignored",
    "recipientfirstname": "ignored",
    "recipientemail": "ignored",
    "externalreference": "ignored",
    "externaldatareference": "ignored",
    "locationlatitude": "ignored",
    "locationlongitude": "ignored",
    "distributionchannel": "ignored",
    "userlanguage": "locale",
}
_OTHER_ROLES: Mapping[str, Role] = {
    "started_at": "started",
    "start": "started",
    "started": "started",
    "timestamp": "submitted",
    "date": "submitted",
    "submitted": "submitted",
    "submitted_at": "submitted",
    "duration": "seconds",
    "seconds": "seconds",
    "locale": "locale",
    "language": "locale",
    "site": "site",
    "branch": "site",
    "response": "ignored",
    "id": "ignored",
    "respondent": "ignored",
    "administration": "ignored",
    "channel": "ignored",
    "wave": "ignored",
    "excluded": "ignored",
}
_SUBQUESTION = re.compile(
    r"(?P<question>[^\[\]]+)\[(?P<part>[^\[\]]+)\](?:\[(?P<second>[^\[\]]+)\])?\.?\s*(?P<text>.*)"
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_KEPT = "servq"
_PREVIEW = frozenset({"survey preview", "preview", "1"})


@dataclass(frozen=True, kw_only=True)
class ForeignTable:
    """A table of answers as another tool wrote it.

    Parameters
    ----------
    table
        Its rows, without headings and previews.
    tool
        Which tool wrote it, as far as its headings tell.
    wordings
        What was asked, by column, where the file says so.
    roles
        What a column says beside the answers.
    n_previews
        Rows left out because whoever made the survey entered them to try it.
    """

    table: Table
    tool: Tool
    wordings: Mapping[str, str]
    roles: Mapping[str, Role]
    n_previews: int = 0


def keep_table(foreign: ForeignTable, path: Path) -> None:
    """Write a table to a Parquet file from which `read_kept` makes the same again, whatever it was read from."""
    import polars as pl

    told = {
        "source": foreign.table.source,
        "sha256": foreign.table.sha256,
        "first_row": foreign.table.first_row,
        "labels": foreign.table.labels,
        "tool": foreign.tool,
        "wordings": foreign.wordings,
        "roles": foreign.roles,
        "n_previews": foreign.n_previews,
    }
    frame = foreign.table.frame.select(pl.all().cast(pl.String, strict=False))
    frame.write_parquet(path, metadata={_KEPT: json.dumps(told)})


def read_kept(path: Path) -> ForeignTable:
    """Read a table that `keep_table` wrote."""
    import polars as pl

    told = json.loads(pl.read_parquet_metadata(path)[_KEPT])
    table = {name: told.pop(name) for name in ("source", "sha256", "first_row", "labels")}
    return ForeignTable(table=Table(frame=pl.read_parquet(path), **table), **told)


def recognise(table: Table) -> ForeignTable:
    """Tell which tool wrote a table and clear it of what is no answer.

    Qualtrics writes the wordings into a second row and an id in JSON into a third. LimeSurvey writes
    ``question[part]``, its wordings in their place, or both with a full stop between.
    """
    names = table.frame.columns
    if _is_qualtrics(table.frame):
        return _qualtrics(table)
    lower = {name.strip().casefold() for name in names}
    parted = sum(_SUBQUESTION.fullmatch(name) is not None for name in names)
    known = {"submitdate", "date submitted"} & lower and {"lastpage", "last page", "startlanguage", "seed"} & lower
    if known or (parted >= 2 and {"id", "response id"} & lower):
        return ForeignTable(
            table=table,
            tool="limesurvey",
            wordings={name: wording for name in names if (wording := _limesurvey_wording(name))},
            roles=_roles(names, _LIMESURVEY_ROLES),
        )
    return ForeignTable(table=table, tool="other", wordings={}, roles=_roles(names, _OTHER_ROLES))


def code_of(name: str) -> tuple[str, str]:
    """Return question and part of a heading such as ``Q01[SQ001]``; the part is "" for a question by itself."""
    found = _SUBQUESTION.fullmatch(name.strip())
    return (name.strip(), "") if found is None else (found["question"].strip(), found["part"].strip())


def _roles(names: Sequence[str], known: Mapping[str, Role]) -> dict[str, Role]:
    return {name: known[key] for name in names if (key := name.strip().casefold()) in known}


def _limesurvey_wording(name: str) -> str:
    """The wording in a heading: behind the code, in the brackets of a full wording, or the whole of one."""
    found = _SUBQUESTION.fullmatch(name.strip())
    if found is None:
        code, _, text = name.partition(". ")
        return text if _CODE.fullmatch(code) else name if " " in name.strip() else ""
    if found["text"]:
        inner = _SUBQUESTION.fullmatch(found["text"])
        return inner["part"] if inner else found["text"]
    return found["part"] if " " in found["part"].strip() else ""


def _is_qualtrics(frame: pl.DataFrame) -> bool:
    if frame.height < 2:
        return False
    third = [str(cell or "") for cell in frame.row(1)]
    return sum(_import_id(cell) for cell in third) >= max(1, len(third) // 2)


def _import_id(cell: str) -> bool:
    try:
        return isinstance(told := json.loads(cell), dict) and "ImportId" in told
    except ValueError:
        return False


def _qualtrics(table: Table) -> ForeignTable:
    import polars as pl

    names = table.frame.columns
    asked = dict(zip(names, (str(cell or "").strip() for cell in table.frame.row(0)), strict=True))
    frame = table.frame.slice(2)
    channel = next((name for name in names if name.casefold() == "status"), None)
    if channel is not None:
        is_preview = pl.col(channel).cast(pl.String).str.strip_chars().str.to_lowercase().is_in(list(_PREVIEW))
        # rows keep their numbers in the file, so they are blanked and not cut out
        others = pl.exclude(channel)
        frame = frame.with_columns(pl.when(is_preview.fill_null(value=False)).then(None).otherwise(others).name.keep())
        n_previews = int(frame.select(is_preview.fill_null(value=False).sum()).item())
    else:
        n_previews = 0
    return ForeignTable(
        table=replace(table, frame=frame, first_row=table.first_row + 2),
        tool="qualtrics",
        wordings={name: _plain_wording(text) for name, text in asked.items() if text},
        roles=_roles(names, _QUALTRICS_ROLES),
        n_previews=n_previews,
    )


def _plain_wording(text: str) -> str:
    """The statement of a row in a matrix: ``Please rate … - The staff is kind.`` has it behind the last dash."""
    return text.rpartition(" - ")[2].strip() or text
