"""The parts of the local start: as whom, where, on which port, in which order."""

import os
import signal
import socket
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from config.up import isolation, network, parent, postgres, prepared
from config.up.isolation import Isolation
from config.up.places import ROOT, Places
from config.up.say import CannotStart, Interrupted


class TestChoose:
    """As whom PostgreSQL runs."""

    @pytest.fixture(autouse=True)
    def folders(self, tmp_path, monkeypatch):
        self.programs, self.cluster = tmp_path / "bin", tmp_path / "var" / "pg18"
        self.programs.mkdir()
        self.cluster.parent.mkdir()
        (self.programs / "postgres").touch(mode=0o755)
        self.set = lambda **facts: [
            monkeypatch.setattr(isolation, name, lambda *_, fact=fact: fact) for name, fact in facts.items()
        ]
        self.be = lambda uid: monkeypatch.setattr(os, "geteuid", lambda: uid)

    def choose(self):
        return isolation.choose(programs=self.programs, cluster=self.cluster)

    def test_a_normal_user_runs_it_as_itself(self):
        self.be(1000)
        self.set(has_passwd_entry=True)
        assert self.choose() is Isolation.OURSELVES

    @pytest.mark.parametrize(("uid", "entry"), [(0, True), (4711, False)])
    def test_root_and_a_uid_without_entry_use_a_namespace(self, uid, entry):
        self.be(uid)
        self.set(has_passwd_entry=entry, namespaces_work=True)
        assert self.choose() is Isolation.NAMESPACE

    def test_root_drops_to_nobody_where_every_directory_lets_it(self):
        self.be(0)
        self.set(namespaces_work=False, dropping_works=True, first_closed=None)
        assert self.choose() is Isolation.NOBODY

    def test_refuses_where_a_directory_is_closed_and_names_it(self):
        self.be(0)
        self.cluster.parent.chmod(0o700)
        self.set(namespaces_work=False, dropping_works=True)
        with pytest.raises(CannotStart, match=r"another user cannot enter[\s\S]*DATABASE_URL"):
            self.choose()

    @pytest.mark.parametrize(("uid", "who"), [(0, "root"), (4711, "a user without a passwd entry")])
    def test_refuses_where_nothing_is_allowed_and_names_the_way_out(self, uid, who):
        self.be(uid)
        self.set(has_passwd_entry=False, namespaces_work=False, dropping_works=False)
        with pytest.raises(
            CannotStart, match=rf"{who}, and user namespaces are forbidden[\s\S]*DATABASE_URL"
        ):
            self.choose()

    def test_finds_the_first_directory_that_is_closed_to_others(self, tmp_path):
        (tmp_path / "closed" / "inner").mkdir(parents=True)
        (tmp_path / "closed").chmod(0o700)
        closed = isolation.first_closed(tmp_path / "closed" / "inner")
        assert closed is not None
        assert closed in [tmp_path / "closed", *tmp_path.parents, tmp_path]


class TestMemory:
    @pytest.mark.parametrize(
        ("limit", "buffers"), [("max", 2048), (str(4 * 2**30), 512), (str(2**29), 128), ("0x", 2048)]
    )
    def test_an_eighth_of_it_is_for_pages_within_bounds(self, limit, buffers, tmp_path, monkeypatch):
        told = tmp_path / "memory.max"
        told.write_text(f"{limit}\n")
        monkeypatch.setattr(postgres.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**23}.get)
        monkeypatch.setattr(postgres, "memory", partial(postgres.memory, told))

        assert postgres.for_serving() == ("jit=off", f"shared_buffers={buffers}MB")

    def test_outside_of_a_container_it_is_the_machines(self, tmp_path):
        assert postgres.memory(tmp_path / "none") >= 2**28


class TestCluster:
    def test_an_interrupted_creation_leaves_no_cluster(self, tmp_path):
        tmp_path.chmod(0o711)
        stop = threading.Event()
        stop.set()
        cluster = postgres.cluster_at(tmp_path / "pg18", sockets=tmp_path)
        with pytest.raises(Interrupted):
            cluster.create(stop=stop)
        assert not (tmp_path / "pg18").exists()

    def test_a_cluster_of_somebody_else_is_refused(self, tmp_path):
        (tmp_path / "pg18").mkdir()
        (tmp_path / "pg18" / "PG_VERSION").touch()
        other = Isolation.NOBODY if os.geteuid() != isolation.NOBODY else Isolation.OURSELVES
        cluster = postgres.Cluster(tmp_path / "pg18", tmp_path, tmp_path, other)
        with pytest.raises(CannotStart, match="belongs to uid"):
            cluster.create()

    def test_the_number_of_a_killed_server_may_belong_to_another_program_now(self, tmp_path):
        tmp_path.chmod(0o711)
        cluster = postgres.cluster_at(tmp_path / "pg18", sockets=tmp_path)
        if cluster.isolation.owner != os.geteuid():
            os.chown(tmp_path, cluster.isolation.owner, -1)
        cluster.create()
        (tmp_path / "pg18" / "postmaster.pid").write_text(
            f"{os.getppid()}\n{tmp_path}/pg18\n1\n5432\n\n\n1 1\n"
        )
        (tmp_path / ".s.PGSQL.5432.lock").write_text(f"{os.getppid()}\n")
        process = cluster.start(log=tmp_path / "log")
        assert cluster.answers()
        process.ask_to_stop()
        process.wait(20)


