"""The marts of scale.py in pandas, all months at once, in the peers' environment.

Run by scale.py: scale_pandas.py INPUTS_FOLDER OUTPUT_FOLDER MEMORY THREADS
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from measured import report

# One number for period, product and reporter: grouping by three columns takes three times as long.
CELL = "cell"
SCOPES = ("all", "extra_eu")


def read(files: list[str], places: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Imports of each member; codes are numbers in the order of the codes."""
    columns = ["period", "product_nc", "reporter", "partner", "value_eur", "quantity_kg"]
    table = ds.dataset(files).to_table(columns=columns, filter=pc.field("flow") == "1")
    codes = {}
    frame = pd.DataFrame()
    for name in ("period", "product_nc", "reporter", "partner"):
        column = table[name].combine_chunks().dictionary_encode()
        codes[name] = pd.Index(column.dictionary.to_pandas())
        frame[name] = column.indices.to_numpy()
    for name in ("value_eur", "quantity_kg"):
        frame[name] = table[name].cast(pa.float64()).to_numpy()
    for name in ("reporter", "partner"):
        place = places.set_index("source_code")["place"].reindex(codes[name])
        frame[name] = place.to_numpy()[frame[name].to_numpy()]
    for name in ("period", "product_nc"):
        ordered = codes[name].sort_values()
        frame[name] = ordered.get_indexer(codes[name])[frame[name].to_numpy()]
        codes[name] = ordered
    frame = frame[frame["reporter"] != frame["partner"]]
    return frame, list(codes["period"]), list(codes["product_nc"])


