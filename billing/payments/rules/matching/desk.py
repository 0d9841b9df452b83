"""The desk of the matcher: what is open, found by reference, payer and amount, as earlier lines left it."""

from collections import defaultdict
from collections.abc import Iterator

from billing.payments.rules.matching import memos, names
from billing.payments.rules.matching.decisions import Decision, Status
from billing.payments.rules.matching.facts import Facts, Line, OpenItem, Order, Payout, Recorded
from billing.rules.references import read

ALIKE_AT_MOST = 200  # names looked at for one amount: more of them fit nobody in particular


class Named:
    """What the memo of a line names: items, open and paid, targets, and what cannot be read."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.items: dict[int, None] = {}
        self.orders: list[str] = []
        self.payouts: list[str] = []
        self.broken: list[str] = []
        self.unknown: list[str] = []
        self.near: dict[int, str] = {}

    @property
    def is_doubtful(self) -> bool:
        """Whether it names something that is not what it says."""
        return bool(self.broken or self.unknown or self.near)


class Desk:
    """All indexes over the facts; what is taken is taken from all of them."""

    def __init__(self, facts: Facts) -> None:
        """Build the indexes."""
        self.facts, self.terms = facts, facts.terms
        self.items = {item.id: item for item in facts.items}
        self.open = {item.id: item.open_minor for item in facts.items}
        self.paid = {item.id: list(item.payments) for item in facts.items if item.payments}
        self.by_word: dict[str, int] = {}
        self.skeletons: set[tuple[str, int]] = set()
        self.of_payer: dict[int, list[OpenItem]] = defaultdict(list)
        self.of_lease: dict[int, list[OpenItem]] = defaultdict(list)
        self.of_amount: dict[tuple[str, int], dict[int, None]] = defaultdict(dict)
        for item in sorted(facts.items, key=lambda one: one.age):
            self._add(item)
        self.orders = {
            memos.key(name): one for one in facts.orders for name in (one.id, one.reference) if name
        }
        self.payouts = {memos.key(name): one for one in facts.payouts for name in (one.id, one.trace) if name}
        self.known = {*self.by_word, *facts.requests, *self.orders, *self.payouts}
        self.payouts_of: dict[tuple[str, int], list[Payout]] = defaultdict(list)
        for payout in facts.payouts:
            self.payouts_of[payout.currency, payout.amount_minor].append(payout)
        self.orders_of: dict[tuple[str, str, int], list[Order]] = defaultdict(list)
        for order in facts.orders:
            self.orders_of[order.payee_account, order.currency, order.amount_minor].append(order)
        self.recorded_of: dict[tuple[str, int], list[Recorded]] = defaultdict(list)
        for recorded in facts.recorded:
            self.recorded_of[recorded.currency, recorded.amount_minor].append(recorded)
        self.settled_targets: set[str] = set()
        self.taken: set[tuple[str, int]] = set(facts.booked)
        self.plain = {payer: names.plain(name) for payer, name in facts.names.items()}
        self.by_plain: dict[str, set[int]] = defaultdict(set)
        for payer, name in self.plain.items():
            self.by_plain[name].add(payer)

    def _add(self, item: OpenItem) -> None:
        for word in (memos.key(item.number), memos.key(item.reference)):
            if word:
                self.by_word[word] = item.id
                self.skeletons.add(memos.skeleton(word))
        if item.open_minor > 0:
            self.of_payer[item.payer].append(item)
            if item.lease is not None:
                self.of_lease[item.lease].append(item)
            self.of_amount[item.currency, item.open_minor][item.id] = None

    def payer_of(self, line: Line) -> int | None:
        """Return whom an approved account belongs to."""
        return self.facts.accounts.get(line.counterparty_account) if line.counterparty_account else None

    def open_of(self, payer: int, currency: str) -> list[OpenItem]:
        """Return what is open of a payer, the oldest first."""
        kept = [item for item in self.of_payer.get(payer, ()) if self.open[item.id] > 0]
        self.of_payer[payer] = kept
        return [item for item in kept if item.currency == currency]

    def open_of_lease(self, lease: int, currency: str) -> list[OpenItem]:
        """Return what is open of a lease, the oldest first."""
        found = (item for item in self.of_lease.get(lease, ()) if item.currency == currency)
        return [item for item in found if self.open[item.id] > 0]

    def with_amount(self, line: Line, most: int = ALIKE_AT_MOST) -> list[OpenItem]:
        """Return items of which exactly the amount of a line is open, at most so many."""
        found = self.of_amount.get((line.currency, line.amount_minor), {})
        return [self.items[key] for key, _ in zip(found, range(most), strict=False)]

    def take(self, decision: Decision) -> None:
        """Let an automatic decision count for all lines after it."""
        line = decision.line
        if decision.status is not Status.AUTO:
            return
        if line.amount_minor > 0:
            self.taken.add((line.counterparty_account, line.amount_minor))
        if decision.target is not None:
            self.settled_targets.add(decision.target[1])
        for share in decision.shares:
            self._pay(share.item, share.amount_minor)
            self.paid.setdefault(share.item, []).append((decision.payer, line.amount_minor))

    def _pay(self, key: int, minor: int) -> None:
        item = self.items[key]
        self.of_amount[item.currency, self.open[key]].pop(key, None)
        self.open[key] -= minor
        if self.open[key] > 0:
            self.of_amount[item.currency, self.open[key]][key] = None

    def read(self, memo: str) -> Named:
        """Return what a memo names; only where it names nothing are words one digit away looked for."""
        found = Named()
        words = list(dict.fromkeys(memos.named(memo)))
        for word in words:
            if word in self.known:
                self._look_up(word, found)
        for reference in read(memo) if "Z" in memos.written(memo) else ():
            if not reference.is_valid:
                found.broken.append(reference.text)
            elif not self._is_known(reference.text):
                found.unknown.append(reference.text)
        if not found.items:
            for word in self._nearly(words):
                for other in memos.one_edit_away(word):
                    key = self.by_word.get(other)
                    if key is not None and self.open[key] > 0:
                        found.near.setdefault(key, word)
        return found

    def _look_up(self, word: str, found: Named) -> None:
        if (key := self.by_word.get(word)) is not None:
            found.items[key] = None
        if (requested := self.facts.requests.get(word)) is not None:
            found.items.update(dict.fromkeys(key for key in requested if key in self.items))
        if (order := self.orders.get(word)) is not None and order.id not in found.orders:
            found.orders.append(order.id)
        if (payout := self.payouts.get(word)) is not None and payout.id not in found.payouts:
            found.payouts.append(payout.id)

    def _is_known(self, text: str) -> bool:
        return text in self.by_word or text in self.facts.requests or text in self.orders

    def _nearly(self, words: list[str]) -> Iterator[str]:
        for word in words:
            letters, length = memos.skeleton(word)
            if any((letters, length + change) in self.skeletons for change in (-1, 0, 1)):
                yield word
