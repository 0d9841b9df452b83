"""Sessions in the database with the cache before it: without the cache they are slower, not gone."""

import logging
from typing import Any

from django.contrib.sessions.backends import cached_db, db
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class SessionStore(cached_db.SessionStore):
    """Django's own, but a session that the cache cannot keep is read from the database alone."""

    def load(self) -> Any:
        try:
            return super().load()
        except RedisError:
            log.warning("the cache does not answer; sessions come from the database")
            return db.SessionStore.load(self)
