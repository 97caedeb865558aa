"""A source of trade is added to a copy of the project by six files and reaches the marts."""

import shutil
import sys
from pathlib import Path

import duckdb
from build_kit import copy_project, ran

from chokepoint.settings import Settings
from chokepoint.warehouse.project import dbt_command, dbt_environment

FLOWS = "models/intermediate/trade/int_trade__flows_as_reported.sql"
TRAITS = "seeds/reference/trade_sources.csv"

WRITTEN = {
    "chokepoint/landing/producers/made_up.py": '''"""Imports that this test made up."""

from chokepoint.landing.columns import columns
from chokepoint.landing.contracts import ProducerFormat, SourceContract

CONTRACTS = (
    SourceContract(
        source_id="made_up_monthly",
        title="Made up: imports by month",
        columns=columns("period month, hs6 hs6, partner country, value_usd amount, kg amount"),
        key=("hs6", "partner", "period"),
        period_sql="period",
        frequency="monthly",
        formats=(
            ProducerFormat(
                name="the file of the customs that were made up",
                documentation="https://example.org/",
                file_name=r"made_up.*\\.csv",
                columns=("Month", "Code", "From", "USD", "Kilograms"),
                delimiter=";",
                values=(
                    ("period", '"Month"'), ("hs6", '"Code"'), ("partner", '"From"'),
                    ("value_usd", '"USD"'), ("kg", '"Kilograms"'),
                ),
            ),
        ),
    ),
)
''',
    "models/staging/made_up/_made_up__models.yml": """version: 2

sources:
  - name: landing
    schema: landing
    tables:
      - name: made_up_monthly
        description: "One row per month, product and partner: imports that were made up."
        config:
          meta:
            source_id: made_up_monthly
            producer: "Made up"
            title: "Imports of a country that a test made up"
            licence: "CC0-1.0"
            our_licence: "CC0-1.0"
            cadence: "monthly"
            data_origin: "synthetic"
        columns:
          - {name: period, data_type: varchar, description: "Month."}
          - {name: hs6, data_type: varchar, description: "Product."}
          - {name: partner, data_type: varchar, description: "Supplier."}
          - {name: value_usd, data_type: "decimal(18,3)", description: "Value, USD."}
          - {name: kg, data_type: "decimal(18,3)", description: "Net mass, kg."}

models:
  - name: stg_made_up__imports
    description: "One row per month, product and partner: imports that were made up."
    data_tests:
      - claims:
          config:
            meta:
              claims:
                - {name: one_row_per_key, key: [period, product_code, partner_source_code]}
""",
    "models/staging/made_up/stg_made_up__imports.sql": """with

imports as (
    select * from {{ source('landing', 'made_up_monthly') }}
),

renamed as (
    select
        'made_up_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        'JPN' as reporter_source_code,
        partner as partner_source_code,
        'import' as flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        hs6 as product_code,
        'USD' as currency,
        value_usd as value_in_currency,
        kg as net_mass_kg,
        line_number,
    from imports
)

select * from renamed
""",
    "docs/sources/made_up.md": "# Made up\n\nImports that a test made up.\n",
}
DELIVERY = "Month;Code;From;USD;Kilograms\n2024-03;280530;CHN;300;30\n2024-03;280530;USA;100;10\n"


def run(folder: Path, *command: str) -> None:
    """A command on the copy; dbt reads it alike everywhere, so that it reads anew what is new."""
    settings = Settings(project_dir=folder, data_dir=folder / "data")
    environment = dbt_environment(settings) | {"PYTHONPATH": str(folder)}
    ran(*command, cwd=folder, env=environment, timeout=900)


def test_a_source_walks_from_its_file_to_the_marts(small_build, tmp_path):
    folder = copy_project(tmp_path / "project")
    for name, text in WRITTEN.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with (folder / TRAITS).open("a", encoding="utf-8") as traits:
        traits.write(
            "made_up_monthly,made-up source,99,as reported,,all,,both,N,alpha3,monthly,USD,HS,net,"
            "free,made_up_monthly,For a test\n"
        )
    flows = folder / FLOWS
    text = flows.read_text(encoding="utf-8")
    listed = "'stg_census__monthly_imports',"
    assert text.count(listed) == 1
    flows.write_text(text.replace(listed, f"{listed} 'stg_made_up__imports',"), encoding="utf-8")
    data = folder / "data"
    for name in ("landing", "warehouse", "dbt"):
        shutil.copytree(small_build.data_dir / name, data / name)
    delivery = folder / "made_up_2024_03.csv"
    delivery.write_text(DELIVERY, encoding="utf-8")
    run(folder, sys.executable, "-m", "chokepoint.cli", "land", str(delivery))
    run(folder, *dbt_command(
        "build", "--no-write-json", "--select", "trade_sources",
        "stg_made_up__imports", "stg_reference__trade_sources", "int_trade__places",
        "int_trade__flows_as_reported", "int_trade__imports", "dim_trade_source",
        "fct_import_concentration", "fct_partner_shares", "meta_trade_lines",
        "meta_delivery_files", "meta_deliveries",
    ))  # fmt: skip
    with duckdb.connect(str(folder / "data" / "warehouse" / "chokepoint.duckdb")) as con:
        assert con.execute(
            "select reporter_code, nomenclature, supplier_count, top_supplier_value_share, "
            "hhi_value from marts.fct_import_concentration where source_id = 'made_up_monthly'"
        ).fetchall() == [("JPN", "HS2022", 2, 0.75, 0.625)]
        assert con.execute(
            "select partner_iso3, value_share from marts.fct_partner_shares "
            "where source_id = 'made_up_monthly' order by supplier_rank"
        ).fetchall() == [("CHN", 0.75), ("USA", 0.25)]
        assert con.execute(
            "select redistribution from marts.dim_trade_source where source_id = 'made_up_monthly'"
        ).fetchall() == [("free",)]
