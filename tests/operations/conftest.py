"""The database, the application and its keys, as the other tests have them."""

from stateful.conftest import sittings
from web.conftest import client, key_for

__all__ = ["client", "key_for", "sittings"]
