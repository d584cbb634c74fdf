from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import servq.statistics

MODULES = [f"servq.statistics.{module.name}" for module in pkgutil.iter_modules(servq.statistics.__path__)]
FUNCTIONS = [name for name in servq.statistics.__all__ if inspect.isfunction(getattr(servq.statistics, name))]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_an_example_or_names_its_sibling_that_has_one(name: str) -> None:
    documentation = inspect.getdoc(getattr(servq.statistics, name)) or ""
    sibling = re.search(r"; see `(\w+)`", documentation)
    assert ">>>" in documentation or (
        sibling and ">>>" in (inspect.getdoc(getattr(servq.statistics, sibling[1])) or "")
    )
