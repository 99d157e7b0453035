"""What every process of the tests does once."""

from __future__ import annotations

import gc
import os

import pytest

from tests.shared import Shared

gc.disable()  # until all is imported and collected


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes run the tests: two more than there are cores, since they wait as well."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process begin with those that wait for the clock, while the others keep the cores busy."""
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """What is made once for all processes of the tests."""
    own = tmp_path_factory.getbasetemp()
    return Shared(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


def pytest_collection_finish() -> None:
    """Leave what was collected to itself: looking through all of it for garbage takes a tenth of the time."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
