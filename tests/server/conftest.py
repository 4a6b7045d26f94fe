"""Fixtures of the server's tests."""

from tests.postgres import postgres_server as postgres_server
