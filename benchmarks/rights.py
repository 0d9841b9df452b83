"""
Data rights: a decision beside pycasbin and cedarpy on the same questions, and a list filtered for one reader.

Each engine is asked in a process of its own, so that its memory is its own: ``python -m benchmarks.rights
ENGINE RULES``. All must give the same answers.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

Row = tuple[str, str, str, str]
SIZES = (1, 1_000, 1_000_000)
MOST_MEMORY = 8 << 30  # bytes a process
QUESTIONS, LONGEST = 20_000, 5  # questions and seconds an engine and size; slow engines are asked fewer
EACH = 100  # rules an agreement
HOT = 100 * EACH  # rules that nine of ten questions are about; the tenth is about any
PURPOSES = ("maintenance", "warranty", "billing")
AT = datetime(2026, 11, 1, tzinfo=UTC)
CASBIN = """
[request_definition]
r = sub, obj, act, purpose
[policy_definition]
p = sub, obj, act, purpose, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act && (p.purpose == "*" || r.purpose == p.purpose)
"""


class Asked(NamedTuple):
    """Who wants to read what, and for what; ``agreement`` is the one that the asset is under."""

    party: str
    asset: str
    purpose: str
    agreement: str


def ruled(place: int) -> tuple[str, str, str, bool]:
    """Return party, asset, purpose and permission of a rule; each tenth prohibits, for every purpose."""
    party, asset = f"urn:org:{place % 1009}", f"urn:asset:{place}"
    return party, asset, PURPOSES[place % 3], place % 10 != 9


def questions(rules: int) -> Iterator[Asked]:
    """Ask of rules here and there: as they permit, for another purpose, by another party."""
    for turn in range(QUESTIONS):
        place = turn * 7919 % (rules if turn % 10 == 9 else min(rules, HOT))
        party, asset, purpose, _ = ruled(place)
        other = PURPOSES[(PURPOSES.index(purpose) + 1) % 3]
        who, what = ((party, purpose), (party, other), ("urn:org:x", purpose))[turn % 3]
        yield Asked(who, asset, what, str(place // EACH))


def ours(rules: int) -> Callable[[Asked], bool]:
    """Keep agreements of as many rules in a cache with a bound, each compiled when it is asked about."""
    from devices.ownership.rules.odrl.keeping import Kept
    from devices.ownership.rules.odrl.policies import Action, Constraint, Policy, Rule, RuleKind, Strategy
    from devices.ownership.rules.odrl.questions import Request, World

    read, world = Action("read"), World()
    wanted = {one: (Constraint("purpose", "eq", (one,)),) for one in PURPOSES}

    def rule(place: int) -> Rule:
        party, asset, purpose, permits = ruled(place)
        kind = RuleKind.PERMISSION if permits else RuleKind.PROHIBITION
        return Rule(f"r{place}", kind, read, party, asset, wanted[purpose] if permits else ())

    def load(agreement: str, _version: int) -> list[Policy]:
        first = int(agreement) * EACH
        places = range(first, min(first + EACH, rules))
        return [Policy(f"urn:p{agreement}", "Agreement", tuple(map(rule, places)), Strategy.PROHIBIT)]

    kept = Kept(load)

    def decide(one: Asked) -> bool:
        request = Request(one.party, "read", one.asset, {"purpose": one.purpose})
        return kept.of(one.agreement, 1).decide(request, world).permits

    return decide


def casbin(rules: int) -> Callable[[Asked], bool]:
    """Give pycasbin the same rules, one row each."""
    import casbin as engine

    with tempfile.TemporaryDirectory() as folder:
        model, policy = Path(folder) / "model.conf", Path(folder) / "policy.csv"
        model.write_text(CASBIN)
        with policy.open("w") as out:
            for party, asset, purpose, permits in map(ruled, range(rules)):
                tail = f"{purpose}, allow" if permits else "*, deny"
                out.write(f"p, {party}, {asset}, read, {tail}\n")
        enforcer = engine.Enforcer(str(model), str(policy))
    return lambda one: bool(enforcer.enforce(one.party, one.asset, "read", one.purpose))


def cedar(rules: int) -> Callable[[Asked], bool]:
    """Give cedarpy the same rules, parsed beforehand."""
    import cedarpy

    def text(place: int) -> str:
        party, asset, purpose, permits = ruled(place)
        head = f'principal == Party::"{party}", action == Action::"read", resource == Asset::"{asset}"'
        wanted = f' when {{ context.purpose == "{purpose}" }}' if permits else ""
        return f"{'permit' if permits else 'forbid'}({head}){wanted};"

    policies = cedarpy.PolicySet.from_str("\n".join(map(text, range(rules))))
    entities = cedarpy.Entities.from_json_str("[]")

    def decide(one: Asked) -> bool:
        request = {
            "principal": f'Party::"{one.party}"',
            "action": 'Action::"read"',
            "resource": f'Asset::"{one.asset}"',
            "context": {"purpose": one.purpose},
        }
        return bool(cedarpy.is_authorized(request, policies, entities).allowed)

    return decide


ENGINES = {"ours": ours, "pycasbin": casbin, "cedarpy": cedar}


def asked(engine: str, rules: int) -> dict[str, object]:
    """Load, ask, and return what it took: nanoseconds a question, mebibytes, and the answers."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    before = resident()
    decide = ENGINES[engine](rules)
    loaded = resident()
    taken, answers, ends = [], [], time.monotonic() + LONGEST
    for one in questions(rules):
        began = time.perf_counter_ns()
        answers.append(decide(one))
        taken.append(time.perf_counter_ns() - began)
        if time.monotonic() > ends:
            break
    held = max(loaded, resident()) - before
    return {"taken": sorted(taken), "answers": answers, "memory": held >> 20}


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def apart(engine: str, rules: int) -> dict[str, object] | None:
    """Ask an engine in a process of its own; nothing if it needs more than 8 GiB for the rules."""
    command = [sys.executable, "-m", "benchmarks.rights", engine, str(rules)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def decisions() -> list[Row]:
    """Return a row for each number of rules, with the peers beside it."""
    rows = []
    for rules in SIZES:
        found = {engine: apart(engine, rules) for engine in ENGINES}
        mine = found["ours"]
        assert mine is not None, "our own engine failed"
        for engine, other in found.items():
            if other is not None:
                count = len(other["answers"])  # type: ignore[arg-type]
                assert mine["answers"][:count] == other["answers"], f"{engine} answers differently"  # type: ignore[index]
        peers = [f"{name} {words(one)}" for name, one in found.items() if name != "ours"]
        fastest = min(middle(one) for name, one in found.items() if name != "ours" and one is not None)
        rows.append(
            (
                f"data rights: a decision, {rules:,} rules",
                words(mine),
                "; ".join(peers),
                f"{middle(mine) / fastest:.4f}",
            )
        )
    return rows


def middle(found: dict[str, object]) -> float:
    return statistics.median(found["taken"])  # type: ignore[arg-type]


def words(found: dict[str, object] | None) -> str:
    if found is None:
        return "needs more than 8 GiB"
    taken = found["taken"]
    late = taken[len(taken) * 99 // 100]  # type: ignore[arg-type,index]
    return f"{middle(found) / 1000:,.1f} µs, p99 {late / 1000:,.1f} µs, {found['memory']:,} MiB"


def door() -> Row:
    """Time the rule that the read door asks, over every cell and purpose."""
    from devices.ownership.rules.decisions import Question, decide
    from devices.ownership.rules.defaults import matrix
    from devices.ownership.rules.parties import Party

    cells = [
        Question(party, category, purpose, grade="L3")
        for party in Party
        for category in matrix().categories
        for purpose in matrix().purposes
    ]
    taken = []
    for one in cells * 10:
        began = time.perf_counter_ns()
        decide(one)
        taken.append(time.perf_counter_ns() - began)
    taken.sort()
    figure = f"{statistics.median(taken) / 1000:.1f} µs, p99 {taken[len(taken) * 99 // 100] / 1000:.1f} µs"
    return "data rights: decide() of the read door", figure, "goal ≤ 10 µs", "–"


def filtered() -> Row:
    """Filter 1,000 series of ten devices for the lessee of half of them, beside reading all 1,000."""
    from benchmarks import figures
    from devices.models import Binding
    from devices.ownership.models import Agreement, DataAsset
    from tests.factories import marketplace as make

    lessee = make.organization()
    for n in range(10):
        box = figures.device(f"rights-{n}", 100)
        machine = make.equipment(box.owner)
        Binding.objects.create(device=box, equipment=machine, period=(AT, None))
        if n % 2:
            Agreement.objects.create(
                equipment=machine,
                owner=box.owner,
                lessee=lessee,
                period=(AT, None),
                reference="lea_bench",
                billing_channels=["c0"],
                opened_at=AT,
            )
    among = DataAsset.objects.filter(device__code__startswith="rights-", kind="CHANNEL")

    def mine() -> int:
        return len(among.readable_by(lessee, at=AT, purpose="operation").values_list("pk"))

    def everything() -> int:
        return len(among.values_list("pk"))

    assert (mine(), everything()) == (500, 1000)
    own, limit = (milliseconds(work) for work in (mine, everything))
    return (
        "data rights: filter 1,000 series for one reader",
        f"{statistics.median(own):.2f} ms ({min(own):.2f}–{max(own):.2f})",
        f"all of them {statistics.median(limit):.2f} ms (goal ≤ 5 ms)",
        f"{statistics.median(own) / statistics.median(limit):.2f}",
    )


def milliseconds(work: Callable[[], int]) -> list[float]:
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def rows() -> list[Row]:
    """Return the rows of the table."""
    return [filtered(), door(), *decisions()]


if __name__ == "__main__":
    print(json.dumps(asked(sys.argv[1], int(sys.argv[2]))))
