"""The verification page: what others published or computed beside what the published file holds. No
number is typed: all are of the file, `tools/figures/` or the labels in `seeds/measures/`. Without
release, day and place, the same data gives the same page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.console import write_file
from chokepoint.errors import ChokepointError
from tools.verification import parts
from tools.verification.eu_studies import studies_2023, supply_risks_2017

if TYPE_CHECKING:
    import duckdb

PAGE = Path("docs") / "methodology" / "verification.md"
FIGURES = Path("tools") / "figures"
LABELS = Path("seeds") / "measures" / "law_labels.csv"
COMMAND = "make verification"

INDICATOR_COLUMNS = {
    "cdi1": "CDI1",
    "cdi2": "CDI2",
    "cdi3_extra_eu_exports": "CDI3_extra_exports",
    "cdi3_all_exports": "CDI3_total_exports",
    "world_export_hhi": "world_export_HHI",
}
# Suppliers of the worked example of concentration and their shares of 100.
EXAMPLE_SHARES = {"AUS": 50, "BRA": 30, "CHN": 15, "DZA": 5}
EXAMPLE_METRICS = {
    "HHI_worked_example": ("HHI, times 10,000", "10000 * hhi_value"),
    "HHI_normalised (H-1/n)/(1-1/n)": ("normalised HHI", "hhi_value_normalised"),
    "effective number 1/H": ("effective suppliers", "effective_suppliers"),
    "Shannon (nat)": ("Shannon entropy", "shannon_entropy"),
    "Theil ln n - Shannon": ("Theil index", "theil_index"),
    "CR1": ("CR1", "cr1_value"),
    "CR3": ("CR3", "cr3_value"),
}


def render(con: duckdb.DuckDBPyConnection, project_dir: Path) -> str:
    """The page of a published file (an open connection), as Markdown; ChokepointError if a table of
    the comparison is in neither file nor folder."""
    import duckdb

    figures = project_dir / FIGURES
    try:
        sections = [
            _indicators(con, figures),
            _concentration_example(project_dir),
            supply_risks_2017(con, figures),
            studies_2023(con, figures),
            _production(con, figures),
            _geopolrisk(con, figures),
            _law(con, project_dir),
            _figure_checks(con),
        ]
    except duckdb.Error as error:
        raise ChokepointError(
            f"The published file cannot be verified: {str(error).splitlines()[0]}",
            "build the release again with `make build`.",
        ) from error
    head = parts.prose(
        f"Written by `{COMMAND}` from the published file; edit nothing here. Worked tables and",
        "printed figures lie in `tools/figures/` and `seeds/reference/macro_facts.csv`, each",
        "with its source. A test holds this page to the published file, and to what must agree.",
    )
    return "\n\n".join(["# Verification", head, *sections]) + "\n"


def write(con: duckdb.DuckDBPyConnection, project_dir: Path, path: Path) -> bool:
    """Write the page in one step; return whether it changed."""
    page = render(con, project_dir)
    if path.is_file() and path.read_text(encoding="utf-8") == page:
        return False
    write_file(path, page.encode())
    return True


def _indicators(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = {
        (indicator, product, period): value
        for indicator, product, period, value in con.execute(
            """
            select indicator_id, product_code, period, value from marts.fct_dependency_indicators
            where reporter_code = 'EU27' and source_id = 'baci_hs92_bilateral'
            """
        ).fetchall()
    }
    worked = parts.read_figures(figures, "eu27_cdi_baci_hs92.csv")
    rows = []
    for indicator, column in INDICATOR_COLUMNS.items():
        pairs = [
            (float(row[column]), found[indicator, row["k"], row["year"]])
            for row in worked
            if row[column] and found.get((indicator, row["k"], row["year"])) is not None
        ]
        rows.append(
            [f"`{indicator}`", len(pairs), parts.bound(parts.relative(*pair) for pair in pairs)]
        )
    return parts.section(
        "Dependency indicators of the EU27",
        parts.prose(
            f"A table of {len(worked)} products and years worked outside the project from BACI",
            "(HS 1992), 2019 and 2021; compared are the codes that are bundled. Cards:",
            "[dependency](dependency.md), [import concentration](import_concentration.md).",
        ),
        parts.table(["indicator", "compared", "largest relative difference"], rows, right=(1, 2)),
    )


def _concentration_of_example(project_dir: Path) -> dict[str, float]:
    """The models' own SQL on four made-up suppliers."""
    import duckdb

    from chokepoint.warehouse.model_sql import ModelSql

    with duckdb.connect(":memory:") as con:
        con.execute(
            """
            create table int_trade__imports as
            select
                'example' as source_id, 'HS1992' as nomenclature, '000000' as product_code,
                '2024' as period, 'annual' as frequency, 'EUR' as currency,
                'EU27' as reporter_code, shares.supplier as partner_code,
                'country' as partner_kind, shares.place as partner_number,
                null::varchar as coverage, shares.share::decimal(18, 3) as value_in_currency,
                0::decimal(18, 3) as value_without_mass, 1::decimal(18, 3) as net_mass_kg,
                null::double as usd_per_eur, true as is_eu_reporter, false as is_intra_eu_partner,
            from (
                select
                    unnest($1) as supplier, unnest($2) as share,
                    generate_subscripts($1, 1) as place,
            ) as shares
            """,
            [list(EXAMPLE_SHARES), list(EXAMPLE_SHARES.values())],
        )
        con.execute(
            """
            create table stg_reference__trade_sources as
            select 'example' as source_id, 'both' as supplier_scopes, 'all' as partners;
            create table known_outliers (
                source_id text, reporter_code text, product_code text, period text, reason text
            );
            """
        )
        con.execute(
            f"create table example as {ModelSql(project_dir).sql('fct_import_concentration')[0]}"
        )
        columns = ", ".join(column for _, column in EXAMPLE_METRICS.values())
        computed = con.execute(
            f"select {columns} from example where supplier_scope = 'extra_eu'"
        ).fetchone()
    assert computed is not None
    return dict(zip(EXAMPLE_METRICS, computed, strict=True))


