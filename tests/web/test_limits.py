from __future__ import annotations

import pytest

from servq.errors import TooManyRequests
from servq.web.limits import TokenBuckets


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_lets_through_its_capacity_and_refills_evenly() -> None:
    seconds = Seconds()
    buckets = TokenBuckets(10, 100.0, clock=seconds)
    for _ in range(10):
        buckets.take("here")
    with pytest.raises(TooManyRequests):
        buckets.take("here")
    seconds.now = 10.0
    buckets.take("here")
    with pytest.raises(TooManyRequests):
        buckets.take("here")


def test_senders_do_not_share_a_bucket() -> None:
    buckets = TokenBuckets(1, 100.0, clock=Seconds())
    buckets.take("here")
    buckets.take("there")


def test_a_refused_request_costs_nothing() -> None:
    seconds = Seconds()
    buckets = TokenBuckets(1, 100.0, clock=seconds)
    buckets.take("here")
    for _ in range(50):
        with pytest.raises(TooManyRequests):
            buckets.take("here")
    seconds.now = 100.0
    buckets.take("here")


def test_the_memory_for_senders_is_bounded() -> None:
    buckets = TokenBuckets(1, 100.0, kept=3, clock=Seconds())
    for sender in range(100):
        buckets.take(sender)
    assert len(buckets._levels) == 3
