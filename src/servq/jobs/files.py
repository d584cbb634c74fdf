"""Files that are kept for a while: handed in by somebody, or made for somebody; read by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import RecordUnknown
from servq.jobs import queries
from servq.jobs.models import KeptFile

KEPT_FOR = timedelta(days=1)
"""How long a file is kept: long enough to fetch it, short for answers beside the database's own rules."""

PIECE_BYTES = 1 << 20

Pieces = Iterable[bytes] | AsyncIterable[bytes]


async def keep_file(
    sessions: async_sessionmaker[AsyncSession],
    pieces: Pieces,
    *,
    account_id: int,
    name: str,
    media_type: str,
    now: datetime,
) -> int:
    """Store a file piece by piece, each in a transaction of its own so that nobody else waits, and return its number.

    What was stored is deleted when reading the pieces fails.
    """
    digest, n_bytes, number = sha256(), 0, 0
    async with sessions.begin() as session:
        file_id = await queries.insert_file(
            session,
            {
                "account_id": account_id,
                "name": name[:200],
                "media_type": media_type,
                "n_bytes": 0,
                "sha256": "",
                "created_at": now,
                "forget_at": now + KEPT_FOR,
            },
        )
    try:
        async for piece in _equal(pieces):
            digest.update(piece)
            n_bytes += len(piece)
            async with sessions.begin() as session:
                await queries.insert_piece(session, file_id, number, piece)
            number += 1
        async with sessions.begin() as session:
            await queries.set_file_size(session, file_id, n_bytes=n_bytes, sha256=digest.hexdigest())
    except BaseException:
        async with sessions.begin() as session:
            await queries.delete_file(session, file_id)
        raise
    return file_id


async def get_file(session: AsyncSession, file_id: int, *, account_id: int) -> KeptFile:
    """Return what is known of a file; raises `RecordUnknown` unless it is this person's."""
    found = await queries.find_file(session, file_id, account_id)
    if found is None:
        raise RecordUnknown("This file is not kept any more. Make it or hand it in again.")
    return found


async def read_file(sessions: async_sessionmaker[AsyncSession], file_id: int) -> AsyncIterator[bytes]:
    """Yield the content of a file."""
    async with sessions() as session:
        async for piece in queries.read_pieces(session, file_id):
            yield piece


@asynccontextmanager
async def file_on_disk(
    sessions: async_sessionmaker[AsyncSession], file_id: int, *, suffix: str = ""
) -> AsyncIterator[Path]:
    """Yield a path with the content of a file, for what reads from disk only."""
    with TemporaryDirectory(prefix="servq-") as folder:
        path = Path(folder) / f"file{suffix}"
        with path.open("wb") as target:
            async for piece in read_file(sessions, file_id):
                target.write(piece)
        yield path


def pieces_of(path: Path) -> Iterable[bytes]:
    """Yield the content of a file on disk."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


async def _equal(pieces: Pieces) -> AsyncIterator[bytes]:
    """Cut pieces of any size into pieces of the stored size."""
    gathered = bytearray()
    async for piece in _awaited(pieces):
        gathered += piece
        while len(gathered) >= PIECE_BYTES:
            yield bytes(gathered[:PIECE_BYTES])
            del gathered[:PIECE_BYTES]
    if gathered:
        yield bytes(gathered)


async def _awaited(pieces: Pieces) -> AsyncIterator[bytes]:
    if isinstance(pieces, AsyncIterable):
        async for piece in pieces:
            yield piece
    else:
        for piece in pieces:
            yield piece