class TestPlaces:
    def test_socket_addresses_fit_however_long_the_path(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TMPDIR", str(tmp_path / ("long" * 30)))
        for var in (Path("/short"), tmp_path / ("长" * 80) / "var"):
            assert len(os.fsencode(Places(var).sockets)) + len("/.s.PGSQL.5432") <= 107

    def test_two_folders_have_two_socket_directories(self, tmp_path):
        assert Places(tmp_path / "a").sockets != Places(tmp_path / "b").sockets

    def test_a_socket_directory_that_others_can_enter_is_refused(self, tmp_path):
        places = Places(tmp_path / "var")
        places.sockets.mkdir(mode=0o755)
        try:
            with pytest.raises(CannotStart, match="not ours alone"):
                places.make_sockets(os.geteuid())
        finally:
            places.sockets.rmdir()


class TestListen:
    def test_says_what_to_do_when_all_ports_are_taken(self, monkeypatch):
        monkeypatch.setattr(network, "TRIES", 1)
        with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(CannotStart, match="--port"):
            network.listen(other.getsockname()[1])


class TestAnswersWith:
    def test_a_stranger_on_the_port_is_not_ours(self):
        with network.listen(8760) as silent:
            port = silent.getsockname()[1]
            thread = threading.Thread(target=answer_once, args=(silent, b"a stranger"))
            thread.start()
            assert not network.answers_with(f"http://127.0.0.1:{port}/healthz", "our token")
            thread.join()

    def test_nobody_on_the_port_is_not_ours(self):
        with network.listen(8760) as ours:
            port = ours.getsockname()[1]
        assert not network.answers_with(f"http://127.0.0.1:{port}/healthz", "our token")


def answer_once(server, body):
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + body)


class TestKnown:
    def test_another_cluster_or_no_list_of_logins_means_preparing_again(self, tmp_path):
        places = Places(tmp_path)
        print_ = prepared.fingerprint(ROOT, identity="a", demo=True)
        prepared.remember(places, print_)

        assert not prepared.known(places, print_, demo=True)
        places.demo.touch()
        assert prepared.known(places, print_, demo=True)
        assert not prepared.known(places, prepared.fingerprint(ROOT, identity="b", demo=True), demo=True)

    def test_a_damaged_memory_means_preparing_again(self, tmp_path):
        (tmp_path / "prepared.json").write_text("{")
        assert not prepared.known(Places(tmp_path), "anything", demo=False)


class TestStop:
    class Played:
        """A process that takes its time."""

        def __init__(self, name, ends, patient=None):
            self.name, self.ends, self.patient = name, ends, patient

        def ask_to_stop(self):
            self.ends.append(f"ask {self.name}")

        def wait(self, seconds, hurry=None):
            self.ends.append(f"wait {self.name}{' in no hurry' if hurry is None else ''}")

    def test_goes_through_the_groups_from_last_to_first_and_never_hurries_the_database(self, tmp_path):
        ends: list[str] = []
        ours = parent.Parent(Places(tmp_path), parent.Options())
        ours.groups = [
            [self.Played(name, ends) for name in names.split()]
            for names in ("postgres", "redis", "web worker")
        ]
        ours.stop_all()
        assert ends == [
            *("ask web", "ask worker", "wait web", "wait worker"),
            *("ask redis", "wait redis", "ask postgres", "wait postgres in no hurry"),
        ]

    @pytest.mark.parametrize(
        ("told", "links"), [(None, "http://127.0.0.1:8457"), ("https://x.cn", "https://x.cn")]
    )
    def test_links_of_mails_lead_to_this_start_unless_another_address_is_given(
        self, tmp_path, monkeypatch, told, links
    ):
        monkeypatch.delenv("SITE_URL", raising=False)
        if told:
            monkeypatch.setenv("SITE_URL", told)
        ours = parent.Parent(Places(tmp_path), parent.Options())
        ours.stand_at(8457)
        assert (ours.url, ours.env["SITE_URL"]) == ("http://127.0.0.1:8457", links)

    def test_only_a_later_second_request_hurries(self, tmp_path, monkeypatch):
        ours = parent.Parent(Places(tmp_path), parent.Options())
        ours.ask_to_stop(signal.SIGINT, None)
        ours.ask_to_stop(signal.SIGINT, None)
        assert ours.stop.is_set()
        assert not ours.hurry.is_set()
        later = time.monotonic() + parent.PREPARED_WITHIN + 1
        monkeypatch.setattr(time, "monotonic", lambda: later)
        ours.ask_to_stop(signal.SIGINT, None)
        assert ours.hurry.is_set()
