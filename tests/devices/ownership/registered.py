"""A leased machine, the platform as registrar, and steps in the life of a certificate."""

from datetime import timedelta
from typing import Any

from devices.ownership.actions import registrar, registrations
from devices.ownership.actions.registrations import Wanted
from devices.ownership.models import DataAsset, Registration, RegistrationEntry
from marketplace.shared.period import Period
from tests.devices.ownership.actions.test_access import DAY, NOW, START, World
from tests.factories import marketplace as make

OF_A = Period(START + DAY, START + 3 * DAY)  # the time of lessee A; before and after it, the owner's
AT = NOW + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Registered(World):
    """The world with a platform that decides, and each step as one call."""

    def __init__(self) -> None:
        super().__init__()
        self.platform = make.platform()
        self.people[self.platform] = make.member(self.platform)

    def asset(self, key: str) -> DataAsset:
        return DataAsset.objects.get(device=self.device, channel__key=key)

    def ids(self, *keys: str) -> list[str]:
        return [self.asset(key).public_id for key in keys]

    def who(self, organization: Any, at: Any = AT) -> dict[str, Any]:
        return {"by": self.people[organization], "within": organization, "at": at}

    def wanted(self, *keys: str, **changes: Any) -> Wanted:
        given = {"assets": self.ids(*(keys or ("load", "program"))), "period": OF_A, "right": "hold"}
        return Wanted(**(given | {"years": 3} | changes))

    def apply(self, *keys: str, who: Any = None, at: Any = AT, **changes: Any) -> RegistrationEntry:
        return registrations.apply(wanted=self.wanted(*keys, **changes), **self.who(who or self.a, at))

    def grant(self, entry: RegistrationEntry, at: Any = AT, **changes: Any) -> RegistrationEntry:
        given = {"registration": entry.registration, "digest": entry.digest, **self.who(self.platform, at)}
        return registrar.grant(**(given | changes))

    def refuse(self, entry: RegistrationEntry, **changes: Any) -> RegistrationEntry:
        given = {"registration": entry.registration, "digest": entry.digest, **self.who(self.platform)}
        return registrar.refuse(**(given | changes))

    def granted(self, *keys: str, **changes: Any) -> Registration:
        return self.grant(self.apply(*keys, **changes)).registration

    def offer(self, registration: Registration, to: Any, who: Any = None, at: Any = AT) -> RegistrationEntry:
        return registrations.transfer(registration=registration, to=to, **self.who(who or self.a, at))

    def agreed(self, registration: Registration, to: Any, who: Any = None) -> RegistrationEntry:
        digest = self.offer(registration, to, who).digest
        return registrations.agree(registration=registration, digest=digest, **self.who(to))
