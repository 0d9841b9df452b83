"""By what windows were counted; and which superseded versions of a day may go, kept by the database itself."""

import django.db.models.deletion
from django.db import migrations, models

PLANS = """
CREATE TRIGGER billing_meteringplan_append_only BEFORE UPDATE OR DELETE ON billing_meteringplan
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""
PLANS_BACK = "DROP TRIGGER billing_meteringplan_append_only ON billing_meteringplan;"

# A version may go if a newer one replaced it before any invoice of its day was drafted (an invoice stands on
# the versions that were the newest then), no line was counted from it, and no review item opened with it.
MAY_GO = """
CREATE FUNCTION billing_windowset_may_go(one billing_windowset) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT NOT EXISTS (
            SELECT 1 FROM billing_invoice i JOIN leasing_leaseunit u ON u.lease_id = i.lease_id
            WHERE u.id = one.unit_id AND i.drafted_at < newer.created_at
              AND i.period_start < (one.local_day + 2)::timestamp AT TIME ZONE 'UTC'
              AND i.period_end > (one.local_day - 1)::timestamp AT TIME ZONE 'UTC')
        FROM billing_windowset newer
        WHERE newer.device_id = one.device_id AND newer.unit_id = one.unit_id AND newer.meter = one.meter
          AND newer.local_day = one.local_day AND newer.version > one.version
        ORDER BY newer.version LIMIT 1), false)
    AND NOT EXISTS (SELECT 1 FROM billing_invoicelineusage WHERE window_set_id = one.id)
    AND NOT EXISTS (SELECT 1 FROM billing_reviewitem WHERE opened_with_id = one.id)
    AND NOT EXISTS (
        SELECT 1 FROM billing_reviewitem r JOIN billing_usagewindow w ON w.set_id = one.id AND w.reason <> 0
        WHERE r.device_id = one.device_id AND r.unit_id = one.unit_id AND r.meter = one.meter
          AND r.local_day = one.local_day AND r.opened_with_id IS NULL)
$$;
"""

# Triggers look when the statement ends, so one statement that takes windows and their set passes.
GUARDS = """
CREATE FUNCTION billing_windowset_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT billing_windowset_may_go(OLD) THEN
        RAISE EXCEPTION 'billing_windowset: this version is the newest, or something stands on it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION billing_usagewindow_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_windowset WHERE id = OLD.set_id) THEN
        RAISE EXCEPTION 'billing_usagewindow: windows go with their set' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER billing_windowset_append_only ON billing_windowset;
CREATE TRIGGER billing_windowset_append_only BEFORE UPDATE ON billing_windowset
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_windowset_goes BEFORE DELETE ON billing_windowset
    FOR EACH ROW EXECUTE FUNCTION billing_windowset_goes();
DROP TRIGGER billing_usagewindow_append_only ON billing_usagewindow;
CREATE TRIGGER billing_usagewindow_append_only BEFORE UPDATE ON billing_usagewindow
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_usagewindow_goes AFTER DELETE ON billing_usagewindow
    FOR EACH ROW EXECUTE FUNCTION billing_usagewindow_goes();
"""
GUARDS_BACK = """
DROP TRIGGER billing_usagewindow_goes ON billing_usagewindow;
DROP TRIGGER billing_usagewindow_append_only ON billing_usagewindow;
DROP TRIGGER billing_windowset_goes ON billing_windowset;
DROP TRIGGER billing_windowset_append_only ON billing_windowset;
DROP FUNCTION billing_usagewindow_goes();
DROP FUNCTION billing_windowset_goes();
CREATE TRIGGER billing_windowset_append_only BEFORE UPDATE OR DELETE ON billing_windowset
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_usagewindow_append_only BEFORE UPDATE OR DELETE ON billing_usagewindow
    FOR EACH ROW EXECUTE FUNCTION billing_refuse();
"""

# The application may not delete windows; it asks the owner for what may go. Looks at `most` sets behind `after`
# and returns the last it looked at (null at the end), and how many went: those replaced before `before`.
PURGE = """
CREATE FUNCTION billing_purge_superseded(before timestamptz, after bigint, most integer,
                                         OUT looked_at bigint, OUT gone bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT max(id) INTO looked_at
        FROM (SELECT id FROM billing_windowset WHERE id > after ORDER BY id LIMIT most) part;
    WITH due AS (
        SELECT s.id, s.device_id FROM billing_windowset s
        WHERE s.id > after AND s.id <= looked_at AND s.created_at < before AND EXISTS (
            SELECT 1 FROM billing_windowset newer
            WHERE newer.device_id = s.device_id AND newer.unit_id = s.unit_id AND newer.meter = s.meter
              AND newer.local_day = s.local_day AND newer.version > s.version AND newer.created_at < before
        ) AND billing_windowset_may_go(s)
    ), windows AS (
        DELETE FROM billing_usagewindow w USING due WHERE w.device_id = due.device_id AND w.set_id = due.id
    ), sets AS (
        DELETE FROM billing_windowset s USING due WHERE s.id = due.id RETURNING 1
    ) SELECT count(*) INTO gone FROM sets;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_counting")]

    operations = [
        migrations.CreateModel(
            name="MeteringPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rules", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("made_at", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.device"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leasing.leaseunit"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["device", "unit", "-made_at"], name="billing_met_device__3aed0b_idx"
                    ),
                    models.Index(fields=["rules", "made_at"], name="billing_met_rules_9a485e_idx"),
                ],
            },
        ),
        migrations.AddField(
            model_name="reviewitem",
            name="opened_with",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.windowset",
            ),
        ),
        migrations.RunSQL(PLANS, PLANS_BACK),
        migrations.RunSQL(MAY_GO, "DROP FUNCTION billing_windowset_may_go(billing_windowset)"),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        migrations.RunSQL(PURGE, "DROP FUNCTION billing_purge_superseded(timestamptz, bigint, integer)"),
    ]
