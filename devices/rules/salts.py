"""
The salts of a stored delivery: one root while all of it is there, later those of the classes that are left.

A root of 16 bytes gives the salt of every class (``devices.rules.digests``), so it must go with the first
class that is erased. What stands in its place then is one byte that says which classes were erased (1
evidence, 2 ordinary, 4 private), and the salts of the others, 16 bytes each, in that order.
"""

from devices.rules import digests
from devices.rules.vocabularies import CLASSES

ROOT = 16


def erased(salt: bytes) -> tuple[str, ...]:
    """Return the classes whose salt is gone."""
    if len(salt) == ROOT:
        return ()
    return tuple(name for place, name in enumerate(CLASSES) if salt[0] >> place & 1)


def of_class(salt: bytes, retention: str) -> bytes:
    """
    Return the salt of one class.

    :raises LookupError: if it was erased
    """
    if len(salt) == ROOT:
        return digests.class_salt(salt, retention)
    gone = erased(salt)
    if retention in gone:
        raise LookupError(f"the salt of {retention} was erased")
    place = [name for name in CLASSES if name not in gone].index(retention)
    return salt[1 + place * ROOT : 1 + (place + 1) * ROOT]


def without(salt: bytes, retention: str) -> bytes:
    """Return what is left of the salts when those of a class go; again it changes nothing."""
    gone = {*erased(salt), retention}
    mask = sum(1 << place for place, name in enumerate(CLASSES) if name in gone)
    return bytes((mask,)) + b"".join(of_class(salt, name) for name in CLASSES if name not in gone)
