"""Who may take a copy along: by the table of the agreement, if it has one of its own."""

from dataclasses import replace

import pytest

from devices.ownership.rules.decisions import Effect, Question
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.parties import Party
from devices.ownership.rules.porting import decide_port

COUNTERS = Question(Party.OWNER, "billing_counters", "billing", billing_channel=True)


def without_port():
    """The default table, but the owner takes no billing counters along."""
    row = matrix().categories["billing_counters"]
    cell = row.cells[Party.OWNER]
    cells = {**row.cells, Party.OWNER: replace(cell, rights=cell.rights - {"port"})}
    return replace(matrix(), categories={**matrix().categories, row.id: replace(row, cells=cells)})


def test_the_table_of_the_agreement_decides():
    assert decide_port(COUNTERS).reason == "cell_grants_port"

    found = decide_port(replace(COUNTERS, table=without_port()))

    assert (found.effect, found.reason) == (Effect.DENY, "no_port_right")


@pytest.mark.parametrize("party", [Party.LESSEE, Party.OWNER])
@pytest.mark.parametrize("leased", [True, False])
def test_core_data_go_into_no_file_of_anybody(party, leased):
    found = decide_port(Question(party, "machine_condition", "operation", leased=leased, grade="L6"))

    assert (found.effect, found.rule, found.reason) == (Effect.DENY, "ceiling", "core_data")
