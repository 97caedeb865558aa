"""The models on Apache Spark, see docs/using/spark.md: python -m tools.spark build|compare|fetch"""

from __future__ import annotations

import sys

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.spark import engine


def main(command: str = "", *options: str) -> int:
    """Run a command; return the exit code. Options of `build` go to dbt."""
    settings = Settings.from_env()
    if command == "build":
        return engine.build(settings, options)
    if command == "compare":
        results = engine.compare(settings)
        for result in results:
            for fault in result.faults:
                print(f"{result.name}: {fault}")
        equal = [result for result in results if not result.faults]
        rows = sum(result.rows for result in equal)
        print(f"{len(equal)} of {len(results)} marts are equal, {rows:,} rows.")
        return int(len(equal) < len(results))
    if command == "fetch":
        count = engine.fetch(settings)
        print(f"{count} tables of Spark are in the warehouse; publish them: docs/using/scale.md.")
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except ChokepointError as error:
        sys.exit(f"Error: {error}")
