"""The server that the official clients talk to."""

from tests.servers import live as live
