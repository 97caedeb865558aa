"""The marts of dependency.py in pandas, from Parquet to Parquet.

Run by dependency.py: dependency_pandas.py INPUT_FOLDER OUTPUT_FOLDER
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measured import report

ITEM = ["product_code", "source_id", "nomenclature", "period"]
# Cells and countries are numbers in the order of their codes; texts come back in the marts.
CELL = ["reporter", "item"]
FLOOR_EUR = 1_000_000


def grouped(frame: pd.DataFrame, keys: list[str], **sums: pd.Series) -> pd.DataFrame:
    """Sums by key; null where there is nothing to add, as in SQL."""
    numbered = frame[keys].assign(**sums)
    return numbered.groupby(keys, sort=False)[list(sums)].sum(min_count=1).reset_index()


def read(source: Path) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, set[str]]:
    columns = [*ITEM, "reporter_code", "partner_code", "partner_kind", "frequency", "usd_per_eur"]
    flows = pd.read_parquet(
        source / "int_trade__flows.parquet", columns=[*columns, "value_in_currency", "net_mass_kg"]
    )
    members = set(pd.read_parquet(source / "int_trade__eu27_members.parquet")["member_iso3"])
    places = np.array(
        sorted({*flows["reporter_code"].unique(), *flows["partner_code"].unique(), "EU27"}),
        dtype=object,
    )
    items = flows[[*ITEM, "frequency", "usd_per_eur"]].drop_duplicates().sort_values(ITEM)
    items = items.assign(item=np.arange(len(items), dtype="int32"))
    flows = flows.merge(items[[*ITEM, "item"]], on=ITEM)
    numbers = pd.Index(places)
    flows = pd.DataFrame(
        {
            "reporter": numbers.get_indexer(flows["reporter_code"]).astype("int16"),
            "item": flows["item"],
            "partner": numbers.get_indexer(flows["partner_code"]).astype("int16"),
            "is_unknown": flows["partner_kind"] == "pseudo_partner",
            "value": flows["value_in_currency"].astype("float64"),
            "mass": flows["net_mass_kg"].astype("float64"),
        }
    )
    return flows, items.reset_index(drop=True), places, members


def imports_by_supplier(flows: pd.DataFrame, is_member: np.ndarray, eu27: int) -> pd.DataFrame:
    flows = flows[flows["reporter"] != flows["partner"]]
    keys = [*CELL, "partner", "is_unknown"]
    by_country = grouped(
        flows,
        keys,
        value=flows["value"],
        value_without_mass=flows["value"].where(flows["mass"].isna(), 0),
        mass=flows["mass"],
    )
    of_members = by_country[is_member[by_country["reporter"]]].assign(reporter=np.int16(eu27))
    sums = {name: of_members[name] for name in ("value", "value_without_mass", "mass")}
    imports = pd.concat([by_country, grouped(of_members, keys, **sums)], ignore_index=True)
    imports["is_member"] = is_member[imports["reporter"]] | (imports["reporter"] == eu27)
    imports["is_intra"] = is_member[imports["partner"]]
    return imports


def supplier_shares(imports: pd.DataFrame) -> pd.DataFrame:
    extra = imports[imports["is_member"] & ~imports["is_intra"]]
    shares = pd.concat(
        [extra.assign(is_extra=True), imports.assign(is_extra=False)], ignore_index=True
    )
    shares = shares.sort_values(
        [*CELL, "is_extra", "is_unknown", "value", "partner"],
        ascending=[True, True, False, True, False, True],
        ignore_index=True,
    )
    known = ~shares["is_unknown"]
    keys = [*CELL, "is_extra"]
    totals = shares[keys].assign(
        total=shares["value"],
        known=shares["value"].where(known),
        total_mass=shares["mass"],
        known_mass=shares["mass"].where(known),
    )
    groups = totals.groupby(keys, sort=False)
    totals = (
        groups[["total", "known", "total_mass", "known_mass"]].transform("sum").replace(0, np.nan)
    )
    shares["value_share"] = shares["value"] / totals["total"]
    shares["mass_share"] = shares["mass"] / totals["total_mass"]
    shares["known_share"] = (shares["value"] / totals["known"]).where(known)
    shares["known_mass_share"] = (shares["mass"] / totals["known_mass"]).where(known)
    shares["supplier_rank"] = groups.cumcount() + 1
    return shares[totals["total"] > 0]


def concentration(shares: pd.DataFrame, imports: pd.DataFrame) -> pd.DataFrame:
    keys = [*CELL, "is_extra"]
    known = ~shares["is_unknown"]
    share = shares["known_share"]
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = (-share * np.log(share)).where(share > 0)
    cells = grouped(
        shares,
        keys,
        value=shares["value"],
        value_without_mass=shares["value_without_mass"],
        mass=shares["mass"],
        suppliers=known & (shares["value"] > 0),
        unknown=shares["value"].where(~known, 0),
        hhi=share**2,
        hhi_mass=shares["known_mass_share"] ** 2,
        hhi_low=(shares["value_share"] ** 2).where(known),
        shannon=entropy,
        top_three=shares["value_share"].where(known & (shares["supplier_rank"] <= 3)),
    )
    first = shares[known & (shares["supplier_rank"] == 1)]
    first = first[[*keys, "partner", "value_share"]].rename(
        columns={"partner": "top_supplier", "value_share": "top_share"}
    )
    at_border = imports[imports["is_member"]]
    intra = at_border["is_intra"]
    border = grouped(
        at_border,
        CELL,
        extra_value=at_border["value"].where(~intra),
        intra_value=at_border["value"].where(intra),
        extra_mass=at_border["mass"].where(~intra),
        intra_mass=at_border["mass"].where(intra),
    )
    cells = cells.merge(first, on=keys, how="left").merge(border, on=CELL, how="left")
    unknown = cells["unknown_share"] = cells["unknown"] / cells["value"]
    cells["hhi_high"] = cells["hhi_low"] + unknown * (2 * cells["top_share"] + unknown)
    return cells


def exports_of(imports: pd.DataFrame, is_member: np.ndarray, eu27: int) -> pd.DataFrame:
    of_countries = imports[imports["reporter"] != eu27]
    by_country = grouped(
        of_countries.assign(reporter=of_countries["partner"]),
        CELL,
        exports=of_countries["value"],
        extra_exports=of_countries["value"].where(~of_countries["is_member"], 0),
    )
    of_members = by_country[is_member[by_country["reporter"]]].assign(reporter=np.int16(eu27))
    sums = {name: of_members[name] for name in ("exports", "extra_exports")}
    exports = pd.concat([by_country, grouped(of_members, CELL, **sums)], ignore_index=True)
    is_eu = is_member[exports["reporter"]] | (exports["reporter"] == eu27)
    exports["extra_exports"] = exports["extra_exports"].where(is_eu)
    return exports


def indicators(
    cells: pd.DataFrame, shares: pd.DataFrame, exports: pd.DataFrame, eu27: int, china: int
) -> pd.DataFrame:
    def scope(frame: pd.DataFrame, prefix: str, columns: list[str]) -> pd.DataFrame:
        wanted = frame["is_extra"]
        if prefix == "own_":
            wanted = wanted == (frame["reporter"] == eu27)
        return frame.loc[wanted, [*CELL, *columns]].rename(
            columns={one: prefix + one for one in columns}
        )

    of_cell = ["hhi", "hhi_low", "hhi_high", "top_share", "unknown_share", "value"]
    from_china = shares[shares["partner"] == china].rename(
        columns={"value_share": "china", "value": "china_value"}
    )
    wide = cells[[*CELL, "extra_value", "intra_value"]].drop_duplicates(CELL)
    wide = wide.rename(columns={"extra_value": "border_extra", "intra_value": "border_intra"})
    for other in (
        *(scope(cells, prefix, of_cell) for prefix in ("extra_", "own_")),
        *(scope(from_china, prefix, ["china", "china_value"]) for prefix in ("extra_", "own_")),
        exports,
    ):
        wide = wide.merge(other, on=CELL, how="left")
    by_exporter = exports[exports["reporter"] != eu27]
    world = grouped(
        by_exporter, ["item"], squares=by_exporter["exports"] ** 2, world=by_exporter["exports"]
    )
    wide = wide.merge(world, on="item", how="left")

    is_eu, not_china = wide["reporter"] == eu27, wide["reporter"] != china
    extra_total, own_total = wide["extra_value"], wide["own_value"]
    border_extra, border_intra = wide["border_extra"].fillna(0), wide["border_intra"].fillna(0)
    both_sides = (border_extra + border_intra).where(lambda sides: sides != 0)
    exported = wide["exports"].fillna(0)
    extra_exported = wide["extra_exports"].fillna(0).where(is_eu | wide["extra_hhi"].notna())
    own_exported = extra_exported.where(is_eu, exported)
    china_extra = wide["extra_china"].fillna(0).where(not_china)
    china_own = wide["own_china"].fillna(0).where(not_china)
    china_value = wide["extra_china_value"].fillna(wide["own_china_value"]).fillna(0)
    china_both = (china_value / both_sides).where(not_china)
    unknown, own_unknown = wide["extra_unknown_share"], wide["own_unknown_share"]
    unknown_of_both = (unknown * extra_total).fillna(0) / both_sides

    def or_more(share: pd.Series, more: pd.Series) -> pd.Series:
        return (share + more).clip(upper=1)

    figures = {
        "cdi1": (wide["extra_hhi"], wide["extra_hhi_low"], wide["extra_hhi_high"]),
        "cdi2": (border_extra / both_sides,),
        "cdi3_extra_eu_exports": (extra_total / extra_exported,),
        "cdi3_all_exports": (extra_total / exported,),
        "import_hhi": (wide["own_hhi"], wide["own_hhi_low"], wide["own_hhi_high"]),
        "import_export_ratio": (own_total / own_exported,),
        "top_supplier_share_extra_eu": (
            *[wide["extra_top_share"]] * 2,
            or_more(wide["extra_top_share"], unknown),
        ),
        "world_export_hhi": (wide["squares"] / wide["world"] ** 2,),
        "chn_share_extra_eu": (
            *[china_extra.where(extra_total > 0)] * 2,
            or_more(china_extra, unknown),
        ),
        "chn_share_of_imports": (
            *[china_own.where(own_total > 0)] * 2,
            or_more(china_own, own_unknown),
        ),
        "chn_share_extra_and_intra_eu": (*[china_both] * 2, or_more(china_both, unknown_of_both)),
    }
    parts = []
    for name, columns in figures.items():
        low = columns[1] if len(columns) == 3 else columns[0]
        part = wide[CELL].assign(
            indicator_id=name, value=columns[0], value_low=low, value_high=columns[-1]
        )
        parts.append(part.dropna(subset=["value", "value_low", "value_high"], how="all"))
    listed = pd.concat(parts, ignore_index=True)
    return listed.assign(is_infinite=np.isinf(listed["value"]))


def main(source: Path, target: Path) -> None:
    flows, items, places, members = read(source)
    is_member = np.isin(places, list(members))
    eu27, china = (int(np.flatnonzero(places == code)[0]) for code in ("EU27", "CHN"))
    imports = imports_by_supplier(flows, is_member, eu27)
    shares = supplier_shares(imports)
    cells = concentration(shares, imports)

    texts = {name: pd.Categorical(items[name]) for name in (*ITEM, "frequency")}

    def write(name: str, frame: pd.DataFrame, order: str, **columns) -> None:
        """The mart with its texts, in the order of its keys."""
        frame = frame.assign(**columns).sort_values([*CELL, order])
        item = frame["item"].to_numpy()
        keys = {"reporter_code": pd.Categorical.from_codes(frame["reporter"], places)}
        keys |= {text: of_items[item] for text, of_items in texts.items()}
        if "is_extra" in frame:
            scopes = ["all", "extra_eu"]
            keys["supplier_scope"] = pd.Categorical.from_codes(
                frame["is_extra"].astype("int8"), scopes
            )
        if name == "fct_dependency_indicators":
            del keys["frequency"]
        frame.drop(columns=[*CELL, "is_extra"], errors="ignore").assign(**keys).to_parquet(
            target / f"{name}.parquet", index=False
        )

    rate = items["usd_per_eur"].to_numpy()
    write(
        "fct_partner_shares",
        shares[[*CELL, "is_extra", "value_share", "mass_share"]],
        "supplier_rank",
        partner_iso3=pd.Categorical.from_codes(shares["partner"], places),
        partner_kind=np.where(shares["is_unknown"], "pseudo_partner", "country"),
        supplier_rank=shares["supplier_rank"].where(~shares["is_unknown"]).astype("Int32"),
        import_value_eur=shares["value"] / rate[shares["item"]],
        net_mass_kg=shares["mass"],
    )
    rates, suppliers, hhi = rate[cells["item"]], cells["suppliers"], cells["hhi"]
    with np.errstate(divide="ignore", invalid="ignore"):
        normalised = ((hhi - 1 / suppliers) / (1 - 1 / suppliers)).where(suppliers != 1, 1.0)
    write(
        "fct_import_concentration",
        cells[[*CELL, "is_extra", "hhi_mass"]],
        "is_extra",
        coverage=pd.Series(None, index=cells.index, dtype="string"),
        top_supplier_iso3=pd.Categorical.from_codes(cells["top_supplier"], places),
        import_value_eur=cells["value"] / rates,
        net_mass_kg=cells["mass"],
        extra_eu_import_value_eur=cells["extra_value"] / rates,
        intra_eu_import_value_eur=cells["intra_value"] / rates,
        extra_eu_net_mass_kg=cells["extra_mass"],
        intra_eu_net_mass_kg=cells["intra_mass"],
        usd_per_eur=rates,
        hhi_value=hhi,
        hhi_value_low=cells["hhi_low"],
        hhi_value_high=cells["hhi_high"],
        hhi_value_normalised=normalised,
        effective_suppliers=1 / hhi,
        shannon_entropy=cells["shannon"],
        theil_index=(np.log(suppliers) - cells["shannon"]).clip(lower=0),
        supplier_count=suppliers.astype("int32"),
        top_supplier_value_share=cells["top_share"],
        cr1_value=cells["top_share"],
        cr3_value=cells["top_three"],
        unknown_partner_value_share=cells["unknown_share"],
        value_share_without_mass=cells["value_without_mass"] / cells["value"],
        is_partial_partner_list=False,
        is_small_cell=cells["value"] / rates < FLOOR_EUR,
    )
    exports = exports_of(imports, is_member, eu27)
    write(
        "fct_dependency_indicators", indicators(cells, shares, exports, eu27, china), "indicator_id"
    )


if __name__ == "__main__":
    begun = time.perf_counter()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    report(begun)
