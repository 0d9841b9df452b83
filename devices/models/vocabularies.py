"""What ingest must know of a device, read once a revision and kept in the process."""

from collections import OrderedDict
from threading import Lock

from devices.models.devices import Channel, Device
from devices.models.erasures import erased_times
from devices.models.streams import Head, StateCode
from devices.rules.admission import Entry
from devices.rules.readings import instant
from devices.rules.vocabularies import Vocabulary

MOST_KEPT = 5_000  # devices

_kept: OrderedDict[int, Vocabulary] = OrderedDict()
_lock = Lock()


def vocabulary_of(device_id: int, *, fresh: bool = False) -> Vocabulary:
    """
    Return the vocabulary of a device, perhaps an old one: whoever stores by it compares its revision.

    ``fresh`` reads it anew, as it is for this transaction.
    """
    if not fresh:
        with _lock:
            found = _kept.get(device_id)
            if found is not None:
                _kept.move_to_end(device_id)
                return found
    read = _read(device_id)
    with _lock:
        _kept[device_id] = read
        _kept.move_to_end(device_id)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return read


def _read(device_id: int) -> Vocabulary:
    """Read the revision first: what changes afterwards has a higher one, so this one is then refused."""
    revision = Head.objects.values_list("revision", flat=True).get(device_id=device_id)
    device = Device.objects.only("public_id", "commissioned_at").get(pk=device_id)
    entries = {
        channel.key: Entry(
            channel.number,
            channel.is_numeric,
            channel.key,
            channel.kind == Channel.Kind.STATE,
            channel.retention,
        )
        for channel in Channel.objects.filter(device_id=device_id)
    }
    codes = dict(StateCode.objects.filter(device_id=device_id).values_list("word", "code"))
    commissioned, erased = instant(device.commissioned_at), erased_times(device_id)
    return Vocabulary(device_id, device.public_id, revision, commissioned, entries, codes, erased)
