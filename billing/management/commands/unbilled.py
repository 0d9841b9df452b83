"""``manage.py unbilled``: which leases the clock could not bill the last time, and why."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.models import BillingFailure


class Command(BaseCommand):
    """Reads only; a lease is told no more as soon as it is billed."""

    help = "Tell which leases could not be billed, since when, how often it was tried, and why."

    def handle(self, *args: Any, **options: Any) -> None:
        found = BillingFailure.objects.select_related("lease").order_by("first_at", "lease")
        for one in found:
            since = f"{one.first_at:%Y-%m-%d %H:%M}"
            self.stdout.write(f"{one.lease.number}\t{since}\t{one.times} times\t{one.code}\t{one.said}")
        self.stdout.write(f"{len(found)} leases could not be billed.")
