"""The Link flow as a pure state machine: `step(session, action) -> Step`, and `pane(session) -> Pane`.

Nothing here reads a clock, a database or a bank. What has to happen outside is returned as an `Effect`; the
driver performs it and comes back with its result as an action. A pane is data; HTML, JSON and a terminal are
three renderings of it.

    session = Session(link_session_id="…", config=Config(client_name="Wonderwallet"))
    outcome = step(session, Open())             # outcome.session, outcome.events, outcome.effect
    shown = pane(outcome.session)               # the consent pane

Promises, each held by a test: no action raises or leads outside `chart.CHART`; every unfinished session can
be ended; a session ends once, as `success` or `exit`; what a person types is in no session, pane or event.
"""

from gingham.link.flow.moves import burns_token
from gingham.link.flow.panes import pane
from gingham.link.flow.results import exit_error, exit_metadata, exit_snapshot, success_metadata
from gingham.link.flow.step import step

__all__ = ["burns_token", "exit_error", "exit_metadata", "exit_snapshot", "pane", "step", "success_metadata"]
