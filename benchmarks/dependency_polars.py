"""The marts of dependency.py in polars, from Parquet to Parquet, in the peers' environment.

Run by dependency.py: dependency_polars.py INPUT_FOLDER OUTPUT_FOLDER
"""

import sys
import time
from pathlib import Path

import polars as pl
from measured import report

ITEM = ["product_code", "source_id", "nomenclature", "period"]
# Items are numbers in the order of their codes, countries an enumeration; texts come back last.
CELL = ["reporter_code", "item"]
FLOOR_EUR = 1_000_000
SCOPES = pl.Enum(["all", "extra_eu"])
KINDS = pl.Enum(["country", "intra_eu", "pseudo_partner"])

col = pl.col


def eu27_of(frame: pl.LazyFrame) -> pl.Expr:
    """The EU27 as a code of the frame's own enumeration."""
    return pl.lit("EU27", dtype=frame.collect_schema()["partner_code"])


def total(expression: pl.Expr) -> pl.Expr:
    """A sum that is null where there is nothing to add, as in SQL."""
    return pl.when(expression.count() > 0).then(expression.sum())


def imports_by_supplier(flows: pl.LazyFrame, members: list[str]) -> pl.LazyFrame:
    by_country = (
        flows.filter(col("reporter_code") != col("partner_code"))
        .group_by([*CELL, "partner_code", "partner_kind", "usd_per_eur"])
        .agg(
            col("value").sum(),
            col("value").filter(col("mass").is_null()).sum().alias("value_without_mass"),
            total(col("mass")).alias("mass"),
        )
        .with_columns(
            is_member=col("reporter_code").is_in(members),
            is_intra=col("partner_code").is_in(members),
            is_unknown=col("partner_kind") == "pseudo_partner",
        )
    )
    keys = ["item", "partner_code", "partner_kind", "usd_per_eur"]
    eu27 = (
        by_country.filter("is_member")
        .group_by([*keys, "is_member", "is_intra", "is_unknown"])
        .agg(col("value").sum(), col("value_without_mass").sum(), total(col("mass")).alias("mass"))
        .with_columns(reporter_code=eu27_of(flows))
    )
    return pl.concat([by_country, eu27.select(by_country.collect_schema().names())])


def supplier_shares(imports: pl.LazyFrame) -> pl.LazyFrame:
    extra = imports.filter(col("is_member") & ~col("is_intra"))
    scoped = pl.concat(
        [
            extra.with_columns(supplier_scope=pl.lit("extra_eu", dtype=SCOPES)),
            imports.with_columns(supplier_scope=pl.lit("all", dtype=SCOPES)),
        ]
    )
    known = ~col("is_unknown")
    keys = [*CELL, "supplier_scope"]
    totals = (
        scoped.group_by(keys)
        .agg(
            total_value=col("value").sum(),
            known_value=total(col("value").filter(known)),
            total_mass=total(col("mass")),
            known_mass=total(col("mass").filter(known)),
        )
        .filter(col("total_value") > 0)
    )

    def share(part: str, whole: str) -> pl.Expr:
        return pl.when(col(whole) != 0).then(col(part) / col(whole))

    return (
        scoped.join(totals, on=keys)
        .sort(
            [*keys, "is_unknown", "value", "partner_code"], descending=[False] * 4 + [True, False]
        )
        .with_columns(
            value_share=share("value", "total_value"),
            mass_share=share("mass", "total_mass"),
            known_share=pl.when(known).then(share("value", "known_value")),
            known_mass_share=pl.when(known).then(share("mass", "known_mass")),
            supplier_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(keys),
        )
    )


def concentration(shares: pl.LazyFrame, imports: pl.LazyFrame) -> pl.LazyFrame:
    known = ~col("is_unknown")
    first = known & (col("supplier_rank") == 1)
    share = col("known_share")
    cells = shares.group_by([*CELL, "supplier_scope"]).agg(
        rate=col("usd_per_eur").first(),
        top_supplier=col("partner_code").filter(first).first(),
        value=col("value").sum(),
        value_without_mass=col("value_without_mass").sum(),
        mass=total(col("mass")),
        suppliers=(known & (col("value") > 0)).sum(),
        top_share=col("value_share").filter(first).first(),
        unknown=col("value").filter("is_unknown").sum(),
        hhi=total(share**2),
        hhi_mass=total(col("known_mass_share") ** 2),
        hhi_low=total((col("value_share") ** 2).filter(known)),
        shannon=-(share * share.log()).filter(share > 0).sum(),
        top_three=col("value_share").filter(known & (col("supplier_rank") <= 3)).sum(),
    )
    extra, intra = ~col("is_intra"), col("is_intra")
    border = (
        imports.filter("is_member")
        .group_by(CELL)
        .agg(
            extra_value=total(col("value").filter(extra)),
            intra_value=total(col("value").filter(intra)),
            extra_mass=total(col("mass").filter(extra)),
            intra_mass=total(col("mass").filter(intra)),
        )
    )
    unknown = col("unknown_share")
    return (
        cells.join(border, on=CELL, how="left")
        .with_columns(unknown_share=col("unknown") / col("value"))
        .with_columns(hhi_high=col("hhi_low") + unknown * (2 * col("top_share") + unknown))
    )


