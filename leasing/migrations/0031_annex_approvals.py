"""Approvals of changes beyond a credit limit: append-only, and never by whoever proposed for the lessor."""

import django.db.models.deletion
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER leasing_annexapproval_append_only BEFORE UPDATE OR DELETE ON leasing_annexapproval
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE FUNCTION leasing_annexapproval_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM leasing_annex
        WHERE id = NEW.annex_id AND side = 'lessor' AND made_by = NEW.person
    ) THEN
        RAISE EXCEPTION 'whoever proposed a change does not approve it as well';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_annexapproval_by_another BEFORE INSERT ON leasing_annexapproval
    FOR EACH ROW EXECUTE FUNCTION leasing_annexapproval_by_another();
"""
NO_GUARDS = """
DROP TRIGGER leasing_annexapproval_by_another ON leasing_annexapproval;
DROP FUNCTION leasing_annexapproval_by_another();
DROP TRIGGER leasing_annexapproval_append_only ON leasing_annexapproval;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0030_planned_annexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnnexApproval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.CharField(max_length=30)),
                ("person_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("decision", models.CharField(max_length=64)),
                ("note", models.TextField(blank=True, max_length=2000)),
                (
                    "annex",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals",
                        to="leasing.annex",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="annexapproval",
            constraint=models.UniqueConstraint(fields=("annex", "person"), name="leasing_annexapproval_once"),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
