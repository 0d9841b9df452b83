"""The two sides of a settled lease rate each other, blind."""

import functools

import django.db.models.deletion
from django.db import migrations, models

import marketplace.shared.ids

GUARDS = """
CREATE TRIGGER leasing_rating_append_only BEFORE UPDATE OR DELETE ON leasing_rating
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER leasing_ratinganswer_append_only BEFORE UPDATE OR DELETE ON leasing_ratinganswer
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();
CREATE TRIGGER leasing_ratingmoderation_append_only BEFORE UPDATE OR DELETE ON leasing_ratingmoderation
    FOR EACH ROW EXECUTE FUNCTION marketplace_refuse_rewrite();

CREATE FUNCTION leasing_ratinground_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL OR OLD.lease_id <> NEW.lease_id OR OLD.closes_at <> NEW.closes_at THEN
        RAISE EXCEPTION 'a round of ratings is published once, and never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.published_at < NEW.closes_at
        AND (SELECT count(*) FROM leasing_rating WHERE round_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'ratings are published when both are in, or the time is over'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_ratinground_once BEFORE UPDATE ON leasing_ratinground
    FOR EACH ROW EXECUTE FUNCTION leasing_ratinground_once();

CREATE FUNCTION leasing_rating_blind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT published_at IS NOT NULL OR closes_at <= NEW.made_at
        FROM leasing_ratinground WHERE id = NEW.round_id) THEN
        RAISE EXCEPTION 'the time to rate this lease is over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leasing_rating_blind BEFORE INSERT ON leasing_rating
    FOR EACH ROW EXECUTE FUNCTION leasing_rating_blind();
"""
NO_GUARDS = """
DROP TRIGGER leasing_rating_append_only ON leasing_rating;
DROP TRIGGER leasing_ratinganswer_append_only ON leasing_ratinganswer;
DROP TRIGGER leasing_ratingmoderation_append_only ON leasing_ratingmoderation;
DROP TRIGGER leasing_ratinground_once ON leasing_ratinground;
DROP FUNCTION leasing_ratinground_once();
DROP TRIGGER leasing_rating_blind ON leasing_rating;
DROP FUNCTION leasing_rating_blind();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leasing", "0042_reprice"),
        ("marketplace", "0033_listing_quality"),
    ]

    operations = [
        migrations.CreateModel(
            name="RatingRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rating_round",
                        to="leasing.lease",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rating",
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
                        default=functools.partial(marketplace.shared.ids.new_id, *("rat",)),
                        editable=False,
                        max_length=30,
                        unique=True,
                    ),
                ),
                (
                    "side",
                    models.CharField(choices=[("lessee", "Lessee"), ("lessor", "Lessor")], max_length=10),
                ),
                ("as_agreed", models.PositiveSmallIntegerField()),
                ("machine", models.PositiveSmallIntegerField()),
                ("punctual", models.PositiveSmallIntegerField()),
                ("contact", models.PositiveSmallIntegerField()),
                ("text", models.TextField(blank=True, max_length=1000)),
                ("made_by", models.CharField(max_length=30)),
                ("made_at", models.DateTimeField()),
                (
                    "about",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "rated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.organization",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="leasing.ratinground",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RatingAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(max_length=1000)),
                ("made_by", models.CharField(max_length=30)),
                ("made_at", models.DateTimeField()),
                (
                    "rating",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="leasing.rating",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="leasing_ratinganswer_says_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RatingModeration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hidden", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("made_by", models.CharField(max_length=30)),
                ("made_by_name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "rating",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moderations",
                        to="leasing.rating",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="leasing_ratingmoderation_has_a_reason",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="ratinground",
            index=models.Index(
                condition=models.Q(("published_at", None)),
                fields=["closes_at"],
                name="leasing_ratinground_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="ratinground",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opened_at"))),
                name="leasing_ratinground_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(fields=["about", "side"], name="leasing_rat_about_i_4f3079_idx"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(fields=("round", "side"), name="leasing_rating_once"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("as_agreed__gte", 1),
                    ("as_agreed__lte", 5),
                    ("machine__gte", 1),
                    ("machine__lte", 5),
                    ("punctual__gte", 1),
                    ("punctual__lte", 5),
                    ("contact__gte", 1),
                    ("contact__lte", 5),
                ),
                name="leasing_rating_one_to_five",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("rated_by", models.F("about")), _negated=True),
                name="leasing_rating_of_another",
            ),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
