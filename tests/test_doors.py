"""
Every address of the house, with every kind of person.

A new address fails this test until it has a row: who sees it, who may do it, and that a stranger does not
even learn that the thing exists.
"""

import io
import zipfile

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse

from billing.actions import disputes
from billing.models import InvoiceLine
from config.objects.shapes import operation_of
from devices.ownership.models import AccessEvent
from marketplace.actions import maturity
from marketplace.models import Organization
from marketplace.queries.own_data import tables_of
from marketplace.rules.own_data import About
from tests import doors
from tests.doors import SECRET
from tests.factories import marketplace as make
from tests.moved import came_or_went
from tests.seeing import Sees

pytestmark = pytest.mark.django_db
PUBLIC, SIGN_IN, GRANTERS, CREDIT = "public", "sign-in", "granters", "credit"
ABSENT = "absent"  # in live mode, for everybody; tests/modes has what a test installation answers
ADMINS = "administrators"  # of whatever organization, each for its own
SIGNED_IN = {}  # browsers of the people of the world, by their keys

# name: (which ids it takes, door). Doors: public; sign-in (everybody signed in, own things only);
# sides (both sides of the lease and the platform); books, letters (of these, whose role reads invoices);
# granters (own things, for those who deal with grants); lessee, platform (who may write there, alone);
# data (both sides); owner (the owner's organization alone); holder (of a certificate, and the platform).
# deposit (the lessor, and the platform where it is no side); credit (own limits, for those who may set them);
# data (both sides); shares (the lessee, whose data they are); owner (the owner's organization alone);
# holder (of a certificate, and the platform); hands (who operates leases, on either side).
PAGES = {
    "healthz": (None, PUBLIC),
    "livez": (None, PUBLIC),
    "readyz": (None, PUBLIC),
    "login": (None, PUBLIC),
    "error-codes": (None, PUBLIC),
    "schema": (None, PUBLIC),
    "api-reference": (None, PUBLIC),
    "api-reference-tag": ("api-tag", PUBLIC),
    "api-reference-operation": ("api-operation", PUBLIC),
    "api-docs": (None, PUBLIC),
    "api-changes": (None, PUBLIC),
    "catalogue": (None, PUBLIC),
    "listing": ("listing", PUBLIC),
    "listing-similar": ("listing", PUBLIC),
    "design": (None, PUBLIC),
    "test-clock": (None, ABSENT),
    "listing-photo": ("listing-photo", PUBLIC),
    "listing-photos": ("listing", "owner"),
    "listing-report": ("listing", SIGN_IN),
    "equipment-document": ("document", PUBLIC),
    "equipment-documents": ("equipment", "owner"),
    "equipment-life": ("equipment", "owner"),
    "equipment-specs": ("equipment", "owner"),
    "equipment-idle": ("equipment", "owner"),
    "idle-machines": (None, SIGN_IN),
    "content-case": ("content-case", "deposit"),
    "offer-checks": (None, "platform"),
    "offer-check": ("listing", "platform"),
    "dictionaries": (None, "platform"),
    "dictionary": ("category", "platform"),
    "lease-rating": ("lease", "sides"),
    "register": (None, PUBLIC),
    "join-code": (None, PUBLIC),
    "join-ask": (None, PUBLIC),
    "join-confirm": ("join-token", PUBLIC),
    "invitation": ("invitation-token", PUBLIC),
    "password_reset": (None, PUBLIC),
    "password-new": ("password-token", PUBLIC),
    "login-code": (None, SIGN_IN),
    "back-office-login": (None, SIGN_IN),
    "members": (None, SIGN_IN),
    "maturity": (None, SIGN_IN),
    "verification": (None, SIGN_IN),
    "verifications": (None, "platform"),
    "platform": (None, "platform"),
    "own-data": (None, SIGN_IN),
    "help": (None, PUBLIC),
    "help-topic": ("help-topic", PUBLIC),
    "privacy": (None, PUBLIC),
    "organization": ("organization", PUBLIC),
    "own-data-file": ("data-export", "administered"),
    "closing": (None, SIGN_IN),
    "verification-case": ("verification", "platform"),
    "verification-paper": ("paper", "subsidised"),
    "account": (None, SIGN_IN),
    "password_change": (None, SIGN_IN),
    "second-factor": (None, SIGN_IN),
    "second-factor-act": ("second-factor-verb", SIGN_IN),
    "home": (None, SIGN_IN),
    "imports": (None, SIGN_IN),
    "import-template": (None, SIGN_IN),
    "import": ("import", "owner"),
    "import-rejected": ("import", "owner"),
    "background-job": ("background-job", "owner"),
    "background-jobs": (None, SIGN_IN),
    "equipment": (None, SIGN_IN),
    "machine-calendar": (None, SIGN_IN),
    "machine-calendar-summary": (None, SIGN_IN),
    "devices": (None, SIGN_IN),
    "devices-summary": (None, SIGN_IN),
    "utilisation": (None, SIGN_IN),
    "income": (None, CREDIT),
    "income-lines": (None, CREDIT),
    "income-summary": (None, CREDIT),
    "invoices-due": (None, SIGN_IN),
    "leases-running": (None, SIGN_IN),
    "api-keys": (None, SIGN_IN),
    "api-key": ("api-key", "operators"),
    "api-requests": (None, SIGN_IN),
    "request-limits": (None, "platform"),
    "announcements": (None, PUBLIC),
    "announcement": ("announcement", PUBLIC),
    "announcing": (None, "platform"),
    "announcing-new": (None, "platform"),
    "announcing-one": ("announcement", "platform"),
    "webhooks": (None, SIGN_IN),
    "webhook": ("webhook", "lessee"),
    "vat": (None, CREDIT),
    "data-agreements": (None, SIGN_IN),
    "leases": (None, SIGN_IN),
    "invoices": (None, SIGN_IN),
    "checks": (None, SIGN_IN),
    "indicators": (None, "platform"),
    "indicator": ("indicator", "platform"),
    "indicator-rows": ("indicator", "platform"),
    "invoice-runs": (None, SIGN_IN),
    "invoice-run": ("run", "runs"),
    "books": (None, SIGN_IN),
    "book": ("book", "platform"),
    "book-account": ("book-account", "platform"),
    "book-tapes": ("book", "platform"),
    "dunning": (None, SIGN_IN),
    "dunning-policy": (None, CREDIT),
    "late-terms": (None, SIGN_IN),
    "dunning-letter": ("letter", "letters"),
    "dunning-letter-file": ("letter", "letters"),
    "invoice-interest": ("invoice", "books"),
    "book-tape": ("tape", "platform"),
    "equipment-detail": ("equipment", "owner"),
    "equipment-devices": ("equipment", "owner"),
    "equipment-block": ("equipment", "owner"),
    "calendar-entry": ("claim", "owner"),
    "lease-request": ("listing", "request"),
    "lease": ("lease", "sides"),
    "lease-notice": ("lease", "sides"),
    "lease-offer": ("lease", "sides"),
    "lease-contract": ("lease", "sides"),
    "lease-sublet": ("lease", "sublessor"),
    "lease-handover": ("lease", "operators"),
    "lease-return": ("lease", "hands"),
    "lease-inspection": ("lease", "operators"),
    "lease-ready": ("lease", "operators"),
    "record": ("record", "sides"),
    "record-file": ("record", "sides"),
    "decisions": (None, "platform"),
    "commission-rates": (None, "platform"),
    "commission-new": (None, "platform"),
    "mediations": (None, SIGN_IN),
    "mediation": ("mediation", "books"),
    "photo": ("photo", "sides"),
    "subleases": (None, SIGN_IN),
    "planning": (None, SIGN_IN),
    "orders": (None, SIGN_IN),
    "order-new": (None, GRANTERS),
    "orders-import": (None, GRANTERS),
    "order-edit": ("order", "lessee"),
    "sublease": ("sublease", "sides"),
    "sublease-notice": ("sublease", "sides"),
    "sublease-sublet": ("sublease", "sublessee"),
    "tickets": (None, SIGN_IN),
    "ticket": ("ticket", "sides"),
    "lease-downtime": ("lease", "sides"),
    "lease-damage": ("lease", "sides"),
    "lease-damage-new": ("lease", "operators"),
    "lease-damage-claim": ("damage", "sides"),
    "lease-settlement": ("lease", "sides"),
    "equipment-report": ("equipment", "reports"),
    "usage": ("lease", "sides"),
    "lease-usage-summary": ("lease", "sides"),
    "what-if": ("lease", "books"),
    "provisional-bill": ("lease", "books"),
    "provisional-bills": (None, SIGN_IN),
    "invoice": ("invoice", "books"),
    "invoice-line": ("line", "books"),
    "invoice-readings": ("readings", "evidence"),
    "invoice-evidence": ("invoice", "books"),
    "invoice-official": ("invoice", "books"),
    "invoice-official-face": ("invoice", "books"),
    "red-letters": (None, SIGN_IN),
    "lease-statement": ("lease", "books"),
    "lease-statement-file": ("lease", "books"),
    "invoice-file": ("invoice", "books"),
    "device": ("device", "data"),
    "device-life": ("device", "data"),
    "device-meter-changes": ("device", "data"),
    "device-limits": ("device", "owner"),
    "device-reviews": ("device", "data"),
    "data-payment": ("payment", "owed"),
    "reviews": ("lease", "data"),
    "acceptances": ("lease", "data"),
    "access-log": ("access-log", "data"),
    "data-agreement": ("agreement", "data"),
    "data-policy": ("agreement", "data"),
    "data-log": (None, SIGN_IN),
    "data-persons": (None, SIGN_IN),
    "notifications": (None, SIGN_IN),
    "compare": (None, PUBLIC),
    "saved-searches": (None, SIGN_IN),
    "saved-search-new": (None, SIGN_IN),
    "saved-search": ("saved-search", "lessee"),
    "data-grants": (None, SIGN_IN),
    "data-assets": (None, SIGN_IN),
    "data-asset": ("asset", "sides"),
    "data-grant": ("grant", "data"),
    "data-diagnosis": ("agreement", "grants"),
    "data-duties": (None, SIGN_IN),
    "data-certificate": ("certificate", "data"),
    "data-products": (None, SIGN_IN),
    "data-product-offer": (None, "request"),
    "data-product": ("product", "sides"),
    "data-product-policy": ("product", "sides"),
    "data-licences": (None, SIGN_IN),
    "data-sharing": (None, SIGN_IN),
    "data-sharing-request": ("sharing", "data"),
    "data-share": ("agreement", "shares"),
    "data-registrations": (None, SIGN_IN),
    "data-registration": ("registration", "holder"),
    "data-borders": (None, SIGN_IN),
    "data-border-ask": (None, SIGN_IN),
    "data-border": ("border", "owner"),
    "data-registration-apply": (None, GRANTERS),
    "data-registration-change": ("registration", "lessee"),
    "data-registration-transfer": ("registration", "lessee"),
    "data-registration-decide": ("application", "platform"),
    "data-grant-ask": (None, GRANTERS),
    "data-grant-offer": (None, GRANTERS),
    "data-competitors": (None, SIGN_IN),
    "data-duty-waive": ("duty", "lessee"),
    "data-erase": ("agreement", "lessee"),
    "data-holds": (None, SIGN_IN),
    "listing-data-terms": ("listing", "owner"),
    "listing-services": ("listing", "owner"),
    "services": (None, SIGN_IN),
    "service": ("service", "data"),
    "chains": (None, SIGN_IN),
    "listing-audience": ("listing", "owner"),
    "needs": (None, SIGN_IN),
    "needs-served": (None, SIGN_IN),
    "need-new": (None, SIGN_IN),
    "need": ("need", "data"),
    "need-edit": ("need-draft", "orderer"),
    "today": (None, SIGN_IN),
    "calendar-feeds": (None, SIGN_IN),
    "calendar-feed": ("feed-token", PUBLIC),
    "lease-risks": ("lease", "sides"),
    "conversations": (None, SIGN_IN),
    "conversation": ("conversation", "data"),
    "listing-ask": ("listing", "request"),
    "slots": (None, SIGN_IN),
    "slot-booking": ("slot", "sides"),
    "slot-book": ("listing", "request"),
    "slot-schedule": ("listing", "owner"),
    "equipment-records": ("equipment", "owner"),
    "lease-equipment-records": ("lease", "sides"),
    "equipment-insurance": ("equipment", "owner"),
    "lease-insurance": ("lease", "sides"),
    "equipment-encumbrances": ("equipment", "owner"),
    "jobs": (None, SIGN_IN),
    "job": ("job", "sides"),
    "lease-services": ("lease", "sides"),
    "lease-energy": ("lease", "orderer"),
    "lease-contract-file": ("lease", "sides"),
    "lease-finance": ("lease", "sides"),
    "subsidies": (None, SIGN_IN),
    "subsidy": ("subsidy", SIGN_IN),
    "subsidy-settlement": ("subsidy-settlement", "platform"),
    "invoice-pay": ("invoice", "subsidised"),
    "invoice-chain": ("invoice", "books"),
    "finance": (None, "platform"),
    "month-close": ("month", "platform"),
    "month-vouchers": ("month-vouchers", "platform"),
    "acceptance-bills": (None, SIGN_IN),
    "acceptance-bill-new": (None, "platform"),
    "acceptance-bill": ("acceptance-bill", "subsidised"),
    "payment-orders": (None, SIGN_IN),
    "payment-order": ("payment-order", "insured"),
    "order-file": ("order-file", "platform"),
    "payees": (None, SIGN_IN),
    "statement-files": (None, SIGN_IN),
    "statement-file": ("statement-file", "platform"),
    "statement-file-columns": ("statement-file", "platform"),
    "provider-movements": (None, "platform"),
    "provider-movement": ("movement", "platform"),
    "bank-lines": (None, SIGN_IN),
    "bank-line": ("bank-line", "platform"),
    "match-board": (None, "platform"),
    "receipts": (None, "platform"),
    "receipt": ("receipt", "platform"),
    "payer-accounts": (None, "platform"),
    "bank-accounts": (None, "platform"),
    "payable": ("payable", "platform"),
    "note-refund": ("invoice", "platform"),
    "payments-made": (None, CREDIT),
    "account-statement": (None, CREDIT),
    "account-statement-file": (None, CREDIT),
    "payout-statement": ("payment-order", "insured"),
    "payout-statement-file": ("payment-order", "insured"),
    "recon-exceptions": (None, "platform"),
    "funds": (None, SIGN_IN),
    "fund": ("fund", SIGN_IN),
    "fund-claim": ("fund-claim", "insured"),
    "invoice-fund-claim": ("invoice", "runs"),
    "budgets": (None, SIGN_IN),
    "budget-new": (None, CREDIT),
    "budget": ("budget", "lessee"),
    "loans": (None, SIGN_IN),
    "loan-products": (None, SIGN_IN),
    "loan": ("loan", "lessee"),
    "lease-loan": ("lease", "lessee"),
    "equipment-here": ("equipment", SIGN_IN),  # others are led to the listing
    "equipment-label": ("equipment", "owner"),
    "equipment-maintenance": ("equipment", "owner"),
    "maintenance": ("maintenance", "owner"),
    "lease-changes": ("lease", "sides"),
    "lease-change-new": ("lease", "sides"),
    "lease-change": ("annex", "sides"),
    "lease-early-end": ("lease", "sides"),
    "lease-pause": ("lease", "sides"),
    "lease-default": ("lease", "sides"),
    "lease-loss": ("lease", "sides"),
    "credit-limits": (None, CREDIT),
    "credit-limit-new": (None, CREDIT),
    "general-terms": (None, PUBLIC),
    "general-terms-version": ("template", PUBLIC),
    "general-terms-publish": (None, "platform"),
}
REST = {
    "api-category-list": (None, PUBLIC),
    "api-category-detail": ("category", PUBLIC),
    "api-equipment-specifications": ("equipment", "owner"),
    "api-equipment-spec-statements": ("equipment", "owner"),
    "api-search": (None, PUBLIC),
    "api-import-list": (None, SIGN_IN),
    "api-import-detail": ("import", "owner"),
    "api-import-rejected": ("import", "owner"),
    "api-import-template": (None, SIGN_IN),
    "api-import-row-list": ("import", "owner"),
    "api-background-job-list": (None, SIGN_IN),
    "api-background-job-detail": ("background-job", "owner"),
    "api-listing-list": (None, PUBLIC),
    "api-listing-detail": ("listing", PUBLIC),
    "api-listing-photos": ("listing", PUBLIC),
    "api-listing-machine-documents": ("listing", PUBLIC),
    "api-equipment-documents": ("equipment", "owner"),
    "api-equipment-refurbishments": ("equipment", "owner"),
    "api-equipment-idle-suggestion": ("equipment", "owner"),
    "api-idle-suggestions": (None, SIGN_IN),
    "api-announcement-list": (None, SIGN_IN),
    "api-announcement-detail": ("announcement-draft", "platform"),
    "api-content-case-list": (None, SIGN_IN),
    "api-content-case-detail": ("content-case", "deposit"),
    "api-listing-platform-checks": ("listing", PUBLIC),
    "api-owner-record": ("listing", PUBLIC),
    "api-nameplate-case-list": (None, SIGN_IN),
    "api-lease-ratings": ("lease", "sides"),
    "api-rating-list": (None, SIGN_IN),
    "api-rating-detail": ("rating", "sides"),
    "api-log-keys": (None, PUBLIC),
    "api-log-rules": (None, PUBLIC),
    "api-log-latest": (None, SIGN_IN),
    "api-log-head": ("head", SIGN_IN),
    "api-log-countersignatures": ("head", SIGN_IN),
    "api-log-consistency": (None, "question"),
    "api-access-log-latest": (None, SIGN_IN),
    "api-access-log-head": ("read-head", SIGN_IN),
    "api-access-log-consistency": (None, "question"),
    "api-access-event-proof": ("event", "data"),
    "api-signing-key-list": (None, SIGN_IN),
    "api-signing-key-detail": ("signing-key", "owner"),
    "api-device-signing-keys": ("device", "owner"),
    "api-device-proof": ("arrival", "data"),
    "api-device-day": ("day", "data"),
    "api-ping": (None, SIGN_IN),
    "api-test-clock": (None, ABSENT),
    "api-test-bank-lines": (None, ABSENT),
    "api-member-list": (None, SIGN_IN),
    "api-data-export-list": (None, ADMINS),
    "api-data-export-detail": ("data-export", "administered"),
    "api-data-export-file": ("data-export", "administered"),
    "api-invitation-list": (None, GRANTERS),
    "api-verification-list": (None, SIGN_IN),
    "api-verification-detail": ("verification", "subsidised"),
    "api-maturity": (None, SIGN_IN),
    "api-vat-statements": (None, CREDIT),
    "api-site-list": (None, SIGN_IN),
    "api-equipment-list": (None, SIGN_IN),
    "api-device-list": (None, SIGN_IN),
    "api-data-agreement-list": (None, SIGN_IN),
    "api-access-event-list": (None, SIGN_IN),
    "api-lease-list": (None, SIGN_IN),
    "api-claim-list": (None, SIGN_IN),
    "api-invoice-list": (None, SIGN_IN),
    "api-equipment-detail": ("equipment", "owner"),
    "api-device-detail": ("device", "owner"),
    "api-device-life": ("device", "data"),
    "api-device-meter-changes": ("device", "data"),
    "api-device-silences": ("device", "data"),
    "api-device-gaps": ("device", "owner"),
    "api-device-quarantine": ("device", "owner"),
    "api-device-keys": ("device", "owner"),
    "api-device-bindings": ("device", "owner"),
    "api-device-readings": ("device", "readings"),
    "api-device-export": ("device", "readings"),
    "api-data-agreement-detail": ("agreement", "data"),
    "api-data-agreement-policy": ("agreement", "data"),
    "api-data-agreement-proposals": ("agreement", "data"),
    "api-data-asset-list": (None, SIGN_IN),
    "api-border-check-list": (None, SIGN_IN),
    "api-data-asset-detail": ("asset", "sides"),
    "api-data-asset-rights": ("asset", "sides"),
    "api-data-asset-gradings": ("asset", "sides"),
    "api-data-competitor-list": (None, SIGN_IN),
    "api-data-grant-list": (None, SIGN_IN),
    "api-data-grant-detail": ("grant", "data"),
    "api-data-grant-effect": ("grant", "question"),
    "api-data-sharing-list": (None, SIGN_IN),
    "api-data-sharing-detail": ("sharing", "data"),
    "api-data-sharing-effect": ("sharing", "question"),
    "api-data-gatekeeper-list": (None, SIGN_IN),
    "api-data-duty-list": (None, SIGN_IN),
    "api-data-duty-detail": ("duty", "data"),
    "api-data-payment-list": (None, SIGN_IN),
    "api-data-payment-detail": ("payment", "owed"),
    "api-data-hold-list": (None, SIGN_IN),
    "api-data-product-list": (None, SIGN_IN),
    "api-data-product-detail": ("product", "sides"),
    "api-data-product-effect": ("product", "sides"),
    "api-data-product-policy": ("product", "sides"),
    "api-data-licence-list": (None, SIGN_IN),
    "api-data-licence-detail": ("licence", "sides"),
    "api-data-licence-policy": ("licence", "sides"),
    "api-logged-person-list": (None, SIGN_IN),
    "api-notification-list": (None, SIGN_IN),
    "api-listing-compare": (None, PUBLIC),
    "api-listing-availability": ("listing", PUBLIC),
    "api-saved-search-list": (None, SIGN_IN),
    "api-saved-search-detail": ("saved-search", "lessee"),
    "api-saved-search-finds": ("saved-search", "lessee"),
    "api-data-registration-list": (None, SIGN_IN),
    "api-data-registration-detail": ("registration", "holder"),
    "api-data-registration-statement": ("registration", "holder"),
    "api-erasure-certificate-list": (None, SIGN_IN),
    "api-erasure-certificate-detail": ("certificate", "data"),
    "api-erasure-certificate-records": ("certificate", "data"),
    "api-lease-detail": ("lease", "sides"),
    "api-claim-detail": ("claim", "owner"),
    "api-lease-history": ("lease", "sides"),
    "api-lease-offers": ("lease", "sides"),
    "api-lease-contract": ("lease", "sides"),
    "api-credit-limit-list": (None, CREDIT),
    "api-commission": (None, CREDIT),
    "api-commission-preview": (None, "platform"),
    "api-commission-rate-list": (None, CREDIT),
    "api-commission-rate-detail": ("commission-rate", "insured"),
    "api-commission-proposal-list": (None, "platform"),
    "api-commission-proposal-detail": ("commission-proposal", "platform"),
    "api-lease-commission": ("lease", "insured"),
    "api-general-terms-list": (None, SIGN_IN),
    "api-lease-subleases": ("lease", "sides"),
    "api-lease-annexes": ("lease", "sides"),
    "api-lease-suspensions": ("lease", "sides"),
    "api-lease-defaults": ("lease", "sides"),
    "api-lease-records": ("lease", "sides"),
    "api-lease-damage-claims": ("lease", "sides"),
    "api-lease-settlements": ("lease", "sides"),
    "api-lease-deposit-orders": ("lease", "deposit"),
    "api-sublease-list": (None, SIGN_IN),
    "api-production-order-list": (None, SIGN_IN),
    "api-production-order-detail": ("order", "orderer"),
    "api-planning-list": (None, SIGN_IN),
    "api-plan-acceptance-list": (None, SIGN_IN),
    "api-plan-acceptance-detail": ("acceptance", "orderer"),
    "api-sublease-detail": ("sublease", "sides"),
    "api-sublease-history": ("sublease", "sides"),
    "api-sublease-data-notice": ("sublease", "sides"),
    "api-ticket-list": (None, SIGN_IN),
    "api-ticket-detail": ("ticket", "sides"),
    "api-ticket-history": ("ticket", "sides"),
    "api-downtime-credit-list": (None, SIGN_IN),
    "api-lease-data-notice": ("lease", "sides"),
    "api-lease-usage": ("lease", "sides"),
    "api-lease-award-taxes": ("lease", "owed"),
    "api-lease-what-if": ("lease", "books"),
    "api-lease-inspections": ("lease", "data"),
    "api-lease-acceptances": ("lease", "data"),
    "api-lease-reviews": ("lease", "data"),
    "api-check-list": (None, SIGN_IN),
    "api-indicator-list": (None, "platform"),
    "api-indicator-csv": (None, "platform"),
    "api-indicator-xlsx": (None, "platform"),
    "api-indicator-detail": ("indicator", "platform"),
    "api-indicator-rows": ("indicator", "platform"),
    "api-indicator-baseline-list": (None, "platform"),
    "api-check-finding-list": (None, SIGN_IN),
    "api-invoice-run-list": (None, SIGN_IN),
    "api-invoice-run-detail": ("run", "runs"),
    "api-invoice-run-item-list": ("run", "runs"),
    "api-invoice-run-item-detail": ("run-item", "runs"),
    "api-billing-mode": (None, CREDIT),
    "api-utilisation": (None, SIGN_IN),
    "api-income": (None, CREDIT),
    "api-book-list": (None, SIGN_IN),
    "api-book-trial-balance": ("book", "platform"),
    "api-book-account": ("book-account", "platform"),
    "api-book-receivables": ("book", "platform"),
    "api-book-vat": ("book", "platform"),
    "api-book-deposits": ("book", "platform"),
    "api-book-tapes": ("book", "platform"),
    "api-late-terms-list": (None, SIGN_IN),
    "api-dunning-policy-list": (None, SIGN_IN),
    "api-dunning-letter-list": (None, SIGN_IN),
    "api-dunning-letter-detail": ("letter", "letters"),
    "api-dunning-letter-pdf": ("letter", "letters"),
    "api-dunning-hold-list": (None, SIGN_IN),
    "api-overdue": (None, SIGN_IN),
    "api-invoice-interest": ("invoice", "books"),
    "api-book-tape": ("tape", "platform"),
    "api-book-tape-csv": ("tape", "platform"),
    "api-book-unlocks": ("book", "platform"),
    "api-lease-bill": ("lease", "books"),
    "api-lease-objections": ("lease", "books"),
    "api-lease-corrections": ("lease", "books"),
    "api-lease-statement": ("lease", "books"),
    "api-lease-statement-pdf": ("lease", "books"),
    "api-invoice-pdf": ("invoice", "books"),
    "api-invoice-detail": ("invoice", "books"),
    "api-mediation-list": (None, SIGN_IN),
    "api-mediation-detail": ("mediation", "books"),
    "api-open-case-list": (None, SIGN_IN),
    "api-waiting-case-list": (None, "platform"),
    "api-invoice-windows": ("line", "books"),
    "api-invoice-evidence": ("invoice", "books"),
    "api-invoice-tax-invoices": ("invoice", "books"),
    "api-invoice-tax-invoice-document": ("tax-document", "books"),
    "api-invoice-red-letters": ("invoice", "books"),
    "api-listing-services": ("listing", PUBLIC),
    "api-service-list": (None, SIGN_IN),
    "api-service-detail": ("service", "data"),
    "api-chain-list": (None, SIGN_IN),
    "api-chain-detail": ("chain", "data"),
    "api-chain-members": ("chain", "orderer"),
    "api-need-list": (None, SIGN_IN),
    "api-need-detail": ("need", "data"),
    "api-need-matches": ("need", "orderer"),
    "api-need-answers": ("need", "data"),
    "api-need-served": (None, SIGN_IN),
    "api-today-list": (None, SIGN_IN),
    "api-calendar-feed-list": (None, SIGN_IN),
    "api-lease-risks": ("lease", "sides"),
    "api-conversation-list": (None, SIGN_IN),
    "api-conversation-detail": ("conversation", "data"),
    "api-conversation-messages": ("conversation", "data"),
    "api-listing-slots": ("listing", PUBLIC),
    "api-listing-slot-schedule": ("listing", PUBLIC),
    "api-slot-booking-list": (None, SIGN_IN),
    "api-slot-booking-detail": ("slot", "sides"),
    "api-slot-booking-history": ("slot", "sides"),
    "api-equipment-records": ("equipment", "owner"),
    "api-lease-equipment-records": ("lease", "sides"),
    "api-equipment-insurance-policies": ("equipment", "owner"),
    "api-lease-insurance-policies": ("lease", "sides"),
    "api-equipment-encumbrance-searches": ("equipment", "owner"),
    "api-service-order-list": (None, SIGN_IN),
    "api-lease-energy": ("lease", "orderer"),
    "api-service-order-detail": ("job", "sides"),
    "api-service-order-history": ("job", "sides"),
    "api-lease-contract-pdf": ("lease", "sides"),
    "api-lease-record-pdf": ("lease-record", "sides"),
    "api-lease-finance": ("lease", "sides"),
    "api-finance-licence-list": (None, SIGN_IN),
    "api-subsidy-programme-list": (None, SIGN_IN),
    "api-subsidy-programme-detail": ("subsidy", SIGN_IN),
    "api-subsidy-admission-list": (None, SIGN_IN),
    "api-subsidy-grant-list": (None, SIGN_IN),
    "api-subsidy-grant-detail": ("subsidy-grant", "subsidised"),
    "api-subsidy-settlement-list": (None, SIGN_IN),
    "api-subsidy-settlement-detail": ("subsidy-settlement", "platform"),
    "api-subsidy-settlement-items": ("subsidy-settlement", "platform"),
    "api-subsidy-settlement-history": ("subsidy-settlement", "platform"),
    "api-subsidy-settlement-csv": ("subsidy-settlement", "platform"),
    "api-subsidy-settlement-xlsx": ("subsidy-settlement", "platform"),
    "api-acceptance-bill-list": (None, SIGN_IN),
    "api-acceptance-bill-detail": ("acceptance-bill", "subsidised"),
    "api-acceptance-bill-history": ("acceptance-bill", "platform"),
    "api-payment-order-list": (None, SIGN_IN),
    "api-payment-order-detail": ("payment-order", "insured"),
    "api-payment-order-history": ("payment-order", "platform"),
    "api-order-file-list": (None, SIGN_IN),
    "api-order-file-detail": ("order-file", "platform"),
    "api-order-file-content": ("order-file", "platform"),
    "api-payee-account-list": (None, SIGN_IN),
    "api-bank-account-list": (None, SIGN_IN),
    "api-invoice-payment": ("invoice", "subsidised"),
    "api-invoice-chain": ("invoice", "books"),
    "api-statement-file-list": (None, SIGN_IN),
    "api-statement-file-detail": ("statement-file", "platform"),
    "api-statement-file-content": ("statement-file", "platform"),
    "api-statement-file-columns": ("statement-file", "platform"),
    "api-bank-statement-list": (None, SIGN_IN),
    "api-bank-statement-detail": ("bank-statement", "platform"),
    "api-movement-list": (None, SIGN_IN),
    "api-movement-detail": ("movement", "platform"),
    "api-bank-line-list": (None, SIGN_IN),
    "api-bank-line-detail": ("bank-line", "platform"),
    "api-bank-line-invoices": ("bank-line", "platform"),
    "api-suggestion-list": (None, SIGN_IN),
    "api-suggestion-detail": ("suggestion", "platform"),
    "api-recon-exception-list": (None, SIGN_IN),
    "api-recon-exception-detail": ("recon-exception", "platform"),
    "api-receipt-list": (None, SIGN_IN),
    "api-payment-made-list": (None, SIGN_IN),
    "api-account-statement": (None, CREDIT),
    "api-account-statement-pdf": (None, CREDIT),
    "api-payout-statement": ("payment-order", "insured"),
    "api-payout-statement-pdf": ("payment-order", "insured"),
    "api-payment-made-detail": ("receipt", "lessee"),
    "api-receipt-detail": ("receipt", "platform"),
    "api-allocation-list": (None, SIGN_IN),
    "api-allocation-detail": ("allocation", "platform"),
    "api-payer-account-list": (None, SIGN_IN),
    "api-payer-account-detail": ("payer-account", "platform"),
    "api-fund-list": (None, SIGN_IN),
    "api-fund-detail": ("fund", SIGN_IN),
    "api-fund-contribution-list": (None, SIGN_IN),
    "api-fund-claim-list": (None, SIGN_IN),
    "api-fund-claim-detail": ("fund-claim", "insured"),
    "api-fund-claim-history": ("fund-claim", "insured"),
    "api-fund-transfer-list": (None, SIGN_IN),
    "api-fund-transfer-detail": ("fund-transfer", "platform"),
    "api-loan-licence-list": (None, SIGN_IN),
    "api-event-list": (None, SIGN_IN),
    "api-api-key-list": (None, SIGN_IN),
    "api-api-key-detail": ("api-key", "operators"),
    "api-request-list": (None, SIGN_IN),
    "api-request-limit": ("organization", "platform"),
    "api-webhook-list": (None, SIGN_IN),
    "api-webhook-detail": ("webhook", "lessee"),
    "api-webhook-delivery-list": (None, SIGN_IN),
    "api-webhook-delivery-detail": ("webhook-delivery", "lessee"),
    "api-budget-list": (None, SIGN_IN),
    "api-budget-detail": ("budget", "lessee"),
    "api-loan-product-list": (None, SIGN_IN),
    "api-loan-product-detail": ("loan-product", SIGN_IN),
    "api-loan-list": (None, SIGN_IN),
    "api-loan-detail": ("loan", "lessee"),
    "api-loan-early-settlement": ("loan", "lessee"),
    "api-loan-history": ("loan", "lessee"),
    "api-lease-loan-data": ("lease", "lessee"),
    "api-maintenance-rule-list": (None, SIGN_IN),
    "api-health-warning-list": (None, SIGN_IN),
    "api-maintenance-rule-detail": ("maintenance-rule", "owner"),
    "api-maintenance-rule-standing": ("maintenance-rule", "owner"),
    "api-maintenance-ticket-list": (None, SIGN_IN),
    "api-maintenance-ticket-detail": ("maintenance", "owner"),
}
# Writes: which ids, and what a viewer of the side that may act is told.
WRITES = {
    "import-run": "import",
    "api-import-run": "import",
    "background-job-cancel": "background-job",
    "api-background-job-cancel": "background-job",
    "listing-photos": "listing",
    "listing-photo-act": "listing-photo-act",
    "equipment-documents": "equipment",
    "equipment-document-act": "document-act",
    "equipment-life-act": "life-act",
    "equipment-specs": "equipment",
    "equipment-idle": "equipment",
    "content-case": "content-case",
    "offer-hide": "listing",
    "dictionary": "category",
    "nameplate-case-reopen": "nameplate-case",
    "api-nameplate-case-reopen": "nameplate-case",
    "api-equipment-documents": "equipment",
    "api-equipment-document-order": "equipment",
    "api-equipment-document": "document-item",
    "api-listing-report": "listing",
    "api-equipment-set-aside": "equipment",
    "api-equipment-put-back": "equipment",
    "api-equipment-refurbish": "equipment",
    "api-equipment-refurbish-entries": "equipment",
    "api-equipment-refurbish-finish": "equipment",
    "api-equipment-refurbish-give-up": "equipment",
    "api-equipment-scrap": "equipment",
    "api-listing-hide": "listing",
    "api-category-versions": "category",
    "api-content-case-decide": "content-case",
    "api-content-case-answer": "content-case",
    "api-listing-photos": "listing",
    "api-listing-photo-order": "listing",
    "api-listing-photo": "listing-photo-item",
    "offer-check": "listing",
    "nameplate-case": "nameplate-case",
    "api-listing-platform-checks": "listing",
    "api-nameplate-case-decide": "nameplate-case",
    "lease-rating": "lease",
    "rating-act": "rating-act",
    "api-lease-ratings": "lease",
    "api-rating-answer": "rating",
    "api-rating-hide": "rating",
    "api-rating-show": "rating",
    "invoice-run-start": None,
    "billing-mode": None,
    "invoice-run-act": "run-act",
    "invoice-run-item-act": "run-item-act",
    "api-invoice-run-approve": "run",
    "api-invoice-run-cancel": "run",
    "api-invoice-run-item-leave-out": "run-item",
    "api-invoice-run-item-put-back": "run-item",
    "member-act": "member-verb",
    "members-leave": None,
    "closing-take-back": None,
    "members-second-factor": None,
    "invitation-revoke": "invitation",
    "asked-dismiss": "asked",
    "verification-recheck": None,
    "session-end": "session",
    "sessions-end": None,
    "api-member-detail": "member",
    "api-data-export-list": None,
    "api-member-role": "member",
    "api-invitation-detail": "invitation",
    "api-verification-decide": "verification",
    "logout": None,
    "set_language": None,
    "theme": None,
    "switch_organization": None,
    "api-telemetry": None,
    "api-telemetry-deliveries": None,
    "api-telemetry-day": "own-day",
    "api-device-claim": None,
    "api-device-rotate-own-key": None,
    "data-asset-grade": "asset",
    "api-data-asset-gradings": "asset",
    "api-device-meter-changes": "device",
    "api-device-limits": "device",
    "device-meter-change": "device",
    "api-device-claim-codes": "device",
    "api-device-rotate-key": "device-key",
    "api-signing-key-revoke": "signing-key",
    "api-device-signing-key-revoke": "device-signing-key",
    "api-telemetry-cloudevents": None,
    "api-listing-price": "listing",
    "commission-act": "commission-act",
    "commission-new": None,
    "api-commission-proposal-list": None,
    "api-commission-proposal-approve": "commission-proposal",
    "api-commission-proposal-withdraw": "commission-proposal",
    "api-lease-what-if": "lease",
    "listing-move": "listing",
    "api-key": "api-key",
    "api-key-rotate": "api-key",
    "api-key-end-old": "api-key",
    "api-key-revoke": "api-key",
    "api-api-key-rotate": "api-key",
    "api-api-key-end-old-secret": "api-key",
    "api-api-key-revoke": "api-key",
    "request-limits": None,
    "announcement-away": "announcement",
    "announcing-new": None,
    "announcing-one": "announcement",
    "announcing-act": "announcement-act",
    "api-announcement-list": None,
    "api-announcement-detail": "announcement-draft",
    "api-announcement-publish": "announcement-draft",
    "api-announcement-withdraw": "announcement",
    "api-announcement-tell": "announcement",
    "device-keys": "device",
    "device-key-revoke": "device-key",
    "device-key-rotate": "device-key",
    "device-claim": "device",
    "device-binding-end": "binding",
    "device-replay": "item",
    "device-dismiss": "item",
    "lease-move": "lease",
    "calendar-lift": "claim",
    "api-data-agreement-suspend": "agreement",
    "api-data-agreement-resume": "agreement",
    "api-data-agreement-proposals": "agreement",
    "api-data-agreement-accept-proposal": "proposal",
    "api-data-agreement-refuse-proposal": "proposal",
    "api-data-agreement-withdraw-proposal": "proposal",
    "data-suspend": "agreement",
    "data-resume": "agreement",
    "data-propose": "agreement",
    "data-proposal": "answer",
    "lease-notice-accept": "lease",
    "lease-notice-deliver": "lease",
    "lease-secure": "lease",
    "lease-handover": "lease",
    "lease-return": "lease",
    "api-lease-take-back": "lease",
    "lease-inspection": "lease",
    "lease-ready": "lease",
    "api-lease-inspect": "lease",
    "api-lease-repair": "lease",
    "api-lease-ready": "lease",
    "record-confirm": "record",
    "record-object": "record",
    "record-referral": "record-act",
    "api-lease-refer-record": "lease-record",
    "api-lease-withdraw-record": "lease-record",
    "api-lease-decide-record": "lease-record",
    "api-lease-secure": "lease",
    "api-lease-plan": "lease",
    "api-lease-send-off": "lease",
    "api-lease-hand-over": "lease",
    "api-lease-photos": "lease",
    "api-lease-confirm-record": "lease-record",
    "api-lease-object-to-record": "lease-record",
    "sublease-move": "sublease",
    "planning-accept": None,
    "planning-settings": None,
    "api-planning-accept": None,
    "api-planning-settings": None,
    "api-production-order-bulk": None,
    "sublease-notice-accept": "sublease",
    "sublease-notice-deliver": "sublease",
    "api-lease-data-notice": "lease",
    "api-lease-accept-data-notice": "lease",
    "review-decide": "review",
    "inspection-report": "lease",
    "acceptance-record": "lease",
    "invoice-official-record": "invoice",
    "invoice-official-upload": "invoice",
    "invoice-official-withdraw": "invoice",
    "invoice-official-use": "invoice",
    "invoice-red-apply": "invoice",
    "invoice-red-move": "red-letter",
    "api-invoice-red-letter-move": "red-letter",
    "api-invoice-tax-invoice-use": "tax-invoice",
    "api-invoice-tax-invoice-xml": "invoice",
    "api-invoice-tax-invoice-documents": "tax-invoice",
    "api-invoice-tax-invoice-withdraw": "tax-invoice",
    "api-review-decide": "review",
    "book-tapes": "book",
    "invoice-interest": "invoice",
    "dunning-policy": None,
    "api-dunning-hold-end": "dunning-hold",
    "api-invoice-claim-interest": "invoice",
    "api-invoice-waive-interest": "invoice",
    "api-invoice-grant-waiver": "waiver",
    "api-invoice-promise": "invoice",
    "api-book-tapes": "book",
    "api-book-locks": "book",
    "api-book-unlocks": "book",
    "api-book-unlock-approve": "book-unlock",
    "api-book-unlock-drop": "book-unlock",
    "bill-object": "lease",
    "bill-objection-act": "objection",
    "api-lease-objections": "lease",
    "api-objection-answer": "correction",
    "api-objection-withdraw": "correction",
    "correction-approve": "correction",
    "api-correction-approve": "correction",
    "invoice-dispute": "dispute",
    "mediation-act": "mediation-act",
    "api-mediation-list": None,
    "api-mediation-write": "mediation",
    "api-mediation-propose": "mediation",
    "api-mediation-accept": "mediation",
    "api-mediation-refuse": "mediation",
    "api-mediation-withdraw": "mediation",
    "api-invoice-dispute": "line",
    "api-invoice-withdraw-dispute": "line",
    "api-invoice-answer-dispute": "line",
    "api-listing-pause": "listing",
    "api-listing-publish": "listing",
    "api-listing-retire": "listing",
    "api-device-channels": "device",
    "api-device-bindings": "device",
    "api-device-end-binding": "binding",
    "api-device-keys": "device",
    "api-device-revoke-key": "device-key",
    "api-device-replay": "item",
    "api-device-dismiss": "item",
    "api-claim-move": "claim",
    "api-claim-release": "claim",
    "api-lease-accept": "lease",
    "api-lease-approve": "lease",
    "api-lease-sign-contract": "lease",
    "lease-contract-sign": "lease",
    "api-lease-quote": "lease",
    "api-lease-counter": "lease",
    "api-lease-activate": "lease",
    "api-lease-cancel": "lease",
    "api-lease-end": "lease",
    "api-lease-refuse": "lease",
    "api-lease-subleases": "lease",
    "ticket-move": "ticket",
    "api-ticket-acknowledge": "ticket",
    "api-ticket-start": "ticket",
    "api-ticket-solve": "ticket",
    "api-ticket-close": "ticket",
    "api-ticket-confirm": "ticket",
    "api-ticket-reopen": "ticket",
    "api-ticket-withdraw": "ticket",
    "api-ticket-propose": "ticket",
    "api-ticket-agree": "ticket",
    "api-ticket-contest": "ticket",
    "api-ticket-decide": "ticket",
    "api-lease-annexes": "lease",
    "api-lease-accept-annex": "annex",
    "api-lease-accept-annex-notice": "annex",
    "api-lease-decline-annex": "annex",
    "api-lease-approve-annex": "annex",
    "api-lease-withdraw-annex": "annex",
    "api-lease-preview-notice": "lease",
    "api-lease-notice": "lease",
    "api-lease-suspend": "lease",
    "api-lease-resume": "lease",
    "api-lease-defaults": "lease",
    "api-lease-cured": "default",
    "api-lease-terminate": "lease",
    "api-lease-lose": "lease",
    "api-sublease-accept": "sublease",
    "api-sublease-accept-data-notice": "sublease",
    "api-sublease-begin": "sublease",
    "api-sublease-consent": "sublease",
    "api-sublease-data-notice": "sublease",
    "api-sublease-end": "sublease",
    "api-sublease-refuse": "sublease",
    "api-sublease-subleases": "sublease",
    "api-sublease-withdraw": "sublease",
    "data-grant-give": "grant",
    "data-grant-refuse": "grant",
    "data-grant-withdraw": "grant",
    "data-grant-close": "grant",
    "api-data-grant-offer": None,
    "api-data-grant-give": "grant",
    "api-data-grant-refuse": "grant",
    "api-data-grant-withdraw": "grant",
    "api-data-grant-close-job": "grant",
    "data-product-step": "product-step",
    "data-licence-step": "licence-step",
    "api-data-product-versions": "product",
    "api-data-product-consent": "product",
    "api-data-product-publish": "product",
    "api-data-product-withdraw": "product",
    "api-data-licence-payment": "licence",
    "api-data-licence-terminate": "licence",
    "data-sharing-step": "sharing-step",
    "api-data-sharing-screening": None,
    "api-data-sharing-price": "sharing",
    "api-data-sharing-object-to": "sharing",
    "api-data-sharing-overrule": "sharing",
    "api-data-sharing-agree": "sharing",
    "api-data-sharing-decline": "sharing",
    "api-data-sharing-withdraw": "sharing",
    "api-data-sharing-confirm-erasure": "sharing",
    "data-registration-step": "registration-step",
    "data-registration-change": "registration",
    "data-registration-transfer": "registration",
    "data-registration-decide": "application",
    "data-duty-waive": "duty",
    "data-erase": "agreement",
    "data-holds": None,
    "data-hold-lift": "hold",
    "data-release": "agreement",
    "listing-data-terms": "listing",
    "data-persons-erase": None,
    "notifications-read": None,
    "saved-filter-save": None,
    "saved-filter-delete": None,
    "saved-search-delete": "saved-search",
    "api-notification-read": None,
    "api-logged-person-erase": None,
    "api-logged-person-reveal": "person",
    "data-duty-ask": "duty",
    "data-duty-postpone": "duty",
    "api-data-erasures": "agreement",
    "api-data-duty-postpone": "duty",
    "api-data-duty-waive": "duty",
    "api-data-hold-lift": "hold",
    "api-data-payment-settle": "payment",
    "api-data-payment-waive": "payment",
    "api-data-registration-change": "registration",
    "api-data-registration-renew": "registration",
    "api-data-registration-transfer": "registration",
    "api-data-registration-agree": "registration",
    "api-data-registration-withdraw": "registration",
    "api-data-registration-cancel": "registration",
    "api-data-registration-grant": "registration",
    "api-data-registration-refuse": "registration",
    "listing-services": "listing",
    "service-move": "service",
    "chain-step": "chain",
    "need-move": "need",
    "need-invite": "need",
    "need-answer": "need",
    "need-choose": "need",
    "api-listing-audience": "listing",
    "api-chain-invite": "chain",
    "api-chain-remove": "chain",
    "api-chain-accept": "chain",
    "api-chain-decline": "chain",
    "api-chain-leave": "chain",
    "api-need-publish": "need",
    "api-need-close": "need",
    "api-need-withdraw": "need",
    "api-need-invite": "need",
    "api-need-answer": "need",
    "api-need-decline": "need",
    "api-need-choose": "need",
    "api-listing-services": "listing",
    "api-service-agree": "service",
    "api-service-decline": "service",
    "api-service-withdraw": "service",
    "conversation": "conversation",
    "conversation-answer": "conversation",
    "lease-messages": "lease",
    "api-conversation-messages": "conversation",
    "api-conversation-answer": "conversation",
    "api-conversation-read": "conversation",
    "api-lease-conversation": "lease",
    "slot-move": "slot",
    "slot-schedule": "listing",
    "api-listing-slot-schedule": "listing",
    "api-slot-booking-confirm": "slot",
    "api-slot-booking-refuse": "slot",
    "api-slot-booking-cancel": "slot",
    "api-slot-booking-hand-in": "slot",
    "api-slot-booking-done": "slot",
    "api-slot-booking-no-show": "slot",
    "api-slot-booking-waive": "slot",
    "risk-substitute": "risk",
    "calendar-feed-revoke": "feed",
    "api-calendar-feed-detail": "feed",
    "api-lease-substitute": "risk-step",
    "equipment-records": "equipment",
    "api-equipment-records": "equipment",
    "lease-equipment-records": "lease",
    "api-lease-equipment-records": "lease",
    "equipment-insurance": "equipment",
    "api-equipment-insurance-policies": "equipment",
    "lease-insurance": "lease",
    "api-lease-insurance-policies": "lease",
    "equipment-encumbrances": "equipment",
    "api-equipment-encumbrance-searches": "equipment",
    "job-move": "job",
    "lease-service-order": "lease",
    "api-service-order-propose": "job",
    "api-service-order-agree": "job",
    "api-service-order-start": "job",
    "api-service-order-finish": "job",
    "api-service-order-accept": "job",
    "api-service-order-object": "job",
    "api-service-order-cancel": "job",
    "lease-finance-register": "lease",
    "api-lease-finance-registrations": "lease",
    "invoice-fund-claim": "invoice",
    "subsidy-act": "subsidy-act",
    "subsidy-settlement-move": "subsidy-settlement",
    "subsidy-admission-end": "subsidy-admission",
    "api-subsidy-programme-rules": "subsidy",
    "api-subsidy-programme-budget": "subsidy",
    "api-subsidy-programme-assess": "subsidy",
    "api-subsidy-admission-end": "subsidy-admission",
    "api-subsidy-settlement-drop": "subsidy-settlement",
    "api-subsidy-settlement-submit": "subsidy-settlement",
    "api-subsidy-settlement-confirm": "subsidy-settlement",
    "api-subsidy-settlement-pay": "subsidy-settlement",
    "api-subsidy-settlement-hand-on": "subsidy-settlement",
    "month-lock": "month-lock",
    "payment-orders-propose": None,
    "payment-orders-send": None,
    "payment-order-act": "payment-order-act",
    "acceptance-bill-new": None,
    "acceptance-bill-act": "acceptance-bill-act",
    "api-acceptance-bill-confirm": "acceptance-bill",
    "api-acceptance-bill-drop": "acceptance-bill",
    "api-acceptance-bill-present": "acceptance-bill",
    "api-acceptance-bill-collect": "acceptance-bill",
    "api-acceptance-bill-ask": "acceptance-bill",
    "api-acceptance-bill-withdraw": "acceptance-bill",
    "api-acceptance-bill-decide": "acceptance-bill",
    "match-start": None,
    "match-allocate": "match-line",
    "match-suggestion": "suggestion-act",
    "match-undo": "allocation",
    "receipt-payer": "receipt",
    "receipt-refund": "receipt",
    "note-refund": "invoice",
    "payer-accounts": None,
    "payer-account-act": "payer-account-act",
    "bank-accounts": None,
    "recon-exception-act": "recon-exception-act",
    "api-suggestion-take": "suggestion",
    "api-suggestion-drop": "suggestion",
    "api-recon-exception-hold": "recon-exception",
    "api-recon-exception-resolve": "recon-exception",
    "api-receipt-allocate": "receipt",
    "api-receipt-name-payer": "receipt",
    "api-allocation-undo": "allocation",
    "api-payer-account-approve": "payer-account",
    "api-payer-account-drop": "payer-account",
    "api-matching-list": None,
    "payees": None,
    "payee-act": "payee-act",
    "payee-online": None,
    "invoice-pay-online": "invoice",
    "stripe-webhook": None,
    "api-payment-order-transmit": "payment-order",
    "take-back-propose": "payment-order",
    "take-back-act": "take-back-act",
    "classification-propose": "movement",
    "classification-act": "classification-act",
    "api-classification-list": "movement",
    "api-classification-approve": "classification",
    "api-classification-drop": "classification",
    "rebooking-propose": "bank-line",
    "rebooking-act": "rebooking-act",
    "api-rebooking-list": "bank-line",
    "api-rebooking-approve": "rebooking",
    "api-rebooking-drop": "rebooking",
    "api-take-back-list": "payment-order",
    "api-take-back-approve": "take-back",
    "api-take-back-drop": "take-back",
    "api-take-back-again": "take-back",
    "statement-files": None,
    "statement-file-columns": "statement-file",
    "api-statement-file-list": None,
    "api-statement-file-columns": "statement-file",
    "api-payment-order-refund": None,
    "api-payment-order-approve": "payment-order",
    "api-payment-order-drop": "payment-order",
    "api-payment-order-refuse": "payment-order",
    "api-payee-account-approve": "payee",
    "api-payee-account-drop": "payee",
    "fund-act": "fund-act",
    "fund-claim-move": "fund-claim",
    "fund-transfer-decide": "fund-transfer-decide",
    "api-fund-rules": "fund",
    "api-fund-join": "fund",
    "api-fund-leave": "fund",
    "api-fund-assess": "fund",
    "api-fund-claim-withdraw": "fund-claim",
    "api-fund-claim-review": "fund-claim",
    "api-fund-claim-approve": "fund-claim",
    "api-fund-claim-reject": "fund-claim",
    "api-fund-transfer-confirm": "fund-transfer",
    "api-fund-transfer-drop": "fund-transfer",
    "webhooks": None,
    "webhook": "webhook",
    "webhook-rotate": "webhook",
    "webhook-act": "webhook-act",
    "webhook-delivery-act": "webhook-delivery-act",
    "api-webhook-rotate": "webhook",
    "api-webhook-enable": "webhook",
    "api-webhook-disable": "webhook",
    "api-webhook-test": "webhook",
    "api-webhook-delivery-resend": "webhook-delivery",
    "api-webhook-delivery-stop": "webhook-delivery",
    "budget-new": None,
    "budget": "budget",
    "budget-delete": "budget",
    "lease-loan": "lease",
    "loan-move": "loan",
    "loan-product-withdraw": "loan-product",
    "api-loan-product-withdraw": "loan-product",
    "api-loan-offer": "loan",
    "api-loan-decline": "loan",
    "api-loan-accept": "loan",
    "api-loan-withdraw": "loan",
    "api-loan-pay-out": "loan",
    "api-loan-repay": "loan",
    "api-loan-settle": "loan",
    "api-loan-take-back": "loan",
    "lease-damage-new": "lease",
    "lease-damage-act": "damage-act",
    "api-lease-damage-claims": "lease",
    "api-lease-accept-damage": "damage",
    "api-lease-contest-damage": "damage",
    "api-lease-offer-damage": "damage",
    "api-lease-refer-damage": "damage",
    "api-lease-decide-damage": "damage",
    "api-lease-withdraw-damage": "damage",
    "lease-settlement-act": "settlement-act",
    "lease-deposit-order": "lease",
    "lease-deposit-order-act": "deposit-order-act",
    "api-lease-settlements": "lease",
    "api-lease-agree-settlement": "settlement",
    "api-lease-refer-settlement": "settlement",
    "api-lease-decide-settlement": "settlement",
    "api-lease-deposit-orders": "lease",
    "api-lease-approve-deposit-order": "deposit-order",
    "api-lease-drop-deposit-order": "deposit-order",
    "ticket-photos": "ticket",
    "api-ticket-photos": "ticket",
    "maintenance-move": "maintenance",
    "maintenance-retire": "maintenance-rule",
    "api-maintenance-rule-retire": "maintenance-rule",
    "api-maintenance-ticket-propose": "maintenance",
    "api-maintenance-ticket-agree": "maintenance",
    "api-maintenance-ticket-done": "maintenance",
    "lease-change-new": "lease",
    "lease-change-answer": "annex-answer",
    "lease-early-end": "lease",
    "lease-pause": "lease",
    "lease-default": "lease",
    "lease-default-cured": "default",
    "lease-loss": "lease",
    "credit-limit-new": None,
    "general-terms-publish": None,
}
HARMLESS = {"notifications-read", "api-notification-read"}  # everybody's own: tests/marketplace/actions
HARMLESS |= {"saved-filter-save", "saved-filter-delete"}  # everybody's own: tests/marketplace/web
HARMLESS |= {"announcement-away"}  # everybody's own: tests/governing/test_announcement_pages.py
HARMLESS |= {"logout", "set_language", "theme", "switch_organization", "api-listing-price"}
HARMLESS |= {"api-mediation-list"}  # its door is the dispute's: tests/billing/api/test_mediations.py
HARMLESS |= {"api-lease-what-if"}  # writes nothing: tests/billing/api/test_what_if.py
HARMLESS |= {"api-device-claim"}  # its door is the code itself: tests/devices/api/test_keys.py
HARMLESS |= {"api-data-sharing-screening"}  # writes nothing: tests/devices/ownership/api
HARMLESS |= {"api-data-grant-offer"}  # its door is whose the data are: tests/devices/ownership/api
# Their door is the acting organization's own book: tests/leasing/actions, tests/leasing/api.
HARMLESS |= {"planning-accept", "planning-settings", "api-planning-accept", "api-planning-settings"}
HARMLESS |= {"api-production-order-bulk"}
# Finance approves what others ordered: tests/leasing/api/test_settlements.py.
HARMLESS |= {"api-lease-approve-deposit-order"}
HARMLESS |= {"correction-approve"}  # so it does with notes: tests/billing/web/test_notes.py
# Finance runs invoices, and pages say why not: tests/billing/web/test_runs.py.
HARMLESS |= {"invoice-run-start", "billing-mode", "invoice-run-act", "invoice-run-item-act"}
HARMLESS |= {"api-invoice-run-cancel"}
HARMLESS |= {"bill-object"}  # it is finance's to object: tests/billing/web/test_provisional.py
# Finance pauses and ends pauses, and its door is the acting organization's own: tests/billing/api, web.
HARMLESS |= {"api-dunning-hold-end", "dunning-policy"}
HARMLESS |= {"stripe-webhook"}  # its door is a signature: tests/billing/payments/stripe/test_receiver.py
HARMLESS |= {"webhooks"}  # everybody's own: tests/marketplace/web
HARMLESS |= {"payees"}  # everybody's own account: tests/billing/payments
HARMLESS |= {"api-fund-join", "api-fund-leave"}  # everybody's own: tests/billing/funds
HARMLESS |= {"api-fund-claim-withdraw"}  # finance of the owner withdraws: tests/billing/funds
HARMLESS |= {"budget-new"}  # its door is the acting organization's own: tests/billing/web/test_budgets.py
HARMLESS |= {"credit-limit-new"}  # its door is the acting organization's own: tests/leasing/web
HARMLESS |= {"api-listing-photo"}  # PATCH and DELETE alone: tests/marketplace/api/test_listing_quality.py
HARMLESS |= {"api-equipment-document"}  # PATCH and DELETE alone: tests/marketplace/api/test_listing_life.py
HARMLESS |= {"listing-report", "api-listing-report"}  # everybody's own: tests/marketplace/actions
HARMLESS |= {"closing-take-back", "api-data-export-list"}  # of one's own organization: tests/governing
HARMLESS |= {"members-leave", "members-second-factor", "sessions-end"}  # one's own: tests/joining
MOVES = {
    "listing-move": "pause",
    "lease-move": "end",
    "sublease-move": "withdraw",
    "ticket-move": "solve",
    "service-move": "agree",
    "chain-step": "leave",
    "need-move": "close",
    "slot-move": "cancel",
    "job-move": "accept",
    "maintenance-move": "done",
    "loan-move": "withdraw",
    "fund-claim-move": "review",
    "subsidy-settlement-move": "submit",
}
INSIDE = {
    "sides": {"lessee", "lessee viewer", "lessor", "lessor viewer", "lessor finance", "platform"},
    "books": {"lessee", "lessor", "lessor finance", "platform"},
    "letters": {"lessee", "lessor", "lessor finance", "platform"},
    "data": {"lessee", "lessee viewer", "lessor", "lessor viewer", "lessor finance"},
    "owner": {"lessor", "lessor viewer", "lessor finance"},
    "runs": {"lessor", "lessor finance"},
    "administered": {"lessor"},
    ADMINS: {"stranger", "lessee", "lessor", "platform"},
    "deposit": {"lessor", "lessor viewer", "lessor finance", "platform"},
    "grants": {"lessee", "lessor"},
    "shares": {"lessee"},
    "operators": {"lessor"},
    "hands": {"lessee", "lessor"},
    "owed": {"lessee", "lessor", "lessor finance"},
    "holder": {"lessee", "lessee viewer", "platform"},
    GRANTERS: {"stranger", "lessee", "lessor", "platform"},
    CREDIT: {"stranger", "lessee", "lessor", "lessor finance", "platform"},
    "lessee": {"lessee"},
    "orderer": {"lessee", "lessee viewer"},
    "platform": {"platform"},
    "insured": {"lessor", "lessor finance", "platform"},
    "subsidised": {"lessee", "platform"},
}
ANSWERED = (200, 302, 400, 409)  # the thing is there for the asker, if not as it was asked for
GARBAGE = (
    "?page=x&after=%F0%9F%98%80&before=9e9&from=9999-99-99&to=&meter=;--&day=0000-00-00&cursor=%00&limit=-1"
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for all the walks; it is put away at the end by a rollback."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own test cases do: what must be durable may run inside
    with django_db_blocker.unblock(), block:
        made = doors.build()
        SIGNED_IN.update({person.pk: visit(person) for person in made.people.values()})
        yield made
        SIGNED_IN.clear()
        transaction.set_rollback(True)


def address(world, name, ids):
    given = dict(world.ids[ids]) if ids else {}
    if name in MOVES:
        given["move"] = MOVES[name]
    return reverse(name, kwargs=given)


class Noted(QueryDict):
    """The parameters of a request, and which of them were looked at: ``None`` if it may have been any."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.looked = frozenset()  # what was looked at to take them in does not count

    def __getitem__(self, key):
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key):
        self._note(key)
        return super().__contains__(key)

    def _getlist(self, key, *given, **named):
        self._note(key)
        return super()._getlist(key, *given, **named)

    def _note(self, key):
        if getattr(self, "looked", None) is not None:
            self.looked |= {key}

    def _whole(method):
        def looked_at(self, *given, **named):
            self.looked = None
            return getattr(QueryDict, method)(self, *given, **named)

        return looked_at

    __iter__, __len__, __eq__ = map(_whole, ("__iter__", "__len__", "__eq__"))
    keys, values, items, lists, dict = map(_whole, ("keys", "values", "items", "lists", "dict"))
    copy, __copy__, __deepcopy__ = map(_whole, ("copy", "__copy__", "__deepcopy__"))
    urlencode, __repr__ = map(_whole, ("urlencode", "__repr__"))


class Handler(ClientHandler):
    """A server that notes which parameters it looked at."""

    def get_response(self, request):
        request.GET = Noted(request.META["QUERY_STRING"])
        return super().get_response(request)


class Visitor(Sees, Client):
    """A client that takes a file whole, as a browser does; the ``files`` of a ZIP are unpacked."""

    def __init__(self, **defaults):
        super().__init__(raise_request_exception=False, **defaults)
        self.handler = Handler(enforce_csrf_checks=False)

    def get(self, *args, **kwargs):
        answer = super().get(*args, **kwargs)
        if answer.streaming and answer["Content-Type"] != "application/zip":
            answer.files = b"".join(answer.streaming_content)
        elif answer.streaming:
            with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
                answer.files = b"".join(map(packed.read, packed.namelist()))
        return answer


def visit(person):
    """Return a browser of somebody; those of the world's people are signed in once, with the world."""
    known = person is not None and SIGNED_IN.get(person.pk)
    client = known or Visitor()
    if person is not None and not known:
        client.force_login(person)
    return client


UNCOUNTED = {"Session", "AccessEvent", "UnsealedEvent", "LoggedPerson", "IdempotencyRecord"}


def rows(tables=None):
    """Count the rows of every table, or of some: in one statement."""
    every = {m._meta.db_table for m in apps.get_models() if m.__name__ not in UNCOUNTED}
    found = every if tables is None else every & tables
    if not found:
        return {}
    counts = (f"SELECT '{table}', count(*) FROM {table}" for table in sorted(found))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts))
        return dict(cursor.fetchall())


