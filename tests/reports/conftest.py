"""Reports on what the invented companies of the pages' tests published."""

from tests.store.conftest import migrated  # noqa: F401 - a fixture
from tests.web.conftest import client, empty, world  # noqa: F401 - fixtures
