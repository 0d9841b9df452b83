"""Books of lessors, in which the deposits that they hold stand; one for each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0033_vat_of_invoices"),
        ("marketplace", "0024_vat_statements"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="kind",
            field=models.CharField(
                choices=[
                    ("PLATFORM", "Platform company"),
                    ("FUND", "Risk fund, kept apart"),
                    ("LENDER", "Lender or leasing company"),
                    ("LESSOR", "Lessor: deposits that it holds"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "LESSOR")),
                fields=("organization",),
                name="billing_book_of_lessor",
            ),
        ),
    ]
