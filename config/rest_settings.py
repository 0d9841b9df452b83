"""Settings of the REST API: limits, whose word about an address counts, and how long its log waits."""

from datetime import timedelta

import environ
from django.core.exceptions import ImproperlyConfigured

from marketplace.rules.buckets import MOST_A_MINUTE
from marketplace.rules.networks import network

__all__ = [
    "REST_CLOCK",
    "REST_LOG",
    "REST_REQUESTS_A_MINUTE",
    "REST_REQUESTS_A_MINUTE_UNKNOWN",
    "TRUSTED_PROXIES",
]
env = environ.Env()

# Requests a minute of each key or session, and of each address from which strangers come.
REST_REQUESTS_A_MINUTE = env.int("REST_REQUESTS_A_MINUTE", default=600)
REST_REQUESTS_A_MINUTE_UNKNOWN = env.int("REST_REQUESTS_A_MINUTE_UNKNOWN", default=600)
REST_LOG = env.bool("REST_LOG", default=True)

# Networks of the proxies in front whose X-Forwarded-For is believed.
TRUSTED_PROXIES = [each for each in env.list("TRUSTED_PROXIES", default=[]) if each]

for limit in (REST_REQUESTS_A_MINUTE, REST_REQUESTS_A_MINUTE_UNKNOWN):
    if not 1 <= limit <= MOST_A_MINUTE:
        raise ImproperlyConfigured(
            f"REST_REQUESTS_A_MINUTE and REST_REQUESTS_A_MINUTE_UNKNOWN must be 1 to {MOST_A_MINUTE}."
        )
if any(network(each) is None for each in TRUSTED_PROXIES):
    raise ImproperlyConfigured(
        "TRUSTED_PROXIES must be networks such as 10.0.0.0/8, with commas between them."
    )

REST_CLOCK = {
    "keys": {"task": "marketplace.tasks.warn_of_keys", "schedule": timedelta(hours=1)},
    "requests": {"task": "marketplace.tasks.write_requests", "schedule": timedelta(seconds=5)},
    "old requests": {"task": "marketplace.tasks.purge_requests", "schedule": timedelta(hours=1)},
}
