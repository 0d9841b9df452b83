"""What beat starts, and how often."""

from datetime import timedelta
from typing import Any

import environ
from celery.schedules import crontab

from billing.rules.indicator_spans import LEAD
from config.rest_settings import REST_CLOCK

env = environ.Env()
DEMO = env.bool("DEMO", default=False)
A_MINUTE, AN_HOUR, A_NIGHT = ({"expires": seconds} for seconds in (55, 55 * 60, 6 * 3600))
SEAL_EVERY = timedelta(seconds=env.int("SEAL_EVERY", default=10))
INDICATORS_EVERY = env.int("INDICATORS_EVERY", default=30 if DEMO else 300)
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "meter": {
        "task": "billing.tasks.meter_all",
        "schedule": timedelta(seconds=env.int("METER_EVERY", default=15 if DEMO else 300)),
    },
    "budgets": {
        "task": "billing.tasks.watch_budgets",
        "schedule": timedelta(seconds=env.int("BUDGETS_EVERY", default=30 if DEMO else 300)),
    },
    "bill": {
        "task": "billing.tasks.bill_due",
        "schedule": timedelta(seconds=env.int("BILL_EVERY", default=60)),
    },
    "bill slots": {
        "task": "billing.tasks.bill_slots",
        "schedule": timedelta(seconds=env.int("BILL_EVERY", default=60)),
    },
    "provisional bills": {"task": "billing.tasks.tell_bills", "schedule": timedelta(minutes=10)},
    "invoice runs": {"task": "billing.tasks.step_runs", "schedule": timedelta(seconds=5)},
    "correct": {"task": "billing.tasks.correct_due", "schedule": timedelta(hours=1)},
    "reviews": {"task": "billing.tasks.close_reviews", "schedule": timedelta(minutes=10)},
    "subsidies": {"task": "billing.tasks.assess_subsidies", "schedule": timedelta(minutes=10)},
    "funds": {"task": "billing.tasks.assess_funds", "schedule": timedelta(minutes=10)},
    "mediations": {"task": "billing.tasks.lapse_mediations", "schedule": timedelta(minutes=5)},
    "red-letters": {"task": "billing.tasks.lapse_red_letters", "schedule": timedelta(minutes=5)},
    "superseded": {"task": "billing.tasks.purge_superseded", "schedule": timedelta(hours=1)},
    "seal books": {"task": "billing.tasks.seal_books", "schedule": SEAL_EVERY},
    "book": {"task": "billing.tasks.book_missing", "schedule": timedelta(hours=1)},
    "providers": {
        "task": "billing.payments.tasks.go_round_providers",
        "schedule": timedelta(seconds=env.int("PROVIDERS_EVERY", default=10 if DEMO else 60)),
    },
    "missed events": {"task": "billing.payments.tasks.sweep_events", "schedule": timedelta(hours=1)},
    "movements": {
        "task": "billing.payments.tasks.pull_providers",
        "schedule": timedelta(minutes=2) if DEMO else crontab(hour=18, minute=40),
    },
    "bank statements": {"task": "billing.payments.tasks.read_statements", "schedule": timedelta(minutes=10)},
    "matching": {"task": "billing.payments.tasks.match_all", "schedule": timedelta(minutes=10)},
    "checks": {"task": "billing.tasks.check_books", "schedule": crontab(hour=19, minute=10)},
    "synthetic": {"task": "billing.tasks.speak_synthetic", "schedule": timedelta(minutes=5)},
    "check synthetic": {"task": "billing.tasks.check_synthetic", "schedule": timedelta(hours=1)},
    "indicators": {
        "task": "billing.tasks.keep_indicators",
        "schedule": timedelta(seconds=INDICATORS_EVERY) / LEAD,
        "options": {"expires": INDICATORS_EVERY / LEAD},  # what waited so long is asked again already
    },
    "reminders": {"task": "billing.tasks.remind_all", "schedule": crontab(hour=1, minute=0)},
    "search": {"task": "marketplace.tasks.keep_search", "schedule": timedelta(minutes=1)},
    "needs": {"task": "marketplace.tasks.expire_needs", "schedule": timedelta(minutes=5)},
    "search times": {"task": "marketplace.tasks.keep_times", "schedule": timedelta(seconds=10)},
    "search times agree": {"task": "marketplace.tasks.check_times", "schedule": crontab(hour=19, minute=40)},
    "search counts": {"task": "marketplace.tasks.count_search", "schedule": timedelta(hours=1)},
    "saved searches": {"task": "marketplace.tasks.tell_searches", "schedule": timedelta(minutes=1)},
    "leases": {"task": "leasing.tasks.run_clock", "schedule": timedelta(seconds=60), "options": A_MINUTE},
    "settled": {
        "task": "leasing.tasks.close_settled_leases",
        "schedule": timedelta(hours=1),
        "options": AN_HOUR,
    },
    "maintenance": {
        "task": "leasing.tasks.run_maintenance",
        "schedule": timedelta(hours=1),
        "options": AN_HOUR,
    },
    "health": {
        "task": "leasing.tasks.run_health",
        "schedule": crontab(hour=18, minute=20),
        "options": A_NIGHT,
    },
    "seal": {"task": "devices.tasks.seal_log", "schedule": SEAL_EVERY},
    "seal reads": {"task": "devices.ownership.tasks.seal_reads", "schedule": SEAL_EVERY},
    "sign registrations": {"task": "devices.ownership.tasks.sign_registrations", "schedule": SEAL_EVERY},
    "register": {"task": "devices.ownership.tasks.keep_register", "schedule": timedelta(hours=1)},
    "sharing": {"task": "devices.ownership.tasks.note_overdue_sharing", "schedule": timedelta(hours=1)},
    "archive": {"task": "devices.tasks.archive_hours", "schedule": timedelta(minutes=10)},
    "duties": {
        "task": "devices.tasks.carry_out_duties",
        "schedule": timedelta(seconds=env.int("DUTIES_EVERY", default=60)),
    },
    "letters": {"task": "marketplace.tasks.send_letters", "schedule": timedelta(seconds=5)},
    "verifications": {"task": "marketplace.tasks.recheck_due", "schedule": crontab(hour=17, minute=10)},
    "documents": {"task": "marketplace.tasks.remind_of_documents", "schedule": crontab(hour=22, minute=40)},
    "announcements": {
        "task": "marketplace.tasks.keep_announcements",
        "schedule": timedelta(minutes=1),
        "options": A_MINUTE,
    },
    "throttles": {"task": "marketplace.tasks.purge_throttles", "schedule": timedelta(hours=1)},
    "notifications": {
        "task": "marketplace.tasks.send_notifications",
        "schedule": timedelta(seconds=60),
        "options": A_MINUTE,
    },
    **REST_CLOCK,
    "events": {
        "task": "marketplace.tasks.tell_events",
        "schedule": timedelta(seconds=env.int("WEBHOOKS_EVERY", default=5)),
    },
    "lost jobs": {"task": "marketplace.tasks.take_up_jobs", "schedule": timedelta(seconds=30)},
    "old imports": {"task": "marketplace.tasks.let_go_of_imports", "schedule": crontab(hour=18, minute=40)},
    "old exports": {"task": "marketplace.tasks.let_go_of_exports", "schedule": timedelta(hours=1)},
    "closings": {"task": "marketplace.tasks.close_organizations", "schedule": timedelta(hours=1)},
    "old events": {"task": "marketplace.tasks.purge_events", "schedule": timedelta(hours=1)},
    "overdue": {"task": "billing.tasks.tell_overdue", "schedule": timedelta(hours=1)},
    "silences": {"task": "devices.tasks.watch_silences", "schedule": timedelta(seconds=60)},
    "partitions": {"task": "devices.tasks.prepare_partitions", "schedule": timedelta(hours=6)},
}
