"""Addresses of ``tests/test_doors.py`` that answer no page of their own to somebody who opens them."""

# Probes, files, documents for programs, or a step that leads elsewhere.
FILES = {"healthz", "livez", "readyz", "schema", "listing-photo", "photo", "calendar-feed", "access-log"}
FILES |= {"verification-paper", "record-file", "month-vouchers", "home", "login-code", "back-office-login"}
FILES |= {"import-template", "import-rejected", "dunning-letter-file", "invoice-evidence", "invoice-file"}
FILES |= {"invoice-official-face", "lease-statement-file", "lease-contract-file", "payout-statement-file"}
FILES |= {"api-changes", "equipment-document", "own-data-file", "account-statement-file", "data-policy"}
FILES |= {"data-product-policy", "test-clock"}  # the clock is another one's: live has none
# Parts of a page, which htmx puts in.
PARTS = {"join-code", "lease-usage-summary", "machine-calendar-summary", "devices-summary"}
PARTS |= {"income-summary", "invoices-due", "leases-running"}
# The lease of the world is over, and nobody sublets it: others of these tests hand over.
NOT_NOW = {"lease-handover", "lease-sublet", "sublease-sublet", "equipment-report"}
NO_PAGE = FILES | PARTS
