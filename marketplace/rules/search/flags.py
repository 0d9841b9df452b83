"""What is counted of listings one by one, beside kind, place and owner: some of their tokens, as bits."""

from collections.abc import Collection, Mapping

SERVICES = ("INSTALLATION", "TRAINING", "MAINTENANCE", "OPERATOR", "ENERGY_MANAGEMENT")
DATA = ("usual", "less")  # the lessor asks no more of the data than is usual; it asks less
RECORDS = (1, 10, 50)  # leases that the owner has finished
TOKENS = (
    "x:verified",
    *(f"s:{kind}" for kind in SERVICES),
    *(f"d:{terms}" for terms in DATA),
    *(f"l:{least}" for least in RECORDS),
)  # a new one goes to the end: bits are stored


def bits_of(tokens: Collection[str]) -> int:
    """Return the tokens that are counted as one number."""
    return sum(1 << place for place, token in enumerate(TOKENS) if token in tokens)


def counted(many: Mapping[int, int]) -> dict[str, int]:
    """Return how many have each token, of how many have each number."""
    return {
        token: sum(count for bits, count in many.items() if bits >> place & 1)
        for place, token in enumerate(TOKENS)
    }
