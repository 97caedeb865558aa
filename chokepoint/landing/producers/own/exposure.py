"""Supply graphs of one's own: sites, parts, bills of material, suppliers, stock, use, orders.
`graph_id` names a firm's graph; none are mixed. A later file of a graph's table replaces the whole
earlier one."""

from __future__ import annotations

from chokepoint.landing.columns import amount, country, day, month, one_of, text
from chokepoint.landing.contracts import Column, SourceContract

DATA_ORIGINS = ("own", "synthetic", "press_claim")
EVIDENCE_CLASSES = ("verified", "declared", "inferred")
PART_KINDS = ("final", "component", "material")
SITE_ROLES = ("own", "supplier")
UNITS = ("piece", "kg")
# Mass of the goods as they are, mass of the material in them, or pieces: never added together.
QUANTITY_BASES = ("pieces", "gross_kg", "content_kg")
LICENCE_STATUSES = ("none_needed", "not_filed", "pending", "granted")

# An own graph is told apart from the bundled ones in everything that names its deliveries.
PERIOD_SQL = "data_origin || '-' || graph_id"
OWN_PERIOD_PREFIX = "own-"
# Tables kept by hand have more slips than a producer's.
_MAX_QUARANTINE_SHARE = 0.2


def identifier(name: str, *, nullable: bool = False) -> Column:
    """A name of the user's own: letters, digits and a few signs, no blanks at either end."""
    return text(name, nullable=nullable).must(
        rf"""regexp_full_match("{name}", '[^\s|](?:[^|]{{0,98}}[^\s|])?')""",
        "not an identifier: blanks at an end, a bar (|), or longer than 100 characters",
        "Use the name under which your other tables know it, without bars.",
    )


GRAPH = text("graph_id").must(
    "regexp_full_match(graph_id, '[a-z0-9][a-z0-9_-]{0,59}')",
    "not the name of a graph",
    "Use small letters, digits, - and _, at most 60, like acme-2026.",
)
ORIGIN = one_of("data_origin", DATA_ORIGINS)
READ_ON = day("as_of_date").must(
    "as_of_date <= known_on()",
    "the as-of date lies after the day of the delivery",
    "Give the day on which this was so, not one to come.",
)
_NOTES = (text("evidence_source", nullable=True), text("note", nullable=True), ORIGIN)
_EVIDENCE = (
    one_of("evidence_class", EVIDENCE_CLASSES),
    day("evidence_date").must(
        "evidence_date <= known_on()",
        "evidence dated in the future",
        "Give the day on which the link was confirmed, stated or inferred.",
    ),
    *_NOTES,
)


def _shares(stem: str) -> tuple[Column, ...]:
    """Lower bound, best figure and upper bound of a share, each empty where unknown."""
    low, central, high = (
        Column(f"{stem}_{which}", "decimal(9,6)", nullable=True).must(
            f'"{stem}_{which}" between 0 and 1',
            "not a share between 0 and 1",
            "Write shares as fractions of one, not as percentages; leave unknown ones empty.",
        )
        for which in ("low", "central", "high")
    )
    low = low.must(
        f"coalesce({stem}_low, 0) <= coalesce({stem}_central, {stem}_high, 1)"
        f" and coalesce({stem}_central, {stem}_low, 0) <= coalesce({stem}_high, 1)",
        "the bounds do not enclose the share",
        "Write low, central and high in rising order, or leave unknown ones empty.",
    )
    return low, central, high


def _contract(source_id: str, title: str, columns: tuple[Column, ...], key: tuple[str, ...]):
    return SourceContract(
        source_id=source_id,
        title=title,
        file_pattern=f"{source_id}_*.csv*",
        columns=(GRAPH, *columns),
        key=("graph_id", *key),
        period_sql=PERIOD_SQL,
        frequency="once",
        max_quarantine_share=_MAX_QUARANTINE_SHARE,
        kept_by_hand=True,
    )


SITES = _contract(
    "exposure_sites",
    "Sites of a supply graph",
    (
        identifier("site_id"),
        text("site_name"),
        text("firm"),
        country("country_iso3"),
        one_of("site_role", SITE_ROLES),
        text("activity", nullable=True),
        READ_ON,
        *_NOTES,
    ),
    ("site_id",),
)

