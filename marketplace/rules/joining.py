"""What an organization says of itself when it signs up, and what is wrong with it, each at its field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from marketplace.rules import identifiers
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.regions import province_of
from marketplace.shared.errors import Flaw, Invalid

CONFIRM_WITHIN = timedelta(days=2)
INVITED_FOR = timedelta(days=7)
# Who may sign up; the platform, hubs and authorities are set up by the operator.
KINDS = ("SME", "LEAD_ENTERPRISE", "INSTITUTE", "LESSOR", "MAKER", "SERVICE_PROVIDER", "FINANCIAL")
INDUSTRY = re.compile(r"[A-T][0-9]{0,4}", re.ASCII)  # GB/T 4754: a section, then at most four digits
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}", re.ASCII)
REGION = re.compile(r"[0-9]{6}", re.ASCII)
LINK = re.compile(r"://|www\.|@", re.IGNORECASE)  # what a name holds that is to lead somewhere
LONGEST = {"name": 120, "address": 200, "phone": 30, "industry_code": 8, "region_code": 6}
LATER = ("name", "region_code", "industry_code", "address", "phone")  # what may be mended while it is checked
UNVERIFIED = (*LATER, "kind")  # and what before it is verified
NO_LINK = gettext_noop("Give the name alone, without addresses of pages or mails.")
NO_SUCH_KIND = Flaw("/kind", "no_such_kind", gettext_noop("Choose what kind of organization it is."))


class ApplicantInvalid(Invalid):
    """Something that the organization says of itself is wrong; ``flaws`` say what, each at its field."""

    code = "applicant_invalid"
    text = gettext_noop("The organization cannot be registered like this. Mend what is marked.")


@dataclass(frozen=True)
class Applicant:
    """An organization as it describes itself."""

    name: str
    kind: str
    credit_code: str
    region_code: str
    industry_code: str
    address: str
    phone: str

    def dump(self) -> dict[str, str]:
        """Return it as JSON holds it."""
        return asdict(self)


def read(given: Mapping[str, Any]) -> Applicant:
    """
    Return what was typed, tidied; the region is that of the code where it is left out.

    :raises ApplicantInvalid: with every fault at its field
    """
    typed = {name: tidy(given.get(name)) for name in Applicant.__annotations__}
    typed["credit_code"] = identifiers.normalise(typed["credit_code"])
    typed["industry_code"] = typed["industry_code"].upper()
    typed["region_code"] = typed["region_code"] or typed["credit_code"][2:8]
    found = [*identifiers.flaws(typed["credit_code"], "/credit_code"), *flaws(typed)]
    if typed["kind"] not in KINDS:
        found.append(NO_SUCH_KIND)
    if found:
        raise ApplicantInvalid(flaws=found)
    return Applicant(**typed)


def mended(
    before: Mapping[str, str], given: Mapping[str, Any], names: Sequence[str] = LATER
) -> dict[str, str]:
    """
    Return what of ``names`` is said otherwise than before.

    :raises ApplicantInvalid: with every fault at its field
    """
    said = {name: tidy(given[name]) for name in names if given.get(name) is not None}
    found = list(flaws({**before, **said}))
    if said.get("kind", before.get("kind")) not in (before.get("kind"), *KINDS):
        found.append(NO_SUCH_KIND)
    if found:
        raise ApplicantInvalid(flaws=found)
    return {name: value for name, value in said.items() if value != before.get(name)}


def flaws(typed: Mapping[str, str]) -> Iterator[Flaw]:
    """Yield what is wrong with a name, a place, an industry and a phone number."""
    if len(typed["name"]) < 2 or len(typed["name"]) > LONGEST["name"]:
        yield Flaw("/name", "no_name", gettext_noop("Give the registered name, in 2 to 120 characters."))
    if has_link(typed["name"]):
        yield Flaw("/name", "no_name", NO_LINK)
    if not REGION.fullmatch(typed["region_code"]) or province_of(typed["region_code"]) is None:
        yield Flaw(
            "/region_code", "no_region", gettext_noop("Give the six digits of the region (GB/T 2260).")
        )
    if typed["industry_code"] and not INDUSTRY.fullmatch(typed["industry_code"]):
        text = gettext_noop("An industry code is a letter and up to four digits (GB/T 4754), as in C3421.")
        yield Flaw("/industry_code", "no_industry", text)
    if not typed["address"] or len(typed["address"]) > LONGEST["address"]:
        yield Flaw("/address", "no_address", gettext_noop("Give the address, in at most 200 characters."))
    if not PHONE.fullmatch(typed["phone"]):
        yield Flaw(
            "/phone", "no_phone", gettext_noop("Give a phone number with digits, as in 0512-6288 1234.")
        )


def has_link(name: str) -> bool:
    """Tell whether a name holds an address: mails of ours carry names, and lead nowhere but to us."""
    return LINK.search(name) is not None


def tidy(value: Any) -> str:
    """Return a text in one line without blanks at its ends; anything that is no text is empty."""
    text = value if isinstance(value, str) else ""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def is_mailable(address: str) -> bool:
    """Tell whether the domain of an e-mail address can be written as mails are addressed (IDNA, RFC 3490)."""
    try:
        address.rpartition("@")[2].encode("idna")
    except UnicodeError:
        return False
    return True