def _concentration_example(project_dir: Path) -> str:
    values = _concentration_of_example(project_dir)
    rows = []
    for row in parts.read_figures(project_dir / FIGURES, "concentration_example.csv"):
        ours = values[row["metric"]]
        decimals = len(row["value"].partition(".")[2])
        agrees = abs(ours - float(row["value"])) <= 0.5 * 10**-decimals * (1 + 1e-9)
        rows.append(
            [EXAMPLE_METRICS[row["metric"]][0], row["value"], f"{ours:.{decimals + 3}f}",
             parts.yes(agrees)]
        )  # fmt: skip
    shares = ", ".join(map(str, EXAMPLE_SHARES.values()))
    return parts.section(
        "Worked example of concentration",
        parts.prose(
            f"Suppliers with {shares} of 100, through the SQL of the models. Card: [import",
            "concentration](import_concentration.md).",
        ),
        parts.table(["measure", "printed", "ours", "agrees"], rows, right=(1, 2)),
    )


def _production(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = parts.by_key(
        con,
        """
        select mineral, year::varchar, hhi, cr1, cr3, total_quantity
        from marts.fct_production_concentration
        """,
        2,
    )
    columns = {"HHI": 0.000005, "CR1": 0.00005, "CR3": 0.00005}
    distances: dict[str, list[float]] = {column: [] for column in columns}
    worked = parts.read_figures(figures, "world_production_hhi.csv")
    for row in worked:
        ours = found.get((row["material"], row["year"]))
        if ours is not None:
            for column, value in zip(columns, ours, strict=False):
                distances[column].append(abs(value - float(row[column])))
    rows = [
        [column, len(distances[column]), sum(d <= limit * 1.000001 for d in distances[column]),
         parts.largest(distances[column])]
        for column, limit in columns.items()
    ]  # fmt: skip
    others = []
    named = {"Lithium": "Lithium (Li2O)", "Rare earths": "Rare Earths (REO)"}
    for row in parts.read_figures(figures, "published_criticality.csv"):
        if row["metric"] == "CR3_mine_production":
            mineral = named.get(row["entity"], row["entity"])
            ours = found.get((mineral, row["period"]))
            shown = "" if ours is None else f"{100 * ours[2]:.1f}%"
            others.append([row["entity"], row["period"], row["value"], shown])
    return parts.section(
        "World mine production",
        parts.prose(
            f"A worked table of {len(worked)} minerals and years, printed with five and four",
            "decimals. Card: [production concentration](production_concentration.md).",
        ),
        parts.table(
            ["figure", "compared", "within the rounding of the table", "largest difference"],
            rows,
            right=(1, 2, 3),
        ),
        parts.prose(
            "Share of the three largest producers as the OECD quotes it, from another source:"
        ),
        parts.table(["metal", "year", "printed", "ours"], others, right=(2, 3)),
    )


def _geopolrisk(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = parts.by_key(
        con,
        """
        select reporter_code, mineral, year::varchar, import_quantity_tonnes,
            domestic_production_tonnes, production_hhi, geopolrisk_score_low,
            geopolrisk_score_high, geopolrisk_score
        from marts.fct_geopolrisk
        """,
        3,
    )
    columns = ("import_tonnes", "production_tonnes", "production_hhi")
    distances: dict[str, list[float]] = {column: [] for column in columns}
    scores, bounded = [], []
    worked = parts.read_figures(figures, "geopolrisk_py.csv")
    for row in worked:
        ours = found.get((row["reporter_code"], row["mineral"], row["year"]))
        if ours is None:
            continue
        for column, value in zip(columns, ours, strict=False):
            distances[column].append(parts.relative(float(row[column]), value))
        low, high, score = ours[3:]
        if score is None:
            bounded.append(low <= float(row["score"]) <= high)
        else:
            scores.append(parts.relative(float(row["score"]), score))
    rows = [
        [column.replace("_", " "), len(distances[column]), parts.bound(distances[column])]
        for column in columns
    ]
    rows.append(
        ["score, where each supplier has one", len(scores), f"{max(scores, default=0):.4f}"]
    )
    return parts.section(
        "GeoPolRisk against the public package",
        parts.prose(
            f"{len(worked)} results of geopolrisk-py. Its governance is of another release, and",
            "it takes 0.5 where a country has no score, so scores differ; with its own inputs",
            "they are equal (`tests/build/models/test_geopolrisk.py`).",
            f"{sum(score < 0.01 for score in scores)} of {len(scores)} scores are within 1% of",
            f"ours; of {len(bounded)} others, where a supplier has no score and ours has bounds",
            f"only, {sum(bounded)} lie within the bounds. Card: [GeoPolRisk](geopolrisk.md).",
        ),
        parts.table(["figure", "compared", "largest relative difference"], rows, right=(1, 2)),
    )  # fmt: skip


def _law(con: duckdb.DuckDBPyConnection, project_dir: Path) -> str:
    labels = parts.read_figures(project_dir / LABELS.parent, LABELS.name)
    right = 0
    for row in labels:
        answers = con.execute(
            """
            select state, is_disputed from marts.fct_measure_states
            where measure_id = $1 and clause_id = $2 and destination = $3 and user_type = $4
                and claim_group = $5
                and valid_from <= $6::date and (valid_to is null or $6::date < valid_to)
                and known_from <= $7::date and (known_to is null or $7::date < known_to)
            """,
            [
                row[column]
                for column in (
                    "measure_id", "clause_id", "destination", "user_type", "claim_group",
                    "valid_on", "known_on",
                )
            ],
        ).fetchall()  # fmt: skip
        labelled = [(row["state"], row["is_disputed"] == "Y")] if row["state"] else []
        right += answers == labelled
    measures = len({row["measure_id"] for row in labels})
    return parts.section(
        "States of the law",
        parts.prose(
            f"{len(labels)} labels given by hand for {measures} measures, mostly on border days,",
            f"each with a reason (`{LABELS.as_posix()}`): {right} equal the",
            "published state. Card: [measure states](measure_states.md).",
        ),
    )  # fmt: skip


def _figure_checks(con: duckdb.DuckDBPyConnection) -> str:
    checks = con.execute(
        """
        select check_id, fact_id, fact_text, period, unit, source_id, nomenclature,
            published_value, our_value, rounding_step, relative_difference, is_within_rounding,
            reason_kind, reason
        from meta.figure_checks order by check_id
        """
    ).fetchall()
    compared = [row for row in checks if row[8] is not None]
    left_out = [row for row in checks if row[8] is None]
    agreeing = {row[1] for row in compared if row[11]}
    facts = {row[1] for row in checks}
    computed = {row[1] for row in compared}
    rows = [
        [check_id, fact, period, f"{source} {nomenclature}", parts.rounded(published, step),
         # One decimal more than the print, where it has any.
         parts.rounded(ours, step, step <= 1), unit, parts.per_cent(apart),
         "yes" if is_within else reason_kind]
        for check_id, _, fact, period, unit, source, nomenclature, published, ours, step, apart,
        is_within, reason_kind, _ in compared
    ]  # fmt: skip
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in compared:
        if not row[11]:
            reasons.setdefault((row[12], row[13]), []).append(row[0])
    missing: dict[tuple[str, str], list[str]] = {}
    for row in left_out:
        missing.setdefault((row[12], row[13]), []).append(row[1])
    return parts.section(
        "Published figures of trade",
        parts.prose(
            f"{len(facts)} figures of Eurostat, customs and the press. {len(computed)} can be",
            f"computed from what is bundled, some from several sources, in {len(compared)}",
            f"comparisons; {len(agreeing)} agree within the rounding of the print in one at",
            "least. Nothing is fitted: differences stay, with our reading of why. The same table",
            "is `meta.figure_checks`.",
        ),
        parts.table(
            ["check", "figure", "period", "our source", "printed", "ours", "unit", "difference, %",
             "agrees, or why not"],
            rows,
            right=(4, 5, 7),
        ),
        "Why they differ:",
        parts.table(
            ["kind", "reason", "checks"],
            [[kind, reason, parts.listing(ids)] for (kind, reason), ids in sorted(reasons.items())],
        ),
        f"{len(facts - computed)} figures cannot be computed:",
        parts.table(
            ["kind", "reason", "count", "figures"],
            [
                [kind, reason, len(ids), parts.listing(ids)]
                for (kind, reason), ids in sorted(missing.items())
            ],
            right=(2,),
        ),
    )  # fmt: skip
