"""Kinds of series as the rules name them (``rules.register.FLAGS``), as SQL over data assets."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When

from devices.models import Channel
from devices.ownership.rules import register

TOLD = models.BooleanField()


def series(billed: Q, suspended: Q, competitor: Q) -> Func:
    """Write the kind of series of an asset: by what of its moment is said, and what it is by itself."""
    counts = Q(kind="USAGE") | Q(channel__kind=Channel.Kind.COUNTER)
    held = (billed, counts, Q(grade__in=["L5", "L6"]), suspended, competitor)
    flags = (_flag(*one) for one in zip(register.FLAGS, held, strict=True))
    return Func(F("category"), Value("/"), *flags, function="CONCAT", output_field=models.TextField())


def among(kinds: frozenset[str], told: F | Func) -> Q:
    """Return the condition that a kind of series is one of these: one parameter, however many."""
    if not kinds:
        return Q(pk__in=[])
    listed = Value(sorted(kinds), output_field=ArrayField(models.TextField()))
    return Q(Func(told, listed, arg_joiner=" = ANY(", template="(%(expressions)s))", output_field=TOLD))


def always(holds: bool) -> Q:
    """Return the condition that is always so, or never."""
    return Q(pk__isnull=not holds)


def _flag(flag: str, condition: Q) -> Case:
    return Case(When(condition, then=Value(flag)), default=Value(""))
