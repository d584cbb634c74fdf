"""How the answers of a wave are written in one piece, and read again. Pure.

The length of a header, the header as JSON, then the arrays it names, one after the other; all compressed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from servq.results.rows import Attribute, WaveRows

_FORMAT = 1
_QUICK = 1
_LENGTH = 4


class _Header(msgspec.Struct):
    format: int
    n: int
    n_columns: int
    id_size: int
    code_type: str
    labels: dict[str, list[str]]


def pack(rows: WaveRows) -> bytes:
    """Write the answers of a wave."""
    code_type = "|i1" if not rows.codes.size or (rows.codes.min() >= -128 and rows.codes.max() <= 127) else "<i2"
    header = msgspec.json.encode(
        _Header(
            format=_FORMAT,
            n=rows.n,
            n_columns=rows.codes.shape[1],
            id_size=rows.ids.dtype.itemsize,
            code_type=code_type,
            labels={name: list(attribute.labels) for name, attribute in rows.attributes.items()},
        )
    )
    writer = zlib.compressobj(_QUICK)
    parts = [len(header).to_bytes(_LENGTH, "little"), header, *_arrays(rows, code_type)]
    return b"".join([*(writer.compress(part) for part in parts), writer.flush()])


def _arrays(rows: WaveRows, code_type: str) -> Iterator[bytes]:
    yield rows.ids.tobytes()
    # column by column: equal answers stand beside each other, which packs and unpacks faster
    yield np.ascontiguousarray(rows.codes.T).astype(code_type).tobytes()
    yield rows.submitted.tobytes()
    for attribute in rows.attributes.values():
        yield attribute.positions.astype("<i4").tobytes()


def unpack(content: bytes) -> WaveRows | None:
    """Read what `pack` wrote; None if another version of servq wrote it."""
    data = memoryview(zlib.decompress(content))
    start = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    try:
        header = msgspec.json.decode(data[_LENGTH:start], type=_Header)
    except msgspec.ValidationError:
        return None
    if header.format != _FORMAT:
        return None

    def take(count: int, kind: str) -> NDArray[np.generic]:
        nonlocal start
        array: NDArray[np.generic] = np.frombuffer(data, dtype=kind, count=count, offset=start)
        start += array.nbytes
        return array

    ids = take(header.n, f"S{header.id_size}")
    codes = take(header.n * header.n_columns, header.code_type).reshape(header.n_columns, header.n).T
    return WaveRows(
        ids=ids.astype(np.bytes_),
        codes=np.ascontiguousarray(codes, dtype=np.int16),
        submitted=take(header.n, "|b1").astype(np.bool_),
        attributes={
            name: Attribute(tuple(labels), take(header.n, "<i4").astype(np.int32))
            for name, labels in header.labels.items()
        },
    )
