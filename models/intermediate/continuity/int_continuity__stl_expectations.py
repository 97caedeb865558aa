"""Trend and season of the baselines that are long enough, by STL (Cleveland and others, 1990)."""

CALENDAR_MONTHS = 12
SCHEMA = (
    "series_number integer, baseline_end date, indicator varchar, calendar_month integer, "
    "expected_log double"
)


def expected_logs(logs, last_month):
    """Calendar month -> logarithm to expect: the last trend carried on, the last year's season.

    `logs` are monthly without a gap and end in the calendar month `last_month`.
    """
    # Two seconds of import, paid only where a baseline has two years.
    from statsmodels.tsa.seasonal import STL

    fit = STL(logs, period=CALENDAR_MONTHS, robust=True).fit()
    expected = {}
    for back in range(CALENDAR_MONTHS):
        month = (last_month - 1 - back) % CALENDAR_MONTHS + 1
        expected[month] = float(fit.trend[-1] + fit.seasonal[-1 - back])
    return expected


def model(dbt, session):
    """One row per series, end of baseline, indicator and calendar month."""
    dbt.config(materialized="table")
    baselines = (
        dbt.ref("int_continuity__baselines")
        .filter("baseline_method = 'stl'")
        .select("series_number, baseline_end, indicator, logs, last_calendar_month")
        .fetchall()
    )
    rows = [
        (number, end, indicator, month, expected)
        for number, end, indicator, logs, last_month in baselines
        for month, expected in sorted(expected_logs(logs, last_month).items())
    ]
    session.execute(f"create or replace temp table stl_expectations ({SCHEMA})")
    if rows:
        session.executemany("insert into stl_expectations values (?, ?, ?, ?, ?)", rows)
    return session.table("stl_expectations")
