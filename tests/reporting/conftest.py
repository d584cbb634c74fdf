"""Fixtures of the tests of the report."""

from __future__ import annotations

import pytest

from reporting.rendered import SAMPLES


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
