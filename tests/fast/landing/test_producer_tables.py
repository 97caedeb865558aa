"""Workbooks and wide tables in producers' layouts (`documentation` of each format): what is bundled
is written so and comes back."""

import csv
import datetime as dt
import zipfile
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import landing_kit as kit
import pytest
import workbook_kit as books
from reading_kit import table

from chokepoint.landing import registry
from chokepoint.landing.files import archives
from chokepoint.landing.producers.world_bank import (
    PINK_SHEET_METALS,
    WGI_ESTIMATES,
    WORLDBANK_METAL_PRICES,
)
from chokepoint.landing.producers.world_mining_data import WMD_PRODUCTION
from chokepoint.landing.registry import CONTRACTS, identify


def land_file(settings, path, known_on=kit.KNOWN_ON):
    return kit.land(path, settings, CONTRACTS[identify(path)], known_on=known_on)


def current(settings, source_id):
    """The rows that count: of each period those of its latest vintage."""
    latest = {}
    for record in kit.manifests(settings, source_id):
        latest[record["period"]] = max(record["vintage"], latest.get(record["period"], ""))
    paths = [f"{settings.landing_dir}/{source_id}/{p}/{v}.parquet" for p, v in latest.items()]
    found = duckdb.execute("select * exclude line_number from read_parquet(?)", [paths])
    return sorted(found.fetchall(), key=str)


WMD_SPELLINGS = {
    "BIH": "Bosnia-Herzegovina", "BRN": "Brunei", "CIV": "Cote d'Ivoire", "COD": "Congo, D.R.",
    "COG": "Congo, Rep.", "CPV": "Cape Verde", "KOR": "Korea, South", "PRK": "Korea, North",
    "R20": "Kosovo", "S19": "Taiwan", "TUR": "Türkiye",
}  # fmt: skip


def wmd_names():
    return {row["iso3"]: row["name"] for row in table("countries")} | WMD_SPELLINGS


@pytest.mark.parametrize("as_text", [False, True])
def test_two_editions_of_world_mining_data_give_the_bundled_figures(settings, tmp_path, as_text):
    rows = table("wmd_production")
    if as_text:
        rows = [row for row in rows if row["mineral"] < "C"]
    for edition, years in ((2024, range(2018, 2023)), (2026, range(2020, 2025))):
        path = tmp_path / f"{edition}" / "6.4. Production_of_Mineral_Raw_Materials.xlsx"
        books.world_mining_data(path, rows, wmd_names(), years, as_text=as_text)
        report = land_file(settings, path, dt.date(edition, 5, 1))
        assert (report.source_id, report.rows_quarantined) == ("wmd_production", 0)
        assert report.periods == [str(year) for year in years]
    codes = {"R20": "XKX", "S19": "TWN"}
    expected = [
        (
            row["mineral"], codes.get(row["iso3"], row["iso3"]), int(row["year"]),
            Decimal(row["quantity"]).quantize(Decimal("1e-6"), ROUND_HALF_UP), row["unit"],
            row["quality_flag"],
        )
        for row in rows
    ]  # fmt: skip
    assert current(settings, "wmd_production") == sorted(expected, key=str)
    counts = report.rows_left_out
    assert counts["sum of all countries"] == 5 * len({row["mineral"] for row in rows})
    assert set(counts) == {"sum of all countries", "year without a figure"}


def mining(path, changes=(), years=(2023, 2024), sheets=None):
    """One mineral of three countries; `changes` are (row from 0, column from 0, cell)."""
    lines = [
        ["6.4. Production of Mineral Raw Materials of individual Countries"],
        ["Country", "unit", *map(str, years), "data source"], ["China", "metr. t", 10.5, 11, "r"],
        ["Korea, South", "metr. t", None, 3, "e"], ["French Guiana", "metr. t", 2, "-", "p"],
        ["Total", "metr. t", 12.5, 14, None],
    ]  # fmt: skip
    for row, column, cell in changes:
        lines[row][column] = cell
    return books.workbook(path, {"Tungsten (W)": lines, **(sheets or {})})


