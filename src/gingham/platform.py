"""What every room above the banks works with: one bundle, made by the composition root, passed in, never
global."""

import asyncio
from dataclasses import dataclass, field

from gingham.banks.registry import Banks
from gingham.clock import Clock
from gingham.ids import Ids
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
    cache: ReadCache = field(init=False)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process has been told to end: whoever waits for news, waits no longer."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cache", ReadCache(self.store))
