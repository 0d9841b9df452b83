"""The words behind the codes of a decision; the interfaces translate them."""

from marketplace.rules.msgids import gettext_noop

REASONS = {
    "own_data": gettext_noop("The machine was not leased: these data are the owner's own."),
    "cell_grants_raw": gettext_noop("May read every reading."),
    "cell_grants_aggregate": gettext_noop("May read figures over whole intervals only, no single readings."),
    "cell_grants_port": gettext_noop("May take a copy of every reading along."),
    "no_port_right": gettext_noop("May read it here, may not take a copy along."),
    "hard_prohibition": gettext_noop("Never: this is the lessee's secret, and no contract can change it."),
    "not_a_party": gettext_noop("This machine was not yours to own or lease at that time."),
    "unknown_category": gettext_noop("The channel has no known data category, so it is refused."),
    "unknown_purpose": gettext_noop("The purpose is unknown, so it is refused."),
    "other_purpose": gettext_noop("Not for this purpose."),
    "not_priced_by_it": gettext_noop("Only if the lease is priced by it."),
    "resolution_not_enforceable": gettext_noop("Only in a coarser form that single channels cannot give."),
    "needs_consent": gettext_noop("Only with the recorded consent of the lessee."),
    "needs_order": gettext_noop("Only on a lawful order."),
    "processes_only": gettext_noop("May compute with it for the declared purposes, may not read it."),
    "no_right": gettext_noop("May not read it."),
    "not_a_billing_counter": gettext_noop("No count rule of the lease names this channel."),
    "not_evidence": gettext_noop("The channel is not kept as evidence of bills."),
}
ARTICLES = {
    "own_data": gettext_noop("The owner generated the data itself"),
    "default_rights": gettext_noop("Lease terms: default data rights, version 1"),
    "count_rule": gettext_noop("Lease terms: count rules"),
    "da_4_1": gettext_noop("EU Data Act, Article 4(1)"),
    "da_4_13": gettext_noop("EU Data Act, Article 4(13)"),
    "da_4_14": gettext_noop("EU Data Act, Article 4(14)"),
    "aucl_13_3": gettext_noop("Anti-Unfair Competition Law (2025), Article 13(3)"),
    "pipl_13_23": gettext_noop("Personal Information Protection Law, Articles 13 and 23"),
}
CATEGORIES = {
    "machine_condition": gettext_noop("Machine condition"),
    "energy": gettext_noop("Energy"),
    "process_parameters": gettext_noop("Programs and process parameters"),
    "production_counts": gettext_noop("Production counts"),
    "quality_results": gettext_noop("Quality results"),
    "location": gettext_noop("Location"),
    "operator_data": gettext_noop("Operator data"),
    "billing_counters": gettext_noop("Billing counters"),
    "derived_benchmarks": gettext_noop("Benchmarks"),
}
PARTIES = {
    "owner": gettext_noop("Owner"),
    "lessee": gettext_noop("Lessee"),
    "maker": gettext_noop("Maker"),
    "service_provider": gettext_noop("Service provider"),
    "platform": gettext_noop("Platform"),
    "regulator": gettext_noop("Regulator"),
    "stranger": gettext_noop("Others"),
}
EFFECTS = {
    "RAW": gettext_noop("every reading"),
    "AGGREGATE": gettext_noop("figures only"),
    "DENY": gettext_noop("nothing"),
}
