"""What ``verify.py`` finds when somebody has changed a bundle, and made all hashes fit that a forger can."""

import base64
from datetime import timedelta

import pytest
from django.db import transaction

from devices.rules import blocks
from marketplace.shared import signing
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
MINUTE = timedelta(minutes=1)
PARTS = "evidence:ppartcount"
STRANGER = b"z" * 32
OK = "OK: the invoice follows from the readings."


def build():
    """Return a lease with six deliveries over three days: 0, 4, 9, 15, 22, 30 parts, and states; billed."""
    scene = world.build("okuma")
    for number, count in enumerate((0, 4, 9, 15, 22, 30)):
        at = NINE + number * timedelta(hours=12)
        scene.say(
            (3 * number + 1, at, "pexecution", "ACTIVE"),
            (3 * number + 2, at + MINUTE, "ppartcount", count),
            (3 * number + 3, at + 2 * MINUTE, "pexecution", "READY"),
        )
    papers.bill(scene, DUE)
    return scene


@pytest.fixture(scope="module")
def honest(django_db_setup, django_db_blocker):
    """One bundle for all; the lease is put away by a rollback."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own test cases do: what must be durable may run inside
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


def differs(bundle, papers_, *arguments, forged=True):
    """Close the bundle, check it, and return what differs."""
    code, said = papers.verify(papers_.close(bundle, forged=forged), *arguments)
    assert code == 1, said
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if line.startswith("DIFFERS")]
    if forged and "--rules" not in arguments:  # with its own rules it says what the project's say
        assert lines == papers_.recheck(trusted=arguments[1:])
    return lines


def some(lines, *words):
    """Tell whether one line holds all of some words."""
    return any(all(word in line for word in words) for line in lines)


class TestAnHonestBundle:
    def test_is_ok_packed_and_unpacked(self, found, bundle, tmp_path):
        code, said = papers.verify(found.close(bundle))
        folder = tmp_path / "open"
        for name, content in found.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

        assert (code, said.splitlines()[-1]) == (0, OK), said
        assert "deliveries 1 to 6" in said
        assert "NOT PROVED" not in said
        for _ in range(2):  # nothing is left behind that would be found the second time
            code, said = papers.verify_folder(folder)
            assert (code, said.splitlines()[-1]) == (0, OK), said

    def test_is_the_same_file_for_both_sides_and_the_platform(self, db):
        scene = build()
        invoice = papers.rent(scene)

        mine = papers.packed(invoice, scene)
        owners = papers.packed(invoice, scene, within=scene.lessor, by=scene.owner)
        platforms = papers.packed(invoice, scene, within=scene.platform, by=scene.finance)

        assert mine == owners == platforms

    def test_names_the_key_and_the_rules_that_it_was_checked_with(self, found, bundle):
        head, manifest = found.document("log.json")["head"], found.document("manifest.json")
        given = ("--key", head["key"], "--rules", manifest["rules"])

        code, said = papers.verify(found.close(bundle), *given)

        assert code == 0, said
        assert head["key"] in said
        assert manifest["rules"] in said


class TestReadings:
    def test_a_byte_of_a_file_with_the_old_manifest(self, found, bundle):
        found.files["deliveries.jsonl"] = found.files["deliveries.jsonl"].replace(
            b'"salt":"', b'"salt": "', 1
        )

        assert some(differs(bundle, found, forged=False), "deliveries.jsonl", "manifest.json")

    def test_a_byte_of_a_reading_is_not_as_hashed(self, found, bundle):
        rows = found.rows()
        self.count(rows[5], 31)
        found.deliver(rows)

        lines = differs(bundle, found)

        assert some(lines, "digest", "delivery 6", PARTS)
        assert some(lines, "leaf", "delivery 6")
        assert some(lines, "window", "8 (", "in the bundle", "9 (", "by the readings")

    def test_with_its_digest_made_to_fit_is_not_in_the_leaf(self, found, bundle):
        rows = found.rows()
        self.count(rows[5], 31)
        papers.redigest(rows[5], PARTS)
        found.deliver(rows)

        assert some(differs(bundle, found), "leaf", "delivery 6")

    def test_with_all_leaves_made_to_fit_is_not_in_the_signed_head(self, found, bundle):
        rows = found.rows()
        self.count(rows[2], 10)
        papers.redigest(rows[2], PARTS)
        papers.releaf(rows)
        found.deliver(rows)

        lines = differs(bundle, found)

        assert some(lines, "log", "delivery 6", "not in the signed head")
        assert not some(lines, "leaf")

    def test_in_a_group_that_is_closed_is_not_in_the_leaf(self, found, bundle):
        rows = found.rows()
        rows[3]["groups"]["private"] = "00" * 32
        found.deliver(rows)

        assert some(differs(bundle, found), "leaf", "delivery 4")

    def test_that_cannot_be_read_are_named(self, found, bundle):
        rows = found.rows()
        papers.group(rows[3], PARTS)["block"] = base64.b64encode(b"\x09nonsense").decode()
        found.deliver(rows)

        assert some(differs(bundle, found), "block", "delivery 4", PARTS)

    @staticmethod
    def count(row, value):
        """Let the counter of a delivery say something else."""
        group = papers.group(row, PARTS)
        said = blocks.decode(base64.b64decode(group["block"]), words={})
        changed = blocks.encode([one._replace(value=value) for one in said], states=(), codes={})
        group["block"] = base64.b64encode(changed).decode()


class TestDeliveries:
    def test_one_that_was_dropped(self, found, bundle):
        rows = found.rows()
        found.deliver(rows[:2] + rows[3:])

        lines = differs(bundle, found)

        assert some(lines, "arrival", "delivery 4", "behind 2", "missing")
        assert some(lines, "chain", "delivery 4")

    def test_one_that_was_dropped_and_the_others_made_to_fit(self, found, bundle):
        rows = found.rows()
        rows = rows[:2] + [row | {"arrival": row["arrival"] - 1} for row in rows[3:]]
        papers.releaf(rows)
        found.deliver(rows)

        lines = differs(bundle, found)

        assert some(lines, "log", "delivery 5", "not in the signed head")
        assert some(lines, "arrival", "end at 5", "know 6")

    def test_the_last_one(self, found, bundle):
        found.deliver(found.rows()[:-1])

        lines = differs(bundle, found)

        assert some(lines, "arrival", "end at 5", "know 6")
        assert some(lines, "log", "delivery 5", "not in the signed head")

    def test_one_that_was_inserted(self, found, bundle):
        rows = found.rows()
        found.deliver([*rows[:3], rows[2], *rows[3:]])

        lines = differs(bundle, found)

        assert some(lines, "arrival", "delivery 3", "behind 3", "inserted")
        assert some(lines, "chain", "delivery 3")

    def test_two_that_were_exchanged(self, found, bundle):
        rows = found.rows()
        found.deliver([rows[0], rows[2], rows[1], *rows[3:]])

        assert some(differs(bundle, found), "arrival", "delivery 3", "behind 1", "out of order")

    def test_a_numbering_that_was_put_before_an_older_one(self, found, bundle):
        rows = found.rows()
        found.deliver([row | {"epoch": 2} if row["arrival"] < 3 else row for row in rows])

        assert some(differs(bundle, found), "epoch", "delivery 3")


class TestTheHead:
    def test_signed_by_another_key(self, found, bundle):
        text = found.document("log.json")["head"]["text"].encode()
        forged = base64.b64encode(signing.sign(STRANGER, text)).decode()
        found.change("log.json", lambda log: log["head"].update(signature=forged))

        assert some(differs(bundle, found), "signature", "not signed by the key")

    def test_with_another_key_put_in_is_found_by_the_keys_that_are_named(self, found, bundle):
        public = signing.public_key(STRANGER)
        head = found.document("log.json")["head"]
        forged = {
            "key": signing.key_id(public),
            "public_key": base64.b64encode(public).decode(),
            "signature": base64.b64encode(signing.sign(STRANGER, head["text"].encode())).decode(),
        }
        found.change("log.json", lambda log: log["head"].update(forged))

        lines = differs(bundle, found, "--key", head["key"])

        assert some(lines, "key", forged["key"], "--key does not name")

    def test_with_the_name_of_another_key(self, found, bundle):
        found.change("log.json", lambda log: log["head"].update(key="0" * 16))

        assert some(differs(bundle, found), "key", "0" * 16)

    def test_of_another_size(self, found, bundle):
        found.change("log.json", lambda log: log["head"].update(size=log["head"]["size"] + 1))

        lines = differs(bundle, found)

        assert some(lines, "head", "does not say what its text says")
        assert some(lines, "signature")

    def test_whose_signature_is_no_base64(self, found, bundle):
        found.change("log.json", lambda log: log["head"].update(signature="?"))

        assert some(differs(bundle, found), "signature", "not signed by the key")

    def test_without_the_proof_of_the_last_delivery(self, found, bundle):
        found.change("log.json", lambda log: log.update(entries=[]))

        assert some(differs(bundle, found), "log", "delivery 6", "not in the signed head")


class TestThePaper:
    def test_an_altered_price_plan(self, found, bundle):
        def cheaper(terms):
            component = terms["terms"]["price_plan"]["components"][1]
            component["price"] = "360.00"

        found.change("terms.json", cheaper)

        lines = differs(bundle, found)

        assert some(lines, "terms", "digest that both sides accepted")
        assert some(lines, "line 2 (parts)", "unit_price is 380", "computed is 360")
        assert some(lines, "invoice", "net_minor")

    def test_an_altered_window(self, found, bundle):
        def more(windows):
            windows["sets"][1]["windows"][0]["quantity"] = "7"

        found.change("windows.json", more)

        lines = differs(bundle, found)

        assert some(lines, "window", "parts of 2026-10-20", "7 (", "in the bundle", "5 (", "by the readings")

    def test_an_altered_total_of_a_day(self, found, bundle):
        found.change(
            "windows.json", lambda windows: windows["sets"][1].update(quantity="99", digest="0" * 64)
        )

        lines = differs(bundle, found)

        assert some(lines, "window", "parts of 2026-10-20", "quantity is 99")
        assert some(lines, "window", "digest of the windows")

    def test_a_day_that_was_left_out_and_one_that_was_invented(self, found, bundle):
        def moved(windows):
            windows["sets"][1]["day"] = "2026-10-30"

        found.change("windows.json", moved)

        lines = differs(bundle, found)

        assert some(lines, "window", "parts of 2026-10-20", "the bundle has no windows")
        assert some(lines, "window", "parts of 2026-10-30", "no use at all")

    def test_windows_of_other_rules(self, found, bundle):
        found.change("windows.json", lambda windows: windows["sets"][0].update(rules=1))

        assert some(differs(bundle, found), "rules", "counted by version 1")

    def test_an_altered_line(self, found, bundle):
        found.change("invoice.json", lambda invoice: invoice["lines"][1].update(net_minor=1))

        assert some(differs(bundle, found), "line 2 (parts)", "net_minor is 1,", "computed is 1140000")

    def test_a_line_too_many(self, found, bundle):
        found.change("invoice.json", lambda invoice: invoice["lines"].append(invoice["lines"][0]))

        assert some(differs(bundle, found), "line", "3 lines", "computed are 2")

    def test_an_altered_sum(self, found, bundle):
        found.change("invoice.json", lambda invoice: invoice.update(gross_minor=1))

        assert some(differs(bundle, found), "invoice", "gross_minor 1,")

    def test_another_period(self, found, bundle):
        later = {"from": "2026-10-16T00:00:00+08:00", "to": "2026-11-01T00:00:00+08:00"}
        found.change("invoice.json", lambda invoice: invoice.update(period=later))

        assert some(differs(bundle, found), "period", "none in which this lease is billed")

    def test_a_seller_who_sells_nothing_here(self, found, bundle):
        found.change("invoice.json", lambda invoice: invoice.update(seller="somebody"))

        assert some(differs(bundle, found), "invoice", "somebody")

    def test_another_tax_table_or_clock(self, found, bundle):
        found.change("tax.json", lambda tax: tax["rates"][0].update(rate="0.01"))
        found.change("tz.json", lambda zone: zone["offsets"][0].update(seconds=0))

        lines = differs(bundle, found)

        assert some(lines, "tax", "not that of the rules")
        assert some(lines, "zone", "time zone file")

    def test_another_zone(self, found, bundle):
        found.change("tz.json", lambda zone: zone.update(zone="Asia/Tokyo"))

        assert some(differs(bundle, found), "zone", "Asia/Shanghai", "Asia/Tokyo")

    def test_terms_that_contradict_themselves(self, found, bundle):
        found.change("terms.json", lambda terms: terms["terms"].update(count_rules=[]))

        assert some(differs(bundle, found), "refused")

    def test_a_document_without_a_part(self, found, bundle):
        found.change("invoice.json", lambda invoice: invoice.pop("lines"))

        assert some(differs(bundle, found), "refused", "lines")


class TestFiles:
    RULE = "rules/billing/rules/cutting.py"

    def test_an_altered_rule_is_not_run(self, found, bundle):
        found.files[self.RULE] += b"\nraise SystemExit('it was run')\n"

        lines = differs(bundle, found, forged=False)

        assert some(lines, self.RULE, "SHA-256")

    def test_an_altered_rule_with_a_manifest_that_fits_is_found_by_the_digest_that_is_named(
        self, found, bundle
    ):
        published = found.document("manifest.json")["rules"]
        found.files[self.RULE] += b"\nraise SystemExit('it was run')\n"

        lines = differs(bundle, found, "--rules", published)

        assert some(lines, "digest of the rules", "--rules does not name")

    def test_a_manifest_whose_digest_of_the_rules_is_another(self, found, bundle):
        found.change("manifest.json", lambda manifest: manifest.update(rules="0" * 64))

        assert some(differs(bundle, found, forged=False), "digest of the rules", "0" * 64)

    def test_a_rule_that_no_manifest_names(self, found, bundle):
        found.close(bundle)
        manifest = Papers(bundle.read_bytes()).files["manifest.json"]
        found.files |= {"rules/decimal.py": b"", "manifest.json": manifest}

        assert some(differs(bundle, found, forged=False), "rules/decimal.py", "not in manifest.json")

    def test_a_file_that_is_missing(self, found, bundle):
        del found.files["tax.json"]

        assert some(differs(bundle, found, forged=False), "tax.json is missing")

    def test_another_format(self, found, bundle):
        found.change("manifest.json", lambda manifest: manifest.update(format="jijian-bundle-9"))

        assert some(differs(bundle, found, forged=False), "format", "jijian-bundle-9")

    def test_no_manifest(self, found, bundle):
        del found.files["manifest.json"]

        assert some(differs(bundle, found, forged=False), "manifest.json cannot be read")

    def test_no_bundle(self, found, bundle, tmp_path):
        (tmp_path / "verify.py").write_bytes(found.files["verify.py"])
        (tmp_path / "cut.zip").write_bytes(found.close(bundle).read_bytes()[:-100])

        code, said = papers.run(tmp_path / "verify.py", str(tmp_path / "cut.zip"))

        assert code == 1
        assert "cannot be unpacked" in said


def test_words_are_those_of_the_readings_alone(found):
    words = {word for row in found.rows() for one in row["open"] for _, word in one["words"]}

    assert words == {"ACTIVE", "READY"}
