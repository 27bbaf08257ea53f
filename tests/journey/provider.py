"""A simulated provider that notes which keys it was sent."""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from tests.support.completions import Model
from tests.support.fault_plan import Fault, FaultPlan, Kind
from tests.support.fixtures import mini_book
from tests.support.listener import Listener
from tests.support.provider import SimulatedProvider, build_runner
from tests.support.service import Service, Settings

MODEL = "sim-large"
LATENCY_S = 0.8  # a run lasts long enough to be followed, and to be attacked


class NotingService(Service):
    """A provider that counts the keys of its callers."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.keys: Counter[str] = Counter()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Note the key, then answer."""
        self.keys[request.headers.get("Authorization", "").removeprefix("Bearer ")] += 1
        return await super().handle(request)


class NotingProvider(SimulatedProvider):
    """`with NotingProvider(key) as provider:`; one model, which answers after a while, for one key."""

    def __init__(self, key: str) -> None:
        slow = FaultPlan((Fault(Kind.LATENCY, seconds=LATENCY_S),))
        settings = Settings(models=(Model(MODEL, accuracy=0.9),), book=mini_book(), api_key=key, plan=slow)
        self.service: NotingService = NotingService(settings)
        self.trials: set[str] = set()  # what preflights ask; canaries are asked again during a run
        Listener.__init__(self, lambda: build_runner(self.service))

    @property
    def keys(self) -> set[str]:
        """The keys that it was sent."""
        return {key for key in self.service.keys if key}

    def count_from_now(self) -> None:
        """Forget all calls, but what the preflights asked."""
        self.trials |= set(self.calls_by_payload())
        self.reset()

    def requests(self) -> Counter[int]:
        """Return how many requests of runs arrived how often."""
        calls = self.calls_by_payload()
        return Counter(count for payload, count in calls.items() if payload not in self.trials)
