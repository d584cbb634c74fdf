from __future__ import annotations

from collections.abc import Iterator

import pytest

from mail.sink import Sink, open_sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with open_sink() as running:
        yield running
