"""Accounts of others keep what was approved; what is taken back of a write-off needs no second person."""

from django.db import migrations, models

CHANGING = {
    "payeeaccount": ("stage", "checker", "checker_name", "checked_at"),
    "payeraccount": ("stage", "checker", "checker_name", "checked_at"),
    "acceptancebill": ("state", "checker", "checker_name", "checked_at", "ended_on"),
    "suggestion": ("state", "decided_by", "decided_at"),
}


def _kept(table, names):
    given = ", ".join(f"'{name}'" for name in names)
    trigger = f"payments_{table}_keeps"
    make = f"CREATE TRIGGER {trigger} BEFORE UPDATE ON payments_{table} FOR EACH ROW EXECUTE FUNCTION payments_keeps_but({given});"
    return migrations.RunSQL(make, f"DROP TRIGGER {trigger} ON payments_{table};")


class Migration(migrations.Migration):
    dependencies = [("payments", "0030_stripe")]

    operations = [
        *(_kept(table, names) for table, names in CHANGING.items()),
        migrations.RemoveConstraint("allocation", "payments_allocation_let_off_by_two"),
        migrations.AddConstraint(
            "allocation",
            models.CheckConstraint(
                name="payments_allocation_let_off_by_two",
                condition=models.Q(let_off_minor__lte=0)
                | (~models.Q(approved_by="") & ~models.Q(approved_by=models.F("made_by"))),
            ),
        ),
    ]
