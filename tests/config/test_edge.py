"""The gateway program, run as a customer runs it, against the real door."""

import ast
import contextlib
import http.server
import importlib.util
import itertools
import json
import random
import ssl
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.contrib.staticfiles import finders
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from config.up.places import ROOT
from devices import queries
from devices.actions import devices
from devices.models import Gap, Quarantined
from marketplace.actions.parties import robot
from tests.devices.machines import lathe
from tests.rounds import tries

PROGRAM = ROOT / "config" / "static" / "edge" / "jijian_edge.py"
T = "2026-03-02T09:14:58Z"


def loaded():
    spec = importlib.util.spec_from_file_location("jijian_edge", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


edge = loaded()


class Door(http.server.ThreadingHTTPServer):
    """A door that answers as it is told: a status, headers, or for ``None`` as the real one does."""

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.taken, self.tries, self.keys = list(answers), {}, [], []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        door = self.server
        door.keys.append(self.headers["Authorization"])
        door.tries.append((time.monotonic(), len(body["readings"])))
        answer = door.answers.pop(0) if door.answers else None
        status, headers, told = answer or (200, {}, {"ack": body["readings"][-1]["sequence"]})
        if status == 200 and "ack" in told:
            for one in body["readings"]:
                door.taken[body["epoch"], one["sequence"]] = (one["channel"], one["value"])
        text = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


@pytest.fixture
def run(tmp_path):
    """Start the program on a spool; whatever is left running is killed at the end."""
    key, started = tmp_path / "key", []
    key.write_text("jjd_abc.def\n")

    def start(url, *more, form="csv", **options):
        command = [sys.executable, PROGRAM, "--server", url, "--spool", tmp_path / "spool", "--key-file", key]
        process = subprocess.Popen(
            [str(part) for part in [*command, "--format", form, *more]],
            stdin=options.get("stdin", subprocess.PIPE),
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    start.key = key
    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


def lines(start, end):
    return "".join(f"{T},parts,{number}\n" for number in range(start, end))


@pytest.mark.django_db(transaction=True)
class TestKilledAtAnyTime:
    def test_it_delivers_every_line_exactly_once(self, run, live_server, tmp_path):
        device, log, dice = lathe(), tmp_path / "log.csv", random.Random(8)
        _, key = devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())
        run.key.write_text(key)
        written = 0
        for _ in range(25):
            process = run(live_server.url, "--input", log, "--batch", 50, stdin=subprocess.DEVNULL)
            more = dice.randrange(0, 600)
            with log.open("a") as file:
                for number in range(written, written + more):
                    file.write(f"{T},parts,{number}\n")
                    if dice.random() < 0.01:
                        file.flush()
                        time.sleep(dice.random() / 100)
            written += more
            time.sleep(dice.random() / 2)
            process.kill()
            process.communicate()

        process = run(live_server.url, "--input", log, "--once", stdin=subprocess.DEVNULL)
        _, said = process.communicate(timeout=60)

        assert process.returncode == 0, said
        stored = list(queries.readings(device, channels=None))
        assert [(one.sequence, one.value) for one in stored] == [(n + 1, n) for n in range(written)]
        assert device.epochs.count() == 1
        assert not Gap.objects.filter(device=device).exists()
        assert not Quarantined.objects.filter(device=device).exists()

    def test_it_says_what_the_door_refused_and_goes_on(self, run, live_server):
        device = lathe()
        _, key = devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())
        run.key.write_text(key)

        _, said = run(live_server.url).communicate(f"{T},nothing,1\n{T},parts,2\nx\n".encode(), timeout=30)

        assert b"rejected: 1 unknown_channel" in said
        assert b"a line cannot be read" in said
        assert [one.value for one in queries.readings(device, channels=None)] == [2]


