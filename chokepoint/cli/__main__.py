"""`python -m chokepoint.cli`: the command, where the installed script is not on the path."""

from chokepoint.cli import main

main()