def test_a_cell_of_a_mineral_is_a_row_with_a_number_of_its_own(settings, tmp_path):
    report = land_file(settings, mining(tmp_path / "6.4. Production.xlsx"))
    assert report.rows_left_out == {"sum of all countries": 2, "year without a figure": 2}
    found = duckdb.execute(
        "select mineral, iso3, year, quantity, line_number from read_parquet(?) order by all",
        [[str(p) for p in (settings.landing_dir / "wmd_production").glob("*/*.parquet")]],
    ).fetchall()
    assert found == [
        ("Tungsten (W)", "CHN", 2023, Decimal("10.5"), 2),
        ("Tungsten (W)", "CHN", 2024, Decimal("11"), 3),
        ("Tungsten (W)", "GUF", 2023, Decimal("2"), 6),
        ("Tungsten (W)", "KOR", 2024, Decimal("3"), 5),
    ]


def test_a_country_nobody_knows_is_named_and_set_aside(settings, tmp_path):
    known = [name for name in wmd_names().values() if name not in ("Kosovo", "Taiwan")]
    rows = [[name, "metr. t", 1, 2, "r"] for name in known]
    lines = [["title"], ["Country", "unit", "2023", "2024", "data source"], *rows]
    lines.append(["Ruritania", "metr. t", 5, 6, "r"])
    path = books.workbook(tmp_path / "6.4. Production.xlsx", {"Tin": lines})
    report = land_file(settings, path)
    assert (report.rows_landed, report.rows_quarantined) == (2 * len(rows), 2)
    last = len(lines)
    assert kit.quarantined(settings, "wmd_production")[0][:3] == (last, "iso3", "Ruritania")
    (name,) = duckdb.execute(
        "select list(distinct file_name) from read_parquet(?)",
        [f"{settings.landing_dir}/_quarantine/wmd_production/*.parquet"],
    ).fetchone()
    assert sorted(name) == [f"{path.name}/Tin!C{last}", f"{path.name}/Tin!D{last}"]


def test_a_name_that_was_added_lets_the_same_bytes_land_again(settings, tmp_path, monkeypatch):
    path = mining(tmp_path / "6.4. Production.xlsx", [(2, 0, "Ruritania")])
    error = kit.refusal(path, settings, WMD_PRODUCTION)
    for words in (
        "6.4. Production.xlsx, Tungsten (W)!C3, line 3, column iso3, value 'Ruritania'",
        "a name of a place that no list knows",
        "seeds/reference/place_names.csv",
    ):
        assert words in str(error)
    land_file(settings, mining(tmp_path / "known.xlsx").rename(path))
    fingerprint = kit.manifests(settings, "wmd_production")[0]["contract_fingerprint"]
    known = registry.place_codes
    monkeypatch.setattr(
        registry, "place_codes", lambda settings: {**known(settings), "ruritania": "XKX"}
    )
    assert land_file(settings, path).status == "landed"
    assert kit.manifests(settings, "wmd_production")[0]["contract_fingerprint"] != fingerprint


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        # row, column, cell
        ([(2, 2, "1,234.5")], "C3, line 3, column quantity, value '1,234.5': not a number"),
        ([(2, 2, "1 234")], "value '1 234': not a number"),
        ([(2, 2, -3)], "Tungsten (W)!C3, line 3, column quantity, value '-3': negative value"),
        ([(2, 1, "lb")], "line 3, column unit, value 'lb': not one of the texts"),
        ([(2, 4, None)], "line 3, column quality_flag: is empty"),
        ([(4, 0, "China")], "same key as Tungsten (W)!C3 but other figures"),
        ([(1, 0, "Countries")], "Tungsten (W), line 2, column Country, value 'Countries': the "
         "column 'Country' is missing, and 'Countries' looks like it renamed"),
        ([(1, 4, "flag")], "line 2, column data source: the column 'data source' is missing"),
        ([(1, 2, "y1"), (1, 3, "y2")], "no column is called like (19|20)"),
        ([(1, 2, "Country")], "the column 'Country' occurs twice"),
    ],
)  # fmt: skip
def test_a_bad_cell_or_header_is_named_by_sheet_cell_and_value(settings, tmp_path, changes, words):
    path = mining(tmp_path / "6.4. Production.xlsx", changes)
    assert words in str(kit.refusal(path, settings, WMD_PRODUCTION))


