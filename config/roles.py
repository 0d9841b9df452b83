"""What the application's database role may do: read and write rows, own nothing, never rewrite history."""

from collections.abc import Iterator

from psycopg import sql

# Insert-only for the application: no UPDATE, no DELETE, no TRUNCATE.
APPEND_ONLY = (
    "marketplace_auditentry",
    "marketplace_dictionaryversion",
    "marketplace_specstatement",
    "leasing_transition",
    "leasing_offer",
    "leasing_subleasestep",
    "leasing_ticketstep",
    "leasing_downtimecredit",
    "leasing_photo",
    "leasing_conditionrecord",
    "leasing_recordanswer",
    "leasing_depositmovement",
    "leasing_planacceptance",
    "leasing_planacceptedlease",
    "leasing_planacceptedannex",
    "leasing_annexapproval",
    "leasing_creditlimit",
    "leasing_contract",
    "leasing_signature",
    "leasing_termstemplate",
    "ownership_accessevent",
    "ownership_evententry",
    "ownership_eventnode",
    "ownership_eventhead",
    "ownership_agreementversion",
    "ownership_notice",
    "ownership_noticeacceptance",
    "ownership_grading",
    "ownership_declaredcompetitor",
    "ownership_certificate",
    "ownership_bordercheck",
    "ownership_gatekeeperentry",
    "ownership_takencopy",
    "ownership_registrationentry",
    "ownership_registrationsignature",
    "ownership_productversion",
    "ownership_productstep",
    "ownership_datalicence",
    "ownership_licencestep",
    "devices_block",
    "devices_logentry",
    "devices_lognode",
    "devices_logkey",
    "devices_loghead",
    "devices_countersignature",
    "devices_daysignature",
    "devices_meterchange",
    "payments_statementdialect",
    "payments_statement",
    "payments_statementline",
    "payments_bankline",
    "payments_linebooking",
    "payments_allocation",
    "payments_ownerrelease",
    "payments_orderfile",
    "payments_orderstep",
    "payments_billstep",
    "payments_payoutitem",
    "payments_refund",
    "payments_requestitem",
    "payments_disputeloss",
    "payments_providerfact",
    "billing_reviewdecision",
    "billing_indicatorbaseline",
    "billing_windowset",
    "billing_usagewindow",
    "billing_meteringplan",
    "billing_taxdocument",
    "billing_correctedday",
    "billing_checkrun",
    "billing_checkresult",
    "billing_account",
    "billing_journal",
    "billing_journalline",
    "billing_seal",
    "billing_billtelling",
    "billing_periodlock",
    "billing_mediationstep",
    "billing_fundrules",
    "billing_fundcontribution",
    "billing_fundclaimstep",
    "billing_subsidybudget",
    "billing_subsidyrules",
    "billing_subsidygrant",
    "billing_subsidystep",
    "marketplace_message",
    "marketplace_slotschedule",
    "leasing_slotstep",
    "marketplace_equipmentrecord",
    "marketplace_encumbrancesearch",
    "marketplace_vatstatement",
    "billing_overduetelling",
    "leasing_serviceorderstep",
    "leasing_financelicence",
    "leasing_financelease",
    "leasing_financeinstalment",
    "leasing_financeregistration",
    "leasing_damageword",
    "leasing_referralword",
    "leasing_ticketphoto",
    "leasing_healthwarning",
    "leasing_insurancepolicy",
    "billing_lateterms",
    "billing_interestclaim",
    "billing_dunningpolicy",
    "billing_dunningletter",
    "billing_dunningitem",
    "billing_paymentpromise",
    "billing_budgetcrossing",
    "marketplace_needanswer",
    "marketplace_equipmentcheck",
    "marketplace_organizationcheck",
    "marketplace_refurbishmententry",
    "marketplace_scrapping",
    "marketplace_contentstep",
    "leasing_rating",
    "leasing_ratinganswer",
    "leasing_ratingmoderation",
    "leasing_leasecommission",
    "marketplace_verificationpaper",
    "marketplace_verificationstep",
    "marketplace_maturitydeclaration",
    "marketplace_privacyacceptance",
)

# Filled by functions of the owner alone, from rows that then go (migration devices 0010) or lose
# readings (0013).
FOLDED = ("devices_archive", "devices_logpage", "devices_erasedrun")

# Readings go through the one door, which decides and logs; these go round it, for the owner of the tables.
PEOPLE_ONLY = (
    "readings(text, text, timestamptz, timestamptz)",
    "devices_block_readings(bytea, bigint)",
    "devices_archive_readings(bytea, bigint)",
)

# Partitions are reached through their table alone.
PARTITIONS = """
DO $do$ DECLARE part regclass; BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits
        WHERE inhparent IN ('devices_block'::regclass, 'devices_archive'::regclass) LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %I', part, {});
    END LOOP;
END $do$
"""


def statements(role: str) -> Iterator[sql.Composed]:
    """Yield the GRANT and REVOKE statements for ``role``, safe to run again."""
    name = sql.Identifier(role)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(name)
    for function in PEOPLE_ONLY:
        yield sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC, {}").format(sql.SQL(function), name)
    yield sql.SQL(PARTITIONS).format(sql.Literal(role))
    for table in APPEND_ONLY:
        yield sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), name)
    for table in FOLDED:
        yield sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
            sql.Identifier(table), name
        )
