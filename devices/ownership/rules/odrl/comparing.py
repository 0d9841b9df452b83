"""Whether one constraint holds. What the facts do not tell is unknown, never true."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from devices.ownership.rules.odrl import values
from devices.ownership.rules.odrl.policies import Condition, Constraint
from devices.ownership.rules.odrl.questions import Event, Request, World
from devices.ownership.rules.odrl.truth import Truth, every, exactly_one, some, truth
from devices.ownership.rules.odrl.vocabulary import ALLOWED, DAYS, LISTING, OPERANDS, Kind

Test = Callable[[Request, World], Truth]

PLAIN: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "eq": operator.eq,
        "neq": operator.ne,
        "lt": operator.lt,
        "lteq": operator.le,
        "gt": operator.gt,
        "gteq": operator.ge,
    }
)
KEPT = 4096  # comparisons in memory: agreements by the same template share nearly all of theirs
TOGETHER = MappingProxyType({"and": every, "andSequence": every, "or": some, "xone": exactly_one})


def holds(condition: Condition, request: Request, world: World) -> Truth:
    """Return whether a constraint, or several under a logical operator, hold."""
    return prepared(condition)(request, world)


def prepared(condition: Condition) -> Test:
    """Read what a condition compares with once, and return what then asks for each request."""
    if isinstance(condition, Constraint):
        return _prepared(condition)
    combine, parts = TOGETHER[condition.how], [prepared(part) for part in condition.parts]
    return lambda request, world: combine(part(request, world) for part in parts)


def known(left: str, request: Request, world: World) -> tuple[str, ...]:
    """Return what is known of a left operand other than ``dateTime``: nothing, one value, or several."""
    if left == "dayOfWeek":
        return (DAYS[world.now.astimezone(world.zone).weekday()],) if world.now else ()
    if left == "recipient" and left not in request.context:
        return (request.assignee,)
    found = request.context.get(left, ())
    return (found,) if isinstance(found, str) else tuple(found)


def _unknown(_request: Request, _world: World) -> Truth:
    return Truth.UNKNOWN


@lru_cache(maxsize=KEPT)
def _prepared(constraint: Constraint) -> Test:
    kind, name = OPERANDS.get(constraint.left), constraint.operator
    if kind is None or name not in ALLOWED[kind]:
        return _unknown
    theirs = [values.read(kind, one) for one in constraint.right]
    if None in theirs or not theirs or (name not in LISTING and len(theirs) != 1):
        return _unknown
    if kind is Kind.EVENT:
        return _by_event(constraint)
    if constraint.left == "dateTime":
        return _by_clock(PLAIN[name], theirs[0])
    compare = _listed(name, frozenset(theirs)) if name in LISTING else _single(name, kind, theirs[0])
    left, unit = constraint.left, constraint.unit

    def test(request: Request, world: World) -> Truth:
        found = known(left, request, world)
        if not found or unit != request.units.get(left, ""):
            return Truth.UNKNOWN
        mine = [values.read(kind, one) for one in found]
        return Truth.UNKNOWN if None in mine else compare(mine, world)

    return test


def _by_clock(compare: Callable[[Any, Any], bool], theirs: Any) -> Test:
    return lambda _request, world: truth(None if world.now is None else compare(world.now, theirs))


def _listed(name: str, theirs: frozenset[Any]) -> Callable[[list[Any], World], Truth]:
    if name == "isAllOf":
        return lambda mine, _world: truth(theirs <= set(mine))
    if name == "isAnyOf":
        return lambda mine, _world: truth(not theirs.isdisjoint(mine))
    return lambda mine, _world: truth(theirs.isdisjoint(mine))


def _single(name: str, kind: Kind, theirs: Any) -> Callable[[list[Any], World], Truth]:
    if name in PLAIN:
        compare = PLAIN[name]
        return lambda mine, _world: truth(compare(mine[0], theirs) if len(mine) == 1 else None)
    if name == "hasPart":
        return lambda mine, world: truth(any(_within(kind, theirs, one, world) for one in mine))
    return lambda mine, world: truth(any(_within(kind, one, theirs, world) for one in mine))


def _within(kind: Kind, inner: str, outer: str, world: World) -> bool:
    if kind is Kind.PLACE:
        return any(world.belongs(place, outer) for place in values.around(inner))
    return world.belongs(inner, outer)


def _by_event(constraint: Constraint) -> Test:
    """Before, during, after an event are ``lt``, ``eq``, ``gt`` (ODRL Vocabulary, ``event``)."""
    name, compare = constraint.right[0], PLAIN[constraint.operator]

    def test(_request: Request, world: World) -> Truth:
        event = world.events.get(name)
        if event is None or world.now is None:
            return Truth.UNKNOWN
        return truth(compare(_place(event, world.now), 0))

    return test


def _place(event: Event, now: datetime) -> int:
    if event.began is None or now < event.began:
        return -1
    return 0 if event.ended is None or now < event.ended else 1