def test_a_sheet_of_notes_and_a_further_column_are_told_and_not_read(settings, tmp_path):
    path = mining(tmp_path / "6.4. Production.xlsx", [(1, 2, "remark")], sheets={"Info": [["r"]]})
    report = land_file(settings, path)
    assert report.periods == ["2024"]
    assert report.doubts == [
        "these columns of the sheet 'Tungsten (W)' are not read: remark",
        "the sheet 'Info' holds no table, and is not read",
    ]


PINK_NAMES = {name.lower().replace(",", "").replace(" ", "_"): name for name in PINK_SHEET_METALS}


def test_the_pink_sheet_gives_the_bundled_prices(settings, tmp_path):
    rows = table("worldbank_metal_prices")
    prices = {(PINK_NAMES[r["commodity"]], r["period"]): float(r["price"]) for r in rows}
    prices |= {("Crude oil, average", row["period"]): 50.5 for row in rows}
    periods = sorted({row["period"] for row in rows})
    path = books.pink_sheet(tmp_path / "CMO-Historical-Data-Monthly.xlsx", prices, periods)
    report = land_file(settings, path)
    assert (report.source_id, report.rows_quarantined) == ("worldbank_metal_prices", 0)
    expected = [
        (r["commodity"], r["period"], Decimal(r["price"]).quantize(Decimal("1e-9"), ROUND_HALF_UP))
        for r in rows
    ]
    assert current(settings, "worldbank_metal_prices") == sorted(expected, key=str)
    assert report.rows_left_out == {
        "unit or code under the name of a commodity": 2 * len(books.PINK_SHEET),
        "price of what is neither a metal nor a mineral": 3 * len(periods),
        "month without a price": len(periods) * len(PINK_SHEET_METALS) - len(rows),
    }


def pink(path, changes=()):
    periods = [f"2024-{month:02}" for month in range(1, 13)]
    prices = {(name, period): 1.5 for name in PINK_SHEET_METALS for period in periods}
    return books.pink_sheet(path, {**prices, **dict(changes)}, periods)


def test_a_price_as_text_is_named_by_its_cell(settings, tmp_path):
    path = pink(tmp_path / "CMO-Historical-Data-Monthly.xlsx", {("Copper", "2024-03"): "9,250.4"})
    report = land_file(settings, path)
    assert (report.rows_landed, report.rows_quarantined) == (143, 1)
    ((line, column, value, *_),) = kit.quarantined(settings, "worldbank_metal_prices")
    assert (line, column, value) == (10, "price", "9,250.4")


def test_the_sheet_of_prices_is_missed_by_name(settings, tmp_path):
    path = books.workbook(tmp_path / "CMO-Historical-Data-Monthly.xlsx", {"Annual": [["x"]]})
    error = kit.refusal(path, settings, WORLDBANK_METAL_PRICES)
    assert "no sheet called like Monthly Prices" in str(error)
    assert "it holds Annual" in str(error)


WGI_SHEETS = {
    "va": "VoiceandAccountability", "pv": "Political StabilityNoViolence",
    "ge": "GovernmentEffectiveness", "rq": "RegulatoryQuality", "rl": "RuleofLaw",
    "cc": "ControlofCorruption",
}  # fmt: skip


def wgi_sheets(path, rows):
    """The revision of 2025, with columns of sources behind."""
    sheets = {
        code: [
            ["Economy (name)", "Economy (code)", "Year",
             "Governance estimate (approx. -2.5 to +2.5)", "Governance score (0-100)", "EIU mean"],
        ]
        for code in WGI_SHEETS
    }  # fmt: skip
    for row in rows:
        sheets[row["indicator"]].append(
            ["x", row["iso3"], int(row["year"]), float(row["estimate"]), 50.5, None]
        )
    sheets["cc"].append(["Nowhere", "ABW", 1996, "..", "..", None])
    return books.workbook(path, {"Introduction": [["notes"]], **sheets})


