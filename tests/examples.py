"""
Make ``docs/examples.json`` from what the tests sent: ``python -m tests.examples var/recorded.jsonl``.

With names of operations behind it these alone are made anew, the others stay as they are.

For each operation that exchange is taken that shows most and is still short; ids, times and secrets in it are
exchanged for stable ones. What no test sends is put together from what others were sent and answered, by the
shapes that they share.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests import described
from tests.described import Operation

TARGET = Path(__file__).resolve().parent.parent / "docs" / "examples.json"
LONGEST_TEXT, LONGEST_LIST, MOST_WORDS, LARGEST = 240, 2, 20, 3500
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID = re.compile(r"\b([a-z]{2,4})_([0-9A-HJKMNP-TV-Z]{26})\b")
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
SECRET = re.compile(r"\b(jjd?)_\w+\.[\w-]+|\bwhsec_[\w+/=-]+")
PERSON = re.compile(r"\b[Pp]erson ?\d+")
SECRET_KEYS = {"secret", "token", "link", "key_text", "password"}
BASE, NEAR = datetime.fromisoformat("2026-11-02T09:00:00+08:00"), timedelta(days=60)
PLAIN = {"string": "…", "integer": 1, "number": 1.0, "boolean": True, "null": None}
TEXTS = {"date": "2026-11-02", "date-time": "2026-11-02T09:00:00+08:00", "uri": "https://example.com/"}
TEXTS |= {
    "decimal": "1.00",
    "email": "li.ming@example.com",
    "time": "09:00:00",
    "uuid": "0" * 8 + "-0000" * 4,
}


class Stable:
    """
    Exchanges what differs from run to run for what does not, alike within one example.

    Times around ``now`` keep their distance from it, so that nothing ends before it began; without it, for a
    test that stands at a time of its own, they stay.
    """

    def __init__(self, now: datetime | None) -> None:
        self.now = now
        self.known: dict[str, str] = {}

    def text(self, text: str) -> str:
        text = SECRET.sub(lambda found: f"{found[1] or 'whsec'}_EXAMPLE.not-a-real-secret", text)
        text = ID.sub(lambda found: self._once(found[0], f"{found[1]}_01JD", 22), text)
        text = DIGEST.sub(lambda found: self._once(found[0], "", 64), text)
        text = PERSON.sub("李明" if " " in text else "li.ming", text)
        return TIME.sub(self._time, text)

    def value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                self.text(key): "…" if key in SECRET_KEYS and isinstance(one, str) else self.value(one)
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [self.value(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def _once(self, found: str, start: str, length: int) -> str:
        if found not in self.known:
            digest = hashlib.sha256(f"{len(self.known)}{start}".encode()).hexdigest()
            letters = (ALPHABET[int(digest[2 * n : 2 * n + 2], 16) % 32] for n in range(22))
            self.known[found] = start + ("".join(letters) if start else digest)[:length]
        return self.known[found]

    def _time(self, found: re.Match[str]) -> str:
        try:
            time = datetime.fromisoformat(found[0])
        except ValueError:
            return found[0]
        if self.now is None or abs(time - self.now) > NEAR:
            return found[0]
        minutes = round((time - self.now) / timedelta(minutes=1))
        return (BASE + timedelta(minutes=minutes)).astimezone(time.tzinfo).isoformat()


def shortened(value: Any) -> Any:
    """Return the same with less of its lists and texts."""
    if isinstance(value, dict):
        return {key: shortened(one) for key, one in list(value.items())}
    if isinstance(value, list):
        words = all(isinstance(one, str) for one in value)  # such as the moves that are allowed
        return [shortened(one) for one in value[: MOST_WORDS if words else LONGEST_LIST]]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[: LONGEST_TEXT - 1] + "…"
    return value


def filled(value: Any) -> int:
    """Count what a value tells."""
    if isinstance(value, dict | list):
        return sum(filled(one) for one in (value.values() if isinstance(value, dict) else value))
    return value not in (None, "")


def usable(line: dict[str, Any], operation: Operation) -> dict[str, Any] | None:
    """Return the example that an exchange is, if it is one: a success as described."""
    told = operation.answers(line["status"])
    media = line["answered_as"].split(";")[0]
    body = operation.body()
    if not 200 <= line["status"] < 300 or told is None or (told and media not in told):
        return None
    found: dict[str, Any] = {"at": line.get("at"), "path": values(operation, line["path"])}
    found |= {"query": line["query"]} if line["query"] else {}
    if body and not line["sent_as"].startswith(body[0]):
        if operation.about["requestBody"].get("required"):
            return None
    elif body and body[0] == "application/json":
        found["request"] = loaded(line["sent"] or "{}")
        if found["request"] is None or described.flaws(body[1], found["request"]):
            return None
    elif body:
        found["media"] = body[0]
    return answered(
        found | {"status": line["status"]}, line["answer"], told.get(media) if "/json" in media else None
    )


def answered(found: dict[str, Any], text: str, told: dict[str, Any] | None) -> dict[str, Any] | None:
    """Add the answer to an example, as short as its shape allows; ``None`` if it is not as described."""
    if told is None:
        return found
    answer = loaded(text)
    small = shortened(answer)
    found["answer"] = answer if described.flaws(told["schema"], small) else small
    return None if answer is None or described.flaws(told["schema"], found["answer"]) else found


def loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def values(operation: Operation, path: str) -> dict[str, str]:
    """Return what stood in the places of an address."""
    names = re.findall(r"\{(\w+)\}", operation.path)
    found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", operation.path), path)
    return dict(zip(names, found.groups(), strict=True)) if found else {}


def better(new: dict[str, Any], old: dict[str, Any] | None) -> bool:
    """Whether an example shows more, or is short where the other is not."""
    if old is None:
        return True

    def worth(one: dict[str, Any]) -> tuple[bool, int, int]:
        size = len(json.dumps(one, ensure_ascii=False))
        return size <= LARGEST, filled(one.get("answer")) if size <= LARGEST else 0, -size

    return worth(new) > worth(old)


def chosen(lines: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the best example of each operation."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        operation = described.operation_at(line["method"], line["path"])
        example = usable(line, operation) if operation and line["status"] < 300 else None
        if operation and example and better(example, found.get(operation.name)):
            found[operation.name] = example
    return found


class Pool:
    """What was sent and answered in each shape that has a name, to put further examples together."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def learn(self, schema: Any, value: Any) -> None:
        """Keep the fullest value of each named shape."""
        if not isinstance(schema, dict) or value is None:
            return
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            if len(json.dumps(value)) < LARGEST and filled(value) > filled(self.known.get(name)):
                self.known[name] = value
            self.learn(described.committed()["components"]["schemas"][name], value)
        for one in schema.get("oneOf", schema.get("allOf", [])):
            self.learn(one, value)
        for name, inner in schema.get("properties", {}).items():
            if isinstance(value, dict) and name in value:
                self.learn(inner, value[name])
        for one in value if isinstance(value, list) else ():
            self.learn(schema.get("items"), one)

    def made(self, schema: dict[str, Any], name: str = "") -> Any:
        """Return a value of a shape."""
        if "$ref" in schema:
            named = schema["$ref"].rsplit("/", 1)[1]
            if named in self.known:
                return self.known[named]
            return self.made(described.committed()["components"]["schemas"][named], name)
        for word in ("oneOf", "anyOf", "allOf"):
            if word in schema:
                return self.made(schema[word][0], name)
        if schema.get("enum"):
            return schema["enum"][0]
        if schema.get("default"):
            return schema["default"]
        return self.plain(schema, name)

    def plain(self, schema: dict[str, Any], name: str) -> Any:
        """Return a value of a type."""
        kind = schema.get("type", "object")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            return {key: self.made(one, key) for key, one in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.made(schema.get("items", {}), name)] * max(1, schema.get("minItems", 1))
        if kind == "string":
            return text_for(schema, name)
        return max(PLAIN[kind], schema.get("minimum", PLAIN[kind])) if kind != "boolean" else True


