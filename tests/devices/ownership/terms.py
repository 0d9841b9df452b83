"""Data terms for tests, and who accepted them."""

from devices.ownership.rules import data_terms
from devices.ownership.rules.data_terms import Acceptance

RAW = {"party": "owner", "category": "machine_condition", "adds": ["read"]}
NOTHING = {"party": "owner", "category": "machine_condition", "removes": ["read_aggregate"]}
DAILY = {"party": "owner", "category": "machine_condition", "interval": "P1D"}


def terms(*changes):
    """Data terms that change the default table."""
    return {**data_terms.DEFAULT, "changes": [dict(one) for one in changes]}


def accepted(document, owner, lessee, at):
    """Both sides' acceptances of terms, each by somebody of theirs."""
    return [
        Acceptance(side, of.public_id, "usr_x", "Somebody", at, data_terms.digest(document))
        for side, of in (("owner", owner), ("lessee", lessee))
    ]
