"""CEPII BACI: reconciled bilateral trade, and EU27 figures aggregated from it."""

from __future__ import annotations

from dataclasses import replace

from chokepoint.landing.columns import column, columns, country
from chokepoint.landing.contracts import Check, CodeList, ProducerFormat, SourceContract, annual

# Editions of the Harmonised System in which CEPII publishes the same trade.
EDITIONS = ("HS92", "HS96", "HS02", "HS07", "HS12", "HS17", "HS22")


def _archive(edition: str) -> ProducerFormat:
    """The zip of one edition as CEPII publishes it: a CSV a year, whose numeric codes
    `country_codes` explains, and a list of products. A letter behind a version (V202401b) marks one
    that was replaced."""
    return ProducerFormat(
        name=f"the zip of BACI {edition}",
        documentation="https://www.cepii.fr/DATA_DOWNLOAD/baci/doc/baci_webpage.html",
        file_name=rf"BACI_{edition}_V\d{{6}}[a-z]?\.zip",
        members=rf"BACI_{edition}_Y\d{{4}}_V\d{{6}}[a-z]?\.csv",
        many_members=True,
        columns=("t", "i", "j", "k", "v", "q"),
        values=(
            ("year", '"t"'),
            ("exporter_iso3", 'coalesce(baci_iso3("i"), "i")'),
            ("importer_iso3", 'coalesce(baci_iso3("j"), "j")'),
            ("hs6", '"k"'),
            ("value_kusd", 'trim("v")'),
            ("quantity_t", """nullif(trim("q"), 'NA')"""),
        ),
        code_lists=(
            CodeList(
                "baci_iso3",
                r"country_codes_V\d{6}[a-z]?\.csv",
                keys=("country_code",),
                # Releases before that of January 2023 call the column by the second name.
                values=("country_iso3", "iso_3digit_alpha"),
            ),
        ),
    )


def _bilateral(edition: str, file_pattern: str | None = None) -> SourceContract:
    """The contract of an edition: what CEPII's zip holds, and what a file of our own may hold."""
    return annual(
        source_id=f"baci_{edition.lower()}_bilateral",
        title=f"BACI {edition}: bilateral trade by HS6",
        file_pattern=file_pattern,
        formats=(_archive(edition),),
        columns=columns(
            "year year, exporter_iso3 country, importer_iso3 country, hs6 hs6, value_kusd amount, "
            "quantity_t amount?"
        ),
        key=("year", "hs6", "importer_iso3", "exporter_iso3"),
    )


# Of two editions some codes are bundled; the others land whole.
BUNDLED = ("HS92", "HS17")
BILATERAL = tuple(
    _bilateral(edition, f"baci_{edition.lower()}_bilateral.csv.gz" if edition in BUNDLED else None)
    for edition in EDITIONS
)

_HAS_PARTNER = Check(
    "partner_iso3 is not null or measure = 'intra_eu_trade'",
    "is empty",
    "Only intra_eu_trade has no partner; give the partner's ISO 3166 code.",
)
EU27_FIGURES = annual(
    source_id="baci_eu27_figures",
    title="BACI HS02 and HS17: trade of the EU27 and world exports",
    file_pattern="baci_eu27_figures_*.csv.gz",
    columns=(
        column("release"),
        column("nomenclature").must(
            r"regexp_full_match(nomenclature, 'HS(19|20)\d\d')",
            "not an edition of the Harmonised System",
            "Write HS and the year of the edition, like HS2017.",
        ),
        *columns(
            "coverage, year year, hs6 hs6, "
            "measure one_of extra_eu_import intra_eu_trade extra_eu_export world_export"
        ),
        replace(country("partner_iso3", _HAS_PARTNER), nullable=True),
        *columns("value_kusd amount, quantity_t amount?"),
    ),
    key=("nomenclature", "year", "hs6", "measure", "partner_iso3"),
)

CONTRACTS = (*BILATERAL, EU27_FIGURES)