def sum_by(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sums of the amounts; a mass is missing where every one is."""
    grouped = frame.groupby(keys, sort=False)
    summed = grouped[["value", "value_without_mass"]].sum()
    summed["mass"] = grouped["mass"].sum(min_count=1)
    return summed.reset_index()


def imports_of(frame: pd.DataFrame, places: pd.DataFrame, eu27: int) -> pd.DataFrame:
    frame = frame.rename(columns={"value_eur": "value", "quantity_kg": "mass"})
    frame["value_without_mass"] = frame["value"].where(frame["mass"].isna(), 0.0)
    # Period and product are one number; reporter and partner below 512 each.
    frame["item"] = frame["period"].astype("int64") * 100_000 + frame["product_nc"]
    countries = sum_by(frame, ["item", "reporter", "partner"])
    union = sum_by(countries, ["item", "partner"]).assign(reporter=eu27)
    imports = pd.concat([countries, union], ignore_index=True)
    kinds = places.drop_duplicates("place").set_index("place").sort_index()
    by_place = kinds.reindex(range(512))
    partner = imports["partner"].to_numpy()
    is_extra = ~(by_place["is_member"].eq(True) | by_place["partner_kind"].eq("intra_eu"))
    imports["is_extra"] = is_extra.to_numpy()[partner]
    imports["is_known"] = by_place["partner_kind"].ne("pseudo_partner").to_numpy()[partner]
    imports[CELL] = imports["item"] * 512 + imports["reporter"]
    key = (imports["value"] * 1000).round().astype("int64")
    imports["rank_key"] = key * 512 + (512 - imports["partner"])
    return imports


def moments(imports: pd.DataFrame, scope: str) -> pd.DataFrame:
    """Sums, squares, v ln v and the three largest of each cell of a scope."""
    if scope == "extra_eu":
        imports = imports[imports["is_extra"]]
    known = imports["is_known"]
    value, mass = imports["value"].where(known, 0.0), imports["mass"].where(known)
    log = np.log(value.where(value > 0, 1.0))
    cells = pd.DataFrame(
        {
            CELL: imports[CELL],
            "value": imports["value"],
            "known": value,
            "value_without_mass": imports["value_without_mass"],
            "squares": value * value,
            "logs": value * log,
            "suppliers": (known & (value > 0)).astype("int64"),
        }
    )
    cells = cells.groupby(CELL, sort=False).sum()
    masses = pd.DataFrame(
        {CELL: imports[CELL], "mass": imports["mass"], "known_mass": mass, "mass_squares": mass**2}
    )
    cells = cells.join(masses.groupby(CELL, sort=False).sum(min_count=1))
    named = imports.loc[known, [CELL, "rank_key"]].sort_values("rank_key", ascending=False)
    named["third"] = named.groupby(CELL, sort=False).cumcount() < 3
    named = named[named["third"]]
    largest = (named["rank_key"] // 512).groupby(named[CELL], sort=False)
    cells["top_three"] = largest.sum() / 1000
    cells["top_key"] = named.groupby(CELL, sort=False)["rank_key"].first()
    return cells[cells["value"] > 0]


def concentration(
    cells: pd.DataFrame, border: pd.DataFrame, scope: str, names: "Names"
) -> pd.DataFrame:
    known, suppliers = cells["known"].where(cells["known"] != 0), cells["suppliers"]
    has_known = known.notna()
    top_share = cells["top_key"] // 512 / 1000 / cells["value"]
    hhi = (cells["squares"] / known**2).where(has_known)
    named = cells["squares"] / cells["value"] ** 2
    unknown = (cells["value"] - cells["known"]) / cells["value"]
    shannon = np.log(known) - cells["logs"] / known
    one = 1 / suppliers.where(suppliers > 0)
    top = cells["top_key"].where(cells["top_key"].notna(), 0).astype("int64")
    mass = cells["known_mass"]
    made = names.of_cells(cells.index.to_numpy())
    border = border.reindex(cells.index)
    columns = {
        "supplier_scope": scope,
        "top_supplier_iso3": np.where(has_known, names.codes[(512 - top % 512) % 512], None),
        "import_value_eur": cells["value"],
        "net_mass_kg": cells["mass"],
        "extra_eu_import_value_eur": border["extra_value"],
        "intra_eu_import_value_eur": border["intra_value"],
        "extra_eu_net_mass_kg": border["extra_mass"],
        "intra_eu_net_mass_kg": border["intra_mass"],
        "hhi_value": hhi,
        "hhi_mass": cells["mass_squares"] / mass.where(mass != 0) ** 2,
        "hhi_value_low": named,
        "hhi_value_high": named + unknown * (2 * top_share.fillna(0) + unknown),
        "hhi_value_normalised": ((hhi - one) / (1 - one)).where(suppliers != 1, 1.0),
        "effective_suppliers": 1 / hhi,
        "shannon_entropy": shannon,
        "theil_index": np.fmax(0.0, np.log(suppliers.where(suppliers > 0)) - shannon),
        "supplier_count": suppliers.astype("int32"),
        "top_supplier_value_share": top_share,
        "cr1_value": top_share,
        "cr3_value": cells["top_three"] / cells["value"],
        "unknown_partner_value_share": unknown,
        "value_share_without_mass": cells["value_without_mass"] / cells["value"],
        "is_small_cell": cells["value"] < 1_000_000 / 12,
    }
    for name, column in columns.items():
        made[name] = column.to_numpy() if isinstance(column, pd.Series) else column
    return made


def border_of(imports: pd.DataFrame) -> pd.DataFrame:
    """Both sides of the border of the Union, whatever the scope."""
    extra = imports["is_extra"]
    sides = pd.DataFrame(
        {
            CELL: imports[CELL],
            "extra_value": imports["value"].where(extra),
            "intra_value": imports["value"].where(~extra),
            "extra_mass": imports["mass"].where(extra),
            "intra_mass": imports["mass"].where(~extra),
        }
    )
    return sides.groupby(CELL, sort=False).sum(min_count=1)


def partner_shares(
    rows: pd.DataFrame, cells: pd.DataFrame, scope: str, names: "Names"
) -> pd.DataFrame:
    if scope == "extra_eu":
        rows = rows[rows["is_extra"]]
    rows = rows[rows[CELL].isin(cells.index)]
    # Known suppliers first, then by value; the code breaks ties.
    rows = rows.sort_values([CELL, "is_known", "rank_key"], ascending=[True, False, False])
    totals = cells.reindex(rows[CELL].to_numpy())
    mass = totals["mass"].to_numpy()
    made = names.of_cells(rows[CELL].to_numpy())
    made["supplier_scope"] = scope
    made["partner_iso3"] = names.codes[rows["partner"].to_numpy()]
    made["partner_kind"] = names.kinds[rows["partner"].to_numpy()]
    rank = rows.groupby(CELL, sort=False).cumcount() + 1
    made["supplier_rank"] = rank.where(rows["is_known"]).astype("Int32").to_numpy()
    made["import_value_eur"] = rows["value"].to_numpy()
    made["net_mass_kg"] = rows["mass"].to_numpy()
    made["value_share"] = rows["value"].to_numpy() / totals["value"].to_numpy()
    made["mass_share"] = rows["mass"].to_numpy() / np.where(mass != 0, mass, np.nan)
    return made


def trade_under_measures(imports: pd.DataFrame, names: "Names", inputs: Path) -> pd.DataFrame:
    coverage, classes, restricting = (
        pd.read_parquet(inputs / f"{name}.parquet")
        for name in ("coverage", "destination_classes", "restricting_partners")
    )
    places = names.codes[imports["partner"].to_numpy()]
    flows = imports[np.isin(places, restricting["partner_code"].to_numpy().astype(str))]
    made = names.of_cells(flows[CELL].to_numpy())
    made["partner_code"] = names.codes[flows["partner"].to_numpy()]
    made["product_value_eur"] = flows["value"].to_numpy()
    made["product_net_mass_kg"] = flows["mass"].to_numpy()
    made = made.merge(classes, left_on="reporter_code", right_on="country_code")
    keys = ["partner_code", "destination_class", "nomenclature", "product_code", "period"]
    made = made.merge(coverage, on=keys, how="left")
    uncovered, days = made["state"].isna(), made["period_days"]
    share = {
        bound: (made[f"share_days_{bound}"].astype(float) / days).where(~uncovered, 1.0)
        for bound in ("low", "central", "high")
    }
    for bound, part in share.items():
        made[f"value_eur_{bound}"] = made["product_value_eur"] * part
        made[f"net_mass_kg_{bound}"] = made["product_net_mass_kg"] * part
    parts = made["share_days_high_of_parts"].astype(float) / days
    made["sum_of_measures_value_eur_high"] = made["product_value_eur"] * parts
    made["days_in_state"] = made["state_days"].astype("Int32")
    made["measure_count"] = made["measure_count"].fillna(0).astype("int32")
    made["is_disputed"] = made["is_disputed"].eq(True)
    made["certainty"] = np.select(
        [
            made["is_disputed"],
            ~uncovered & share["central"].isna(),
            made["may_overlap_measure_ids"].notna(),
            made["is_presumed"].eq(True) | made["state"].isin(["lapsed_presumed", "unknown"]),
        ],
        ["disputed", "bounds_only", "may_overlap", "presumed"],
        "settled",
    )
    made["claim_group"] = made["reading"].fillna("base")
    made["state"] = made["state"].fillna("not_covered")
    return made.rename(columns={"partner_code": "partner_iso3"})


class Names:
    """Texts of the numbers."""

    def __init__(self, places: pd.DataFrame, period_codes: list, product_codes: list) -> None:
        kinds = places.drop_duplicates("place").set_index("place").reindex(range(512))
        self.codes = kinds["code"].to_numpy(dtype=object)
        self.kinds = kinds["partner_kind"].to_numpy(dtype=object)
        self.periods = np.array(period_codes, dtype=object)
        self.products = np.array(product_codes, dtype=object)

    def of_cells(self, cells: np.ndarray) -> pd.DataFrame:
        item = cells // 512
        period = self.periods[item // 100_000]
        return pd.DataFrame(
            {
                "reporter_code": self.codes[cells % 512],
                "product_code": self.products[item % 100_000],
                "period": period,
                "nomenclature": np.array(["CN" + code[:4] for code in self.periods], dtype=object)[
                    item // 100_000
                ],
            }
        )


def main(inputs: Path, folder: Path) -> None:
    begun = time.perf_counter()
    files = json.loads((folder / "files.json").read_text())
    places = pd.read_parquet(inputs / "places.parquet")
    eu27 = int(places.loc[places["code"] == "EU27", "place"].iloc[0])
    frame, period_codes, product_codes = read(files, places)
    names = Names(places, period_codes, product_codes)
    imports = imports_of(frame, places, eu27)
    del frame
    border, union = border_of(imports), imports[imports["reporter"] == eu27]
    figures, shares = [], []
    for scope in SCOPES:
        cells = moments(imports, scope)
        figures.append(concentration(cells, border, scope, names))
        shares.append(partner_shares(union, cells, scope, names))
    for name, made in (
        ("fct_import_concentration", pd.concat(figures)),
        ("fct_partner_shares", pd.concat(shares)),
        ("fct_trade_under_measures", trade_under_measures(imports, names, inputs)),
    ):
        made.to_parquet(folder / f"{name}.parquet", index=False)
    report(begun)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
