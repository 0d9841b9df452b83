"""An undo names a row that is there; and a bill is held again only if no line stands as its payment."""

from importlib import import_module

from django.db import migrations

TOGETHER = import_module("billing.payments.migrations.0095_allocations_together").TOGETHER
REBOOKED = import_module("billing.payments.migrations.0094_rebooking_guards")
FITS = TOGETHER[TOGETHER.index("CREATE OR REPLACE FUNCTION") : TOGETHER.index("CREATE TRIGGER")]
# Foreign keys are looked at as the transaction ends, so what an undo names may not be there when it is written.
UNDOES = """FROM fresh f LEFT JOIN payments_allocation paid ON paid.id = f.undoes_id
        WHERE f.undoes_id IS NOT NULL AND (paid.id IS NULL
           OR paid.undoes_id IS NOT NULL OR paid.invoice_id <> f.invoice_id
           OR paid.receipt_id IS DISTINCT FROM f.receipt_id OR paid.note_id IS DISTINCT FROM f.note_id
           OR paid.amount_minor <> -f.amount_minor OR paid.let_off_minor <> -f.let_off_minor)
        LIMIT 1;"""
HEAD, _, REST = FITS.partition("FROM fresh f JOIN payments_allocation paid")
STANDS = """
        AND NOT EXISTS (
            SELECT 1 FROM payments_linebooking b WHERE b.kind = 'BILL' AND b.target = OLD.public_id AND NOT EXISTS (
                SELECT 1 FROM payments_linebooking u
                WHERE u.bank_line_id = b.bank_line_id AND u.number = b.number + 1))"""


def _moves(more: str) -> str:
    return str(REBOOKED.MOVES.replace("{more}", more))


class Migration(migrations.Migration):
    """Functions in plain SQL, for PostgreSQL 15 and newer, without extensions."""

    dependencies = [("payments", "0095_allocations_together")]

    operations = [
        migrations.RunSQL(HEAD + UNDOES + REST.partition("LIMIT 1;")[2], FITS),
        migrations.RunSQL(_moves(REBOOKED.REOPENS + STANDS), _moves(REBOOKED.REOPENS)),
    ]