def concentration_mart(cells: pl.LazyFrame) -> pl.LazyFrame:
    one = 1 / col("suppliers")
    eur = col("value") / col("rate")
    return cells.select(
        *CELL,
        "supplier_scope",
        coverage=pl.lit(None, dtype=pl.String),
        top_supplier_iso3="top_supplier",
        import_value_eur=eur,
        net_mass_kg="mass",
        extra_eu_import_value_eur=col("extra_value") / col("rate"),
        intra_eu_import_value_eur=col("intra_value") / col("rate"),
        extra_eu_net_mass_kg="extra_mass",
        intra_eu_net_mass_kg="intra_mass",
        usd_per_eur="rate",
        hhi_value="hhi",
        hhi_mass="hhi_mass",
        hhi_value_low="hhi_low",
        hhi_value_high="hhi_high",
        hhi_value_normalised=pl.when(col("suppliers") == 1)
        .then(1.0)
        .otherwise((col("hhi") - one) / (1 - one)),
        effective_suppliers=1 / col("hhi"),
        shannon_entropy="shannon",
        theil_index=pl.max_horizontal(0.0, col("suppliers").log() - col("shannon")),
        supplier_count=col("suppliers").cast(pl.Int32),
        top_supplier_value_share="top_share",
        cr1_value="top_share",
        cr3_value="top_three",
        unknown_partner_value_share="unknown_share",
        value_share_without_mass=col("value_without_mass") / col("value"),
        is_partial_partner_list=pl.lit(False),
        is_small_cell=eur < FLOOR_EUR,
    ).sort([*CELL, "supplier_scope"])


def shares_mart(shares: pl.LazyFrame) -> pl.LazyFrame:
    return shares.select(
        *CELL,
        "supplier_scope",
        "partner_kind",
        partner_iso3="partner_code",
        supplier_rank=pl.when(~col("is_unknown")).then(col("supplier_rank")),
        import_value_eur=col("value") / col("usd_per_eur"),
        net_mass_kg="mass",
        value_share="value_share",
        mass_share="mass_share",
    )


def exports_of(imports: pl.LazyFrame) -> pl.LazyFrame:
    by_country = (
        imports.filter(col("reporter_code") != "EU27")
        .group_by(["item", "partner_code", "is_intra"])
        .agg(exports=col("value").sum(), extra_exports=col("value").filter(~col("is_member")).sum())
        .rename({"partner_code": "reporter_code"})
    )
    eu27 = (
        by_country.filter("is_intra")
        .group_by(["item", "is_intra"])
        .agg(col("exports").sum(), col("extra_exports").sum())
        .with_columns(reporter_code=eu27_of(imports))
    )
    both = pl.concat([by_country, eu27.select(by_country.collect_schema().names())])
    return both.with_columns(extra_exports=pl.when("is_intra").then("extra_exports"))


