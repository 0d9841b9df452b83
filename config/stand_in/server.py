"""The stand-in behind HTTP: keys, troubles, form bodies."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from config.stand_in import pages
from config.stand_in.errors import Refused, invalid
from config.stand_in.routes import Routes
from config.stand_in.world import START, World

# What can go wrong with a call: before it is looked at, or after it was done.
TROUBLES = (
    "hang_before",
    "hang_after",
    "drop_before",
    "drop_after",
    "500_before",
    "500_after",
    "429",
    "garbage",
    "slow",
)
# What a person may choose on a page, the usual first.
CHOICES = {
    "pay": {
        "pay": "Pay / 付款",
        "fail": "Be refused / 被拒绝",
        "process": "Stay under way / 处理中",
        "dispute": "Pay, and dispute it / 付款后争议",
    },
    "setup": {
        "active": "Be accepted / 通过",
        "restricted": "Be refused / 被拒绝",
        "pending": "Wait / 待审核",
    },
}
HANG = 30.0
SLOW = 0.6  # seconds until a call arrives that is done and answered nevertheless


def nested(pairs):
    """Return form fields as values in values: ``a[b][0]=c`` is ``{"a": {"b": ["c"]}}``."""
    found = {}
    for name, value in pairs:
        parts = [part.rstrip("]") for part in name.split("[")]
        at = found
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = value
    return _listed(found)


def _listed(value):
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    if inner and all(key.isdigit() or not key for key in inner):
        return list(inner.values())
    return inner


class FakeStripe:
    """A server on a port of its own; ``url`` is what the SDK is given as its address."""

    def __init__(self, *, now=START, port=0, host="127.0.0.1"):
        self.world = World(now=now)
        self.routes = Routes(self.world)
        self.payments, self.outgoing = self.routes.payments, self.routes.outgoing
        self.events, self.clock = self.world.events, self.world.clock
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer((host, port), Handler)
        self.server.daemon_threads, self.server.fake = True, self
        self.url = self.world.url = f"http://{host}:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *error):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def play(self, path, **params):
        """Do something of ``/_fake/…`` without HTTP."""
        with self.world.lock:
            found = self.routes.answer("POST", f"/_fake/{path}", params)
        if path.endswith("/deliver") or self.events.is_prompt:
            self.events.deliver()
        return found

    def trouble(self, kind, path="/v1/", times=1):
        """Let the next calls to an address go wrong."""
        assert kind in TROUBLES
        self.world.troubles.append({"kind": kind, "path": path, "times": times})

    def calls(self, path):
        """Return the idempotency keys of the calls to an address, in order."""
        return [key for _, called, key in self.world.calls if called == path]

    def step(self, path, *, does=""):
        """
        Play the pages on which payers confirm and owners say who they are: a page, or the way back.

        ``does`` is what was chosen there; nothing chosen, but sent, is the usual.
        """
        _, what, ref = path.split("/")
        with self.world.lock:
            if what == "pay":
                intent = self.world.get("payment_intent", ref)
                action = (intent["next_action"] or {}).get("alipay_handle_redirect") or {}
                back = action.get("return_url")
                text = f"Pay {intent['amount'] / 100:,.2f} {intent['currency'].upper()}"
            else:
                self.outgoing.account(ref)
                back, text = self.world.links.get(ref), "Say who the company is"
        if does in CHOICES[what]:
            self.choose(what, ref, does)
            return "", back or self.url
        return pages.choices(text, CHOICES[what]), ""

    def choose(self, what, ref, does):
        """Do what was chosen on a page; a payment that is disputed is paid first."""
        if what != "pay":
            self.play(f"accounts/{ref}/{does}")
            return
        self.play(f"intents/{ref}/{'pay' if does == 'dispute' else does}")
        if does == "dispute":
            with self.world.lock:
                charge = self.world.get("payment_intent", ref)["latest_charge"]
            self.play(f"charges/{charge}/dispute")

    def next_trouble(self, path):
        with self.world.lock:
            for trouble in self.world.troubles:
                if path.startswith(trouble["path"]) and int(trouble["times"]) > 0:
                    trouble["times"] = int(trouble["times"]) - 1
                    return trouble["kind"]
        return ""

    def do(self, method, path, params, key):
        """Return status, body and whether it is an answer given before."""
        with self.world.lock:
            self.world.calls.append((method, path, key))

            def run():
                return self.routes.answer(method, path, dict(params))

            try:
                if method == "POST" and key:
                    return self.world.keys.answer(key, method, path, params, run)
                return 200, json.dumps(run()), False
            except Refused as refusal:
                return refusal.status, json.dumps(refusal.body), False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # one packet an answer

    def log_message(self, *what):
        pass

    def do_GET(self):
        self.handle_call(nested(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.handle_call(self.read(body))
        except ValueError as error:
            refusal = invalid("invalid_json", str(error))
            self.answer(400, json.dumps(refusal.body), {})

    def read(self, body):
        if "json" in self.headers.get("Content-Type", ""):
            return json.loads(body or b"{}")
        return nested(parse_qsl(body.decode(), keep_blank_values=True))

    def handle_call(self, params):
        path = urlsplit(self.path).path
        if path.startswith(("/pay/", "/setup/")) and path.count("/") == 2:
            usual = next(iter(CHOICES[path.split("/")[1]])) if self.command == "POST" else ""
            return self.show(*self.server.fake.step(path, does=params.get("does", usual)))
        if path == "/" and self.command == "GET":
            with self.server.fake.world.lock:
                return self.show(pages.home(self.server.fake.world.all("payment_intent"), TROUBLES), "")
        own = path.startswith("/_fake/")
        if not own and not self.headers.get("Authorization", "").startswith("Bearer sk_"):
            refusal = Refused(401, "invalid_request_error", "api_key_invalid", is_kept=False)
            return self.answer(401, json.dumps(refusal.body), {})
        trouble = "" if own else self.server.fake.next_trouble(path)
        if trouble in _BEFORE:
            return self.fail(trouble)
        if trouble == "slow":
            self.server.fake.closing.wait(SLOW)
        key = self.headers.get("Idempotency-Key", "")
        status, text, is_old = self.server.fake.do(self.command, path, params, key)
        if trouble and trouble != "slow":
            return self.fail(trouble)
        head = {"Idempotency-Key": key} if key else {}
        self.answer(status, text, {**head, **({"Idempotent-Replayed": "true"} if is_old else {})})
        if self.server.fake.events.is_prompt or path.endswith("/deliver"):
            self.server.fake.events.deliver()
        return None

    def show(self, page, back):
        self.send_response(303 if back else 200)
        if back:
            self.send_header("Location", back)
        body = page.encode()
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, trouble):
        if trouble.startswith("hang"):
            self.server.fake.closing.wait(HANG)
        if trouble.startswith(("hang", "drop")):
            self.close_connection = True
            return self.connection.close() if trouble.startswith("drop") else None
        if trouble == "garbage":
            return self.answer(200, "<html>", {})
        status = 429 if trouble == "429" else 500
        error = Refused(status, "rate_limit_error" if status == 429 else "api_error", "lock_timeout")
        return self.answer(status, json.dumps(error.body), {})

    def answer(self, status, text, head):
        body = text.encode()
        self.send_response(status)
        for name, value in head.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Request-Id", f"req_fake{time.monotonic_ns()}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_BEFORE = {"hang_before", "drop_before", "500_before", "429", "garbage"}
