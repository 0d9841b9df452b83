"""The standing checks of payments by their names, each with the query that looks."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from billing.payments.queries import check_lines, check_orders, check_providers, check_receipts
from billing.payments.rules.checks import Code
from billing.rules.checks import Found

LOOKS: Mapping[str, Callable[[datetime], Iterable[Found]]] = {
    Code.LINES_OF_STATEMENTS: check_lines.lines_of_statements,
    Code.LINES_AS_BOOKED: check_lines.lines_as_booked,
    Code.CASH_AS_STATED: check_lines.cash_as_stated,
    Code.WAITING_LINES_TOLD: check_lines.waiting_lines_told,
    Code.RECEIPTS_AS_CAME: check_receipts.receipts_as_came,
    Code.RECEIPTS_ADD_UP: check_receipts.receipts_add_up,
    Code.HELD_AS_BOOKED: check_receipts.held_as_booked,
    Code.INVOICES_AS_PAID: check_receipts.invoices_as_paid,
    Code.OPEN_WITHIN_BILLED: check_receipts.open_within_billed,
    Code.OWNERS_AS_RELEASED: check_receipts.owners_as_released,
    Code.ORDERS_AS_BOOKED: check_orders.orders_as_booked,
    Code.PAYOUTS_OF_LINES: check_orders.payouts_of_lines,
    Code.FLOORS_KEPT: check_orders.floors_kept,
    Code.OPERATIONS_ONCE: check_orders.operations_once,
    Code.FACTS_AS_BOOKED: check_providers.facts_as_booked,
    Code.MOVEMENTS_AS_BOOKED: check_providers.movements_as_booked,
    Code.SETTLEMENTS_ADD_UP: check_providers.settlements_add_up,
}