class TestSending:
    def test_waits_as_long_as_it_is_told(self, run):
        with Door((429, {"Retry-After": "2"}, {}), (503, {}, {})) as door:
            process = run(door.url)
            process.communicate(lines(0, 3).encode(), timeout=30)

        assert process.returncode == 0
        assert [value for _, value in door.taken.values()] == ["0", "1", "2"]
        (first, _), (second, _), (third, _) = door.tries
        assert second - first >= 2
        assert third - second >= 0.4

    @pytest.mark.parametrize(
        "answer",
        [
            (500, {}, {}),
            (401, {}, {}),
            (302, {"Location": "http://127.0.0.1:9/"}, {}),
            (200, {}, {"ack": None}),
            (200, {}, []),
        ],
    )
    def test_forgets_nothing_that_is_not_acknowledged(self, run, answer):
        with Door(answer) as door:
            process = run(door.url)
            process.communicate(lines(0, 3).encode(), timeout=30)

        assert len(door.tries) == 2
        assert [value for _, value in door.taken.values()] == ["0", "1", "2"]

    def test_sends_less_where_that_was_too_much(self, run):
        with Door((413, {}, {}), (413, {}, {})) as door:
            run(door.url, "--batch", 100).communicate(lines(0, 100).encode(), timeout=30)

        assert [count for _, count in door.tries][:3] == [100, 50, 25]
        assert len(door.taken) == 100

    def test_ends_a_delivery_where_the_quarter_hour_does(self, run):
        minutes = ("00", "14", "15", "15", "29", "44")
        said = "".join(f"2026-03-02T09:{minute}:58Z,parts,{minute}\n" for minute in minutes)
        with Door() as door:
            run(door.url).communicate(said.encode(), timeout=30)

        assert [count for _, count in door.tries] == [2, 3, 1]
        assert [value for _, value in door.taken.values()] == list(minutes)

    def test_does_not_cut_what_contradicting_clocks_say_to_dust(self, run):
        said = "".join(f"2026-03-02T{9 + n % 2:02}:00:58Z,parts,{n}\n" for n in range(60))
        with Door() as door:
            run(door.url).communicate((said + "soon,parts,60\n").encode(), timeout=30)

        assert len(door.taken) == 61
        assert len(door.tries) < 12

    def test_keeps_one_epoch_and_goes_on_with_its_numbers(self, run):
        with Door() as door:
            for start in (0, 10, 20):
                run(door.url).communicate(lines(start, start + 10).encode(), timeout=30)

        assert len({epoch for epoch, _ in door.taken}) == 1
        assert {number: value for (_, number), (_, value) in door.taken.items()} == {
            number + 1: str(number) for number in range(30)
        }

    def test_keeps_lines_while_there_is_no_door_and_forgets_them_after(self, run, tmp_path):
        with Door() as door:
            pass
        process = run(door.url, stdin=subprocess.PIPE)
        process.stdin.write(lines(0, 30_000).encode())
        process.stdin.flush()
        spool = tmp_path / "spool"
        deadline = time.monotonic() + 20
        while len(list(spool.glob("*.log"))) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(list(spool.glob("*.log"))) >= 4
        process.kill()
        process.communicate()

        with Door() as door:
            process = run(door.url)
            process.communicate(b"", timeout=60)

        numbers = sorted(number for _, number in door.taken)
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) > 10_000
        assert len(list(spool.glob("*.log"))) == 1

    def test_holds_the_input_up_where_the_spool_is_full(self, run, tmp_path):
        with Door() as door:
            pass
        log = tmp_path / "log.csv"
        log.write_text(lines(0, 100_000))
        process = run(door.url, "--most-bytes", 600_000, "--input", log)
        time.sleep(3)

        size = sum(path.stat().st_size for path in (tmp_path / "spool").glob("*.log"))
        assert process.poll() is None
        assert 500_000 < size < 1_500_000

    def test_follows_a_file_that_is_replaced(self, run, tmp_path):
        log = tmp_path / "log.csv"
        log.write_text(lines(0, 5))
        with Door() as door:
            run(door.url, "--input", log)
            until(lambda: len(door.taken) == 5)
            fresh = tmp_path / "fresh"
            fresh.write_text(lines(5, 7))
            fresh.replace(log)
            until(lambda: len(door.taken) == 7)
            with log.open("a") as file:
                file.write(f"{T},parts,7")
                file.flush()
                time.sleep(0.5)
                assert len(door.taken) == 7
                file.write("\n")
            until(lambda: len(door.taken) == 8)

        assert [value for _, value in door.taken.values()] == [str(number) for number in range(8)]

    def test_takes_up_a_new_key_without_a_restart(self, run):
        with Door((401, {}, {})) as door:
            process = run(door.url)
            process.stdin.write(lines(0, 1).encode())
            process.stdin.flush()
            until(lambda: door.tries)
            run.key.write_text("jjd_new.key\n")
            process.communicate(timeout=30)

        assert (door.keys[0], door.keys[-1]) == ("Bearer jjd_abc.def", "Bearer jjd_new.key")
        assert len(door.taken) == 1

    def test_goes_on_while_its_key_is_away(self, run):
        with Door() as door:
            process = run(door.url)
            process.stdin.write(lines(0, 1).encode())
            process.stdin.flush()
            until(lambda: door.taken)
            run.key.rename(run.key.with_suffix(".away"))
            process.stdin.write(lines(1, 2).encode())
            process.stdin.flush()
            time.sleep(0.5)
            run.key.with_suffix(".away").rename(run.key)
            process.communicate(timeout=30)

        assert [value for _, value in door.taken.values()] == ["0", "1"]

    @pytest.mark.parametrize("speaks_tls", [True, False], ids=["certificate of nobody", "no TLS at all"])
    def test_gives_neither_key_nor_readings_to_a_server_that_proves_nothing(self, run, tmp_path, speaks_tls):
        with Door() as door:
            if speaks_tls:
                door.socket = certified(tmp_path).wrap_socket(door.socket, server_side=True)
            process = run(door.url.replace("http:", "https:"))
            process.stdin.write(lines(0, 1).encode())
            process.stdin.close()
            said = b"".join(process.stderr.readline() for _ in range(2))

        assert (b"SSL" in said or b"CERTIFICATE" in said, door.tries) == (True, [])
        assert process.poll() is None
        assert b'"parts"' in next((tmp_path / "spool").glob("*.log")).read_bytes()

    @pytest.mark.parametrize("size", [0, 1000])
    def test_refuses_a_spool_that_could_never_be_emptied(self, run, size):
        process = run("http://127.0.0.1:1", "--most-bytes", size)

        assert b"--most-bytes" in process.communicate(timeout=30)[1]

    @pytest.mark.parametrize("server", ["http://jijian.example", "ftp://127.0.0.1.example"])
    def test_shows_its_key_to_nobody_on_the_way(self, run, server):
        _, said = run(server).communicate(timeout=30)

        assert b"https://" in said

    def test_shares_its_spool_with_nobody(self, run):
        with Door() as door:
            first = run(door.url)
            first.stdin.write(lines(0, 1).encode())
            first.stdin.flush()
            until(lambda: door.taken)
            second = run(door.url)
            _, said = second.communicate(timeout=30)

        assert (second.returncode, b"another program uses" in said) == (1, True)


