"""Every byte that proves something is changed in turn; and forgers make all hashes fit that they can."""

import base64

import pytest
from django.db import transaction

from billing.rules import proofs
from devices.rules import blocks, digests, log
from marketplace.shared import signing
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers
from tests.billing.bundles.test_verify import STRANGER, build, differs, some

LIFE = "life"


@pytest.fixture(scope="module")
def honest(django_db_setup, django_db_blocker):
    """One bundle for all; the lease is put away by a rollback."""
    block = transaction.atomic()
    block._from_testcase = True
    with django_db_blocker.unblock(), block:
        scene = build()
        yield papers.packed(papers.rent(scene), scene)
        transaction.set_rollback(True)


@pytest.fixture
def found(honest):
    return Papers(honest)


@pytest.fixture
def bundle(tmp_path):
    return tmp_path / "bundle.zip"


def what_differs(rows):
    """Return the codes of what reading some deliveries finds."""
    differences = []
    proofs.follow(rows, differences)
    return {one.code for one in differences}


def flipped(data, place):
    return data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]


class TestEveryByte:
    def test_of_every_open_block_is_hashed(self, found):
        rows, tried = found.rows(), 0
        for row in rows:
            for group in row["open"]:
                block = group["block"]
                content = base64.b64decode(block)
                for place in range(len(content)):
                    group["block"] = base64.b64encode(flipped(content, place)).decode()
                    assert "digest" in what_differs(rows), (row["arrival"], group["name"], place)
                    tried += 1
                group["block"] = block
        assert what_differs(rows) == set()
        assert tried > 300

    @pytest.mark.parametrize("name", ["previous", "leaf", "salt", "groups"])
    def test_of_every_hash_and_salt_is_hashed(self, found, name):
        rows = found.rows()
        for row in rows:
            for place in [row, *row["open"]] if name == "salt" else [row]:
                values = place[name] if name == "groups" else place
                for key in list(values) if name == "groups" else [name] if name in place else []:
                    before = values[key]
                    for digit in range(len(before)):
                        other = "0" if before[digit] != "0" else "1"
                        values[key] = before[:digit] + other + before[digit + 1 :]
                        if (row is rows[-1] and name == "leaf") or what_differs(rows):
                            continue
                        raise AssertionError((row["arrival"], key, digit))
                    values[key] = before
        assert what_differs(rows) == set()

    def test_of_what_numbers_stand_for_is_hashed(self, found):
        rows = found.rows()
        for part in ("channels", "words"):
            group = next(one for row in rows for one in row["open"] if one[part])
            before = group[part]
            group[part] = [[number, f"{text}x"] for number, text in before]
            assert "digest" in what_differs(rows)
            group[part] = before


class TestForgers:
    """Run where there is nothing but Python, as whoever got the bundle would."""

    def test_a_proof_of_life_was_moved(self, found, bundle):
        rows = found.rows()
        group = papers.group(rows[3], LIFE)
        trace = blocks.decode_trace(base64.b64decode(group["block"]))
        moved = [one._replace(at=one.at + 60_000_000) for one in trace]
        group["block"] = base64.b64encode(blocks.encode_trace(moved)).decode()
        found.deliver(rows)
        assert some(differs(bundle, found), "digest", "delivery 4", LIFE)

        papers.redigest(rows[3], LIFE)
        papers.releaf(rows)
        found.deliver(rows)
        assert some(differs(bundle, found), "log", "delivery 6", "not in the signed head")

    def test_two_deliveries_were_exchanged_and_made_to_fit(self, found, bundle):
        rows = found.rows()
        rows[1], rows[2] = rows[2] | {"arrival": 2}, rows[1] | {"arrival": 3}
        papers.releaf(rows)
        found.deliver(rows)

        assert some(differs(bundle, found), "log", "delivery 6", "not in the signed head")

    def test_one_was_inserted_and_the_others_made_to_fit(self, found, bundle):
        rows = found.rows()
        later = [row | {"arrival": row["arrival"] + 1} for row in rows[2:]]
        rows = [*rows[:2], rows[1] | {"arrival": 3}, *later]
        papers.releaf(rows)
        found.deliver(rows)

        lines = differs(bundle, found)

        assert some(lines, "log", "delivery 7", "not in the signed head")
        assert some(lines, "arrival", "end at 7", "know 6")

    def test_the_path_to_the_head_was_changed(self, found, bundle):
        def change(told):
            entry = told["entries"][0]
            entry["position"] -= 1

        found.change("log.json", change)

        assert some(differs(bundle, found), "log", "delivery 6", "not in the signed head")

    def test_a_whole_log_of_its_own_is_found_by_the_key_that_is_named(self, found, bundle):
        """Everything fits, readings, windows apart: only the key says that it is not the platform's."""
        rows = found.rows()
        key = found.document("log.json")["head"]["key"]
        rows[0]["groups"]["private"] = "00" * 32
        papers.releaf(rows)
        found.deliver(rows)
        found.change("log.json", lambda told: told.update(self.forged(told, rows[-1])))
        public = signing.key_id(signing.public_key(STRANGER))

        code, said = papers.verify(found.close(bundle))
        lines = differs(bundle, found, "--key", key)

        assert (code, public in said) == (0, True)
        assert lines == [line for line in lines if "--key does not name" in line]
        assert len(lines) == 1

    def forged(self, told, last):
        """Return a log of one entry, signed by somebody."""
        facts = {"device": last["device"], "arrival": last["arrival"], "leaf": bytes.fromhex(last["leaf"])}
        root, public = log.entry_hash(**facts), signing.public_key(STRANGER)
        at = proofs.datetime.fromisoformat(told["head"]["at"])
        text = log.head_text(size=1, root=root, at=at)
        head = {
            "size": 1,
            "root": root.hex(),
            "text": text.decode(),
            "key": signing.key_id(public),
            "public_key": base64.b64encode(public).decode(),
            "signature": base64.b64encode(signing.sign(STRANGER, text)).decode(),
        }
        entry = {"device": facts["device"], "arrival": facts["arrival"], "position": 0, "path": []}
        return {"head": told["head"] | head, "entries": [entry]}


def test_groups_that_prove_are_those_of_the_count_rules(found):
    names = {one["name"] for row in found.rows() for one in row["open"]}

    assert names == {LIFE, digests.evidence("ppartcount"), digests.evidence("pexecution")}
