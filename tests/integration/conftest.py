"""What every test file shares."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import hosts  # noqa: E402


@pytest.fixture(scope="session")
def base_root():
    return hosts.run([str(hosts.HERE / "base-root")]).strip()