@pytest.fixture(scope="module")
def counted(world, django_db_blocker):
    """Count the rows of the world once: each test finds them again."""
    with django_db_blocker.unblock():
        return rows()


def now_other(counted, before):
    """Return which tables have another number of rows; only where rows came or went it is counted again."""
    again = rows({table for table, _ in came_or_went() - before})
    return {table for table, many in again.items() if many != counted[table]}


def test_every_address_has_a_row():
    known = set(PAGES) | set(REST) | set(WRITES)

    assert set(doors.names()) - known == set()
    assert known - set(doors.names()) == set()


@pytest.mark.parametrize(
    "name", [name for name, (_ids, door) in (PAGES | REST).items() if door in ("books", "evidence")]
)
def test_invoices_say_403_to_insiders_without_the_role_and_404_to_strangers(name, world):
    url = address(world, name, (PAGES | REST)[name][0])

    for kind in ("lessee viewer", "lessor viewer"):
        assert visit(world.people[kind]).get(url).status_code == 403, (kind, url)
    assert visit(world.people["stranger"]).get(url).status_code == 404


@pytest.mark.parametrize("name", [name for name in WRITES if name not in HARMLESS])
def test_writing_is_refused_to_strangers_and_viewers_and_changes_nothing(name, world, counted):
    url, before = address(world, name, WRITES[name]), came_or_went()
    rest = url.startswith("/api/")
    assert visit(None).post(url).status_code in ((401,) if rest else (302,))
    for kind in ("stranger", "lessee viewer", "lessor viewer", "lessor finance"):
        code = visit(world.people[kind]).post(url, "{}", content_type="application/json").status_code
        assert code in (400, 401, 403, 404, 405, 409, 415), (kind, url, code)
        assert kind != "stranger" or code in (401, 403, 404, 405, 409), (url, code)
    assert now_other(counted, before) == set()


