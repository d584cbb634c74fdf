"""The short ways to the database that answering takes: work is a plain function on a connection, run in one go.

An SQLite file is read in the caller's thread, since handing a look-up by key to another thread costs more than the
look-up, and in WAL mode it waits for nobody; it is written in one thread of its own, since a file has one writer at a
time. A server is reached through the asynchronous engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from servq.db import make_file_engine

T = TypeVar("T")


class Lane(Protocol):
    """Runs work on the database."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run work that only reads."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run work in one transaction and return after its commit; an error undoes all of it."""
        ...


@asynccontextmanager
async def open_lane(engine: AsyncEngine) -> AsyncIterator[Lane]:
    """Yield the lane that suits the engine's database."""
    if engine.dialect.name != "sqlite":
        yield ServerLane(engine)
        return
    file_engine = make_file_engine(engine.url)
    thread = ThreadPoolExecutor(1, thread_name_prefix="servq writer")
    try:
        with file_engine.connect() as reader:
            yield FileLane(file_engine, reader, thread)
    finally:
        thread.shutdown()
        file_engine.dispose()


class FileLane:
    """An SQLite file."""

    def __init__(self, engine: Engine, reader: Connection, thread: ThreadPoolExecutor) -> None:
        self._engine = engine
        self._reader = reader
        self._thread = thread

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run work that only reads, here and now."""
        try:
            return work(self._reader)
        finally:
            self._reader.rollback()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run work in one transaction of the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, work)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)


class ServerLane:
    """A database server."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run work that only reads, on a connection of the pool."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run work in one transaction, on a connection of the pool."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)
