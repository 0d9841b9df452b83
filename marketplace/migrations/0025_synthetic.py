"""Organizations that stand for nobody are marked, once and for ever, and are never the platform."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION marketplace_synthetic_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'marketplace_organization: an organization is synthetic from its first day on, or never'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_synthetic_for_ever BEFORE UPDATE ON marketplace_organization
    FOR EACH ROW WHEN (OLD.is_synthetic <> NEW.is_synthetic)
    EXECUTE FUNCTION marketplace_synthetic_for_ever();
"""
BACKWARD = """
DROP TRIGGER marketplace_synthetic_for_ever ON marketplace_organization;
DROP FUNCTION marketplace_synthetic_for_ever();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0024_vat_statements"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="is_synthetic",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_synthetic", True), ("kind", "PLATFORM"), _negated=True),
                name="marketplace_organization_platform_is_real",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
