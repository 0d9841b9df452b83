"""Facts of payments: accounts, statements, receipts, orders, what providers say, what does not agree."""

from billing.payments.models.banks import BankAccount, PayeeAccount, PayerAccount, SubAccount
from billing.payments.models.bills import AcceptanceBill, BillStep
from billing.payments.models.classifications import Classification
from billing.payments.models.disputes import DisputeLoss
from billing.payments.models.exceptions import ReconException
from billing.payments.models.orders import (
    Operation,
    OperationAttempt,
    OrderFile,
    OrderStep,
    PaymentOrder,
    PayoutItem,
    Refund,
)
from billing.payments.models.providers import (
    Movement,
    PaymentRequest,
    ProviderAccount,
    ProviderEvent,
    ProviderFact,
    RequestItem,
    Settlement,
)
from billing.payments.models.rebookings import Rebooking
from billing.payments.models.receipts import Allocation, LineBooking, OwnerRelease, Receipt, Suggestion
from billing.payments.models.statements import (
    BankLine,
    Statement,
    StatementDialect,
    StatementFile,
    StatementLine,
)
from billing.payments.models.take_backs import TakeBack

__all__ = [
    "AcceptanceBill",
    "Allocation",
    "BankAccount",
    "BankLine",
    "BillStep",
    "Classification",
    "DisputeLoss",
    "LineBooking",
    "Movement",
    "Operation",
    "OperationAttempt",
    "OrderFile",
    "OrderStep",
    "OwnerRelease",
    "PayeeAccount",
    "PayerAccount",
    "PaymentOrder",
    "PaymentRequest",
    "PayoutItem",
    "ProviderAccount",
    "ProviderEvent",
    "ProviderFact",
    "Rebooking",
    "Receipt",
    "ReconException",
    "Refund",
    "RequestItem",
    "Settlement",
    "Statement",
    "StatementDialect",
    "StatementFile",
    "StatementLine",
    "SubAccount",
    "Suggestion",
    "TakeBack",
]
