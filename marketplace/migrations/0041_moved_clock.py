"""A test installation has a clock of its own: ahead of the machine's, and never going back."""

import datetime

from django.db import migrations, models

CLOCK = """
CREATE FUNCTION marketplace_clock_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.ahead > OLD.ahead THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the clock only goes forward: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_movedclock_only_forward BEFORE UPDATE OR DELETE ON marketplace_movedclock
    FOR EACH ROW EXECUTE FUNCTION marketplace_clock_only_forward();

-- What time it is where rows say it of themselves; a live installation has no row, so it is the machine's.
CREATE FUNCTION marketplace_now() RETURNS timestamptz LANGUAGE sql STABLE SET search_path TO 'public', 'pg_temp' AS $$
    SELECT statement_timestamp() + coalesce((SELECT ahead FROM marketplace_movedclock), interval '0')
$$;
"""
NO_CLOCK = """
DROP FUNCTION marketplace_now();
DROP TRIGGER marketplace_movedclock_only_forward ON marketplace_movedclock;
DROP FUNCTION marketplace_clock_only_forward();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0039_keys_limits_and_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="MovedClock",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("ahead", models.DurationField(default=datetime.timedelta(0))),
                ("moved_at", models.DateTimeField(blank=True, null=True)),
                ("moved_by", models.CharField(blank=True, max_length=30)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="marketplace_movedclock_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ahead__gte", datetime.timedelta(0)),
                            ("ahead__lte", datetime.timedelta(days=400)),
                        ),
                        name="marketplace_movedclock_ahead_of_the_machines",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("moved_at", None), ("moved_by", "")),
                            models.Q(("moved_at__isnull", False), models.Q(("moved_by", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="marketplace_movedclock_moved_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(CLOCK, NO_CLOCK),
    ]
