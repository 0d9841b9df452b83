"""Hours long over, for tests that archive: deliveries then, sealed and folded."""

from datetime import UTC, datetime, timedelta

from devices import queries
from devices.actions import archiving, sealing, storing
from devices.models import Channel, Epoch, Head, Holding
from devices.models.deliveries import deliveries, first_saying, leaf_of
from devices.models.holdings import EVERYTHING, Orders
from devices.queries import EPOCH
from marketplace.actions.parties import robot
from marketplace.shared.period import Period
from tests.devices.machines import take
from tests.devices.test_readings_for_people import asked

THEN = datetime(
    2024, 3, 4, 22, tzinfo=UTC
)  # the database refuses to fold an hour that is not over by its clock
HOUR = timedelta(hours=1)
WIDEST = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def say(device, *numbers, hour=0, channel="parts", epoch="e1"):
    """Deliver numbers one by one, a second after the other."""
    for number in numbers:
        at = THEN + hour * HOUR + timedelta(seconds=number % 3600)
        take(device, [(number, at.isoformat(), channel, number)], at=at, epoch=epoch)


def seal(at=THEN):
    return sealing.seal(by=robot(name="clock"), at=at)


def fold(at=THEN + 100 * HOUR):
    return archiving.fold(by=robot(name="clock"), at=at, after=timedelta(0))


def fold_log(at=THEN + 100 * HOUR):
    return archiving.fold_log(by=robot(name="clock"), at=at, after=timedelta(0))


def forms(device):
    """Return the first and last arrival of each row, and whether it is an archive."""
    rows = Holding.objects.of(device).in_order_of_arrival()
    return [(row.first, row.last, row.facts is not None) for row in rows]


def everything(device):
    """Return what every reader answers, in many ways of asking."""
    return {"read": read(device), "metered": metered(device), "proved": proved(device)}


def read(device):
    said = list(queries.readings(device, channels=None))
    middle = sorted(one.at for one in said)[len(said) // 2]
    half = said[len(said) // 2].order
    period = Period(datetime.fromtimestamp(middle // 10**6, UTC), None)
    keys = sorted(Channel.objects.filter(device=device).values_list("key", flat=True))
    return [
        said,
        list(queries.readings(device, channels=["parts", "load"], period=period)),
        list(queries.readings(device, channels=["execution"], orders=Orders(half, half + 5))),
        list(queries.readings(device, channels=None, upto_arrival=2)),
        [asked(device, key, *WIDEST) for key in keys],
        [asked(device, key, period.start, WIDEST[1]) for key in keys],
        Holding.objects.heard(device, latest=31),
        Holding.objects.heard(device, latest=2),
        [stored(device, epoch) for epoch in Epoch.objects.filter(device=device).order_by("number")],
    ]


def stored(device, epoch):
    wanted = [number for part in epoch.covered for number in range(part.lower, part.upper)]
    return [
        sorted(storing.stored(device=device, epoch=epoch, sequences=some).values())
        for some in (wanted, wanted[::2], wanted[:1])
    ]


def metered(device):
    channels, count = ["parts", "execution"], Head.objects.get(device=device).arrivals
    orders = [EVERYTHING, Orders(EPOCH + 3, EPOCH + 40), Orders(0, 2 * EPOCH), Orders(2 * EPOCH + 5)]
    return [
        *(
            queries.evidence(device, channels=channels, orders=one, upto_arrival=upto)
            for one in orders
            for upto in (None, 1, count // 2)
        ),
        queries.evidence(device, channels=channels, period=Period(THEN, THEN + HOUR)),
        *(
            queries.last_number(device, channel="parts", before=before, upto_arrival=upto)
            for before in (EPOCH + 10, EPOCH + 31, 2 * EPOCH, 3 * EPOCH)
            for upto in (2, count)
        ),
        *(queries.spans_of_arrivals(device, after=after, upto=count) for after in some(range(count))),
    ]


def some(numbers):
    """Return all of few numbers, some of many."""
    return numbers[:: max(1, len(numbers) // 10)]


def proved(device):
    count = Head.objects.get(device=device).arrivals
    arrivals = range(1, count + 2)
    days = [(THEN + timedelta(days=ahead)).date() for ahead in range(-1, 3)]
    return [
        list(deliveries(device, first=1, last=count)),
        list(deliveries(device, first=2, last=count - 1)),
        [leaf_of(device, arrival) for arrival in some(arrivals)],
        [queries.said_in(device, arrival) for arrival in some(arrivals)],
        [(one and one[:4]) for one in (queries.entry_of(device, arrival) for arrival in some(arrivals))],
        [queries.root_of(device, first, count) for first in some(arrivals)],
        [queries.day_of(device, day) for day in days],
        [
            first_saying(device, Period(THEN + minutes * HOUR / 60, end), upto=upto)
            for minutes in (0, 10, 70)
            for end in (None, THEN + 2 * HOUR)
            for upto in (1, count)
        ],
    ]
