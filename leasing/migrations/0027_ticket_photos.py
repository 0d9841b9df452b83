"""Photos of a fault stay with its ticket, and are of its lease."""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE TRIGGER leasing_ticketphoto_append_only BEFORE UPDATE OR DELETE ON leasing_ticketphoto
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE FUNCTION leasing_ticketphoto_of_its_lease() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM leasing_ticket t JOIN leasing_photo p ON p.lease_id = t.lease_id
        WHERE t.id = NEW.ticket_id AND p.id = NEW.photo_id
    ) THEN
        RAISE EXCEPTION 'a photo of a ticket is a photo of its lease' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_ticketphoto_of_its_lease BEFORE INSERT ON leasing_ticketphoto
    FOR EACH ROW EXECUTE FUNCTION leasing_ticketphoto_of_its_lease();
"""
DROP = """
DROP TRIGGER leasing_ticketphoto_of_its_lease ON leasing_ticketphoto;
DROP FUNCTION leasing_ticketphoto_of_its_lease();
DROP TRIGGER leasing_ticketphoto_append_only ON leasing_ticketphoto;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0026_closing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ticketstep",
            name="move",
            field=models.CharField(
                choices=[
                    ("report", "reported the fault"),
                    ("acknowledge", "has seen the fault"),
                    ("start", "began the repair"),
                    ("solve", "repaired the machine"),
                    ("confirm", "confirmed that it works"),
                    ("reopen", "reopened the ticket"),
                    ("withdraw", "withdrew the ticket"),
                    ("measure", "measured how long it stood"),
                    ("propose", "proposed who bears it"),
                    ("agree", "agreed to who bears it"),
                    ("contest", "contested who bears it"),
                    ("decide", "decided who bears it"),
                    ("lapse", "noted that nobody answered in time"),
                    ("photos", "added photos"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="TicketPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "photo",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leasing.photo"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shots", to="leasing.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ["ticket", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "position"), name="leasing_ticketphoto_once"),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", 5)),
                        name="leasing_ticketphoto_not_too_many",
                    ),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
