"""Changes of leases that an accepted plan proposed, append-only."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER leasing_planacceptedannex_append_only BEFORE UPDATE OR DELETE ON leasing_planacceptedannex
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER leasing_planacceptedannex_append_only ON leasing_planacceptedannex;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0029_health_warnings"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanAcceptedAnnex",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("proposal", models.CharField(max_length=120)),
                (
                    "acceptance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="leasing.planacceptance",
                    ),
                ),
                (
                    "annex",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned_by",
                        to="leasing.annex",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]
