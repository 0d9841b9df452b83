"""
Rules and purposes in sentences: what stands behind codes such as ``production_counts.owner``.

The words are English msgids; whoever shows them gives the function that translates.
"""

from collections.abc import Callable, Iterable

from devices.ownership.rules.defaults import SECOND, WHOLE, Cell, Matrix, matrix
from devices.ownership.rules.explanations import CATEGORIES, PARTIES
from devices.ownership.rules.grants import BY_GRANT, BY_LICENCE
from devices.ownership.rules.parties import Party
from marketplace.rules.msgids import gettext_noop

Translate = Callable[[str], str]

PURPOSES = {
    "asset_protection": gettext_noop("protecting the machine"),
    "billing": gettext_noop("billing"),
    "billing_if_energy_priced": gettext_noop("billing, if energy is priced"),
    "billing_if_priced_per_part": gettext_noop("billing, if parts are priced"),
    "carbon_accounting_for_lessee": gettext_noop("the lessee's carbon accounts"),
    "cross_border_check": gettext_noop("checking transfers abroad"),
    "damage_dispute": gettext_noop("a dispute about damage"),
    "data_quality": gettext_noop("checking the quality of data"),
    "dispute": gettext_noop("a dispute"),
    "energy_management": gettext_noop("managing energy"),
    "entrusted_processing": gettext_noop("processing on behalf of others"),
    "erasure": gettext_noop("erasing data that have to go"),
    "financing": gettext_noop("financing"),
    "geofence": gettext_noop("watching the agreed place"),
    "insurance": gettext_noop("insurance"),
    "maintenance": gettext_noop("maintenance"),
    "maintenance_planning": gettext_noop("planning maintenance"),
    "meter_of_record": gettext_noop("metering for the invoice"),
    "metering": gettext_noop("metering"),
    "metering_check": gettext_noop("checking the metering"),
    "operation": gettext_noop("own operation"),
    "quality_proof": gettext_noop("proving quality"),
    "research": gettext_noop("research"),
    "residual_value": gettext_noop("valuing the machine"),
    "safety": gettext_noop("safety"),
    "safety_interlock": gettext_noop("safety interlocks"),
    "safety_recall": gettext_noop("safety recalls"),
    "warranty": gettext_noop("warranty"),
    "work_organisation": gettext_noop("organizing the work"),
}
INTERVALS = {
    60 * SECOND: gettext_noop("a minute"),
    300 * SECOND: gettext_noop("5 minutes"),
    900 * SECOND: gettext_noop("15 minutes"),
    3_600 * SECOND: gettext_noop("an hour"),
    86_400 * SECOND: gettext_noop("a day"),
    WHOLE: gettext_noop("the whole lease"),
}
RULES = {
    "deny_by_default": gettext_noop("What no rule allows is refused."),
    "generated_by_owner": gettext_noop("While a machine is not leased, its data are the owner's own."),
    "agreement_suspended": gettext_noop(
        "While the agreement is suspended, others than the lessee read billing counters alone."
    ),
    "ceiling": gettext_noop("The grade of the data stands above what a table or a consent gives."),
    "alarm_window": gettext_noop(
        "The owner may read the machine's condition in full within 10 minutes of a severe alarm."
    ),
    "competitor": gettext_noop(
        "An owner in the lessee's own industry gets hours of the machine's condition, and no counts."
    ),
    "sublease": gettext_noop(
        "While a machine is sub-let, the lessees above read what is billed, and nothing else."
    ),
    "evidence_only": gettext_noop("The meter uses only channels that are kept as evidence of bills."),
}
CELLS = {
    "never": gettext_noop("{party}, {category}: never, whatever a contract says"),
    "raw": gettext_noop("{party}, {category}: every reading"),
    "figures": gettext_noop("{party}, {category}: figures over {interval}, no single readings"),
    "consent": gettext_noop("{party}, {category}: only with recorded consent"),
    "order": gettext_noop("{party}, {category}: only on a lawful order"),
    "compute": gettext_noop("{party}, {category}: may compute with it, may not read it"),
    "nothing": gettext_noop("{party}, {category}: no right"),
}
GRANT = gettext_noop("By the grant {grant}.")
LICENCE = gettext_noop("By the licence {licence} of a data product.")
FOR_PURPOSES = gettext_noop("{sentence}; purposes: {purposes}")
BETWEEN = gettext_noop(", ")


def purpose_words(purpose: str, translate: Translate) -> str:
    """Name a purpose; one that the table does not know stands as it was given."""
    return translate(PURPOSES[purpose]) if purpose in PURPOSES else purpose


def listed(words: Iterable[str], translate: Translate) -> str:
    """Join words as the language does."""
    return translate(BETWEEN).join(words)


def rule_words(rule: str, translate: Translate, table: Matrix | None = None) -> str:
    """Say in a sentence what a rule of a decision says: a general one, or a cell of the table of rights."""
    if rule in RULES:
        return translate(RULES[rule])
    if rule.startswith(BY_GRANT):
        return translate(GRANT).format(grant=rule.removeprefix(BY_GRANT))
    if rule.startswith(BY_LICENCE):
        return translate(LICENCE).format(licence=rule.removeprefix(BY_LICENCE))
    category, _, party = rule.rpartition(".")
    cell = (table or matrix()).cell(Party(party), category)
    kind, interval = _kind(cell)
    sentence = translate(CELLS[kind]).format(
        party=translate(PARTIES[party]),
        category=translate(CATEGORIES[category]),
        interval=translate(INTERVALS[interval]) if interval is not None else "",
    )
    if cell is None or cell.purposes is None or kind in ("never", "consent", "order", "nothing"):
        return sentence
    purposes = listed((purpose_words(one, translate) for one in sorted(cell.purposes)), translate)
    return translate(FOR_PURPOSES).format(sentence=sentence, purposes=purposes)


def _kind(cell: Cell | None) -> tuple[str, int | str | None]:
    """Tell which of the sentences fits a cell, and the interval of its figures."""
    if cell is None:
        return "nothing", None
    if cell.prohibited:
        return "never", None
    if "read" in cell.rights:
        return "raw", None
    if "read_aggregate" in cell.rights and cell.interval is not None:
        return "figures", cell.interval
    if cell.rights:
        return "compute", None
    return ("consent" if cell.by_consent else "order" if cell.on_order else "nothing"), None