@pytest.mark.usefixtures("world")
def test_a_row_that_comes_or_goes_is_noticed(counted):
    before = came_or_went()
    one = make.organization("One more")
    assert now_other(counted, before) == {"marketplace_organization"}

    with transaction.atomic():
        Organization.objects.filter(pk=one.pk).delete()

    assert now_other(counted, before) == set()


@pytest.mark.parametrize("name", [*PAGES, *REST])
def test_garbage_is_never_a_500(name, world):
    ids, _ = (PAGES | REST)[name]
    url = address(world, name, ids)
    for kind in ("lessee", "lessor"):
        client = visit(world.people[kind])
        assert client.get(url + GARBAGE).status_code < 500, url
        if ids and "public_id" in world.ids[ids]:
            for wrong in ("%00", "x" * 300, "零", "..%2f..", "lea_0"):
                broken = url.replace(world.ids[ids]["public_id"], wrong)
                assert client.get(broken).status_code in (400, 404), broken


def test_all_that_can_be_expanded_is_for_who_may_read_the_rest(world):
    client, tried, put = visit(world.people["lessor"]), 0, 0
    for name, (ids, _door) in REST.items():
        found = operation_of(doors.pattern(name).callback, "GET")
        if found is None or not found.expandable:
            continue
        url = address(world, name, ids)
        plain = client.get(url)
        deep = [f"{first}.{one}" for first, below in found.expandable.items() for one in below]
        more = client.get(url, {"expand": ",".join([*found.expandable, *deep])})
        assert more.status_code == plain.status_code, (url, more.content[:300])
        tried, put = tried + 1, put + (plain.status_code == 200 and more.content != plain.content)
    assert tried > 40 and put > 5


