"""
Sparkplug B payloads by Google's own Protocol Buffers, so that our decoder is checked by somebody else's.

The messages are built from their field numbers; only those that are needed are described.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

OPTIONAL, REPEATED = 1, 3
TYPES = {
    "double": 1,
    "float": 2,
    "uint64": 4,
    "bool": 8,
    "string": 9,
    "message": 11,
    "bytes": 12,
    "uint32": 13,
}
MESSAGES = {
    "PropertyValue": {"type": (1, "uint32"), "is_null": (2, "bool"), "int_value": (3, "uint32")},
    "PropertySet": {"keys": (1, "string", REPEATED), "values": (2, "PropertyValue", REPEATED)},
    "DataSet": {"num_of_columns": (1, "uint64")},
    "Metric": {
        "name": (1, "string"),
        "alias": (2, "uint64"),
        "timestamp": (3, "uint64"),
        "datatype": (4, "uint32"),
        "is_historical": (5, "bool"),
        "is_transient": (6, "bool"),
        "is_null": (7, "bool"),
        "properties": (9, "PropertySet"),
        "int_value": (10, "uint32"),
        "long_value": (11, "uint64"),
        "float_value": (12, "float"),
        "double_value": (13, "double"),
        "boolean_value": (14, "bool"),
        "string_value": (15, "string"),
        "bytes_value": (16, "bytes"),
        "dataset_value": (17, "DataSet"),
    },
    "Payload": {"timestamp": (1, "uint64"), "metrics": (2, "Metric", REPEATED), "seq": (3, "uint64")},
}


def _classes():
    file = descriptor_pb2.FileDescriptorProto(name="spb_for_tests.proto", package="t", syntax="proto2")
    for name, described in MESSAGES.items():
        message = file.message_type.add(name=name)
        for key, (number, kind, *label) in described.items():
            field = message.field.add(name=key, number=number, label=label[0] if label else OPTIONAL)
            field.type = TYPES.get(kind, TYPES["message"])
            if kind not in TYPES:
                field.type_name = f".t.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"t.{name}")) for name in MESSAGES
    }


CLASSES = _classes()
T0 = 1_772_442_898_000


def metric(name=None, *, quality=None, **fields):
    """Return one metric; ``quality`` is its property Quality."""
    found = CLASSES["Metric"](**fields)
    if name is not None:
        found.name = name
    if quality is not None:
        found.properties.keys.append("Quality")
        found.properties.values.add(type=3, int_value=quality)
    return found


def payload(*metrics, seq=None, timestamp=T0):
    """Return the bytes of a payload."""
    found = CLASSES["Payload"](metrics=metrics)
    if seq is not None:
        found.seq = seq
    if timestamp is not None:
        found.timestamp = timestamp
    return found.SerializeToString()


def birth(*metrics, bdseq=0, seq=0, timestamp=T0):
    """Return an NBIRTH."""
    return payload(metric("bdSeq", datatype=8, long_value=bdseq), *metrics, seq=seq, timestamp=timestamp)


def death(bdseq=0):
    """Return an NDEATH, which has neither seq nor a time of the node."""
    return payload(metric("bdSeq", datatype=8, long_value=bdseq), timestamp=None)


def parse(message):
    """Read a payload as Google does."""
    return CLASSES["Payload"].FromString(message)
