"""ECB: exchange rates by month."""

from __future__ import annotations

from chokepoint.landing.columns import columns, is_missing, names
from chokepoint.landing.contracts import LeaveOut, ProducerFormat, SourceContract, Table

_NO_RATE = "month without a rate"

# The answer of the API in CSV: the dimensions of the series, then its attributes.
API = ProducerFormat(
    name="the ECB Data Portal's API",
    documentation="https://data.ecb.europa.eu/help/api/data",
    file_name=r"EXR\.M\..*\.csv(\.gz)?",
    columns=names(
        "KEY, FREQ, CURRENCY, CURRENCY_DENOM, EXR_TYPE, EXR_SUFFIX, TIME_PERIOD, OBS_VALUE"
    ),
    optional=names(
        "OBS_STATUS, OBS_CONF, OBS_PRE_BREAK, OBS_COM, TIME_FORMAT, BREAKS, COLLECTION, "
        "COMPILING_ORG, DISS_ORG, DOM_SER_IDS, PUBL_ECB, PUBL_MU, PUBL_PUBLIC, UNIT_INDEX_BASE, "
        "COMPILATION, COVERAGE, DECIMALS, NAT_TITLE, SOURCE_AGENCY, SOURCE_PUB, TITLE, "
        "TITLE_COMPL, UNIT, UNIT_MULT, "
        # With includeHistory=true.
        "ACTION, VALID_FROM, VALID_TO"
    ),
    is_open=True,
    values=(("period", '"TIME_PERIOD"'), ("usd_per_eur", '"OBS_VALUE"')),
    leaves_out=(
        LeaveOut("\"FREQ\" <> 'M'", "rate of a day, a quarter or a year"),
        LeaveOut(
            "\"CURRENCY\" <> 'USD' or \"CURRENCY_DENOM\" <> 'EUR'", "rate of another currency"
        ),
        LeaveOut(
            "\"EXR_TYPE\" <> 'SP00' or \"EXR_SUFFIX\" <> 'A'",
            "rate of another kind than the mean of reference rates",
        ),
        LeaveOut('"VALID_TO" is not null or "ACTION" = \'Delete\'', "rate that was revised"),
        LeaveOut(is_missing('"OBS_VALUE"'), _NO_RATE),
    ),
)

# What the button "Download" beside a series gives, for one series or several.
DOWNLOAD = ProducerFormat(
    name="the ECB Data Portal's download of a series",
    documentation="https://data.ecb.europa.eu/help/getting-data",
    file_name=r"ECB Data Portal.*\.csv",
    columns=("DATE", "TIME PERIOD"),
    table=Table(figures=r".*\(EXR\.M\.USD\.EUR\.SP00\.A\)"),
    values=(("period", 'left("DATE", 7)'), ("usd_per_eur", '"figure"')),
    leaves_out=(LeaveOut(is_missing('"figure"'), _NO_RATE),),
)

ECB_EXCHANGE_RATES = SourceContract(
    source_id="ecb_exchange_rates",
    title="ECB: US dollars for one euro, monthly mean",
    file_pattern="ecb_exchange_rates.csv.gz",
    columns=columns("period month, usd_per_eur amount decimal(12,6) positive"),
    key=("period",),
    period_sql="left(period, 4)",
    part_columns=("period",),
    frequency="monthly",
    formats=(API, DOWNLOAD),
)

CONTRACTS = (ECB_EXCHANGE_RATES,)