def content_of(answer):
    """Return all that an answer holds."""
    return answer.files if answer.streaming else answer.content


def differs(asked, answer):
    """Say whether an answer may be another one when it is asked for with these parameters."""
    told, wanted = answer.wsgi_request.GET, QueryDict(asked.removeprefix("?"))
    looked = told.looked
    before = QueryDict(answer.wsgi_request.META["QUERY_STRING"])
    if looked is None:
        return before != wanted
    return any(before.getlist(key) != wanted.getlist(key) for key in looked)


LOOKS = {
    "get": lambda told: told.get("from"),
    "item": lambda told: told["from"],
    "list": lambda told: told.getlist("from"),
    "in": lambda told: "from" in told,
}
LOOKS_AT_ALL = {
    "truth": bool,
    "dict": dict,
    "of QueryDict": lambda told: told.dict(),
    "keys": lambda told: [*told],
    "items": lambda told: [*told.items()],
    "copy": lambda told: told.copy(),
    "urlencode": lambda told: told.urlencode(),
}


def test_who_takes_its_data_along_takes_no_row_of_others(world):
    """A stranger has its name, people and log; of each other table there is something, and none of it."""
    alone = world.people["stranger"].memberships.get().organization
    others = Organization.objects.exclude(pk=alone.pk)
    tables, own = tables_of(About.ORGANIZATION), {"organization", "members", "log"}
    with transaction.atomic():
        dispute_and_declare(world)
        of_stranger = {table.name for table in tables if table.rows(alone).exists()}
        filled = {table.name for table in tables for one in others if table.rows(one).exists()}
        transaction.set_rollback(True)
    assert of_stranger <= own
    assert filled == {table.name for table in tables}