PARTS = _contract(
    "exposure_parts",
    "Parts of a supply graph",
    (
        identifier("part_id"),
        text("part_name"),
        one_of("part_kind", PART_KINDS),
        text("material", nullable=True),
        text("product_code", nullable=True).must(
            r"regexp_full_match(product_code, '\d{6}(\d{2})?')",
            "not a product code of 6 (HS) or 8 (CN) digits",
            "Write the code as text, with leading zeros and without dots.",
        ),
        one_of("unit", UNITS),
        one_of("is_bom_complete", ("yes", "no")),
        READ_ON,
        *_NOTES,
    ),
    ("part_id",),
)

BILL_OF_MATERIALS = _contract(
    "exposure_bill_of_materials",
    "Bill of materials of a supply graph",
    (
        identifier("part_id"),
        identifier("component_id").must(
            "component_id <> part_id",
            "a part that is its own component",
            "Name the part that goes in; leave the row out if nothing does.",
        ),
        amount("quantity_per_unit", "decimal(28,9)", nullable=True, positive=True),
        *_shares("input_share"),
        one_of("is_essential", ("yes", "no")),
        *_EVIDENCE,
    ),
    ("part_id", "component_id"),
)

SUPPLIER_LINKS = _contract(
    "exposure_supplier_links",
    "Who supplies the parts of a supply graph",
    (identifier("part_id"), identifier("site_id"), *_shares("supply_share"), *_EVIDENCE),
    ("part_id", "site_id"),
)

STOCK_POSITIONS = _contract(
    "exposure_stock_positions",
    "Stock positions of a supply graph",
    (
        identifier("site_id"),
        identifier("part_id"),
        one_of("quantity_basis", QUANTITY_BASES),
        amount("quantity", "decimal(28,6)", nullable=True),
        READ_ON,
        *_NOTES,
    ),
    ("site_id", "part_id", "quantity_basis", "as_of_date"),
)

CONSUMPTION = _contract(
    "exposure_consumption",
    "Monthly use of parts in a supply graph",
    (
        identifier("site_id"),
        identifier("part_id"),
        one_of("quantity_basis", QUANTITY_BASES),
        month("period"),
        amount("quantity", "decimal(28,6)", nullable=True),
        *_NOTES,
    ),
    ("site_id", "part_id", "quantity_basis", "period"),
)

OPEN_ORDERS = _contract(
    "exposure_open_orders",
    "Open orders of a supply graph",
    (
        identifier("order_id"),
        identifier("site_id"),
        identifier("part_id"),
        one_of("quantity_basis", QUANTITY_BASES),
        amount("quantity", "decimal(28,6)", positive=True),
        day("promised_date", nullable=True),
        identifier("supplier_site_id", nullable=True).must(
            "supplier_site_id <> site_id",
            "a site that supplies itself",
            "Name the site that ships, or leave it empty where it is not known.",
        ),
        one_of("licence_status", LICENCE_STATUSES).must(
            "licence_status <> 'pending' or licence_accepted_date is not null",
            "a pending licence without the day of its acceptance",
            "Give licence_accepted_date, or write not_filed.",
        ),
        text("licence_material", nullable=True),
        day("licence_accepted_date", nullable=True).must(
            "licence_accepted_date <= as_of_date",
            "accepted after the as-of date",
            "Correct one of the two days.",
        ),
        Column("transit_days", "integer", nullable=True).must(
            "transit_days between 0 and 3650",
            "not a number of days between 0 and 3650",
            "Give the days from the licence to the arrival at the site.",
        ),
        READ_ON,
        *_NOTES,
    ),
    ("order_id",),
)

SITE_CAPACITIES = _contract(
    "exposure_site_capacities",
    "Capacity figures of sites, one per source, kept side by side where they conflict",
    (
        identifier("capacity_id"),
        identifier("site_id"),
        identifier("part_id", nullable=True),
        text("metric"),
        amount("quantity", "decimal(28,6)", nullable=True),
        text("unit", nullable=True),
        text("as_of_text", nullable=True),
        *_NOTES,
    ),
    ("capacity_id",),
)

CONTRACTS = (
    SITES,
    PARTS,
    BILL_OF_MATERIALS,
    SUPPLIER_LINKS,
    STOCK_POSITIONS,
    CONSUMPTION,
    OPEN_ORDERS,
    SITE_CAPACITIES,
)
