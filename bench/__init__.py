"""How fast Gingham is, in figures that mean something on any machine: `python -m bench`, or `make bench`.

Whatever depends on the machine is told as a ratio to something else that was measured in the same run, in turns
with it. `docs/performance.md` explains each line. Nothing here leaves the loopback interface.
"""
