"""
A small MTConnect agent over real HTTP that holds recorded observations.

It answers ``current`` and ``sample`` as an agent does: a ring buffer, ``OUT_OF_RANGE`` outside of it, a new
``instanceId`` after a restart. ``trouble`` makes it misbehave.
"""

import gzip
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from tests.devices.recordings import DATA

REST = DATA / "mtconnect-rest"
CREATED = "2026-04-22T16:27:30Z"
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><MTConnectStreams>&c;</MTConnectStreams>'


def chunk(number):
    """Return one of the two recorded answers as it was."""
    return gzip.decompress((REST / f"mazak_sample_chunk{number}.xml.gz").read_bytes())


def recorded(*documents):
    """Return the observations of documents, in sequence order: (device, category, element)."""
    found = []
    for document in documents:
        for device in fromstring(document).iter():
            if device.tag.endswith("}DeviceStream"):
                for group in device.iter():
                    kind = group.tag.rpartition("}")[2]
                    if kind in ("Samples", "Events", "Condition"):
                        found += [(dict(device.attrib), kind, plain(one)) for one in group]
    return sorted(found, key=lambda one: int(one[2].get("sequence")))


def plain(element):
    """Return a copy without namespaces."""
    copy = Element(element.tag.rpartition("}")[2], element.attrib)
    copy.text = element.text
    copy.extend(plain(child) for child in element)
    return copy


class FakeAgent:
    """The buffer, and a server in front of it; ``url`` is its address."""

    def __init__(self, *, capacity=131_072, instance="1776428538", first=1):
        self.capacity, self.instance, self.next = capacity, instance, first
        self.buffer = deque()
        self.latest = {}
        self.trouble = ""
        self.asked = []
        self.fixed = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.trouble = "closing"
        self.server.shutdown()
        self.server.server_close()

    @property
    def first(self):
        return self.buffer[0][0] if self.buffer else self.next

    def say(self, *observations):
        """Add observations to the buffer, numbered on, dropping the oldest when it is full."""
        for device, kind, element in observations:
            element = plain(element)
            element.set("sequence", str(self.next))
            self.buffer.append((self.next, device, kind, element))
            self.latest[device["name"], element.get("dataItemId")] = self.buffer[-1]
            self.next += 1
            if len(self.buffer) > self.capacity:
                self.buffer.popleft()

    def restart(self, instance):
        """Lose everything and begin again at 1 as another instance."""
        self.buffer.clear()
        self.latest.clear()
        self.instance, self.next = instance, 1

    def answer(self, request):
        asked = urlsplit(request.path)
        self.asked.append(request.path)
        status, body = 200, b""
        if self.trouble == "hang":
            while self.trouble == "hang":
                time.sleep(0.02)
            return
        if self.trouble == "drip":
            self.drip(request)
            return
        if self.trouble == "error":
            status, body = 500, b"<html>sorry</html>"
        elif self.trouble == "garbage":
            body = self.document(asked)[1][:-40]
        elif self.trouble == "bomb":
            body = BOMB
        elif self.trouble == "endless":
            body = b"<a>" + b" " * 200_000
        elif asked.path + "?" + asked.query in self.fixed:
            body = self.fixed[asked.path + "?" + asked.query]
        else:
            status, body = self.document(asked)
        request.send_response(status)
        request.send_header("Content-Type", "text/xml")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def drip(self, request):
        """Answer one byte at a time, for ever."""
        try:
            request.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n<")
            while self.trouble == "drip":
                request.wfile.write(b"a")
                time.sleep(0.02)
        except OSError:
            pass

    def document(self, asked):
        if asked.path == "/current":
            held = sorted(self.latest.values(), key=lambda one: one[0])
            return 200, self.streams(held, self.next)
        wanted = {name: int(values[0]) for name, values in parse_qs(asked.query).items()}
        start, count = wanted["from"], wanted["count"]
        if not self.first <= start <= self.next:
            return 404, self.error("OUT_OF_RANGE", f"'from' must be between {self.first} and {self.next}")
        held = [one for one in self.buffer if one[0] >= start][:count]
        return 200, self.streams(held, held[-1][0] + 1 if held else self.next)

    def header(self, root, following):
        SubElement(
            root,
            "Header",
            creationTime=CREATED,
            instanceId=self.instance,
            firstSequence=str(self.first),
            lastSequence=str(self.next - 1),
            nextSequence=str(following),
        )

    def streams(self, held, following):
        root = Element("MTConnectStreams")
        self.header(root, following)
        streams, groups = SubElement(root, "Streams"), {}
        for _, device, kind, element in held:
            if device["name"] not in groups:
                groups[device["name"]] = SubElement(streams, "DeviceStream", device)
            component = SubElement(groups[device["name"]], "ComponentStream")
            SubElement(component, kind).append(element)
        return tostring(root)

    def error(self, code, text):
        root = Element("MTConnectError")
        SubElement(root, "Header", creationTime=CREATED, instanceId=self.instance)
        SubElement(SubElement(root, "Errors"), "Error", errorCode=code).text = text
        return tostring(root)