def wgi_rows(path, rows):
    header = [
        "codeindyr", "code", "countryname", "year", "indicator", "estimate", "stddev", "nsource",
        "pctrank",
    ]  # fmt: skip
    lines = [
        ["", r["iso3"], "x", int(r["year"]), r["indicator"], float(r["estimate"]), 0.1, 8, 50]
        for r in rows
    ]
    lines.append(["", "ABW", "Aruba", 1996, "cc", "..", "..", "..", ".."])
    return books.workbook(path, {"Sheet1": [header, *lines]})


def wgi_years(path, rows):
    years = sorted({row["year"] for row in rows})
    figures = {(row["iso3"], row["year"], row["indicator"]): float(row["estimate"]) for row in rows}
    codes = sorted({row["iso3"] for row in rows})
    sheets = {"Introduction": [["notes"]]}
    parts = ("Estimate", "StdErr", "NumSrc", "Rank", "Lower", "Upper")
    for indicator, sheet in WGI_SHEETS.items():
        lines = [[f"line {number}"] for number in range(13)]
        # The year stands in the first of six merged cells.
        lines.append([None, None, *(c for y in years for c in (int(y), *[None] * 5))])
        lines.append(["Country/Territory", "Code", *parts * len(years)])
        for code in codes:
            cells = [
                cell
                for year in years
                for cell in (figures.get((code, year, indicator), "#N/A"), 0.1, 8, 50, 40, 60)
            ]
            lines.append(["x", code, *cells])
        sheets[sheet] = lines
    return books.workbook(path, sheets)


def wgi_table(path, rows, series="GOV_WGI_{}.EST", year="{0} [YR{0}]", code="Series Code"):
    years = sorted({row["year"] for row in rows})
    figures = {}
    for row in rows:
        figures.setdefault((row["iso3"], row["indicator"]), {})[row["year"]] = row["estimate"]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Country Name", "Country Code", code.replace("Code", "Name"), code,
                      *(year.format(each) for each in years)])  # fmt: skip
        for (iso3, indicator), found in figures.items():
            cells = [found.get(each, "..") for each in years]
            name = series.format(indicator.upper())
            out.writerow(["Congo, Dem. Rep.", iso3, "x", name, *cells])
            out.writerow(["x", iso3, "x", name.replace("EST", "PER.RNK"), *[50] * len(years)])
        file.write("\r\n\r\nData from database: Worldwide Governance Indicators\r\n")
        file.write("Last Updated: 11/05/2026\r\n")
    return path


def zipped(write, name):
    """The same in an archive, beside what explains it."""

    def pack(path, rows):
        inner = write(path.with_name(name), rows)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(inner, inner.name)
            archive.writestr("WGICountry.csv", "Country Code,Short Name\nABW,Aruba\n")
        return path

    return pack


def wgi_bulk(path, rows):
    return wgi_table(path, rows, "{}.EST", "{}", "Indicator Code")


WGI_LAYOUTS = {
    "wgidataset_with_sourcedata-2025.xlsx": wgi_sheets, "wgidataset.xlsx": wgi_rows,
    "wgidataset (1).xlsx": wgi_years,
    "P_Data_Extract_From_Worldwide_Governance_Indicators.csv": wgi_table, "WGICSV.csv": wgi_bulk,
    "WGI_CSV.zip": zipped(wgi_bulk, "WGICSV.csv"),
    "wgidataset_excel.zip": zipped(wgi_rows, "wgidataset.xlsx"),
}  # fmt: skip


@pytest.mark.parametrize("name", WGI_LAYOUTS)
def test_each_layout_of_the_governance_indicators_gives_the_bundled_estimates(
    settings, tmp_path, name
):
    rows = [row for row in table("wgi_estimates") if row["iso3"] < "B"]
    path = WGI_LAYOUTS[name](tmp_path / name, rows)
    report = land_file(settings, path)
    assert (report.source_id, report.rows_quarantined) == ("wgi_estimates", 0)
    expected = [(r["iso3"], int(r["year"]), r["indicator"], float(r["estimate"])) for r in rows]
    assert current(settings, "wgi_estimates") == sorted(expected, key=str)
    renamed = path.rename(tmp_path / f"governance{path.suffix}")
    assert identify(renamed) == "wgi_estimates"


