"""UN Comtrade: goods by reporter, partner and HS6, as its API gives them. Totals land beside their
parts (second partner, customs procedure, transport, supply, World); int_trade__comtrade_flows
decides which count."""

from __future__ import annotations

from dataclasses import replace

from chokepoint.landing.columns import column, columns, country, given, names, one_of
from chokepoint.landing.contracts import Check, Column, LeaveOut, ProducerFormat, SourceContract

# Code of an edition of the Harmonised System -> its year.
EDITIONS = {"H0": 1992, "H1": 1996, "H2": 2002, "H3": 2007, "H4": 2012, "H5": 2017, "H6": 2022}

# The European Union and ASEAN report beside their members; the ISO columns call them so.
_GROUPS = "('EUR', 'R4')"
_GROUP_CODES = "('97', '975')"

# Numbers whose letters another place has too: the rest of LAIA and of America are both A79, and
# the rest of the EU has the letters of Monaco. They keep their numbers.
_NUMBERED = "('473', '492', '636')"
_COLUMNS = names(
    "typeCode, freqCode, period, reporterCode, flowCode, partnerCode, partner2Code, "
    "classificationCode, cmdCode, customsCode, motCode, mosCode, primaryValue"
)
_OPTIONAL = names(
    "netWgt, refPeriodId, refYear, refMonth, reporterISO, reporterDesc, flowDesc, "
    "flowCategory, partnerISO, partnerDesc, partner2ISO, partner2Desc, "
    "classificationSearchCode, isOriginalClassification, cmdDesc, aggrLevel, isLeaf, "
    "customsDesc, mosDesc, motDesc, qtyUnitCode, qtyUnitAbbr, qty, isQtyEstimated, "
    "altQtyUnitCode, altQtyUnitAbbr, altQty, isAltQtyEstimated, isNetWgtEstimated, "
    "grossWgt, isGrossWgtEstimated, cifvalue, fobvalue, legacyEstimationFlag, isReported, "
    "isAggregate"
)
_LEAVES_OUT = (
    LeaveOut("\"typeCode\" <> 'C'", "trade in services"),
    LeaveOut(
        "\"flowCode\" not in ('M', 'X')",
        "kind of import or export, beside all imports and exports",
    ),
    LeaveOut(
        "\"classificationCode\" not similar to 'H[0-9]'",
        "figure in a nomenclature other than the Harmonised System",
    ),
    LeaveOut(
        """not regexp_full_match("cmdCode", '[0-9]{6}')""",
        "total, chapter or heading, beside the six-digit products in it",
    ),
    *(
        LeaveOut(
            f'"{side}ISO" in {_GROUPS} or "{side}Code" in {_GROUP_CODES}',
            f"group of countries as {side}, beside its members",
        )
        for side in ("reporter", "partner")
    ),
)


def _place(name: str) -> Column:
    numeric = Check(
        f'not regexp_full_match("{name}", \'[0-9]+\') or is_known_code("{name}")',
        "a numeric code that the reference lists do not know, without its ISO code",
        "Ask the API with includeDesc=true: the columns reporterISO and partnerISO are used. Or "
        "explain the number in seeds/reference/partner_codes.csv.",
    )
    return country(name, numeric)


def _iso(code: str, iso: str) -> str:
    """The ISO code where it is given, else that of the producer's number; nought is the World."""
    return (
        f'case when "{code}" = \'0\' then \'W00\' when "{code}" in {_NUMBERED} then "{code}" '
        f'else coalesce("{iso}", place_of("{code}"), "{code}") end'
    )


def _formats(frequency_code: str, source_id: str) -> tuple[ProducerFormat, ...]:
    # A year among months, or the other way round, comes out as it is, and the contract names it.
    period = (
        ("year", '"period"')
        if frequency_code == "A"
        else (
            "period",
            """case "freqCode"
                when 'M' then left("period", 4) || '-' || substr("period", 5)
                else "period"
            end""",
        )
    )
    answer = ProducerFormat(
        name="UN Comtrade's API, version 1",
        documentation="https://uncomtrade.org/docs/un-comtrade-api/",
        file_name=rf"({source_id}.*|COMTRADE-FINAL-C{frequency_code}.*)\.(json|csv|csv\.gz)",
        json="data",
        # Months and years share the header.
        marks=(("freqCode", frequency_code),),
        is_open=True,
        # So the table that the website gives, with a comma at the end of each row.
        has_last_delimiter=True,
        columns=_COLUMNS,
        optional=_OPTIONAL,
        values=(
            period,
            ("classification", '"classificationCode"'),
            ("reporter", _iso("reporterCode", "reporterISO")),
            ("partner", _iso("partnerCode", "partnerISO")),
            ("second_partner", _iso("partner2Code", "partner2ISO")),
            *given(
                "flow flowCode, hs6 cmdCode, customs_procedure customsCode, "
                "transport_mode motCode, supply_mode mosCode, value_usd primaryValue"
            ),
            # Goods with a value weigh something: nought stands for not given.
            (
                "net_mass_kg",
                """case
                    when try_cast("netWgt" as double) = 0
                        and try_cast("primaryValue" as double) > 0 then null
                    else "netWgt"
                end""",
            ),
        ),
        leaves_out=_LEAVES_OUT,
    )
    return (
        answer,
        # Numbers alone: no letters of countries, no words.
        replace(
            answer,
            name="UN Comtrade's bulk file",
            file_name=rf"COMTRADE-FINAL-C{frequency_code}.*\.(txt|gz)",
            delimiter="\t",
            quote="",
        ),
    )


def _contract(source_id: str, title: str, period: Column, frequency: str) -> SourceContract:
    return SourceContract(
        source_id=source_id,
        title=title,
        columns=(
            period,
            one_of("classification", *EDITIONS),
            _place("reporter"),
            _place("partner"),
            *columns(
                "second_partner, flow one_of M X, hs6 hs6, customs_procedure, transport_mode, "
                "supply_mode, value_usd amount, net_mass_kg amount?"
            ),
        ),
        key=(
            *names("hs6, flow, reporter, partner, second_partner, customs_procedure"),
            *names("transport_mode, supply_mode, classification"),
            period.name,
        ),
        period_sql=f"{period.name}::varchar",
        frequency=frequency,
        # A second question on the same period must not take the place of the first unseen.
        part_columns=("reporter", "hs6"),
        formats=_formats("M" if frequency == "monthly" else "A", source_id),
    )


MONTHLY = _contract(
    "comtrade_monthly", "UN Comtrade: trade by month and HS6", column("period month"), "monthly"
)
ANNUAL = _contract(
    "comtrade_annual", "UN Comtrade: trade by year and HS6", column("year year"), "annual"
)

CONTRACTS = (MONTHLY, ANNUAL)
