"""
Whether this installation is the live one or one for trying things out; read by the settings.

The two are installations of their own (docs/test-mode.md): other database, other Redis, other keys.
"""

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
LIVE, TEST = "live", "test"

JIJIAN_MODE = env.str("JIJIAN_MODE", default=LIVE)
if JIJIAN_MODE not in (LIVE, TEST):
    raise ImproperlyConfigured(f"JIJIAN_MODE is {JIJIAN_MODE!r}, not live or test (docs/test-mode.md).")
# Where the other one is: a program that comes with a key of the other mode is told.
LIVE_URL = env.str("LIVE_URL", default="")
TEST_URL = env.str("TEST_URL", default="")
# In Redis: two installations that share a server by mistake still share no message and no session.
NAMESPACE = "jijian" if JIJIAN_MODE == LIVE else "jijian-test"
# Cookies do not know ports: who signs in to one of two on a machine stays signed in to the other.
COOKIES = ("sessionid", "csrftoken") if JIJIAN_MODE == LIVE else ("test_sessionid", "test_csrftoken")

# Who knows how far the clock is set ahead (marketplace.shared.clock).
CLOCK_AHEAD = "marketplace.queries.clocks.ahead"
# What beat runs at times of its own: after the clock was moved at once, each after what it builds on.
CATCH_UP = (
    "devices.tasks.prepare_partitions",
    "leasing.tasks.run_clock",
    "leasing.tasks.run_maintenance",
    "devices.tasks.watch_silences",
    "marketplace.tasks.expire_needs",
    "marketplace.tasks.recheck_due",
    "billing.tasks.meter_all",
    "billing.tasks.close_reviews",
    "billing.tasks.tell_bills",
    "billing.tasks.bill_due",
    "billing.tasks.bill_slots",
    "billing.tasks.correct_due",
    "billing.tasks.assess_subsidies",
    "billing.tasks.assess_funds",
    "billing.tasks.lapse_mediations",
    "billing.tasks.lapse_red_letters",
    "billing.tasks.watch_budgets",
    "billing.payments.tasks.read_statements",
    "billing.payments.tasks.match_all",
    "billing.payments.tasks.pull_providers",
    "billing.tasks.tell_overdue",
    "billing.tasks.remind_all",
    "leasing.tasks.close_settled_leases",
    "devices.ownership.tasks.note_overdue_sharing",
    "marketplace.tasks.tell_events",
)


def no_real_money(stripe_key: str) -> None:
    """
    Let a test installation start only without a key that moves money.

    :raises ImproperlyConfigured: if it has one
    """
    if JIJIAN_MODE == TEST and stripe_key and not stripe_key.startswith(("sk_test_", "rk_test_")):
        raise ImproperlyConfigured(
            "JIJIAN_MODE is test, but STRIPE_API_KEY is no key of Stripe's test mode (sk_test_…)."
        )
