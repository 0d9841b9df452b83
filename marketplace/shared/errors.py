"""
The errors of the domain: three kinds, told apart by what the caller can do about them.

    DomainError
    ├── NotAllowed    403  another person may do it
    ├── NotPossible   409  it may be possible later, or by another way
    └── Invalid       400  the same request will never work: mend it

A subclass lives beside the code that raises it. ``code`` is for programs and is never translated;
``text`` is for people, marked with ``gettext_noop`` and filled with named ``facts``. The interfaces
translate at the edge (``config/api.py``, ``marketplace/web/errors.py``); anything else is a bug.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong with one item of the input, found by its JSON pointer or field name."""

    pointer: str
    code: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class DomainError(Exception):
    """Something the domain refuses, with a reason that a person and a program can act on."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "domain_error"
    text: ClassVar[str] = ""

    def __init__(self, *, flaws: Sequence[Flaw] = (), **facts: Any) -> None:
        self.facts = facts
        self.flaws = tuple(flaws)
        super().__init__(self.code)

    def __str__(self) -> str:
        return self.text.format(**self.facts) if self.text else self.code


class NotAllowed(DomainError):
    """The person is known, the thing is known, the right is missing."""

    status = 403
    code = "not_allowed"


class NotPossible(DomainError):
    """The state of the world forbids it now."""

    status = 409
    code = "not_possible"


class Invalid(DomainError):
    """The input itself is wrong; ``flaws`` say where."""

    status = 400
    code = "invalid"
