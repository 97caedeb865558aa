"""lifelines looped over strata and clocks, in its own environment: prints seconds and peak memory.

Run by licence_durations.py: licence_durations_lifelines.py CASES.parquet FOLDER

Curves with intervals, quantiles with intervals, restricted means, and the days that remain to who
has waited. Incidences do not compare: its fitter moves tied times apart at random.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, qth_survival_time, restricted_mean_survival_time
from measured import report

warnings.simplefilter("ignore")
CLOCKS = ("calendar_days", "working_days", "stop_clock_days")
WAITS = (30, 45, 60, 90, 120)
# A survival that equals the level may miss it by rounding: the models allow for that, so this does.
HALF, TENTH = 0.5 + 1e-12, 0.1 + 1e-12

path, folder = sys.argv[1:]
cases = pd.read_parquet(path)
begun = time.perf_counter()
accepted = pd.to_datetime(cases["accepted_date"]).dt
cases["accepted_quarter"] = accepted.year.astype(str) + "-Q" + accepted.quarter.astype(str)
cases["all"] = "all"
is_late = cases["observed_from_date"].notna()
kinds = ("all", "material", "route", "applicant_size_class", "accepted_quarter")

curves, durations, waiting = [], [], []
for clock in CLOCKS:
    entry = cases[f"entry_{clock}"]
    # Nothing is seen of the waiting of a late entry that leaves on the day it enters.
    followed = cases[~is_late | (entry < cases[clock])]
    for kind in kinds:
        groups = dict(iter(followed.groupby(kind)))
        horizon = min(group[clock].max() for group in groups.values())
        for name, group in groups.items():
            key = {"stratum_kind": kind, "stratum": name, "clock": clock}
            exits, entries = group[clock].to_numpy(), group[f"entry_{clock}"].to_numpy()
            fitted = KaplanMeierFitter().fit(exits, group["outcome"].notna(), entry=entries)
            interval = fitted.confidence_interval_
            low, high = (interval.iloc[:, side] for side in (0, 1))
            survival = fitted.survival_function_.iloc[:, 0]
            curves.append(
                pd.DataFrame(
                    {
                        **key,
                        "day": survival.index.astype(int),
                        "survival": survival.to_numpy(),
                        "survival_low": low.to_numpy(),
                        "survival_high": high.to_numpy(),
                    }
                )
            )
            median_low, median_high = median_survival_times(interval).iloc[0]
            durations.append(
                {
                    **key,
                    "median_days": fitted.percentile(HALF),
                    "median_low": median_low,
                    "median_high": median_high,
                    "p90_days": fitted.percentile(TENTH),
                    "p90_low": qth_survival_time(0.1, low),
                    "p90_high": qth_survival_time(0.1, high),
                    "restricted_mean_days": restricted_mean_survival_time(fitted, t=horizon),
                }
            )
            for wait in WAITS:
                ahead = survival[survival.index > wait]
                left = fitted.predict(wait)
                if len(ahead) and left > 0:
                    waiting.append(
                        {
                            **key,
                            "waiting_days": wait,
                            "p50_remaining_days": qth_survival_time(HALF, ahead / left) - wait,
                            "p90_remaining_days": qth_survival_time(TENTH, ahead / left) - wait,
                        }
                    )

pd.concat(curves, ignore_index=True).to_parquet(Path(folder) / "fct_licence_survival.parquet")
for mart, rows in {"fct_licence_durations": durations, "fct_licence_waiting": waiting}.items():
    frame = pd.DataFrame(rows)
    if len(frame):
        frame.replace(np.inf, np.nan).to_parquet(Path(folder) / f"{mart}.parquet")
report(begun)