def test_a_percentile_rank_is_no_estimate(settings, tmp_path):
    rows = [{"iso3": "DEU", "year": "2023", "indicator": "cc", "estimate": "94.5"}]
    path = wgi_table(tmp_path / "WGICSV.csv", rows, year="{}")
    error = kit.refusal(path, settings, WGI_ESTIMATES)
    assert "column 2023, line 2, column estimate, value '94.5'" in str(error)
    assert "not an estimate between -4 and 4" in str(error)


def test_a_wide_text_that_is_cut_off_is_refused_or_doubted(settings, tmp_path):
    rows = table("wgi_estimates")[:300]
    path = wgi_table(tmp_path / "WGICSV.csv", rows, year="{}")
    lines = path.read_text(encoding="utf-8-sig").splitlines()[:20]
    path.write_text("\n".join(lines)[:-20])
    assert "the row has" in str(kit.refusal(path, settings, WGI_ESTIMATES))
    path.write_text("\n".join(lines)[:-1])
    assert "its last line has no end" in land_file(settings, path).doubts[0]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("WGICSV.csv", b"Country Name,Country Code," + b"x" * (9 << 20), "the line is longer than"),
        (
            "WGICSV.csv.gz",
            b"Country Name,Country Code,2020\n" + (b"A" * 100_000 + b",ABW,1\n") * 9,
            "unpacks to more than 250 times",
        ),
        ("WGICSV.csv", "Country Name,Country Code,2020\nCôte d'Ivoire,CIV,1\n".encode("cp1252"),
         "does not decode as utf-8"),
        ("WGICSV.csv", b"<html>", "a web page or XML"),
        ("WGICSV.csv", b"", "the file is empty"),
        ("WGICSV.csv", b'Country Name,Country Code,2020\n"Aruba,ABW,1\n', "cannot be read"),
    ],
)  # fmt: skip
def test_a_wide_text_that_is_no_table_is_refused(
    settings, tmp_path, monkeypatch, name, content, words
):
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 16)
    path = kit.deliver_bytes(tmp_path / name, content)
    assert words in str(kit.refusal(path, settings, WGI_ESTIMATES))


ECB_HEADER = (
    "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,"
    "OBS_CONF,OBS_PRE_BREAK,OBS_COM,TIME_FORMAT,BREAKS,COLLECTION,COMPILING_ORG,DISS_ORG,"
    "DOM_SER_IDS,PUBL_ECB,PUBL_MU,PUBL_PUBLIC,UNIT_INDEX_BASE,COMPILATION,COVERAGE,DECIMALS,"
    "NAT_TITLE,SOURCE_AGENCY,SOURCE_PUB,TITLE,TITLE_COMPL,UNIT,UNIT_MULT"
)


def ecb_row(period, value, key="EXR.M.USD.EUR.SP00.A", status="A"):
    _, frequency, currency, against, kind, suffix = key.split(".")
    return (
        f"{key},{frequency},{currency},{against},{kind},{suffix},{period},{value},{status},F,,,"
        f"P1M,,A,,,,,,,99Q1=100,,,4,,4F0,,US dollar/Euro,"
        f'"ECB reference exchange rate, US dollar/Euro, 2:15 pm (C.E.T.)",{currency},0'
    )


def ecb_api(path, rows):
    lines = [ecb_row(row["period"], row["usd_per_eur"]) for row in rows]
    lines += [ecb_row("2000-01", "0.6", "EXR.M.GBP.EUR.SP00.A"), ecb_row("2026-07", "", status="M")]
    lines.append(ecb_row("2000-01-03", "1.009", "EXR.D.USD.EUR.SP00.A"))
    path.write_bytes("\r\n".join([ECB_HEADER, *lines, ""]).encode())
    return path


def ecb_download(path, rows):
    name = "US dollar/Euro, 2:15 pm (C.E.T.) (EXR.M.{}.EUR.SP00.A)"
    lines = [f'"DATE","TIME PERIOD","{name.format("USD")}","{name.format("GBP")}"']
    lines += [f'"{r["period"]}-28","{r["period"]}","{r["usd_per_eur"]}","0.85"' for r in rows]
    path.write_text("\n".join([*lines, ""]))
    return path


