"""
Idempotency keys: the first answer is the answer, refusals too, for a day; a key never changes its body.

``/v2`` is another thing: what succeeded is not done again, what failed is tried again, for thirty days.
"""

import hashlib
import json

from config.stand_in.errors import Refused
from config.stand_in.money import DAY

KEPT = {"v1": DAY, "v2": 30 * DAY}


class Keys:
    """What each key was used for and what it was answered."""

    def __init__(self, clock):
        self.clock, self.used = clock, {}

    def answer(self, key, method, path, params, run):
        """
        Return status, body, and whether it is an answer given before; ``run`` makes a new one.

        :raises Refused: 400, if the key was used for something else
        """
        version = path.split("/")[1]
        known = self.used.get(key)
        if known and self.clock.now - known["at"] > KEPT[version]:
            known = None
        body = hashlib.sha256(json.dumps([method, path, params], sort_keys=True).encode()).hexdigest()
        if known and known["of"] != body:
            raise Refused(
                400,
                "idempotency_error",
                "idempotency_key_in_use",
                "Keys can only be used with the same parameters they were first used with.",
                is_kept=False,
            )
        if known and (version == "v1" or known["status"] < 400):
            return known["status"], known["body"], True
        try:
            status, found, is_kept = 200, run(), True
        except Refused as refusal:
            status, found, is_kept = refusal.status, refusal.body, refusal.is_kept
        text = json.dumps(found)
        if key and is_kept:
            self.used[key] = {"of": body, "status": status, "body": text, "at": self.clock.now}
        return status, text, False