def dispute_and_declare(world):
    """Do the two things that this world leaves out."""
    scene, line = (
        world.scene,
        InvoiceLine.objects.filter(invoice__public_id=world.ids["invoice"]["public_id"]),
    )
    first = line.filter(net_minor__gt=0).earliest("position")
    when = first.invoice.issued_at
    disputes.dispute(line=first, reason="wrong", within=scene.lessee, by=scene.buyer, at=when)
    given = {"level": 2, "source": "self", "valid_from": when.date()}
    told = {"organization": scene.lessor, "site": None, "within": scene.lessor, "by": scene.owner}
    maturity.declare(**told, given=given, at=when, today=when.date())


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_which_parameter_was_looked_at_is_noted(look):
    told = Noted("from=1&to=2")

    look(told)

    assert told.looked == {"from"}


@pytest.mark.parametrize("look", LOOKS_AT_ALL.values(), ids=LOOKS_AT_ALL)
def test_that_any_may_have_been_looked_at_is_noted(look):
    told = Noted("from=1&to=2")

    look(told)

    assert told.looked is None


@pytest.fixture(scope="class")
def plain(world):
    """Return a function that asks at a door as it is; the tests of one door share the answers."""
    found, at = {}, [None]

    def ask(name, kind):
        if at[0] != name:
            found.clear()
            at[0] = name
        if kind not in found:
            ids, _ = (PAGES | REST)[name]
            found[kind] = visit(world.people.get(kind)).get(address(world, name, ids))
        return found[kind]

    return ask


