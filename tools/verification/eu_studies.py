"""Sections of the verification page: the EU studies of critical raw materials, 2017 and 2023."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tools.verification import parts

if TYPE_CHECKING:
    import duckdb

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


def supply_risks_2017(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    found = parts.by_key(
        con,
        """
        select material, supply_risk, supply_risk_low, supply_risk_high, is_published_within_bounds
        from marts.fct_supply_risk where assessment_id = 'ec2017'
        """,
        1,
    )
    rows, strictly, compared = [], 0, 0
    for row in parts.read_figures(figures, "crm2017_supply_risk.csv"):
        central, low, high, is_inside = found.get((row["material"],), (None,) * 4)
        if central is None:
            rows.append([row["material"], row["SR_published"], "", "", "", ""])
            continue
        compared += 1
        strictly += low <= float(row["SR_published"]) <= high
        rows.append(
            [row["material"], row["SR_published"], f"{central:.3f}", f"{low:.3f}", f"{high:.3f}",
             parts.yes(is_inside)]
        )  # fmt: skip
    inside = sum(row[-1] == "yes" for row in rows)
    return parts.section(
        "Supply risks of the EU study of 2017",
        parts.prose(
            f"{len(rows)} materials; {compared} computed from the printed, rounded inputs. The",
            "printed figure lies inside what the rounding of the inputs and its own rounding",
            f"allow for {inside}, and for {strictly} if its own is left out. Card: [supply",
            "risk](supply_risk.md).",
        ),
        parts.table(
            ["material", "printed", "ours", "low", "high", "inside"], rows, right=(1, 2, 3, 4)
        ),
    )  # fmt: skip


def studies_2023(con: duckdb.DuckDBPyConnection, figures: Path) -> str:
    """HHIs, supply risks, groups and economic importance."""
    return parts.section(
        "The EU study of 2023",
        *_concentrations(con, figures),
        *_bottlenecks(con, figures),
        *_groups(con),
        *_importances(con, figures),
    )


def _concentrations(con: duckdb.DuckDBPyConnection, figures: Path) -> tuple[str, str]:
    found = parts.by_key(
        con,
        """
        select lower(material), upper(left(stage, 1)), hhi_wgi_t_global, hhi_wgi_t_eu,
            hhi_global, hhi_eu
        from marts.fct_supply_risk where assessment_id = 'ec2023'
        """,
        2,
    )
    weighted, plain = [], []
    for row in parts.read_figures(figures, "crm2023_hhi.csv"):
        material = row["Material"].lower()
        key = (MATERIALS_2023.get(material, material), row["Stage"])
        columns = ("HHI_wgi_t_GS", "HHI_wgi_t_EU", "HHI_GS", "HHI_EU")
        for column, ours in zip(columns, found.get(key, (None,) * 4), strict=True):
            if not row[column] or ours is None:
                continue
            printed = float(row[column])
            if "wgi" in column:
                weighted.append((parts.relative(printed, ours), row["Material"]))
            else:
                plain.append(abs(printed - ours))
    weighted.sort()
    summary = [
        [f"within {limit}%", sum(distance < limit / 100 for distance, _ in weighted)]
        for limit in (1, 2, 6)
    ]
    farthest = parts.listing(f"{name}, {100 * distance:.1f}%" for distance, name in weighted[-1:])
    return (
        parts.prose(
            "HHIs weighted with governance and trade parameter, of global supply and of EU",
            "sourcing, against a table worked with an older release of the governance",
            f"indicators. Farthest apart: {farthest or 'none'}. Of {len(plain)} plain HHIs",
            f"of the same shares {sum(distance < 0.000051 for distance in plain)} agree within the",
            "rounding of four decimals.",
        ),
        parts.table(
            ["difference", "figures"], [*summary, ["all compared", len(weighted)]], right=(1,)
        ),
    )


def _bottlenecks(con: duckdb.DuckDBPyConnection, figures: Path) -> tuple[str, ...]:
    risks = parts.by_key(
        con,
        """
        select lower(material), supply_risk, published_comparison from marts.fct_supply_risk
        where assessment_id = 'ec2023' and is_bottleneck and not is_group
        """,
        1,
    )
    comparisons = Counter(comparison for _, comparison in risks.values())
    recomputed = []
    for row in parts.read_figures(figures, "published_criticality.csv"):
        if row["metric"] == "CRM_SR_2023_recomputed_end_to_end":
            name = row["entity"].lower()
            ours, comparison = risks.get((MATERIALS_RECOMPUTED.get(name, name),), (None, None))
            shown = "" if ours is None else f"{ours:.2f}"
            recomputed.append([row["entity"], row["value"], shown, comparison or ""])
    return (
        parts.prose(
            "Supply risks at the bottleneck against the print. A fitted figure proves nothing: its",
            "inputs were chosen so that the print comes out.",
        ),
        parts.table(
            ["comparison", "meaning", "supply risks"],
            [[name, meaning, comparisons[name]] for name, meaning in COMPARISONS.items()],
            right=(2,),
        ),
        parts.prose(
            "Supply risks of which each input is stated or assumed. The index of substitution is",
            "taken as 1 where it is not known, so that ours may be above.",
        ),
        parts.table(["material", "printed", "ours", "comparison"], recomputed, right=(1, 2)),
    )


def _groups(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    groups = con.execute(
        """
        select material, published_supply_risk, coalesce(printf('%.2f', supply_risk), ''),
            printf('%.2f', supply_risk_low), printf('%.2f', supply_risk_high), published_comparison
        from marts.fct_supply_risk
        where is_group and is_bottleneck order by material
        """
    ).fetchall()
    return (
        parts.prose(
            "Groups, of which the study prints the arithmetic mean of the members; not counted",
            "above. Ours is empty where a member has bounds only.",
        ),
        parts.table(
            ["group", "printed", "ours", "low", "high", "comparison"], groups, right=(1, 2, 3, 4)
        ),
    )


def _importances(con: duckdb.DuckDBPyConnection, figures: Path) -> tuple[str, str]:
    found = parts.by_key(
        con,
        """
        select material, economic_importance_before_substitution, implied_si_ei
        from marts.fct_economic_importance
        """,
        1,
    )
    computed, implied = [], []
    for row in parts.read_figures(figures, "crm2023_ei.csv"):
        ours, index = found.get((row["material"],), (None, None))
        if ours is not None:
            computed.append(abs(ours - float(row["EI_over_SI_EI"])))
        if index is not None and row["implied_SI_EI"]:
            implied.append(abs(index - float(row["implied_SI_EI"])))
    return (
        parts.prose(
            "Economic importance before substitution, and the index of substitution that the",
            "printed importance implies, against a worked table with three decimals. Card:",
            "[economic importance](economic_importance.md).",
        ),
        parts.table(
            ["figure", "compared", "largest difference"],
            [
                ["importance", len(computed), parts.largest(computed)],
                ["implied index", len(implied), parts.largest(implied)],
            ],
            right=(1, 2),
        ),
    )
