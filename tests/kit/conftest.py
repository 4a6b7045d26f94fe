"""The kit's own fixtures, as a user's suite has them; imported, so that they are there in a stale environment too."""

from tests.api.conftest import quick_world as quick_world

from gingham.pytest_plugin import _gingham_snapshot as _gingham_snapshot
from gingham.pytest_plugin import gingham as gingham
from gingham.pytest_plugin import gingham_options as gingham_options
from gingham.pytest_plugin import gingham_session as gingham_session
from gingham.pytest_plugin import gingham_start as gingham_start