@pytest.mark.parametrize(
    ("name", "write", "doubts", "reasons"),
    [
        ("EXR.M.USD.EUR.SP00.A.csv", ecb_api, 0,
         {"month without a rate": 1, "rate of a day, a quarter or a year": 1,
          "rate of another currency": 1}),
        ("ECB Data Portal_20261129.csv", ecb_download, 1, {}),
    ],
)  # fmt: skip
def test_both_files_of_the_ecb_give_the_bundled_rates(
    settings, tmp_path, name, write, doubts, reasons
):
    rows = table("ecb_exchange_rates")
    path = write(tmp_path / name, rows)
    report = land_file(settings, path)
    assert (report.source_id, report.rows_quarantined) == ("ecb_exchange_rates", 0)
    assert report.rows_left_out == reasons
    expected = [(r["period"], Decimal(r["usd_per_eur"]).quantize(Decimal("1e-6"))) for r in rows]
    assert current(settings, "ecb_exchange_rates") == expected
    assert len(report.doubts) == doubts
    assert identify(path.rename(tmp_path / "rates.csv")) == "ecb_exchange_rates"


def test_a_mean_of_days_is_rounded_as_the_source_keeps_it(settings, tmp_path):
    path = tmp_path / "EXR.M.USD.EUR.SP00.A.csv"
    path.write_text("\n".join([ECB_HEADER, ecb_row("2000-01", "1.0136952380952382"), ""]))
    land_file(settings, path)
    assert current(settings, "ecb_exchange_rates") == [("2000-01", Decimal("1.013695"))]


MCS_HEADER = [
    "MCS chapter", "Section", "Commodity", "Country", "Statistics", "Statistics_detail", "Unit",
    "Year", "Value", "Notes", "Is critical mineral 2025", "Other notes",
]  # fmt: skip


def mcs(path, rows, header=MCS_HEADER, encoding="cp1252"):
    with path.open("w", encoding=encoding, newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        for row in rows:
            out.writerow([
                row["chapter"], "Salient Statistics—United States", row["commodity"],
                "United States", row.get("statistic", "Price"), row["detail"], row["unit"],
                row["year"], row["value"], "Estimated.", "Yes", "",
            ])  # fmt: skip
    return path


@pytest.mark.parametrize("last", ["2025", "2025_estimated"])
def test_the_data_release_of_the_summaries_gives_the_bundled_prices(settings, tmp_path, last):
    rows = table("usgs_annual_prices")
    other = {**rows[0], "statistic": "Production", "year": "2021-24", "value": "E"}
    written = [{**row, "year": last if row["year"] == "2025" else row["year"]} for row in rows]
    report = land_file(settings, mcs(tmp_path / "MCS2026_Commodities_Data.csv", [other, *written]))
    assert (report.source_id, report.rows_quarantined) == ("usgs_annual_prices", 0)
    assert report.rows_left_out == {"statistic other than a price": 1}
    assert report.doubts == []
    expected = [
        # Blanks around a producer's text are no part of it.
        (r["chapter"], r["commodity"], r["detail"].strip(), r["unit"] or None, int(r["year"]),
         r["value"] or None)
        for r in rows
    ]  # fmt: skip
    assert current(settings, "usgs_annual_prices") == sorted(expected, key=str)
    lines = duckdb.execute(
        "select min(line_number) from read_parquet(?)",
        [f"{settings.landing_dir}/usgs_annual_prices/2021/*.parquet"],
    ).fetchall()
    assert lines == [(3,)]


def test_the_next_edition_may_name_another_list_of_critical_minerals(settings, tmp_path):
    header = [name.replace("2025", "2028") for name in MCS_HEADER]
    rows = table("usgs_annual_prices")[:5]
    report = land_file(settings, mcs(tmp_path / "MCS2029_Commodities_Data.csv", rows, header))
    assert (report.rows_landed, report.doubts) == (5, [])
