"""From entries to rows: who is meant by the public ids, and which accounts the lines go to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Model, Q
from django.utils.translation import gettext_noop

from billing.models import Account, Book, Invoice, Journal, JournalLine
from billing.rules.accounts import CHART, Per
from billing.rules.journals import Dims, Entry, EntryInvalid, Line
from leasing.models import Lease
from marketplace.gateway.among import among
from marketplace.gateway.rows import new_row
from marketplace.models import Equipment, Organization
from marketplace.shared.errors import Flaw

_MODELS: dict[str, type[Model]] = {
    "party": Organization,
    "owner": Organization,
    "lease": Lease,
    "equipment": Equipment,
    "invoice": Invoice,
}
_Key = tuple[int, str, str, int | None, int | None]


class Rows:
    """The rows behind entries, looked up once for all of them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """
        Look up all that the entries name.

        :raises EntryInvalid: if one names a party, lease, machine, invoice or journal that is not there
        """
        dims = {line.dims for entry in entries for line in entry.lines}
        wanted: dict[type[Model], set[str]] = defaultdict(set)
        for name, model in _MODELS.items():
            wanted[model] |= {getattr(each, name) for each in dims}
        found = {model: _ids(model, public_ids) for model, public_ids in wanted.items()}
        self.ids = {name: found[model] for name, model in _MODELS.items()}
        self.accounts: dict[int, Account] = {}
        self._known: dict[Dims, Mapping[str, int | None]] = {}
        self._whole = {each for each in dims if all(one in self.ids[name] for name, one in _named(each))}
        self.journals = _ids(Journal, {entry.reverses for entry in entries})
        flaws = [flaw for entry in entries for flaw in self._flaws(entry)]
        if flaws:
            raise EntryInvalid(flaws=flaws, count=len(flaws))

    def journal(self, public_id: str) -> int | None:
        """Return the key of a journal's row; ``None`` for no journal."""
        return self.journals.get(public_id)

    def lines(self, entries: Sequence[tuple[Entry, Journal]], books: Mapping[str, Book]) -> list[JournalLine]:
        """Return the lines of journals that were just made, unsaved; accounts that are missing are opened."""
        found = [
            (line, journal, self._key(line, journal.book_id))
            for entry, journal in entries
            for line in entry.lines
        ]
        accounts = _accounts({key for _, _, key in found})
        self.accounts = {account.pk: account for account in accounts.values()}
        return [
            new_row(
                JournalLine,
                journal_id=journal.pk,
                account_id=accounts[key].pk,
                amount_minor=line.amount_minor,
                currency=line.currency,
                effective_date=journal.effective_date,
                posted_at=journal.posted_at,
                **self._about(line.dims),
            )
            for line, journal, key in found
        ]

    def _about(self, dims: Dims) -> Mapping[str, int | None]:
        """Return what a line is about by keys of rows; lines of one document are about the same."""
        if dims not in self._known:
            self._known[dims] = {f"{name}_id": ids.get(getattr(dims, name)) for name, ids in self.ids.items()}
        return self._known[dims]

    def _key(self, line: Line, book_id: int) -> _Key:
        per, dims = CHART[line.account].per, line.dims
        party = self.ids["party"].get(dims.party) if per is Per.PARTY else None
        lease = self.ids["lease"].get(dims.lease) if per is Per.LEASE else None
        return book_id, line.account, line.currency, party, lease

    def _flaws(self, entry: Entry) -> Iterable[Flaw]:
        unknown = gettext_noop("Nothing with the id {id} is known.")
        if entry.reverses and entry.reverses not in self.journals:
            yield Flaw("/reverses", "unknown", unknown, {"id": entry.reverses})
        for place, line in enumerate(entry.lines):
            if line.dims in self._whole:
                continue
            for name, public_id in _named(line.dims):
                if public_id not in self.ids[name]:
                    yield Flaw(f"/lines/{place}/{name}", "unknown", unknown, {"id": public_id})


def _named(dims: Dims) -> list[tuple[str, str]]:
    return [(name, getattr(dims, name)) for name in _MODELS if getattr(dims, name)]


def _ids(model: type[Model], public_ids: set[str]) -> dict[str, int]:
    wanted = sorted(public_ids - {""})
    if not wanted:
        return {}
    found = model._default_manager.filter(among("public_id", wanted)).values_list("public_id", "pk")
    return dict(found)


def _accounts(keys: set[_Key]) -> dict[_Key, Account]:
    """Return the accounts by key; whoever opens one at the same moment opens it for both."""
    found = _existing(keys)
    missing = sorted(keys - set(found), key=str)
    if missing:
        Account.objects.bulk_create((_opened(key) for key in missing), ignore_conflicts=True)
        found = _existing(keys)
    return found


def _existing(keys: set[_Key]) -> dict[_Key, Account]:
    books, codes = {key[0] for key in keys}, {key[1] for key in keys}
    parties, leases = {key[3] for key in keys}, {key[4] for key in keys}
    rows = Account.objects.filter(book__in=books, code__in=codes).select_related("book")
    kept = rows.filter(_among("party", parties), _among("lease", leases))
    found = {(row.book_id, row.code, row.currency, row.party_id, row.lease_id): row for row in kept}
    return {key: row for key, row in found.items() if key in keys}


def _among(name: str, ids: set[int | None]) -> Q:
    return Q(among(name, [one for one in ids if one is not None])) | Q(**{name: None})


def _opened(key: _Key) -> Account:
    book_id, code, currency, party_id, lease_id = key
    row = CHART[code]
    return Account(
        book_id=book_id,
        code=code,
        currency=currency,
        kind=row.kind.value,
        normal_side=row.side.value,
        has_floor=row.has_floor,
        party_id=party_id,
        lease_id=lease_id,
    )
