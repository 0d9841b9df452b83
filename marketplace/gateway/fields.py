"""What the fields of the REST framework lack."""

from datetime import datetime

from rest_framework import serializers


class DateTimeField(serializers.DateTimeField):
    """A moment; one that no calendar of its zone has, as on the first day of the year 1, is refused."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Give it the zone of the server if it has none."""
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            self.fail("overflow")
