"""The words behind the codes of a decision; the interfaces translate them."""

from marketplace.rules.msgids import gettext_noop

REASONS = {
    "own_data": gettext_noop("The machine was not leased: these data are the owner's own."),
    "cell_grants_raw": gettext_noop("May read every reading."),
    "cell_grants_aggregate": gettext_noop("May read figures over whole intervals only, no single readings."),
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
    "agreement_suspended": gettext_noop("The data agreement is suspended: only billing counters go on."),
    "important_data": gettext_noop("Important data: no third party without verified capability."),
    "core_data": gettext_noop("Core data never leave."),
}
ARTICLES = {
    "own_data": gettext_noop("The owner generated the data itself"),
    "default_rights": gettext_noop("Lease terms: default data rights, version 1"),
    "agreed_rights": gettext_noop("Lease terms: data rights as agreed"),
    "suspension": gettext_noop("Suspension of the data agreement"),
    "count_rule": gettext_noop("Lease terms: count rules"),
    "da_4_1": gettext_noop("EU Data Act, Article 4(1)"),
    "da_4_13": gettext_noop("EU Data Act, Article 4(13)"),
    "da_4_14": gettext_noop("EU Data Act, Article 4(14)"),
    "aucl_13_3": gettext_noop("Anti-Unfair Competition Law (2025), Article 13(3)"),
    "pipl_13_23": gettext_noop("Personal Information Protection Law, Articles 13 and 23"),
    "pipl_45": gettext_noop("Personal Information Protection Law, Article 45"),
    "pipl_47": gettext_noop("Personal Information Protection Law, Article 47"),
    "dsl_21": gettext_noop("Data Security Law, Article 21"),
    "dsl_31": gettext_noop("Data Security Law, Article 31"),
    "miit_23": gettext_noop("Measures for Data Security in Industry, Article 23"),
    "register": gettext_noop("The register of data"),
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
    "operator": gettext_noop("The operator as a person"),
}
EFFECTS = {
    "RAW": gettext_noop("every reading"),
    "AGGREGATE": gettext_noop("figures only"),
    "DENY": gettext_noop("nothing"),
}
RIGHTS = {
    "view": gettext_noop("know that it exists"),
    "hold": gettext_noop("hold"),
    "process": gettext_noop("use"),
    "operate": gettext_noop("offer as a product"),
    "read": gettext_noop("read every reading"),
    "read_aggregate": gettext_noop("read figures"),
    "port": gettext_noop("take a copy along"),
    "share": gettext_noop("have it given to a third party"),
    "erase": gettext_noop("have it erased"),
    "write": gettext_noop("send to the machine"),
}
GRADE_RULES = {
    "category": gettext_noop("The grade of its category."),
    "unknown_category": gettext_noop("Its category is unknown, so it is graded as a secret."),
    "faster_than_a_minute": gettext_noop("Faster than once a minute: load curves tell the process."),
    "energy_below_a_quarter": gettext_noop("Energy at less than 15 minutes tells the process."),
    "from_source": gettext_noop("As high as what it is derived from: higher wins."),
    "decided": gettext_noop("Decided by a person."),
    "listed_by_authority": gettext_noop("Listed in a catalogue or notice of an authority."),
}
