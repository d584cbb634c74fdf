"""Small service contacts for the tests, built row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from servq.operations.definitions import BY_ID
from servq.operations.findings import OperationsOptions, measure_operations
from servq.operations.metrics import Measured, MetricOptions, measure
from servq.operations.records import ServiceContacts, contacts_of_rows
from servq.operations.sample import Window, make_sample

OPENED = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def after(**time: float) -> str:
    """A time after the opening, as contacts write it."""
    return (OPENED + timedelta(**time)).isoformat()


def contacts(*rows: Mapping[str, object]) -> ServiceContacts:
    """Checked contacts; ids are made up and all opened at `OPENED` where a row does not say."""
    return contacts_of_rows(
        [{"contact_id": f"c{number}", "opened_at": after(), **row} for number, row in enumerate(rows)]
    )


def measured(
    metric: str, rows: Sequence[Mapping[str, object]], *, instant_seconds: float = 0.0, **window: object
) -> Measured:
    """One metric of contacts."""
    sample = make_sample(contacts(*rows), Window(**window))  # type: ignore[arg-type] # a test names what it changes
    return measure(BY_ID[metric], sample, MetricOptions(instant_seconds=instant_seconds))


def simulated(n: int = 400, *, seed: int = 1, sites: Sequence[str] = ("North", "South")) -> ServiceContacts:
    """Contacts of half a year, some still open and some that left the queue."""
    rng = np.random.default_rng(seed)
    minutes = rng.uniform(0, 180 * 24 * 60, n)
    reply, rest = rng.lognormal(3, 1, n), rng.lognormal(6, 1.2, n)
    ends = 181 * 24 * 60
    rows = []
    for i in range(n):
        left = bool(rng.random() < 0.1)
        replied, settled = minutes[i] + reply[i], minutes[i] + reply[i] + rest[i]
        rows.append(
            {
                "opened_at": after(minutes=minutes[i]),
                "first_reply_at": None if left or replied > ends else after(minutes=replied),
                "resolved_at": None if left or settled > ends else after(minutes=settled),
                "replies": 0 if left or replied > ends else int(1 + rng.poisson(0.6)),
                "handovers": int(rng.poisson(0.2)),
                "queue_seconds": float(rng.choice([0, 30, 90])) if not left else 120.0,
                "abandoned": left,
                "found_sought": bool(rng.random() < 0.8),
                "failures": int(rng.poisson(0.1)),
                "talk_minutes": None if left else float(rng.lognormal(1.5, 0.5)),
                "site": str(rng.choice(list(sites))),
                "channel": str(rng.choice(["telephone", "email", "chat"])),
                "agent": f"agent {rng.integers(12)}",
            }
        )
    return contacts(*rows)


__all__ = ["OPENED", "OperationsOptions", "after", "contacts", "measure_operations", "measured", "simulated"]