@pytest.mark.parametrize("name", [*PAGES, *REST], scope="class")
class TestEveryDoor:
    """Each address as it is, asked for by everybody: a door after the other."""

    def test_reading(self, name, world, plain):
        ids, door = (PAGES | REST)[name]
        url = address(world, name, ids)
        nobody = plain(name, "nobody").status_code
        other = 404 if door == ABSENT else 401 if name in REST else 302
        assert nobody == (200 if door == PUBLIC else other), url
        for kind in world.people:
            code = plain(name, kind).status_code
            assert code < 500, (kind, url)
            if door == ABSENT:
                assert code == 404, (kind, url, code)
            elif door in (PUBLIC, SIGN_IN):
                assert code in (200, 302), (kind, url, code)
            elif door in INSIDE:
                assert (code in ANSWERED) is (kind in INSIDE[door]), (kind, url, code)
                refused = code == 404 or (code == 403 and door in ("operators", "hands"))
                assert code in ANSWERED or refused or kind.startswith(("lessor", "lessee")), (kind, code)
            if kind == "stranger" and door not in (PUBLIC, SIGN_IN, GRANTERS, CREDIT, ADMINS, "request"):
                assert code == 404 or (door in ("readings", "question") and code == 400), (url, code)

    def test_the_private_reading_is_never_in_an_answer_to_anybody_but_the_lessee(self, name, world, plain):
        """A program name of the lessee, in the telemetry of the owner's machine."""
        assert told_the_secret(name, world, plain) <= {"lessee", "lessee viewer"}


