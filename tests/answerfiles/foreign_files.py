"""Files as LimeSurvey and Qualtrics export them, about SERVQUAL."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from servq.instruments import load_instrument

SERVQUAL = load_instrument("servqual")
EXPECTED = [column for column in SERVQUAL.columns if column.battery == "expectation"]
PERCEIVED = [column for column in SERVQUAL.columns if column.battery == "perception"]


def written(rows: Sequence[Sequence[object]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def limesurvey(answers: Sequence[tuple[str, str]], *, site: str = "Harbour") -> bytes:
    """Codes ``Q01[SQ001]``; each pair is the answer to all expectations and to all perceptions."""
    parts = [f"{question}[SQ{number:03}]" for question in ("Q01", "Q02") for number in range(1, 23)]
    heads = ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "Filiale", *parts]
    rows = [
        [n, f"2026-10-0{n} 12:30:00", 3, "de", 17, f"2026-10-0{n} 12:20:00", site, *[first] * 22, *[second] * 22]
        for n, (first, second) in enumerate(answers, start=1)
    ]
    return written([heads, *rows])


def limesurvey_in_full(answer: str) -> bytes:
    """Wordings as headings, labels as answers."""
    asked = [f"How far do you agree? [{SERVQUAL.wording(column, 'en')}]" for column in [*EXPECTED, *PERCEIVED]]
    heads = ["Response ID", "Date submitted", "Last page", "Start language", *asked]
    return written([heads, [1, "2026-10-01 12:30:00", 3, "en", *[answer] * len(asked)]])


def qualtrics(answers: Sequence[tuple[str, str]]) -> bytes:
    """Three heading rows; each pair is what a row is and its answer to everything."""
    known = ["StartDate", "EndDate", "Status", "Duration (in seconds)", "ResponseId", "UserLanguage"]
    columns = [*EXPECTED, *PERCEIVED]
    asked = [f"Please say how far you agree. - {SERVQUAL.wording(column, 'en')}" for column in columns]
    ids = [json.dumps({"ImportId": f"QID{n}"}) for n in range(len(known) + len(columns))]
    rows = [
        ["2026-09-01 10:00:00", "2026-09-01 10:05:00", status, 300, f"R_{n}", "EN", *[answer] * len(columns)]
        for n, (status, answer) in enumerate(answers)
    ]
    return written([[*known, *(f"Q1_{n}" for n in range(len(columns)))], [*known, *asked], ids, *rows])
