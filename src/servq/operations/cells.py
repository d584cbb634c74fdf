"""Raw cells of one column to times, numbers, flags and texts, with every cell that is none of these."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from servq.answerfiles.decoding import BLANK_CELLS
from servq.operations.columns import LARGEST_AMOUNT, LARGEST_COUNT, LONGEST_TEXT, ContactColumn, Kind

_TIME = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<minute>\d{2}:\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?)?$"
)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = pl.Datetime("us", "UTC")
_YES, _NO = ("true", "yes", "y", "1", "1.0"), ("false", "no", "n", "0", "0.0")
_EXAMPLE = "2026-03-04T10:15:00+01:00"

TYPES: dict[Kind, pl.DataType] = {
    "id": pl.String(),
    "time": _MOMENT,
    "count": pl.Float64(),
    "amount": pl.Float64(),
    "flag": pl.Boolean(),
    "text": pl.String(),
}
"""Type of each kind of column once it was read; blank is null."""


class Wrong(NamedTuple):
    """Cells of one column that cannot be used for one reason."""

    rows: NDArray[np.intp]
    message: str
    fix: str


class Decoded(NamedTuple):
    """A column as typed values, null where blank or wrong."""

    values: pl.Series
    wrong: list[Wrong]


def decode(cells: pl.Series, column: ContactColumn, *, time_zone: str | None) -> Decoded:
    """Type the cells of a column.

    Parameters
    ----------
    cells
        As the file has them: text, or the type of a Parquet column.
    time_zone
        Name of the zone of times that carry none; such times are wrong when it is None.
    """
    match column.kind:
        case "time":
            return _times(cells, time_zone)
        case "count" | "amount":
            return _numbers(cells, whole=column.kind == "count")
        case "flag":
            return _flags(cells)
        case _:
            return _texts(cells)


def _trimmed(cells: pl.Series, *, blanks: frozenset[str] = BLANK_CELLS) -> pl.Series:
    texts = cells.cast(pl.String, strict=False).str.strip_chars()
    return pl.select(pl.when(~texts.str.to_lowercase().is_in(list(blanks))).then(texts)).to_series()


def _wrong(mask: pl.Series, message: str, fix: str) -> list[Wrong]:
    rows = np.flatnonzero(mask.fill_null(value=False).to_numpy())
    return [Wrong(rows, message, fix)] if rows.size else []


def _texts(cells: pl.Series) -> Decoded:
    if cells.dtype.is_float():  # a column of numeric ids with blanks is read as decimals
        whole = cells.is_null() | (cells == cells.floor())
        cells = cells.cast(pl.Int64, strict=False) if whole.all() else cells
    texts = _trimmed(cells, blanks=frozenset({""}))
    long = texts.str.len_chars() > LONGEST_TEXT
    odd = texts.str.contains(r"\p{C}")
    return Decoded(
        texts,
        [
            *_wrong(long, f"The text is longer than {LONGEST_TEXT} characters.", "Shorten it."),
            *_wrong(odd, "The text has a line break or a control character.", "Delete it."),
        ],
    )


def _flags(cells: pl.Series) -> Decoded:
    texts = _trimmed(cells).str.to_lowercase()
    values = pl.select(
        pl.when(texts.is_in(list(_YES))).then(pl.lit(value=True)).when(texts.is_in(list(_NO))).then(pl.lit(value=False))
    ).to_series()
    return Decoded(
        values, _wrong(texts.is_not_null() & values.is_null(), "This is neither yes nor no.", "Write yes or no.")
    )


def _numbers(cells: pl.Series, *, whole: bool) -> Decoded:
    texts = _trimmed(cells)
    values = texts.cast(pl.Float64, strict=False)
    # cast also reads "inf" and "NaN"
    finite = values.is_finite().fill_null(value=False)
    broken = texts.is_not_null() & ~finite
    values = pl.select(pl.when(finite).then(values)).to_series()
    wrong = _wrong(broken, "This is not a number.", "Write digits with a decimal point, or leave it blank.")
    wrong += _wrong(values < 0, "This is below zero.", "Write 0 or more.")
    if whole:
        wrong += _wrong(values != values.floor(), "This is not a whole number.", "Write how many there were.")
    most = LARGEST_COUNT if whole else LARGEST_AMOUNT
    wrong += _wrong(values > most, f"This is more than {most:,.0f}.", "Check the unit of the column.")
    return Decoded(values, wrong)


def _times(cells: pl.Series, time_zone: str | None) -> Decoded:
    if isinstance(cells.dtype, pl.Datetime):
        local = cells.cast(pl.Datetime("us", cells.dtype.time_zone))
        if cells.dtype.time_zone is not None:
            return _checked(local.dt.convert_time_zone("UTC"), [])
        return _localised(local, local.is_not_null(), time_zone)
    texts = _trimmed(cells)
    parts = texts.str.extract_groups(_TIME).struct.unnest()
    fraction = parts["fraction"].fill_null("").str.pad_end(6, "0").str.slice(0, 6)
    written = parts["day"] + "T" + parts["minute"] + ":" + parts["second"].fill_null("00") + "." + fraction
    local = written.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    unreadable = _wrong(texts.is_not_null() & local.is_null(), "This is not a time.", f"Write it as {_EXAMPLE}.")
    zoned = parts["utc"].is_not_null() | parts["sign"].is_not_null()
    plain = _localised(pl.select(pl.when(~zoned).then(local)).to_series(), ~zoned & local.is_not_null(), time_zone)
    minutes = parts["hours"].cast(pl.Int64).fill_null(0) * 60 + parts["minutes"].cast(pl.Int64).fill_null(0)
    shift = pl.select(
        pl.duration(minutes=pl.when(parts["sign"] == "-").then(-minutes).otherwise(minutes), time_unit="us")
    ).to_series()
    moments = pl.select(pl.when(zoned).then((local - shift).dt.replace_time_zone("UTC")).otherwise(plain.values))
    return _checked(moments.to_series(), [*unreadable, *plain.wrong])


def _localised(local: pl.Series, present: pl.Series, time_zone: str | None) -> Decoded:
    """Times of a wall clock in a zone; without one each of them is wrong."""
    if time_zone is None:
        return Decoded(
            pl.Series(local.name, [None], dtype=_MOMENT).new_from_index(0, len(local)),
            _wrong(present, "The time has no time zone.", f"Write it as {_EXAMPLE}, or name the zone of all times."),
        )
    moments = local.dt.replace_time_zone(time_zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")
    return Decoded(
        moments,
        _wrong(
            present & moments.is_null(),
            f"On that day the clock of {time_zone} showed this time twice or never.",
            f"Write it with its offset, as {_EXAMPLE}.",
        ),
    )


def _checked(moments: pl.Series, wrong: list[Wrong]) -> Decoded:
    early = _wrong(moments < _EARLIEST, "The time is before 1970.", "Check the year.")
    return Decoded(moments, [*wrong, *early])
