"""The store of the pages' tests, with words of strangers in every field that they can write."""

from tests.store.conftest import migrated  # noqa: F401 - a fixture
from tests.web.conftest import empty  # noqa: F401 - a fixture
