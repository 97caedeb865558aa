"""The marts of scale.py in polars' streaming engine, Parquet to Parquet, in the peers' environment.

Run by scale.py: scale_polars.py INPUTS_FOLDER OUTPUT_FOLDER MEMORY THREADS
"""

import json
import sys
import time
from pathlib import Path

import polars as pl
from measured import report

CELL = ["period", "product", "reporter"]
SCOPES = {"all": pl.lit(True), "extra_eu": pl.col("is_extra")}
PEROMILLE = 1000

col = pl.col


def imports_by_country(files: list[str], places: pl.DataFrame) -> pl.LazyFrame:
    """Imports of each member, places as numbers in the order of their codes."""
    partners = places.select(
        partner_code="source_code",
        partner="place",
        is_extra=~(col("is_member") | (col("partner_kind") == "intra_eu")),
        is_unknown=col("partner_kind") == "pseudo_partner",
    ).lazy()
    reporters = places.select(reporter_code="source_code", reporter="place").lazy()
    value, mass = col("value_eur").cast(pl.Float64), col("quantity_kg").cast(pl.Float64)
    return (
        pl.scan_parquet(files)
        .filter(col("flow") == "1")
        .select(
            "period",
            product="product_nc",
            reporter_code="reporter",
            partner_code="partner",
            value=value,
            mass=mass,
        )
        .join(reporters, on="reporter_code")
        .join(partners, on="partner_code")
        .filter(col("reporter") != col("partner"))
        .group_by([*CELL, "partner", "is_extra", "is_unknown"])
        .agg(*AMOUNTS_OF_ROWS)
    )


def total(expression: pl.Expr) -> pl.Expr:
    """A sum that is null where there is nothing to add, as in SQL."""
    return pl.when(expression.count() > 0).then(expression.sum())


AMOUNTS_OF_ROWS = (
    col("value").sum(),
    pl.when(col("mass").is_null()).then("value").sum().alias("value_without_mass"),
    total(col("mass")).alias("mass"),
)


def with_eu27(countries: pl.LazyFrame, eu27: int) -> pl.LazyFrame:
    union = (
        countries.group_by(["period", "product", "partner", "is_extra", "is_unknown"])
        .agg(col("value").sum(), col("value_without_mass").sum(), total(col("mass")).alias("mass"))
        .with_columns(reporter=pl.lit(eu27, dtype=pl.Int16))
    )
    columns = countries.collect_schema().names()
    # Value and partner in one number: the largest is the top supplier.
    key = (col("value") * PEROMILLE).round().cast(pl.Int64) * 512 + (512 - col("partner"))
    return pl.concat([countries, union.select(columns)]).with_columns(rank_key=key)