def told_the_secret(name, world, plain):
    """Return who is told the private reading at an address, as it is or asked in other words."""
    window = "?from=2026-10-01T00:00:00Z&to=2026-11-02T00:00:00Z"
    about_one = ("?format=csv", window, f"{window}&format=csv", "?day=2026-10-17")
    ids, door = (PAGES | REST)[name]
    url, found = address(world, name, ids), set()
    for kind in ("nobody", *world.people):
        if door == PUBLIC and kind not in ("nobody", "stranger"):
            continue  # the same for all
        answers = [plain(name, kind)]
        # whom the door turns away, whatever is asked, it tells nothing in other words either
        asks = (about_one if ids else about_one[2:3]) if answers[0].status_code in (200, 400) else ()
        for asked in asks:
            # what looked at no parameter that is another one now says the same again
            if all(differs(asked, answer) for answer in answers):
                answers.append(visit(world.people.get(kind)).get(url + asked))
        if any(SECRET.encode() in content_of(one) for one in answers):
            found.add(kind)
    return found


class TestThePrivateReading:
    """The same program name, where readings are read."""

    def test_is_noticed_where_only_the_file_of_a_page_has_it(self, world, plain, monkeypatch):
        view = doors.pattern("payout-statement")
        real = view.callback

        def leaking(request, public_id):
            planted = request.GET.get("format") == "csv" and request.user == world.people["lessor"]
            return HttpResponse(SECRET) if planted else real(request, public_id)

        monkeypatch.setattr(view, "callback", leaking)

        assert SECRET.encode() not in content_of(plain("payout-statement", "lessor"))
        assert told_the_secret("payout-statement", world, plain) == {"lessor"}

    def test_is_read_by_the_lessee_and_refused_to_the_owner_on_record(self, world):
        url = address(world, "api-device-readings", "device")
        channel = (
            world.scene.device.channels.filter(category="process_parameters", kind="TEXT")
            .earliest("number")
            .key
        )
        query = {"channel": channel, "from": "2026-10-15T00:00:00Z", "to": "2026-10-31T00:00:00Z"}

        mine = visit(world.people["lessee"]).get(url, query | {"purpose": "operation"})
        before = AccessEvent.objects.count()
        theirs = visit(world.people["lessor"]).get(url, query | {"purpose": "asset_protection"})

        assert SECRET in mine.content.decode()
        assert SECRET not in theirs.content.decode()
        assert AccessEvent.objects.count() > before
        assert AccessEvent.objects.latest("pk").outcome == "DENY"


