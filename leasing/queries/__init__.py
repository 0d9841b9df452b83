"""Reads that several interfaces of leasing share."""

from leasing.queries.credit import change_decision, cost_of, credit_decision, expected_charges
from leasing.queries.downtime import availability_of, unit_here
from leasing.queries.energy import days_between, energy_months, month_named, name_of
from leasing.queries.planning import book_of, plan_facts, plan_inputs
from leasing.queries.service_orders import leases_to_order_for
from leasing.queries.terms import services_of, terms_of
from marketplace.queries import organization_named

__all__ = [
    "availability_of",
    "book_of",
    "change_decision",
    "cost_of",
    "credit_decision",
    "days_between",
    "energy_months",
    "expected_charges",
    "leases_to_order_for",
    "month_named",
    "name_of",
    "organization_named",
    "plan_facts",
    "plan_inputs",
    "services_of",
    "terms_of",
    "unit_here",
]
