"""The synthetic car maker: what the sample must hold."""

from collections import defaultdict

from reading_kit import table

from chokepoint.landing.producers.own import exposure


def rows_of(name: str) -> list[dict[str, str]]:
    return table(f"exposure_{name}_synthetic")


def components() -> dict[str, set[str]]:
    """Part -> what is in it."""
    below = defaultdict(set)
    for row in rows_of("bill_of_materials"):
        below[row["part_id"]].add(row["component_id"])
    return below


def test_three_tiers_of_a_few_thousand_parts_stand_below_twelve_cars():
    parts = {row["part_id"]: row["part_kind"] for row in rows_of("parts")}
    below = components()
    tier = {part for part, kind in parts.items() if kind == "final"}
    assert len(tier) == 12
    assert len(parts) > 2_000
    reached = set(tier)
    sizes = []
    for _ in range(4):
        tier = {component for part in tier for component in below[part]}
        sizes.append(len(tier - reached))
        reached |= tier
    assert all(size > least for size, least in zip(sizes, (200, 1_500, 50, 0), strict=True))
    assert reached == set(parts)


def test_scrap_goes_round():
    """Scrap is made of magnets, magnets of alloy, alloy of scrap: cycles are exercised."""
    below = components()
    seen, tier = set(), below["magnet-scrap-001"]
    while tier - seen:
        seen |= tier
        tier = {component for part in tier for component in below[part]}
    assert "magnet-scrap-001" in seen


def test_the_sample_holds_what_is_unknown_or_odd():
    """Each of these has a defined result further on, which only data can show."""
    supplied = {row["part_id"] for row in rows_of("supplier_links")}
    parts = rows_of("parts")
    assert 0 < sum(row["part_id"] not in supplied for row in parts) < 100
    assert {row["is_bom_complete"] for row in parts} == {"yes", "no"}
    bills = rows_of("bill_of_materials")
    assert {row["is_essential"] for row in bills} == {"yes", "no"}
    assert {row["evidence_class"] for row in bills} == set(exposure.EVIDENCE_CLASSES)

    stock = {(row["site_id"], row["part_id"]): row for row in rows_of("stock_positions")}
    assert any(row["quantity"] == "" for row in stock.values())
    assert {row["quantity_basis"] for row in stock.values()} == set(exposure.QUANTITY_BASES)
    use = defaultdict(list)
    for row in rows_of("consumption"):
        use[row["site_id"], row["part_id"]].append(row)
    assert use.keys() == stock.keys()
    lengths = {len(rows) for rows in use.values()}
    assert lengths >= {1, 12, 18}
    assert max(lengths) == 18
    assert any(row["quantity"] == "" for rows in use.values() for row in rows)
    assert any({row["quantity"] for row in rows} == {"0"} for rows in use.values())
    other_basis = [
        part
        for (site, part), row in stock.items()
        if {row["quantity_basis"]} != {month["quantity_basis"] for month in use[site, part]}
    ]
    assert other_basis == ["smco-magnet-001"]


def test_orders_wait_for_licences_that_the_register_knows():
    countries = {row["site_id"]: row["country_iso3"] for row in rows_of("sites")}
    orders = rows_of("open_orders")
    assert {row["licence_status"] for row in orders} == set(exposure.LICENCE_STATUSES)
    assert any(not row["promised_date"] for row in orders)
    materials = {row["material"] for row in table("licence_applications_synthetic")}
    waiting = [row for row in orders if row["licence_status"] != "none_needed"]
    assert {row["licence_material"] for row in waiting} <= materials
    assert {countries[row["supplier_site_id"]] for row in waiting} == {"CHN"}
    # Free today; No. 58 of 2025 would ask for a licence.
    free = {
        row["part_id"].rsplit("-", 1)[0]
        for row in orders
        if row["licence_status"] == "none_needed"
        and countries.get(row["supplier_site_id"]) == "CHN"
    }
    assert {"battery-cell", "artificial-graphite"} <= free
