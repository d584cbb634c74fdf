"""Group commit: many respondents' pages, one transaction.

Waiting for the disk, and the way there, costs more than the statements themselves. So one task per process takes
whatever is waiting, runs it in one transaction, and tells each caller only after the commit. If anything in the group
fails, nothing of it is kept and every piece runs again in a transaction of its own: the others are stored, and only
the caller whose piece fails hears of it. When the database itself keeps everybody waiting, all of them hear of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from servq.errors import ServqError
from servq.responses.lanes import Lane

T = TypeVar("T")

Piece = Callable[[Connection], T]
"""One caller's statements. It may run twice, so it must be repeatable; a `ServqError` from it says that it wrote
nothing, any other error undoes the whole group."""

_MOST_IN_GROUP = 200
_ATTEMPTS_ALONE = 3

# Longer than a group takes piece by piece, shorter than the wait for a lock: whoever still waits then hears at once.
_PATIENCE_S = 8.0


class RunAgain(Exception):  # noqa: N818 (nothing is wrong, another transaction was faster)
    """Raised by a piece whose view of the database was overtaken while it was writing."""


@dataclass(slots=True)
class _Waiting:
    piece: Piece[Any]
    outcome: asyncio.Future[Any]

    def succeed(self, result: object) -> None:
        # A caller that went away no longer listens; its answers are stored all the same.
        if not self.outcome.done():
            self.outcome.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


class GroupWriter:
    """Runs pieces in groups; made by `running`."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()

    @classmethod
    @asynccontextmanager
    async def running(cls, lane: Lane) -> AsyncIterator[Self]:
        """Start the writing task; at the end, wait until everything handed over is committed."""
        writer = cls(lane)
        task = asyncio.create_task(writer._work(), name="servq group writer")
        try:
            yield writer
        finally:
            writer._queue.put_nowait(None)
            await task

    async def write(self, piece: Piece[T]) -> T:
        """Run `piece` in the next group and return its result after the commit; raise what it raised."""
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(piece, outcome))
        return await outcome

    async def _work(self) -> None:
        while (first := await self._queue.get()) is not None:
            group = [first]
            ending = False
            while len(group) < _MOST_IN_GROUP and not self._queue.empty():
                following = self._queue.get_nowait()
                if following is None:
                    ending = True
                    break
                group.append(following)
            await self._store(group)
            if ending:
                return

    async def _store(self, group: list[_Waiting]) -> None:
        if len(group) == 1:
            await self._store_alone(group[0])
            return
        try:
            await self._commit(group)
        except Exception as error:  # noqa: BLE001 (whose piece it was shows when each runs alone)
            give_up_at = monotonic() + _PATIENCE_S
            for waiting in group:
                if monotonic() < give_up_at:
                    await self._store_alone(waiting)
                else:
                    waiting.fail(error)

    async def _store_alone(self, waiting: _Waiting) -> None:
        for attempts_left in reversed(range(_ATTEMPTS_ALONE)):
            try:
                await self._commit([waiting])
            except RunAgain as error:
                if not attempts_left:
                    waiting.fail(error)
            except Exception as error:  # noqa: BLE001 (it belongs to the caller, not to this task)
                waiting.fail(error)
                return
            else:
                return

    async def _commit(self, group: list[_Waiting]) -> None:
        outcomes = await self._lane.write(partial(_run, [waiting.piece for waiting in group]))
        for waiting, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, ServqError):
                waiting.fail(outcome)
            else:
                waiting.succeed(outcome)


def _run(pieces: Iterable[Piece[object]], connection: Connection) -> list[object]:
    """Run pieces in order; a refusal takes the place of the result."""
    outcomes: list[object] = []
    for piece in pieces:
        try:
            outcomes.append(piece(connection))
        except ServqError as refusal:
            outcomes.append(refusal)
    return outcomes
