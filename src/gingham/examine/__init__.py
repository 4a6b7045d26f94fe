"""`gingham examine -- COMMAND`: starts an app and puts it through what goes wrong at banks (docs/examine.md).

The app talks to a server of the test kit through `between.py`, which sees what it asks and catches its webhooks;
a scenario hands those over as it likes. What the app has stored is read from its adapter. One process of the app
goes through all scenarios, each with an Item of its own; it is started again after it died or ran out of time.
"""

from gingham.examine.app import CannotStart
from gingham.examine.run import Options, Verdict, examine
from gingham.examine.scenarios import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "CannotStart", "Options", "Scenario", "Verdict", "examine"]
