"""`python -m gingham` is the `gingham` command."""

from gingham.cli import main

main()
