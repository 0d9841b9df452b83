"""A need whose lease came to nothing is closed again, not met; searches count how often they failed."""

from django.db import migrations, models

DROP = "DROP TRIGGER marketplace_need_frozen ON marketplace_need;"
FROZEN = """
CREATE TRIGGER marketplace_need_frozen BEFORE UPDATE ON marketplace_need FOR EACH ROW
    WHEN (OLD.status <> 'DRAFT' AND (
        (to_jsonb(NEW) - ARRAY['status', 'over_at', 'reason', 'chosen_id', 'lease'])
            <> (to_jsonb(OLD) - ARRAY['status', 'over_at', 'reason', 'chosen_id', 'lease'])
        OR NEW.status = 'DRAFT'
        OR {over}))
    EXECUTE FUNCTION marketplace_need_is_frozen();
"""
FOR_GOOD = "OLD.status IN ('EXPIRED', 'WITHDRAWN', 'FULFILLED')"
REOPENED = (
    "OLD.status IN ('EXPIRED', 'WITHDRAWN')"
    " OR (OLD.status = 'FULFILLED' AND NOT (NEW.status = 'CLOSED' AND NEW.lease = ''))"
)


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0036_codes_of_the_verified"),
    ]

    operations = [
        migrations.AddField("savedfilter", "failures", models.PositiveSmallIntegerField(default=0)),
        migrations.AlterField(
            "savedfilter",
            "stopped",
            models.CharField(
                blank=True,
                choices=[(one, one) for one in ("UNREADABLE", "OVER", "LEFT", "FAILED")],
                max_length=10,
            ),
        ),
        migrations.RunSQL(DROP + FROZEN.format(over=REOPENED), DROP + FROZEN.format(over=FOR_GOOD)),
    ]
