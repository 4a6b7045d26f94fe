"""What every room above the banks works with: one bundle, made by the composition root, passed in, never
global."""

import asyncio
from dataclasses import dataclass, field

from gingham.banks.registry import Banks
from gingham.clock import Clock, SystemClock
from gingham.faults import Faults
from gingham.ids import Ids
from gingham.kit import Kit
from gingham.settings import Settings
from gingham.store import Store
from gingham.store.cache import ReadCache
from gingham.vault import Vault


@dataclass(frozen=True, slots=True)
class Platform:
    settings: Settings
    clock: Clock
    ids: Ids
    vault: Vault
    store: Store
    banks: Banks
    faults: Faults = field(default_factory=Faults)
    kit: Kit | None = None
    """The test kit, where the server was started with it."""
    cache: ReadCache = field(init=False)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process has been told to end: whoever waits for news, waits no longer."""

    @property
    def wall(self) -> Clock:
        """The clock that other machines have too, also where the platform's own was moved."""
        return self.clock if self.kit is None else SystemClock()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cache", ReadCache(self.store))