@pytest.mark.parametrize(
    "name", [name for name, (ids, door) in REST.items() if ids and door not in (PUBLIC, SIGN_IN)]
)
def test_a_guessed_id_is_answered_as_an_unknown_one(name, world):
    """Neither code nor words tell a stranger that there is such a thing."""
    ids = REST[name][0]
    url = address(world, name, ids) + "?from=2026-10-20T00:00:00Z&to=2026-10-21T00:00:00Z"
    named = world.ids[ids]
    known = named.get("public_id") or named.get("code") or named["key"]
    stranger = visit(world.people["stranger"])

    theirs, none = stranger.get(url), stranger.get(url.replace(known, known[:4] + "0" * 26))

    def told(answer):
        return {key: value for key, value in answer.json().items() if key not in ("instance", "request_id")}

    assert (theirs.status_code, told(theirs)) == (none.status_code, told(none))
    assert theirs.status_code in (400, 404)


@pytest.mark.parametrize("name", ["invoice-evidence", "invoice-readings", "api-invoice-evidence"])
def test_who_asks_for_the_evidence_of_others_stands_in_the_log(name, world):
    before = AccessEvent.objects.filter(kind="DECISION").count()

    assert (
        visit(world.people["stranger"]).get(address(world, name, (PAGES | REST)[name][0])).status_code == 404
    )

    assert AccessEvent.objects.filter(kind="DECISION").count() == before + 1
    event = AccessEvent.objects.filter(kind="DECISION").latest("pk")
    assert (event.outcome, event.organization_name) == ("DENY", "Stranger")