def certified(folder):
    """A context of a server whose certificate nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(private + made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def until(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestTheSpool:
    @settings(max_examples=tries(60), deadline=None)
    @given(st.data())
    def test_loses_nothing_durable_however_its_end_is_torn(self, tmp_path_factory, data):
        folder = tmp_path_factory.mktemp("spool")
        spool = edge.Spool(folder)
        sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
        for place, size in enumerate(sizes):
            spool.append([([(T, "parts", str(place))] * size, f"7:{place}")])
        before, _ = spool.read((1, 0), 4000)
        path = folder / f"{1:020d}.log"
        whole = path.read_bytes()
        torn = edge.record({"n": spool.next, "r": [[T, "parts", "x"]], "p": "7:99"})
        path.write_bytes(whole + torn[: data.draw(st.integers(0, len(torn) - 1))])
        edge.os.close(spool.lock)

        again = edge.Spool(folder)

        assert (again.epoch, again.next, again.position) == (spool.epoch, spool.next, f"7:{len(sizes) - 1}")
        assert again.read((1, 0), 4000)[0] == before
        assert path.read_bytes() == whole
        again.append([([(T, "parts", "new")], "7:100")])
        assert again.read((1, 0), 4000)[0][-1]["sequence"] == sum(sizes) + 1
        edge.os.close(again.lock)

    def test_passes_over_a_record_that_the_disk_spoiled(self, tmp_path, capsys):
        spool = edge.Spool(tmp_path)
        spool.append([([(T, "parts", str(n))], "") for n in range(3)])
        path = tmp_path / f"{1:020d}.log"
        path.write_bytes(path.read_bytes().replace(b'"1"', b'"7"'))

        found, _ = spool.read((1, 0), 10)

        assert [(one["sequence"], one["value"]) for one in found] == [(1, "0"), (3, "2")]
        assert "damaged" in capsys.readouterr().err
        edge.os.close(spool.lock)

    def test_is_refused_when_nobody_can_say_whose_numbers_it_has(self, tmp_path):
        spool = edge.Spool(tmp_path)
        edge.os.close(spool.lock)
        (tmp_path / f"{1:020d}.log").write_bytes(b"")

        with pytest.raises(OSError, match="new epoch"):
            edge.Spool(tmp_path)

    def test_waits_on_a_full_disk_and_drops_nothing(self, tmp_path, monkeypatch, capsys):
        spool, real, waited = edge.Spool(tmp_path), edge.os.fsync, []

        def full(handle):
            raise OSError(edge.errno.ENOSPC, "full")

        def wait(seconds):
            waited.append(seconds)
            if len(waited) == 2:
                monkeypatch.setattr(edge.os, "fsync", real)

        monkeypatch.setattr(edge.os, "fsync", full)
        monkeypatch.setattr(edge.time, "sleep", wait)
        edge.keep(spool, [([(T, "parts", "1")], "7:9")], 10**9)

        assert (len(waited), [one["value"] for one in spool.read((1, 0), 10)[0]]) == (2, ["1"])
        assert "the disk is full" in capsys.readouterr().err
        edge.os.close(spool.lock)

    def test_ends_on_a_disk_that_fails(self, tmp_path, monkeypatch):
        spool = edge.Spool(tmp_path)

        def broken(handle):
            raise OSError(edge.errno.EIO, "broken")

        monkeypatch.setattr(edge.os, "fsync", broken)
        with pytest.raises(OSError, match="broken"):
            edge.keep(spool, [([(T, "parts", "1")], "7:9")], 10**9)
        edge.os.close(spool.lock)

    def test_passes_over_files_of_others(self, tmp_path):
        (tmp_path / "old.log").write_text("not ours")

        spool = edge.Spool(tmp_path)

        assert (spool.next, (tmp_path / "old.log").read_text()) == (1, "not ours")
        edge.os.close(spool.lock)

    @settings(max_examples=tries(80), deadline=None)
    @given(st.data())
    def test_spoiled_anywhere_gives_true_readings_or_an_error_and_never_another_number(
        self, tmp_path_factory, data
    ):
        folder = tmp_path_factory.mktemp("spool")
        spool = edge.Spool(folder)
        for place in range(6):
            spool.append([([(T, "parts", str(place))], f"7:{place}")])
        edge.os.close(spool.lock)
        path = folder / f"{1:020d}.log"
        body = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            start = data.draw(st.integers(0, len(body) - 1))
            if data.draw(st.booleans()):
                body[start] = data.draw(st.integers(0, 255))
            else:
                del body[start : start + data.draw(st.integers(1, 60))]
                body = body or bytearray(b"x")
        path.write_bytes(bytes(body))

        try:
            again = edge.Spool(folder)
        except OSError as error:
            assert "new epoch" in str(error)
            return
        found, _ = again.read((1, 0), 100)
        assert all(one["value"] == str(one["sequence"] - 1) for one in found)
        assert 1 <= again.next <= 7
        edge.os.close(again.lock)

    def test_leaves_nothing_half_written_on_a_full_disk(self, tmp_path, monkeypatch):
        spool, real = edge.Spool(tmp_path), edge.os.fsync
        spool.append([([(T, "parts", "0")], "")])
        before = (tmp_path / f"{1:020d}.log").read_bytes()

        def full(handle):
            raise OSError(edge.errno.ENOSPC, "full")

        monkeypatch.setattr(edge.os, "fsync", full)
        with pytest.raises(OSError, match="full"):
            spool.append([([(T, "parts", "1")], "")])
        assert (tmp_path / f"{1:020d}.log").read_bytes() == before
        monkeypatch.setattr(edge.os, "fsync", real)
        spool.append([([(T, "parts", "1")], "")])

        assert [one["value"] for one in spool.read((1, 0), 10)[0]] == ["0", "1"]
        edge.os.close(spool.lock)


class TestLines:
    @pytest.mark.parametrize(
        ("line", "form", "found"),
        [
            (f"{T},parts,0.10", "csv", [(T, "parts", "0.10")]),
            (f'{T}, program ,"a,b"', "csv", [(T, "program", "a,b")]),
            ("at,channel,value", "csv", []),
            ("\ufeffat,channel,value", "csv", []),
            ("", "csv", []),
            (f"{T}|a|1|b|", "shdr", [(T, "a", "1"), (T, "b", "")]),
            (f"{T}|sys|Fault|1|2||text", "shdr", [(T, "sys", "FAULT|1|2||text")]),
            (f"{T}|sys|Unavailable||||", "shdr", [(T, "sys", None)]),
            (f"{T}|@ASSET@|1|x", "shdr", []),
            ("* PING", "shdr", []),
        ],
    )
    def test_are_read(self, line, form, found):
        assert edge.readings(line.encode(), form) == found

    def test_without_a_time_are_stamped(self):
        ((at, _, _),) = edge.readings(b",parts,1", "csv")

        assert at.endswith("Z")
        assert len(at) == 27

    @pytest.mark.parametrize(
        ("line", "form"),
        [
            (b"a,b", "csv"),
            (b'a,b,"c', "csv"),
            (b"\xff", "csv"),
            (b"t,,1", "csv"),
            (b"t|a", "shdr"),
            (None, "csv"),
        ],
    )
    def test_that_cannot_be_read_are_refused(self, line, form):
        with pytest.raises((ValueError, edge.csv.Error)):
            edge.readings(line, form)

    @given(st.binary(max_size=100) | st.none(), st.sampled_from(["csv", "shdr"]))
    def test_never_fail_in_another_way(self, line, form):
        with contextlib.suppress(ValueError, edge.csv.Error):
            assert all(channel for _, channel, _ in edge.readings(line, form))

    @given(st.lists(st.binary(max_size=40)), st.integers(1, 50))
    def test_are_cut_the_same_however_they_come(self, parts, size):
        whole = b"\n".join([*parts, b""])
        pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
        one, many = edge.Input("-", "7:0", False), edge.Input("-", "7:0", False)

        together = one._cut(whole)
        apart = list(itertools.chain.from_iterable(many._cut(piece) for piece in pieces))

        assert together == apart

    def test_that_never_end_are_not_held(self):
        found = edge.Input("-", "", False)

        assert all(found._cut(b"x" * edge.PIECE) == [] for _ in range(50))
        assert len(found.held) <= edge.LINE_LENGTH
        assert found._cut(b"x\na,b,c\n")[0][0] is None


class TestTheFile:
    def test_is_served_to_whoever_needs_it(self):
        assert finders.find("edge/jijian_edge.py") == str(PROGRAM)

    def test_needs_nothing_but_an_old_python(self):
        tree = ast.parse(PROGRAM.read_text(encoding="utf-8"), feature_version=(3, 9))
        names = {
            name.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

        assert names <= sys.stdlib_module_names
