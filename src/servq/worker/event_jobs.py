"""The worker's part in events, webhooks and closing times."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from servq.events.calendar import check_calendar
from servq.events.starting import decide_starts, handle_events
from servq.responses.closing import close_overdue_surveys
from servq.webhooks.delivering import Courier, forget_deliveries
from servq.webhooks.destinations import read_networks
from servq.worker.running import Job, Workplace

Work = Callable[[], Awaitable[object]]


def event_jobs() -> tuple[Job, ...]:
    """Return what turns events into invitations and what other systems are told."""
    return (
        Job("events", _start_surveys, every_s=1),
        Job("webhooks", _send_webhooks, every_s=1),
        Job("closing", _close_surveys, every_s=30),
        Job("forgetting", _forget_deliveries, every_s=3600),
    )


async def _start_surveys(place: Workplace) -> Work:
    async def start() -> None:
        now = place.now()
        await handle_events(place.sessions, now)
        await check_calendar(place.sessions, now)
        await decide_starts(place.sessions, now, tokens=place.tokens)

    return start


async def _send_webhooks(place: Workplace) -> Work:
    courier = Courier(tokens=place.tokens, networks=read_networks(place.settings.webhook_networks))

    async def send() -> None:
        while await courier.deliver_due(place.sessions, place.now()) and not place.stopping.is_set():
            pass

    return send


async def _close_surveys(place: Workplace) -> Work:
    async def close() -> None:
        async with place.sessions.begin() as session:
            await close_overdue_surveys(session, now=place.now())

    return close


async def _forget_deliveries(place: Workplace) -> Work:
    async def forget() -> None:
        async with place.sessions.begin() as session:
            await forget_deliveries(session, now=place.now())

    return forget