def moments(imports: pl.LazyFrame) -> pl.LazyFrame:
    """Sums, squares, v ln v and the three largest of each cell, of both scopes in one pass."""
    named = {}
    for scope, every in SCOPES.items():
        # Masked, not filtered: the streaming engine adds up such columns by itself.
        def of_scope(name: str, mask: pl.Expr = every) -> pl.Expr:
            return pl.when(mask).then(name)

        known = every & ~col("is_unknown")
        value, mass, key = (of_scope(name, known) for name in ("value", "mass", "rank_key"))
        is_traded = known & (col("value") > 0)
        named |= {
            f"{scope}_value": total(of_scope("value")),
            f"{scope}_known": value.sum(),
            f"{scope}_mass": total(of_scope("mass")),
            f"{scope}_known_mass": mass.sum(),
            f"{scope}_value_without_mass": of_scope("value_without_mass").sum(),
            f"{scope}_squares": total(value * value),
            f"{scope}_mass_squares": total(mass * mass),
            f"{scope}_logs": pl.when(is_traded).then(col("value") * col("value").log()).sum(),
            f"{scope}_suppliers": is_traded.sum().cast(pl.Int32),
            f"{scope}_top_key": key.max(),
            f"{scope}_top_three": (key // 512).top_k(3).sum(),
        }
    intra = ~col("is_extra")
    return imports.group_by(CELL).agg(
        **named,
        intra_eu_import_value_eur=total(pl.when(intra).then("value")),
        intra_eu_net_mass_kg=total(pl.when(intra).then("mass")),
    )


def not_zero(name: str) -> pl.Expr:
    return pl.when(col(name) != 0).then(col(name))


def concentration(cells: pl.LazyFrame, codes: pl.LazyFrame) -> pl.LazyFrame:
    scoped = pl.concat(
        [
            cells.select(
                *CELL,
                *[col(f"{scope}_{name}").alias(name) for name in MOMENTS],
                "intra_eu_import_value_eur",
                "intra_eu_net_mass_kg",
                supplier_scope=pl.lit(scope),
                extra_eu_import_value_eur="extra_eu_value",
                extra_eu_net_mass_kg="extra_eu_mass",
            ).filter(col("value") > 0)
            for scope in SCOPES
        ]
    )
    one = 1 / col("suppliers")
    known = not_zero("known")
    figured = scoped.with_columns(
        top_supplier=(512 - col("top_key") % 512).cast(pl.Int16),
        top_share=(col("top_key") // 512) / PEROMILLE / col("value"),
        hhi=col("squares") / known**2,
        named_squares=col("squares").fill_null(0) / col("value") ** 2,
        unknown=(col("value") - col("known")) / col("value"),
        shannon=known.log() - col("logs") / known,
    )
    top = col("top_share").fill_null(0)
    return (
        figured.join(codes.select(reporter="place", reporter_code="code"), on="reporter")
        .join(
            codes.select(top_supplier="place", top_supplier_iso3="code"),
            on="top_supplier",
            how="left",
        )
        .select(
            "reporter_code",
            "supplier_scope",
            "period",
            "top_supplier_iso3",
            "extra_eu_import_value_eur",
            "intra_eu_import_value_eur",
            "extra_eu_net_mass_kg",
            "intra_eu_net_mass_kg",
            nomenclature="CN" + col("period").str.slice(0, 4),
            product_code="product",
            import_value_eur="value",
            net_mass_kg="mass",
            hhi_value="hhi",
            hhi_mass=col("mass_squares") / not_zero("known_mass") ** 2,
            hhi_value_low="named_squares",
            hhi_value_high=col("named_squares") + col("unknown") * (2 * top + col("unknown")),
            hhi_value_normalised=pl.when(col("suppliers") == 1)
            .then(1.0)
            .otherwise((col("hhi") - one) / (1 - one)),
            effective_suppliers=1 / col("hhi"),
            shannon_entropy="shannon",
            theil_index=pl.max_horizontal(0.0, not_zero("suppliers").log() - col("shannon")),
            supplier_count="suppliers",
            top_supplier_value_share="top_share",
            cr1_value="top_share",
            cr3_value=pl.when(col("top_key").is_not_null()).then(
                col("top_three") / PEROMILLE / col("value")
            ),
            unknown_partner_value_share="unknown",
            value_share_without_mass=col("value_without_mass") / col("value"),
            is_small_cell=col("value") < 1_000_000 / 12,
        )
    )


MOMENTS = (
    "value", "known", "mass", "known_mass", "value_without_mass", "squares", "mass_squares", "logs",
    "suppliers", "top_key", "top_three",
)  # fmt: skip


def partner_shares(
    imports: pl.LazyFrame, cells: pl.LazyFrame, codes: pl.LazyFrame, eu27: int
) -> pl.LazyFrame:
    totals = cells.select(
        *CELL, *[f"{scope}_{amount}" for scope in SCOPES for amount in ("value", "mass")]
    ).filter(col("reporter") == eu27)
    rows = imports.filter(col("reporter") == eu27).join(totals, on=CELL)
    # Known suppliers first, then by value; the code breaks ties.
    order = pl.when("is_unknown").then(col("rank_key") - (1 << 62)).otherwise("rank_key")
    scoped = [
        rows.filter(every)
        .select(
            "period",
            "product",
            "partner",
            "is_unknown",
            supplier_scope=pl.lit(scope),
            rank=order.rank("ordinal", descending=True).over(["period", "product"]),
            import_value_eur="value",
            net_mass_kg="mass",
            value_share=col("value") / col(f"{scope}_value"),
            mass_share=col("mass") / not_zero(f"{scope}_mass"),
        )
        .filter(col("value_share").is_finite())
        for scope, every in SCOPES.items()
    ]
    return (
        pl.concat(scoped)
        .join(codes.select("partner_kind", partner="place", partner_iso3="code"), on="partner")
        .select(
            "supplier_scope",
            "period",
            "partner_iso3",
            "partner_kind",
            "import_value_eur",
            "net_mass_kg",
            "value_share",
            "mass_share",
            reporter_code=pl.lit("EU27"),
            nomenclature="CN" + col("period").str.slice(0, 4),
            product_code="product",
            supplier_rank=pl.when(~col("is_unknown")).then(col("rank").cast(pl.Int32)),
        )
    )


def trade_under_measures(imports: pl.LazyFrame, codes: pl.LazyFrame, inputs: Path) -> pl.LazyFrame:
    coverage, classes, restricting = (
        pl.scan_parquet(inputs / f"{name}.parquet")
        for name in ("coverage", "destination_classes", "restricting_partners")
    )
    days = [name for name in coverage.collect_schema().names() if name.startswith("share_days")]
    law = coverage.with_columns(
        (col(name).cast(pl.Float64) / col("period_days")).alias(name) for name in days
    )
    flows = (
        imports.with_columns(nomenclature="CN" + col("period").str.slice(0, 4))
        .join(codes.select(partner="place", partner_code="code"), on="partner")
        .join(restricting, on="partner_code", how="semi")
        .join(codes.select(reporter="place", reporter_code="code"), on="reporter")
        .join(classes, left_on="reporter_code", right_on="country_code")
        .join(
            law.rename({"product_code": "product"}),
            on=["partner_code", "destination_class", "nomenclature", "product", "period"],
            how="left",
        )
    )
    uncovered = col("state").is_null()
    low, high = col("share_days_low").fill_null(1.0), col("share_days_high").fill_null(1.0)
    central = pl.when(uncovered).then(1.0).otherwise("share_days_central")
    shares = {"low": low, "central": central, "high": high}
    return flows.select(
        "reporter_code",
        "nomenclature",
        "period",
        "measure_ids",
        "may_overlap_measure_ids",
        partner_iso3="partner_code",
        product_code="product",
        claim_group=col("reading").fill_null("base"),
        state=col("state").fill_null("not_covered"),
        product_value_eur="value",
        product_net_mass_kg="mass",
        **{f"value_eur_{bound}": col("value") * share for bound, share in shares.items()},
        **{f"net_mass_kg_{bound}": col("mass") * share for bound, share in shares.items()},
        sum_of_measures_value_eur_high=col("value") * col("share_days_high_of_parts"),
        days_in_state=col("state_days").cast(pl.Int32),
        measure_count=col("measure_count").fill_null(0).cast(pl.Int32),
        is_disputed=col("is_disputed").fill_null(False),
        certainty=pl.when(col("is_disputed"))
        .then(pl.lit("disputed"))
        .when(~uncovered & col("share_days_central").is_null())
        .then(pl.lit("bounds_only"))
        .when(col("may_overlap_measure_ids").is_not_null())
        .then(pl.lit("may_overlap"))
        .when(col("state").is_in(["lapsed_presumed", "unknown"]).fill_null(False))
        .then(pl.lit("presumed"))
        .when(col("is_presumed").fill_null(False))
        .then(pl.lit("code_presumed"))
        .otherwise(pl.lit("settled")),
    )


def main(inputs: Path, folder: Path) -> None:
    begun = time.perf_counter()
    files = json.loads((folder / "files.json").read_text())
    places = pl.read_parquet(inputs / "places.parquet")
    codes = places.select("place", "code", "partner_kind").unique().lazy()
    eu27 = places.row(by_predicate=col("code") == "EU27", named=True)["place"]

    def read(table: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"{table}.parquet")

    def write(table: str, frame: pl.LazyFrame) -> None:
        frame.sink_parquet(folder / f"{table}.parquet", engine="streaming")

    write("countries", imports_by_country(files, places))
    write("imports", with_eu27(read("countries"), eu27))
    imports = read("imports")
    write("cells", moments(imports))
    write("fct_import_concentration", concentration(read("cells"), codes))
    write("fct_partner_shares", partner_shares(imports, read("cells"), codes, eu27))
    write("fct_trade_under_measures", trade_under_measures(imports, codes, inputs))
    report(begun)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
