"""What every test file shares: one site for the whole run."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import hosts  # noqa: E402
import machine  # noqa: E402
import jwtsite  # noqa: E402


@pytest.fixture(scope="session")
def base_root():
    return machine.run([str(hosts.HERE / "base-root")]).strip()


@pytest.fixture(scope="session")
def plain_hosts(base_root):
    """Hosts without jwtauth: what a stock Debian does."""
    with hosts.Lab(base_root) as lab:
        lab.boot(("issuer", ["nginx", "redis-server"]), ("web1", ["ssh"]),
                 ("laptop", []))
        yield lab.hosts


@pytest.fixture(scope="session")
def whole_site(base_root):
    debs = os.environ.get("JWTAUTH_DEBS", hosts.HERE.parents[1] / "build/deb")
    with jwtsite.Site(base_root, debs) as made:
        yield made


@pytest.fixture(scope="module", params=jwtsite.STORES)
def store(request):
    """Tests that name this run once with each revocation store."""
    return request.param


@pytest.fixture(scope="module")
def site(whole_site, store):
    """The site with a fresh store of that kind, for one test file."""
    whole_site.use_store(store)
    return whole_site


@pytest.fixture(scope="module")
def any_site(whole_site):
    """The site, for tests that no store has a part in."""
    whole_site.use_store("embedded")
    return whole_site