def indicators_mart(
    cells: pl.LazyFrame, shares: pl.LazyFrame, imports: pl.LazyFrame
) -> pl.LazyFrame:
    is_own = (col("supplier_scope") == "extra_eu") == (col("reporter_code") == "EU27")
    extra = cells.filter(col("supplier_scope") == "extra_eu").select(
        *CELL,
        extra_hhi="hhi",
        extra_low="hhi_low",
        extra_high="hhi_high",
        extra_top="top_share",
        extra_unknown="unknown_share",
        extra_total="value",
    )
    own = cells.filter(is_own).select(
        *CELL,
        own_hhi="hhi",
        own_low="hhi_low",
        own_high="hhi_high",
        own_unknown="unknown_share",
        own_total="value",
    )
    china = shares.filter(col("partner_code") == "CHN")
    china_extra = china.filter(col("supplier_scope") == "extra_eu").select(
        *CELL, china_extra="value_share", china_extra_value="value"
    )
    china_own = china.filter(is_own).select(*CELL, china_own="value_share", china_own_value="value")
    exports = exports_of(imports)
    world = (
        exports.filter(col("reporter_code") != "EU27")
        .group_by("item")
        .agg(world_hhi=(col("exports") ** 2).sum() / col("exports").sum() ** 2)
    )
    wide = cells.select(*CELL, "extra_value", "intra_value").unique(CELL)
    for other in (extra, own, china_extra, china_own, exports):
        wide = wide.join(other, on=CELL, how="left")
    is_eu = col("reporter_code") == "EU27"
    not_china = col("reporter_code") != "CHN"
    has_border = pl.coalesce("extra_value", "intra_value").is_not_null()
    wide = (
        wide.join(world, on="item", how="left")
        .with_columns(
            both_sides=col("extra_value").fill_null(0) + col("intra_value").fill_null(0),
            exports=col("exports").fill_null(0),
            extra_exports=pl.when(is_eu | col("extra_hhi").is_not_null()).then(
                col("extra_exports").fill_null(0)
            ),
            china_value=pl.coalesce("china_extra_value", "china_own_value", pl.lit(0.0)),
            china_extra=pl.when(not_china).then(col("china_extra").fill_null(0)),
            china_own=pl.when(not_china).then(col("china_own").fill_null(0)),
        )
        .with_columns(
            both_sides=pl.when(has_border & (col("both_sides") != 0)).then("both_sides"),
            own_exports=pl.when(is_eu).then("extra_exports").otherwise("exports"),
        )
        .with_columns(china_both=pl.when(not_china).then(col("china_value") / col("both_sides")))
    )

    def or_more(share: str, unknown: pl.Expr) -> pl.Expr:
        more = col(share) + unknown
        return pl.when(more.is_not_null()).then(pl.min_horizontal(1.0, more))

    unknown_of_both = (col("extra_unknown") * col("extra_total")).fill_null(0) / col("both_sides")
    extra_unknown, own_unknown = col("extra_unknown"), col("own_unknown")
    figures = {
        "cdi1": (col("extra_hhi"), col("extra_low"), col("extra_high")),
        "cdi2": (col("extra_value").fill_null(0) / col("both_sides"),),
        "cdi3_extra_eu_exports": (col("extra_total") / col("extra_exports"),),
        "cdi3_all_exports": (col("extra_total") / col("exports"),),
        "import_hhi": (col("own_hhi"), col("own_low"), col("own_high")),
        "import_export_ratio": (col("own_total") / col("own_exports"),),
        "top_supplier_share_extra_eu": (
            col("extra_top"),
            col("extra_top"),
            or_more("extra_top", extra_unknown),
        ),
        "world_export_hhi": (col("world_hhi"),),
        "chn_share_extra_eu": (
            *[pl.when(col("extra_total") > 0).then("china_extra")] * 2,
            or_more("china_extra", extra_unknown),
        ),
        "chn_share_of_imports": (
            *[pl.when(col("own_total") > 0).then("china_own")] * 2,
            or_more("china_own", own_unknown),
        ),
        "chn_share_extra_and_intra_eu": (
            *[col("china_both")] * 2,
            or_more("china_both", unknown_of_both),
        ),
    }
    parts = [
        wide.select(
            *CELL,
            indicator_id=pl.lit(name, dtype=pl.Enum(sorted(figures))),
            value=columns[0],
            value_low=columns[1] if len(columns) == 3 else columns[0],
            value_high=columns[-1],
        )
        for name, columns in figures.items()
    ]
    return (
        pl.concat(parts)
        .filter(pl.coalesce("value", "value_low", "value_high").is_not_null())
        .with_columns(is_infinite=col("value").is_infinite().fill_null(False))
        .sort([*CELL, "indicator_id"])
    )


def main(source: Path, target: Path) -> None:
    members = pl.read_parquet(source / "int_trade__eu27_members.parquet")["member_iso3"].to_list()
    flows = pl.scan_parquet(source / "int_trade__flows.parquet")
    codes = flows.select("reporter_code", "partner_code").collect(engine="streaming")
    places = pl.Enum(
        sorted({"EU27", *codes["reporter_code"].unique(), *codes["partner_code"].unique()})
    )
    items = (
        flows.select(*ITEM, "frequency").unique().sort(ITEM).with_row_index("item").collect().lazy()
    )
    flows = flows.join(items, on=ITEM).select(
        "item",
        "usd_per_eur",
        col("reporter_code", "partner_code").cast(places),
        col("partner_kind").cast(KINDS),
        value=col("value_in_currency").cast(pl.Float64),
        mass=col("net_mass_kg").cast(pl.Float64),
    )
    # What several marts read is worked out once.
    imports = imports_by_supplier(flows, members).collect(engine="streaming").lazy()
    shares = supplier_shares(imports).collect(engine="streaming").lazy()
    cells = concentration(shares, imports).collect(engine="streaming").lazy()
    for name, mart in {
        "fct_import_concentration": concentration_mart(cells),
        "fct_partner_shares": shares_mart(shares),
        "fct_dependency_indicators": indicators_mart(cells, shares, imports),
    }.items():
        columns = [*ITEM, *(["frequency"] if "supplier_scope" in mart.collect_schema() else [])]
        with_texts = mart.join(items.select("item", *columns), on="item", maintain_order="left")
        with_texts.drop("item").sink_parquet(target / f"{name}.parquet")


if __name__ == "__main__":
    begun = time.perf_counter()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    report(begun)
