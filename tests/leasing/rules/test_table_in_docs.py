"""docs/leasing.md shows the table of moves as it is."""

from pathlib import Path

from leasing.rules.leases import TABLE

DOCS = Path(__file__).parents[3] / "docs" / "leasing.md"
HEAD = "| № | move | from | to | who | right | must be recorded | machines | billing |"


def row(step):
    cells = (
        step.number,
        step.move,
        ", ".join(sorted(step.sources)) or "–",
        step.target or "the same",
        ", ".join(step.sides),
        f"`{step.right}`",
        ", ".join(step.records) or "–",
        step.physical or "–",
        step.billing or "–",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


class TestTheDocs:
    def test_show_every_row_in_its_order(self):
        lines = DOCS.read_text().splitlines()
        start = lines.index(HEAD) + 2
        table = [row(step) for step in TABLE]

        assert lines[start : start + len(table)] == table, "\n".join(table)
        assert not lines[start + len(table)].startswith("|")
