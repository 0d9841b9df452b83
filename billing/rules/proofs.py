"""
Read the deliveries of a bundle, and check that they are what the platform has signed.

Group by group, delivery by delivery, up the chain of the device to the signed head of the log. What is found
wrong is collected and reading goes on, so that everything that differs can be told.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from devices.rules import blocks, digests, log
from devices.rules.life import Life, merge
from devices.rules.readings import Reading, Refused, Value, exact, number
from marketplace.shared import ed25519, merkle

EPOCH = 2**48


class Difference(NamedTuple):
    """Something that is not as it should be: a code for programs, a sentence for people."""

    code: str
    text: str


@dataclass
class Heard:
    """What the deliveries of one device say: orders are epoch × 2^48 + sequence."""

    first: int = 0
    last: int = 0
    leaf: bytes = b""
    epochs: list[int] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    trace: list[Life] = field(default_factory=list)
    arrivals: dict[int, int] = field(default_factory=dict)
    stated: dict[int, int] = field(default_factory=dict)


def follow(rows: Iterable[Mapping[str, Any]], found: list[Difference]) -> dict[str, Heard]:
    """Read deliveries, device by device in order of arrival; add what differs to ``found``."""
    devices: dict[str, Heard] = {}
    for row in rows:
        device = str(row["device"])
        if device not in devices:
            devices[device] = Heard(first=row["arrival"])
            _take(device, devices[device], row, bytes.fromhex(row["previous"]), found)
            continue
        heard = devices[device]
        if row["arrival"] != heard.last + 1:
            text = f"delivery {row['arrival']} of {device} stands behind {heard.last}"
            found.append(Difference("arrival", f"{text}: one is missing, inserted, or out of order"))
        if bytes.fromhex(row["previous"]) != heard.leaf:
            text = f"delivery {row['arrival']} of {device} does not continue the one before it"
            found.append(Difference("chain", text))
        _take(device, heard, row, heard.leaf, found)
    for heard in devices.values():
        heard.readings.sort()
        heard.trace = merge([heard.trace])
    return devices


def _take(
    device: str, heard: Heard, row: Mapping[str, Any], previous: bytes, found: list[Difference]
) -> None:
    """Check one delivery, and take its readings in."""
    arrival, named = row["arrival"], {name: bytes.fromhex(total) for name, total in row["groups"].items()}
    what = f"delivery {arrival} of {device}"
    if row["epoch"] not in heard.epochs:
        if heard.epochs and row["epoch"] < max(heard.epochs):
            found.append(Difference("epoch", f"{what} begins an older numbering than the ones before it"))
        heard.epochs.append(row["epoch"])
    for group in row["open"]:
        total = _open(group, row, heard, f"{what}, {group['name']}", found)
        if named.get(group["name"]) != total:
            found.append(Difference("digest", f"{what}: the readings of {group['name']} are not as hashed"))
        named[group["name"]] = total
    leaf = digests.leaf(device=device, arrival=arrival, previous=previous, groups=digests.joined(named))
    if leaf.hex() != row["leaf"]:
        found.append(Difference("leaf", f"{what}: its leaf is not the hash of its groups"))
    heard.last, heard.leaf = arrival, bytes.fromhex(row["leaf"])
    _state(row, heard)


def _open(
    group: Mapping[str, Any], row: Mapping[str, Any], heard: Heard, what: str, found: list[Difference]
) -> bytes:
    """Take in the readings of an open group; return its digest."""
    block, salt = base64.b64decode(group["block"]), bytes.fromhex(group["salt"])
    channels, words = _pairs(group["channels"]), _pairs(group["words"])
    try:
        if group["name"] == digests.LIFE:
            _hear(row, heard, (), blocks.decode_trace(block))
        else:
            keys = dict(channels)
            said = blocks.decode(block, words=dict(words))
            _hear(row, heard, [one._replace(channel=keys[int(one.channel)]) for one in said], ())
    except (Refused, KeyError) as error:
        found.append(Difference("block", f"{what}: cannot be read ({error})"))
    return digests.salted(salt, digests.hashed_of(group["name"], block, channels, words))


def _hear(row: Mapping[str, Any], heard: Heard, readings: Iterable[Reading], trace: Iterable[Life]) -> None:
    base = row["epoch"] * EPOCH
    orders = [one._replace(sequence=base + one.sequence) for one in readings]
    lives = [one._replace(sequence=base + one.sequence) for one in trace]
    heard.readings += orders
    heard.trace += lives
    for order in (*(one.sequence for one in orders), *(one.sequence for one in lives)):
        heard.arrivals[order] = row["arrival"]


def _state(row: Mapping[str, Any], heard: Heard) -> None:
    """Take in what is stated without proof, and remember that it is."""
    readings = [Reading(order, at, key, value_of(value)) for order, at, key, value in row["stated"]]
    trace = [Life(*one) for one in row["stated_life"]]
    if readings or trace:
        heard.stated[row["arrival"]] = len(readings) + len(trace)
        _hear(row, heard, readings, trace)


def written_value(value: Value) -> Any:
    """Write a value as JSON; a number with decimals as an object, so that it is no text."""
    return value if value is None or isinstance(value, int | str) else {"number": format(value, "f")}


def value_of(written: Any) -> Value:
    """Read what :func:`written_value` wrote."""
    if isinstance(written, dict):
        return number(written["number"])
    return exact(written) if isinstance(written, int) else written


def _pairs(rows: Sequence[Sequence[Any]]) -> list[tuple[int, str]]:
    return [(number, text) for number, text in rows]


def check_log(
    document: Mapping[str, Any],
    heard: Mapping[str, Heard],
    *,
    trusted: Sequence[str],
    found: list[Difference],
    verify: Callable[[bytes, bytes, bytes], bool] = ed25519.verify,
) -> None:
    """Check the head's signature, and that the last delivery of each device is in it: it names all before."""
    if not heard and document["head"] is None:
        return
    head, public = document["head"], base64.b64decode(document["head"]["public_key"])
    key, root = sha256(public).hexdigest()[:16], bytes.fromhex(head["root"])
    text = log.head_text(size=head["size"], root=root, at=datetime.fromisoformat(head["at"]))
    if text.decode() != head["text"]:
        found.append(Difference("head", "the head of the log does not say what its text says"))
    if key != head["key"]:
        found.append(Difference("key", f"the head of the log names the key {head['key']}, but has {key}"))
    if trusted and key not in trusted:
        found.append(
            Difference("key", f"the head of the log is signed with {key}, which --key does not name")
        )
    try:
        right = verify(public, text, base64.b64decode(head["signature"], validate=True))
    except binascii.Error:
        right = False
    if not right:
        found.append(Difference("signature", f"the head of the log is not signed by the key {key}"))
    entries = {(entry["device"], entry["arrival"]): entry for entry in document["entries"]}
    for device, one in heard.items():
        entry = entries.get((device, one.last))
        if entry is None or not _is_in(entry, device, one, head["size"], root):
            text_ = f"delivery {one.last} of {device}, and so all before it, is not in the signed head"
            found.append(Difference("log", text_))


def _is_in(entry: Mapping[str, Any], device: str, heard: Heard, size: int, root: bytes) -> bool:
    total = log.entry_hash(device=device, arrival=heard.last, leaf=heard.leaf)
    path = [bytes.fromhex(part) for part in entry["path"]]
    return merkle.verify_inclusion(leaf=total, index=entry["position"], size=size, proof=path, root=root)
