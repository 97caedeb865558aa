"""Write the verification page of the published file: python -m tools.verification [FILE]"""

import argparse
import sys
from contextlib import closing
from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.reading.connection import connect_published
from chokepoint.settings import PROJECT_DIR, Settings
from tools.verification.page import PAGE, write


def main() -> int:
    """Write the page of the published file, where it belongs or into a file that is named."""
    parser = argparse.ArgumentParser(prog="python -m tools.verification", description=__doc__)
    parser.add_argument("output", nargs="?", type=Path, default=PROJECT_DIR / PAGE, help="file")
    path = parser.parse_args().output
    try:
        settings = Settings.from_env()
        with closing(connect_published(settings)) as con:
            changed = write(con, settings.project_dir, path)
    except ChokepointError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(f"{'written' if changed else 'unchanged'}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
