"""The cross-border check in words: its steps, the articles, the facts that are missing, and countries."""

from devices.ownership.rules.borders import Answer, Exemption
from marketplace.rules.msgids import gettext_noop

ANSWERS = {
    Answer.NOT_APPLICABLE: gettext_noop("The data stay in the country: nothing stands against it."),
    Answer.FREE: gettext_noop("The data may go."),
    Answer.CONTRACT_OR_CERTIFICATION: gettext_noop(
        "Not yet: file a standard contract, or get certified, before anything is sent."
    ),
    Answer.SECURITY_ASSESSMENT: gettext_noop(
        "Not yet: pass the security assessment of the cyberspace administration before anything is sent."
    ),
    Answer.HOLD: gettext_noop("Not yet: facts are missing. Find them out and ask again."),
    Answer.REFUSE: gettext_noop("No: these data must not be sent."),
}
STEPS = {
    1: gettext_noop("Step 1: do the data leave the country?"),
    2: gettext_noop("Step 2: does a foreign authority or a law of the EU stand against it?"),
    3: gettext_noop("Step 3: are they core data?"),
    4: gettext_noop("Step 4: are they important data?"),
    5: gettext_noop("Step 5: do they say something about persons?"),
    6: gettext_noop("Step 6: is this kind of transfer exempt?"),
    7: gettext_noop("Step 7: is the sender an operator of critical infrastructure?"),
    8: gettext_noop("Step 8: of how many persons were data sent since 1 January?"),
    9: gettext_noop("Step 9: are the numbers of persons known?"),
}
ARTICLES = {
    "cac16_3": gettext_noop("Provisions on Cross-border Data Flows (2024), Article 3"),
    "cac16_4": gettext_noop("Provisions on Cross-border Data Flows (2024), Article 4"),
    "cac16_5": gettext_noop("Provisions on Cross-border Data Flows (2024), Article 5"),
    "cac16_6": gettext_noop("Provisions on Cross-border Data Flows (2024), Article 6"),
    "cac16_7": gettext_noop("Provisions on Cross-border Data Flows (2024), Article 7"),
    "cac16_8": gettext_noop("Provisions on Cross-border Data Flows (2024), Article 8"),
    "cac16_9": gettext_noop("Provisions on Cross-border Data Flows (2024), Article 9"),
    "dsl_21": gettext_noop("Data Security Law, Article 21"),
    "dsl_31": gettext_noop("Data Security Law, Article 31"),
    "dsl_36": gettext_noop("Data Security Law, Article 36"),
    "ndr_37": gettext_noop("Network Data Security Regulation, Article 37"),
    "miit_21": gettext_noop("Measures for Data Security in Industry, Article 21"),
    "da_32": gettext_noop("EU Data Act, Article 32"),
}
FACTS = {
    "abroad": gettext_noop("Whether they leave the country"),
    "grade": gettext_noop("The grade of the data"),
    "personal": gettext_noop("They say something about persons"),
    "for_foreign_authority": gettext_noop("A foreign court or authority asks for them"),
    "authority_approved": gettext_noop("The competent authority in China has approved it"),
    "eu_data_for_third_country": gettext_noop("They were made in the EU, and an authority elsewhere asks"),
    "conflict_of_laws_checked": gettext_noop("Whether the law of the EU forbids it: have it checked"),
    "critical_operator": gettext_noop("We operate critical information infrastructure"),
    "exemption": gettext_noop("Whether the transfer is exempt"),
    "persons": gettext_noop("Persons, without sensitive data"),
    "sensitive_persons": gettext_noop("Persons with sensitive data"),
    "assessed_until": gettext_noop("A security assessment holds until"),
    "contract_until": gettext_noop("A standard contract or certificate holds until"),
}
EXEMPTIONS = {
    Exemption.NONE: gettext_noop("looked at: none applies"),
    Exemption.TRANSIT: gettext_noop("made abroad, only processed here (Article 4)"),
    Exemption.CONTRACT_WITH_PERSON: gettext_noop("needed for a contract with the person (Article 5)"),
    Exemption.STAFF: gettext_noop("needed for the administration of staff (Article 5)"),
    Exemption.EMERGENCY: gettext_noop("needed in an emergency (Article 5)"),
    Exemption.FREE_ZONE: gettext_noop("outside the list of a free-trade zone (Article 6)"),
}
# Where machines of this market come from and go to; any other code of ISO 3166 can be typed.
COUNTRIES = {
    "CN": gettext_noop("China (mainland)"),
    "HK": gettext_noop("Hong Kong, China"),
    "MO": gettext_noop("Macao, China"),
    "TW": gettext_noop("Taiwan, China"),
    "JP": gettext_noop("Japan"),
    "KR": gettext_noop("Republic of Korea"),
    "DE": gettext_noop("Germany"),
    "CH": gettext_noop("Switzerland"),
    "IT": gettext_noop("Italy"),
    "AT": gettext_noop("Austria"),
    "SE": gettext_noop("Sweden"),
    "US": gettext_noop("United States"),
    "SG": gettext_noop("Singapore"),
    "VN": gettext_noop("Viet Nam"),
    "TH": gettext_noop("Thailand"),
    "IN": gettext_noop("India"),
    "MX": gettext_noop("Mexico"),
}
