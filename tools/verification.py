"""The verification page: what others published or computed beside what the published file holds.

Every number on the page is read from the file, from the tables in `tools/figures/` or from the
labels of the law in `seeds/measures/`, or computed from them; none is typed. The page tells neither
release nor day nor place, so that the same data gives the same page anywhere.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.console import write_file
from chokepoint.errors import ChokepointError
from chokepoint.reading.connection import connect_published
from chokepoint.settings import PROJECT_DIR, Settings

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
# Names that differ between the worked table of 2023 and the file.
MATERIALS_2023 = {"titanium ores": "titanium"}
MATERIALS_RECOMPUTED = {"borate (boron)": "borate"}

# fct_supply_risk.published_comparison in words.
COMPARISONS = {
    "reproduced": "computed from printed inputs, within what their rounding allows",
    "within_bounds": "an input is not known; the bounds hold the print",
    "fitted": "inputs were chosen so that the print comes out",
    "differs": "the print lies outside of the bounds",
}


def render(con: duckdb.DuckDBPyConnection, project_dir: Path) -> str:
    """The page of a published file (an open connection), as Markdown.

    Raises ChokepointError if a table of the comparison is not in the file or not in the folder.
    """
    import duckdb

    figures = project_dir / FIGURES
    try:
        sections = [
            _indicators(con, figures),
            _concentration_example(project_dir),
            _supply_risks_2017(con, figures),
            _studies_2023(con, figures),
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
    head = _prose(
        f"Written by `{COMMAND}` from the published file; edit nothing here. Worked tables and",
        "printed figures lie in `tools/figures/` and `seeds/reference/macro_facts.csv`, each",
        "with its source. The tests hold the same comparisons; this page shows what comes of",
        "them.",
    )
    return "\n\n".join(["# Verification", head, *sections]) + "\n"


def write(con: duckdb.DuckDBPyConnection, project_dir: Path, path: Path) -> bool:
    """Write the page in one step; return whether it changed."""
    page = render(con, project_dir)
    if path.is_file() and path.read_text(encoding="utf-8") == page:
        return False
    write_file(path, page.encode())
    return True


# --- sections -----------------------------------------------------------------------------


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
    worked = _figures(figures, "eu27_cdi_baci_hs92.csv")
    rows = []
    for indicator, column in INDICATOR_COLUMNS.items():
        pairs = [
            (float(row[column]), found[indicator, row["k"], row["year"]])
            for row in worked
            if row[column] and found.get((indicator, row["k"], row["year"])) is not None
        ]
        rows.append([f"`{indicator}`", len(pairs), _bound(_relative(*pair) for pair in pairs)])
    return _section(
        "Dependency indicators of the EU27",
        _prose(
            f"A table of {len(worked)} products and years worked outside the project from BACI",
            "(HS 1992), 2019 and 2021; compared are the codes that are bundled. Cards:",
            "[dependency](dependency.md), [import concentration](import_concentration.md).",
        ),
        _table(["indicator", "compared", "largest relative difference"], rows, right=(1, 2)),
    )


def _concentration_example(project_dir: Path) -> str:
    """The models' own SQL on four made-up suppliers."""
    import duckdb

    from chokepoint.warehouse.model_sql import ModelSql

    models = ModelSql(project_dir)
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
        con.execute(f"create table example as {models.sql('fct_import_concentration')[0]}")
        columns = ", ".join(column for _, column in EXAMPLE_METRICS.values())
        computed = con.execute(
            f"select {columns} from example where supplier_scope = 'extra_eu'"
        ).fetchone()
    assert computed is not None
    values = dict(zip(EXAMPLE_METRICS, computed, strict=True))
    rows = []
    for row in _figures(project_dir / FIGURES, "concentration_example.csv"):
        ours = values[row["metric"]]
        decimals = len(row["value"].partition(".")[2])
        agrees = abs(ours - float(row["value"])) <= 0.5 * 10**-decimals * (1 + 1e-9)
        rows.append(
            [EXAMPLE_METRICS[row["metric"]][0], row["value"], f"{ours:.{decimals + 3}f}",
             _yes(agrees)]
        )  # fmt: skip
    shares = ", ".join(map(str, EXAMPLE_SHARES.values()))
    return _section(
        "Worked example of concentration",
        _prose(
            f"Suppliers with {shares} of 100, through the SQL of the models. Card: [import",
            "concentration](import_concentration.md).",
        ),
        _table(["measure", "printed", "ours", "agrees"], rows, right=(1, 2)),
    )


