"""
May this party take a copy along?

Whoever may read single readings and has the right ``port``, and the recipient of what a lessee shares: that
is data of the lessee's, in a form that can be taken along (EU Data Act, Article 5(1)).
"""

from dataclasses import replace

from devices.ownership.rules.decisions import (
    CEILINGS,
    Decision,
    Effect,
    Question,
    cell_above,
    decide,
    grounds,
)
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.grants import Kind
from devices.ownership.rules.parties import Party


def decide_port(question: Question) -> Decision:
    """
    Decide the right ``port``, for one channel in one segment: every reading, or nothing.

    A copy is never more than a read would give: what :func:`decide` refuses is refused, and what it gives as
    figures cannot be taken along; core data go into no file. Whatever the owner's machine said while nobody
    leased it is the owner's.
    """
    if question.grade == "L6":
        return Decision(Effect.DENY, "ceiling", *CEILINGS["L6"])
    found = decide(replace(question, interval=None))
    if found.effect is Effect.DENY or (question.party is Party.OWNER and not question.leased):
        return found
    shared = {one.rule for one in question.grants if one.kind is Kind.SHARING}
    if found.effect is Effect.RAW and found.rule in shared:
        return replace(found, reason="sharing_gives_port")
    for category in grounds(question):
        cell = (question.table or matrix()).cell(question.party, category)
        rule = f"{category}.{question.party}"
        if question.party is Party.ABOVE:
            cell, rule = cell_above(category), found.rule
        if cell and {"read", "port"} <= cell.rights and cell.serves(question.purpose):
            return replace(found, rule=rule, reason="cell_grants_port")
    return Decision(Effect.DENY, found.rule, "no_port_right", found.basis)
