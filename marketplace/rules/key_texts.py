"""
How API keys are written: ``jj_live_<identifier>.<secret>``, ``jj_test_…``; older ones ``jj_<identifier>.…``.

The word tells people and scanners of leaked keys what a key opens. What it opens is decided by the database
that knows it, and live and test installations have one each.
"""

from typing import Final, NamedTuple

LIVE: Final = "live"
TEST: Final = "test"
MODES: Final = (LIVE, TEST)
PREFIX: Final = "jj_"


class Parts(NamedTuple):
    """What a key's text says; ``mode`` is that of older keys, live, where it names none."""

    mode: str
    identifier: str
    secret: str


def written(mode: str, identifier: str, secret: str) -> str:
    """
    Return the text of a key, as its maker is shown it once.

    >>> written("test", "0a1b2c", "s3cret")
    'jj_test_0a1b2c.s3cret'
    """
    return f"{PREFIX}{mode}_{identifier}.{secret}"


def parts(text: str) -> Parts:
    """
    Take the text of a key apart; nonsense gives parts that no key has.

    >>> parts("jj_live_0a1b2c.s3cret")
    Parts(mode='live', identifier='0a1b2c', secret='s3cret')
    >>> parts("jj_0a1b2c.s3cret").mode
    'live'
    """
    rest = text.removeprefix(PREFIX)
    mode = next((one for one in MODES if rest.startswith(f"{one}_")), LIVE)
    identifier, _, secret = rest.removeprefix(f"{mode}_").partition(".")
    return Parts(mode, identifier, secret)