def _supply_risks_2017(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = _by_key(
        con,
        """
        select material, supply_risk, supply_risk_low, supply_risk_high, is_published_within_bounds
        from marts.fct_supply_risk where assessment_id = 'ec2017'
        """,
        1,
    )
    rows, strictly, compared = [], 0, 0
    for row in _figures(figures, "crm2017_supply_risk.csv"):
        central, low, high, is_inside = found.get((row["material"],), (None,) * 4)
        if central is None:
            rows.append([row["material"], row["SR_published"], "", "", "", ""])
            continue
        compared += 1
        strictly += low <= float(row["SR_published"]) <= high
        rows.append(
            [row["material"], row["SR_published"], f"{central:.3f}", f"{low:.3f}", f"{high:.3f}",
             _yes(is_inside)]
        )  # fmt: skip
    inside = sum(row[-1] == "yes" for row in rows)
    return _section(
        "Supply risks of the EU study of 2017",
        _prose(
            f"{len(rows)} materials; {compared} computed from the printed, rounded inputs. The",
            "printed figure lies inside what the rounding of the inputs and its own rounding",
            f"allow for {inside}, and for {strictly} if its own is left out. Card: [supply",
            "risk](supply_risk.md).",
        ),
        _table(
            ["material", "printed", "ours", "low", "high", "inside"], rows, right=(1, 2, 3, 4)
        ),
    )  # fmt: skip


def _studies_2023(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = _by_key(
        con,
        """
        select lower(material), upper(left(stage, 1)), hhi_wgi_t_global, hhi_wgi_t_eu,
            hhi_global, hhi_eu
        from marts.fct_supply_risk where assessment_id = 'ec2023'
        """,
        2,
    )
    concentrations, plain = [], []
    for row in _figures(figures, "crm2023_hhi.csv"):
        material = row["Material"].lower()
        key = (MATERIALS_2023.get(material, material), row["Stage"])
        pairs = found.get(key, (None,) * 4)
        for column, ours in zip(("HHI_wgi_t_GS", "HHI_wgi_t_EU"), pairs[:2], strict=True):
            if row[column] and ours is not None:
                concentrations.append((_relative(float(row[column]), ours), row["Material"]))
        for column, ours in zip(("HHI_GS", "HHI_EU"), pairs[2:], strict=True):
            if row[column] and ours is not None:
                plain.append(abs(float(row[column]) - ours))
    concentrations.sort()
    distances = [distance for distance, _ in concentrations]
    summary = [
        [f"within {limit}%", sum(distance < limit / 100 for distance in distances)]
        for limit in (1, 2, 6)
    ] + [["all compared", len(distances)]]
    farthest = [f"{name}, {100 * distance:.1f}%" for distance, name in concentrations[-1:]]
    risks = _by_key(
        con,
        """
        select lower(material), supply_risk, published_comparison from marts.fct_supply_risk
        where assessment_id = 'ec2023' and is_bottleneck and not is_group
        """,
        1,
    )
    comparisons = Counter(comparison for _, comparison in risks.values())
    recomputed = []
    for row in _figures(figures, "published_criticality.csv"):
        if row["metric"] == "CRM_SR_2023_recomputed_end_to_end":
            name = row["entity"].lower()
            ours, comparison = risks.get((MATERIALS_RECOMPUTED.get(name, name),), (None, None))
            shown = "" if ours is None else f"{ours:.2f}"
            recomputed.append([row["entity"], row["value"], shown, comparison or ""])
    groups = con.execute(
        """
        select material, published_supply_risk, coalesce(printf('%.2f', supply_risk), ''),
            printf('%.2f', supply_risk_low), printf('%.2f', supply_risk_high), published_comparison
        from marts.fct_supply_risk
        where is_group and is_bottleneck order by material
        """
    ).fetchall()
    importances = _by_key(
        con,
        """
        select material, economic_importance_before_substitution, implied_si_ei
        from marts.fct_economic_importance
        """,
        1,
    )
    computed, implied = [], []
    for row in _figures(figures, "crm2023_ei.csv"):
        ours, index = importances.get((row["material"],), (None, None))
        if ours is not None:
            computed.append(abs(ours - float(row["EI_over_SI_EI"])))
        if index is not None and row["implied_SI_EI"]:
            implied.append(abs(index - float(row["implied_SI_EI"])))
    return _section(
        "The EU study of 2023",
        _prose(
            "HHIs weighted with governance and trade parameter, of global supply and of EU",
            "sourcing, against a table worked with an older release of the governance",
            f"indicators. Farthest apart: {_list(farthest) or 'none'}. Of {len(plain)} plain HHIs",
            f"of the same shares {sum(distance < 0.000051 for distance in plain)} agree within the",
            "rounding of four decimals.",
        ),
        _table(["difference", "figures"], summary, right=(1,)),
        _prose(
            "Supply risks at the bottleneck against the print. A fitted figure proves nothing: its",
            "inputs were chosen so that the print comes out.",
        ),
        _table(
            ["comparison", "meaning", "supply risks"],
            [[name, meaning, comparisons[name]] for name, meaning in COMPARISONS.items()],
            right=(2,),
        ),
        _prose(
            "Supply risks of which each input is stated or assumed. The index of substitution is",
            "taken as 1 where it is not known, so that ours may be above.",
        ),
        _table(["material", "printed", "ours", "comparison"], recomputed, right=(1, 2)),
        _prose(
            "Groups, of which the study prints the arithmetic mean of the members; not counted",
            "above. Ours is empty where a member has bounds only.",
        ),
        _table(
            ["group", "printed", "ours", "low", "high", "comparison"], groups, right=(1, 2, 3, 4)
        ),
        _prose(
            "Economic importance before substitution, and the index of substitution that the",
            "printed importance implies, against a worked table with three decimals. Card:",
            "[economic importance](economic_importance.md).",
        ),
        _table(
            ["figure", "compared", "largest difference"],
            [
                ["importance", len(computed), _largest(computed)],
                ["implied index", len(implied), _largest(implied)],
            ],
            right=(1, 2),
        ),
    )


def _production(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = _by_key(
        con,
        """
        select mineral, year::varchar, hhi, cr1, cr3, total_quantity
        from marts.fct_production_concentration
        """,
        2,
    )
    columns = {"HHI": 0.000005, "CR1": 0.00005, "CR3": 0.00005}
    distances: dict[str, list[float]] = {column: [] for column in columns}
    worked = _figures(figures, "world_production_hhi.csv")
    for row in worked:
        ours = found.get((row["material"], row["year"]))
        if ours is not None:
            for column, value in zip(columns, ours, strict=False):
                distances[column].append(abs(value - float(row[column])))
    rows = [
        [column, len(distances[column]), sum(d <= limit * 1.000001 for d in distances[column]),
         _largest(distances[column])]
        for column, limit in columns.items()
    ]  # fmt: skip
    others = []
    named = {"Lithium": "Lithium (Li2O)", "Rare earths": "Rare Earths (REO)"}
    for row in _figures(figures, "published_criticality.csv"):
        if row["metric"] == "CR3_mine_production":
            mineral = named.get(row["entity"], row["entity"])
            ours = found.get((mineral, row["period"]))
            shown = "" if ours is None else f"{100 * ours[2]:.1f}%"
            others.append([row["entity"], row["period"], row["value"], shown])
    return _section(
        "World mine production",
        _prose(
            f"A worked table of {len(worked)} minerals and years, printed with five and four",
            "decimals. Card: [production concentration](production_concentration.md).",
        ),
        _table(
            ["figure", "compared", "within the rounding of the table", "largest difference"],
            rows,
            right=(1, 2, 3),
        ),
        _prose("Share of the three largest producers as the OECD quotes it, from another source:"),
        _table(["metal", "year", "printed", "ours"], others, right=(2, 3)),
    )


def _geopolrisk(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = _by_key(
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
    worked = _figures(figures, "geopolrisk_py.csv")
    for row in worked:
        ours = found.get((row["reporter_code"], row["mineral"], row["year"]))
        if ours is None:
            continue
        for column, value in zip(columns, ours, strict=False):
            distances[column].append(_relative(float(row[column]), value))
        low, high, score = ours[3:]
        if score is None:
            bounded.append(low <= float(row["score"]) <= high)
        else:
            scores.append(_relative(float(row["score"]), score))
    rows = [
        [column.replace("_", " "), len(distances[column]), _bound(distances[column])]
        for column in columns
    ]
    rows.append(
        ["score, where each supplier has one", len(scores), f"{max(scores, default=0):.4f}"]
    )
    return _section(
        "GeoPolRisk against the public package",
        _prose(
            f"{len(worked)} results of geopolrisk-py. Its governance is of another release, and",
            "it takes 0.5 where a country has no score, so scores differ; with its own inputs",
            "they are equal (`tests/build/models/test_geopolrisk.py`).",
            f"{sum(score < 0.01 for score in scores)} of {len(scores)} scores are within 1% of",
            f"ours; of {len(bounded)} others, where a supplier has no score and ours has bounds",
            f"only, {sum(bounded)} lie within the bounds. Card: [GeoPolRisk](geopolrisk.md).",
        ),
        _table(["figure", "compared", "largest relative difference"], rows, right=(1, 2)),
    )  # fmt: skip


def _law(con: duckdb.DuckDBPyConnection, project_dir: Path) -> str:
    labels = _figures(project_dir / LABELS.parent, LABELS.name)
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
    return _section(
        "States of the law",
        _prose(
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
        [check_id, fact, period, f"{source} {nomenclature}", _rounded(published, step),
         # One decimal more than the print, where it has any.
         _rounded(ours, step, step <= 1), unit, _per_cent(relative),
         "yes" if is_within else reason_kind]
        for check_id, _, fact, period, unit, source, nomenclature, published, ours, step, relative,
        is_within, reason_kind, _ in compared
    ]  # fmt: skip
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in compared:
        if not row[11]:
            reasons.setdefault((row[12], row[13]), []).append(row[0])
    missing: dict[tuple[str, str], list[str]] = {}
    for row in left_out:
        missing.setdefault((row[12], row[13]), []).append(row[1])
    return _section(
        "Published figures of trade",
        _prose(
            f"{len(facts)} figures of Eurostat, customs and the press. {len(computed)} can be",
            f"computed from what is bundled, some from several sources, in {len(compared)}",
            f"comparisons; {len(agreeing)} agree within the rounding of the print in one at",
            "least. Nothing is fitted: differences stay, with our reading of why. The same table",
            "is `meta.figure_checks`.",
        ),
        _table(
            ["check", "figure", "period", "our source", "printed", "ours", "unit", "difference, %",
             "agrees, or why not"],
            rows,
            right=(4, 5, 7),
        ),
        "Why they differ:",
        _table(
            ["kind", "reason", "checks"],
            [[kind, reason, _list(ids)] for (kind, reason), ids in sorted(reasons.items())],
        ),
        f"{len(facts - computed)} figures cannot be computed:",
        _table(
            ["kind", "reason", "count", "figures"],
            [
                [kind, reason, len(ids), _list(ids)]
                for (kind, reason), ids in sorted(missing.items())
            ],
            right=(2,),
        ),
    )  # fmt: skip


# --- parts --------------------------------------------------------------------------------


def _figures(figures: Path, name: str) -> list[dict[str, str]]:
    path = figures / name
    if not path.is_file():
        raise ChokepointError(f"There is no table {path}.", "run this in a checkout, which has it.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _by_key(con: duckdb.DuckDBPyConnection, query: str, width: int) -> dict[tuple[Any, ...], Any]:
    """Rows of a query by their first columns."""
    return {row[:width]: row[width:] for row in con.execute(query).fetchall()}


def _relative(expected: float, found: float) -> float:
    """Distance as a share of what is expected; of nothing, the distance itself."""
    return abs(found - expected) / (abs(expected) or 1)


def _bound(distances: Iterable[float]) -> str:
    """The power of ten that the largest distance stays below: digits beyond it are noise."""
    largest = max(distances, default=None)
    if largest is None:
        return "-"
    if largest < 1e-12:
        return "below 1e-12"
    return f"below 1e{math.floor(math.log10(largest)) + 1}"


def _largest(distances: Sequence[float]) -> str:
    return f"{max(distances):.1e}" if distances else "-"


def _rounded(value: float, step: float, more: int = 0) -> str:
    return f"{value:,.{max(0, -math.floor(math.log10(step) + 1e-9)) + more}f}"


def _per_cent(share: float | None) -> str:
    if share is None:
        return ""
    return f"{100 * share:+.2f}" if abs(share) >= 0.001 else f"{100 * share:+.1g}"


def _yes(answer: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[answer]


def _list(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _section(title: str, *parts: str) -> str:
    return "\n\n".join([f"## {title}", *parts])


def _prose(*lines: str) -> str:
    """Sentences as lines of a hundred letters at most; numbers in them change their length."""
    # A number and its per cent sign stay together.
    text = " ".join(lines).replace(" %", "\u00a0%")
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def _table(head: list[str], rows: Iterable[Iterable[Any]], right: Sequence[int] = ()) -> str:
    """A Markdown table; columns of numbers to the right."""
    rule = ["---:" if position in right else "---" for position in range(len(head))]
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in (head, *cells)]
    return "\n".join([lines[0], f"|{'|'.join(rule)}|", *lines[1:]])


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
