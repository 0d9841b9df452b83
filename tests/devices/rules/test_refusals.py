"""Every reason for which a reading is refused has its sentence."""

import re
from pathlib import Path

from devices.rules import refusals

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "devices" / "rules").glob("*.py"))
NAMED = re.compile(
    r'(?:Refused|_unreadable)\(\s*"([a-z_]+)"|reason = "([a-z_]+)"| else "([a-z_]+)"$', re.MULTILINE
)
# Our own storage and folding, a wrongly told command, and a truth spelled out: nobody delivered these.
NO_READINGS = {"block_unreadable", "leaf", "order", "mapping_invalid", "false"}


def test_no_reason_is_without_words():
    found = {one for path in SOURCES for groups in NAMED.findall(path.read_text()) for one in groups if one}

    assert {"unknown_channel", "sequence_missing", "number_invalid", "item_invalid"} <= found
    assert found - NO_READINGS - set(refusals.SENTENCES) == set()


def test_a_reason_of_an_older_release_has_the_general_sentence():
    assert refusals.sentence("unheard_of") == refusals.OTHERWISE
    assert refusals.sentence("conflict") == refusals.SENTENCES["conflict"]
