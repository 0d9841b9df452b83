"""Shapes of bank statements over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.payments.models import BankLine, Statement, StatementFile
from billing.payments.queries.flaws import shown_flaws
from billing.payments.rules.statements.dialects import FIELDS
from marketplace.shared.declared import Expandable


class StatementFlawOut(serializers.Serializer[Any]):
    """What is wrong, and where in the file."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class StatementFileOut(serializers.ModelSerializer[StatementFile]):
    """
    A file as it came. ``TAKEN`` is being read, ``UNMAPPED`` waits until somebody says which column is which.

    ``lines`` is what it holds, ``new_lines`` what was not known before.
    """

    expandable: ClassVar[Expandable] = {"bank_account": "api-bank-account"}

    id = serializers.CharField(source="public_id", read_only=True)
    bank_account = serializers.CharField(source="bank_account.public_id", read_only=True)
    flaws = serializers.SerializerMethodField()

    class Meta:
        model = StatementFile
        fields = (
            "id",
            "bank_account",
            "name",
            "format",
            "sha256",
            "state",
            "lines",
            "new_lines",
            "flaws",
            "taken_by_name",
            "taken_at",
            "read_at",
        )
        read_only_fields = fields

    @extend_schema_field(StatementFlawOut(many=True))
    def get_flaws(self, file: StatementFile) -> list[dict[str, str]]:
        """Return the flaws in the language of the reader."""
        return shown_flaws(file)


class StatementFileIn(serializers.Serializer[Any]):
    """A file of the bank of one of your accounts: CSV, XLSX, CAMT.053, MT940 or OFX, up to 20 MB."""

    bank_account = serializers.CharField(max_length=30)
    file = serializers.FileField(allow_empty_file=True)


class BankStatementOut(serializers.ModelSerializer[Statement]):
    """
    One statement of a file; amounts in minor units, ``null`` where the bank gives none.

    ``is_balanced`` is ``null`` where a balance is missing.
    """

    expandable: ClassVar[Expandable] = {"file": "api-statement-file", "bank_account": "api-bank-account"}

    id = serializers.CharField(source="public_id", read_only=True)
    file = serializers.CharField(source="file.public_id", read_only=True)
    bank_account = serializers.CharField(source="file.bank_account.public_id", read_only=True)

    class Meta:
        model = Statement
        fields = (
            "id",
            "file",
            "bank_account",
            "position",
            "number",
            "account_number",
            "currency",
            "begins_on",
            "ends_on",
            "opening_minor",
            "closing_minor",
            "sum_minor",
            "is_balanced",
        )
        read_only_fields = fields


class BankLineOut(serializers.ModelSerializer[BankLine]):
    """A movement on an account, once; what came in is positive, in minor units."""

    expandable: ClassVar[Expandable] = {"bank_account": "api-bank-account"}

    id = serializers.CharField(source="public_id", read_only=True)
    bank_account = serializers.CharField(source="bank_account.public_id", read_only=True)

    class Meta:
        model = BankLine
        fields = (
            "id",
            "bank_account",
            "booked_on",
            "value_on",
            "amount_minor",
            "currency",
            "counterparty",
            "counterparty_account",
            "counterparty_bank",
            "memo",
            "kind",
            "bank_ref",
            "sub_account",
            "is_reversal",
            "balance_minor",
            "taken_at",
        )
        read_only_fields = fields


class InvoiceBehindOut(serializers.Serializer[Any]):
    """
    An invoice behind a line of the bank, signed as the line is.

    ``how``: ``PAID`` by this money, ``PAYOUT`` to its owner, ``REFUND`` over a note of it.
    """

    how = serializers.ChoiceField(choices=("PAID", "PAYOUT", "REFUND"))
    invoice = serializers.CharField(source="invoice.public_id")
    number = serializers.CharField(source="invoice.number")
    amount_minor = serializers.IntegerField(source="minor")
    currency = serializers.CharField(source="invoice.currency")


class ColumnsIn(serializers.Serializer[Any]):
    """
    How the bank writes its tables: for each field the heading of its column, or its place such as ``#3``.

    ``sign``: ``TWO_COLUMNS`` (debit and credit), ``SIGNED`` (in is positive), ``REVERSED`` (out is positive),
    ``WORD`` (``direction`` says it). What is left out is as usual.
    """

    columns = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=80)),
        help_text=", ".join(FIELDS),
    )
    sign = serializers.CharField(max_length=20, required=False)
    date_order = serializers.CharField(max_length=3, required=False)
    decimal_sign = serializers.CharField(max_length=1, required=False)
    encoding = serializers.CharField(max_length=20, required=False, allow_blank=True)
    delimiter = serializers.CharField(max_length=1, required=False, allow_blank=True, trim_whitespace=False)
    currency = serializers.CharField(max_length=20, required=False, allow_blank=True)
    skip_words = serializers.ListField(child=serializers.CharField(max_length=80), required=False)
    in_words = serializers.ListField(child=serializers.CharField(max_length=80), required=False)
    out_words = serializers.ListField(child=serializers.CharField(max_length=80), required=False)


class ColumnsOut(serializers.Serializer[Any]):
    """The first rows of a table, and how they would be read: by what is remembered, else as proposed."""

    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    dialect = serializers.DictField(allow_null=True)
    is_remembered = serializers.BooleanField()
