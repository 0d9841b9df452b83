"""Organizations and people are told of what happens."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import marketplace.shared.ids


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0007_financial_organizations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(marketplace.shared.ids.new_id, *("ntf",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant_asked", "grant_asked"),
                            ("grant_given", "grant_given"),
                            ("grant_refused", "grant_refused"),
                            ("grant_withdrawn", "grant_withdrawn"),
                            ("denial_spike", "denial_spike"),
                            ("duty_soon", "duty_soon"),
                            ("duty_due", "duty_due"),
                            ("duty_overdue", "duty_overdue"),
                            ("payment_soon", "payment_soon"),
                            ("payment_due", "payment_due"),
                            ("payment_overdue", "payment_overdue"),
                            ("payment_escalated", "payment_escalated"),
                            ("data_regraded", "data_regraded"),
                            ("data_erased", "data_erased"),
                            ("agreement_suspended", "agreement_suspended"),
                            ("agreement_resumed", "agreement_resumed"),
                        ],
                        max_length=30,
                    ),
                ),
                ("facts", models.JSONField(default=dict)),
                ("link", models.CharField(blank=True, max_length=200)),
                ("once", models.CharField(blank=True, max_length=120)),
                ("made_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notifications",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["organization"],
                        name="marketplace_told_unread",
                    ),
                    models.Index(
                        condition=models.Q(("mailed_at", None)), fields=["id"], name="marketplace_told_unsent"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("once", ""), _negated=True),
                        fields=("organization", "once"),
                        name="marketplace_notification_once",
                    )
                ],
            },
        ),
    ]
