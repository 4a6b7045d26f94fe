"""Fixtures of Link's tests."""

from tests.api.conftest import quick_world

__all__ = ["quick_world"]
