"""
What of a delivery is handed out so that its digest can be computed again, and what only as a digest.

A group is handed out whole, with its own salt, or not at all: part of it would prove nothing. So a group that
also holds what was said outside of the time that is asked for stays closed; its readings inside are then
stated beside it, without proof.
"""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from devices.rules import blocks, digests
from devices.rules.groups import Group, Stored
from devices.rules.life import Life
from devices.rules.readings import Reading

Times = Sequence[tuple[int, int | None]]  # half-open, in µs since 1970 UTC


class Shown(NamedTuple):
    """
    A delivery as it is handed out: the digests of all its groups, those that are open, and what is stated.

    Stated readings name their channel by its key.
    """

    stored: Stored
    digests: Mapping[str, bytes]
    open: Sequence[Group]
    readings: Sequence[Reading] = ()
    trace: Sequence[Life] = ()


def shown(
    stored: Stored, groups: Sequence[Group], *, wanted: Container[str], times: Times, words: Mapping[int, str]
) -> Shown:
    """
    Open the groups in ``wanted`` whose entries all lie in ``times``; state what else lies in them.

    Of groups that were erased there is the digest that was written down before. ``words`` gives each
    dictionary code its state.

    :raises Refused: ``block_unreadable``, if the delivery is damaged
    """
    opened, readings, trace = list[Group](), list[Reading](), list[Life]()
    for group in groups:
        if group.name not in wanted:
            continue
        if group.name == digests.LIFE:
            lives = blocks.decode_trace(group.block)
            alive = [entry for entry in lives if _inside(entry.at, times)]
            whole = len(alive) == len(lives) and bool(group.salt)
            opened += [group] if alive and whole else []
            trace += [] if whole else alive
            continue
        said, keys = blocks.decode(group.block, words=words), dict(group.channels)
        inside = [one._replace(channel=keys[int(one.channel)]) for one in said if _inside(one.at, times)]
        whole = len(inside) == len(said) and bool(group.salt)
        opened += [group] if inside and whole else []
        readings += [] if whole else inside
    known = {group.name: group.digest for group in groups if group.salt} | dict(stored.erased)
    return Shown(stored, known, opened, sorted(readings), trace)


def _inside(at: int, times: Times) -> bool:
    return any(start <= at and (end is None or at < end) for start, end in times)
