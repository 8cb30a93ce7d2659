from __future__ import annotations

from collections.abc import Iterator

import pytest
from catalog_rig import Site, Watcher


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()