def text_for(schema: dict[str, Any], name: str) -> str:
    """Return a text that a field may have."""
    if schema.get("format") in TEXTS:
        return TEXTS[schema["format"]]
    if "pattern" in schema:
        return next(
            (one for one in ("1.00", "1", "2026-11", "A1", "0" * 64) if re.search(schema["pattern"], one)),
            "1",
        )
    if name == "currency":
        return "CNY"
    return "sample" if schema.get("maxLength", 99) >= 6 else "1"[: schema.get("maxLength", 1)]


def put_together(operation: Operation, pool: Pool, true: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return an example of an operation that no test has sent."""
    found: dict[str, Any] = {"path": {}}
    for name in re.findall(r"\{(\w+)\}", operation.path):
        about = next(one for one in operation.about["parameters"] if one["name"] == name)
        start = operation.path.split(f"{{{name}}}")[0] + f"{{{name}}}"
        beside = (one.name for one in described.operations() if one.path.startswith(start))
        known = next((true[one]["path"][name] for one in beside if one in true), None)
        found["path"][name] = known or str(pool.made(about["schema"], name))
    body = operation.body()
    if body and body[0] == "application/json":
        found["request"] = pool.made(body[1])
    elif body:
        found["media"] = body[0]
    status = operation.success or "200"
    told = operation.answers(int(status)) or {}
    found["status"] = int(status)
    if "application/json" in told:
        found["answer"] = pool.made(told["application/json"]["schema"])
    return found


def lines(paths: list[str]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with Path(path).open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def main(given: list[str]) -> None:
    sys.set_int_max_str_digits(0)
    names = {one for one in given if not one.endswith(".jsonl")}
    sent, pool, written = chosen(lines([one for one in given if one not in names])), Pool(), {}
    known, true = kept(), {}
    for operation in described.operations():
        if operation.name in sent and (not names or operation.name in names):
            at = sent[operation.name].pop("at")
            stable = Stable(datetime.fromisoformat(at) if at else None)
            true[operation.name] = stable.value(sent[operation.name])
        learn(pool, operation, true.get(operation.name) or known.get(operation.name, {}))
    for operation in sorted(described.operations(), key=lambda one: one.name):
        earlier = known.get(operation.name, {})
        if names and operation.name not in names and earlier:
            written[operation.name] = earlier
            continue
        example = true.get(operation.name) or by_hand(earlier)
        example = example or {"made": True} | put_together(operation, pool, true)
        body = operation.body()
        if body and body[0] == "application/json" and "request" not in example:
            example["request"] = {}  # nothing was sent, and nothing has to be
        if "scope" in earlier:
            example = {"scope": earlier["scope"]} | example
        written[operation.name] = example
    TARGET.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    made = [name for name, one in written.items() if "made" in one]
    sys.stdout.write(f"{len(written)} examples; sent by no test: {', '.join(made) or 'none'}\n")


def learn(pool: Pool, operation: Operation, example: dict[str, Any]) -> None:
    """Let the pool learn from an example that was sent."""
    if "status" in example and "made" not in example:
        body, told = operation.body(), operation.answers(example["status"]) or {}
        pool.learn(body[1] if body else None, example.get("request"))
        pool.learn(told.get("application/json", {}).get("schema"), example.get("answer"))


def kept() -> dict[str, dict[str, Any]]:
    """Return the examples as they were: their scopes stay, and so does what was written by hand."""
    return json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}


def by_hand(earlier: dict[str, Any]) -> dict[str, Any]:
    """Return an example that somebody wrote; nothing if it was put together, or there is none."""
    return {} if "made" in earlier or "status" not in earlier else earlier


if __name__ == "__main__":
    main(sys.argv[1:])
