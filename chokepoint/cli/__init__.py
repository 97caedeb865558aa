"""The command line: `chokepoint build | land | query | ...`."""

import sys


def main() -> None:
    """Run the command; in an installation that only reads releases, say what is missing."""
    try:
        from chokepoint.cli.app import main as run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "chokepoint":
            raise
        sys.exit(
            f"Error: this installation only reads releases: {error.name} is missing.\n"
            "  What to do: use `chokepoint.open()` in Python, or run `make build` in a checkout."
        )
    run()
