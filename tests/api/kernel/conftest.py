import pytest
from tests.api.kernel.world import World, world


@pytest.fixture
def toys() -> World:
    """A kernel with toy endpoints."""
    return world()
