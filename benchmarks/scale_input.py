"""Deliveries like Eurostat's Comext bulk files, generated from a seed, as landing leaves them.

A lane is a reporter, partner, product, flow and procedure that trade. Lanes are drawn once, with
partners by Zipf's law; each month holds four lanes in five, with amounts of its own. Months are
written one by one, so that memory does not grow with their number. Values are whole euros; one mass
in 25 is missing; places that are no countries are among the partners.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from pathlib import Path

import duckdb

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
SOURCE_ID = "comext_bulk_monthly"
LAST_PERIOD = (2026, 8)
# Rows of one product in one month of the real files, imports and exports of all members.
ROWS_PER_PRODUCT = 400
# The largest partners of the Union, in about this order; the others follow.
_LARGEST = (
    "CN", "DE", "NL", "US", "BE", "IT", "FR", "PL", "GB", "ES", "CZ", "AT", "CH", "TR", "JP", "IN",
    "RU", "KR", "VN", "NO", "HU", "SE", "TW", "SK", "RO", "ID", "ZA", "UA", "BR",
)  # fmt: skip
_PLACES = ("QV", "QW", "QY", "QZ", "XC", "XL")


def periods(months: int) -> list[str]:
    """The last `months` months, oldest first."""
    last = LAST_PERIOD[0] * 12 + LAST_PERIOD[1] - 1
    return [f"{n // 12}-{n % 12 + 1:02}" for n in range(last - months + 1, last + 1)]


def known_on(period: str, revision: int) -> dt.date:
    """Day on which a delivery came: two months after the period, a revision a month later."""
    year, month = map(int, period.split("-"))
    return dt.date(year, month, 15) + dt.timedelta(days=60 + 30 * revision)


def digest(seed: int, period: str, revision: int) -> str:
    return hashlib.sha256(f"{seed} {period} {revision}".encode()).hexdigest()


def vintage(seed: int, period: str, revision: int = 0) -> str:
    return f"{known_on(period, revision):%Y%m%d}-{digest(seed, period, revision)[:12]}"


class Generator:
    """Writes deliveries into `landing_dir`; the same arguments give the same rows."""

    def __init__(self, landing_dir: Path, rows_per_month: int, seed: int) -> None:
        self.landing_dir = landing_dir
        self.seed = seed
        self.con = duckdb.connect(config={"threads": 2, "memory_limit": "2GB"})
        members = {row["iso3"] for row in _rows(SEEDS / "reference" / "eu_membership.csv")
                   if not row["left_on"]}  # fmt: skip
        iso2 = {row["iso3"]: row["iso2"] for row in _rows(SEEDS / "reference" / "countries.csv")}
        reporters = sorted((iso2[code] for code in members), key=_by_size)
        partners = sorted([*iso2.values(), *_PLACES], key=_by_size)
        controlled = {row["cn8_2025"] for row in _rows(SEEDS / "measures" / "cn8_crosswalk.csv")}
        self.products = max(rows_per_month // ROWS_PER_PRODUCT, 2 * len(controlled))
        self._list("reporters", reporters)
        self._list("partners", partners)
        self.con.execute(
            """
            create table products as
            select code, row_number() over (order by hash(code, ?)) - 1 as nth
            from (
                select unnest(?::varchar[]) as code
                union
                (
                    select distinct printf('%08d', 1010000 + hash(range, ?) % 96900000)
                    from range(?) limit ?
                )
            )
            """,
            [seed, sorted(controlled), seed, 2 * self.products, self.products - len(controlled)],
        )
        self.con.execute("set variable intra_codes = ?::varchar[]", [[*reporters, "QV", "QY"]])
        self.con.execute(_LANES, {"seed": seed, "lanes": rows_per_month * 5 // 4})

    def write(self, period: str, revision: int = 0) -> int:
        """One delivery of one month with its manifest; a revision changes one row in twenty."""
        name = vintage(self.seed, period, revision)
        path = self.landing_dir / SOURCE_ID / period / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        (rows,) = self.con.execute(
            f"copy ({_MONTH}) to '{path}' (format parquet, compression zstd)",
            {"period": period, "revision": revision},
        ).fetchone()
        day = known_on(period, revision).isoformat()
        record = {
            "source_id": SOURCE_ID,
            "period": period,
            "vintage": name,
            "file_name": f"full_v2_{period.replace('-', '')}.7z",
            "file_sha256": digest(self.seed, period, revision),
            "file_size_bytes": path.stat().st_size,
            "known_on": day,
            "landed_at": f"{day}T00:00:00.000000+00:00",
            "contract_fingerprint": "generated",
            "row_count": rows,
            "quarantined_count": 0,
            "parquet_path": path.relative_to(self.landing_dir).as_posix(),
            "parquet_size_bytes": path.stat().st_size,
            "encoding": "utf-8",
        }
        manifest = self.landing_dir / "_manifest" / SOURCE_ID / f"{name}.json"
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text(json.dumps([record]) + "\n", encoding="utf-8")
        return rows

    def _list(self, name: str, codes: list[str]) -> None:
        self.con.execute(
            f"create table {name} as select unnest(?::varchar[]) as code, "
            "generate_subscripts(?::varchar[], 1) - 1 as nth",
            [codes, codes],
        )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _by_size(code: str) -> tuple[int, str]:
    return (_LARGEST.index(code) if code in _LARGEST else len(_LARGEST), code)


# A rank drawn as n ** u - 1 has the frequency 1 / rank. Half the partners of a product are its own.
_LANES = """
    create table lanes as
    with counts as (
        select
            (select count(*) from products) as products,
            (select count(*) from partners) as partners,
            (select count(*) from reporters) as reporters,
    ),
    draws as (
        select
            hash(4 * range + 0, $seed) / 2.0**64 as u_product,
            hash(4 * range + 1, $seed) / 2.0**64 as u_reporter,
            hash(4 * range + 2, $seed) / 2.0**64 as u_partner,
            hash(4 * range + 3, $seed) as bits,
        from range(4 * $lanes)
    ),
    places as (
        select
            cast(floor(products * power(u_product, 1.5)) as integer) as product,
            cast(floor(reporters * power(u_reporter, 1.5)) as integer) as reporter,
            cast(floor(power(partners + 1, u_partner)) - 1 as integer) as rank,
            1 + bits % 2 as flow,
            [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 9][1 + cast(bits // 2 % 16 as integer)]
                as procedure,
            bits // 32 % 2 = 0 as is_own,
            partners,
        from draws
        cross join counts
    ),
    keys as (
        select distinct
            product, reporter, flow, procedure,
            case when is_own then (rank + hash(product, $seed) % partners) % partners else rank end
                as partner,
        from places
    )
    select
        products.code as product_nc,
        cast(keys.flow as varchar) as flow,
        reporters.code as reporter,
        partners.code as partner,
        cast(keys.procedure as varchar) as stat_procedure,
        if(list_contains(getvariable('intra_codes'), partners.code), 'I', 'E') as trade_type,
        case when hash(products.code, 1) % 5 = 0 then 'NAR' end as suppl_unit,
        hash(product_nc, reporters.code, partners.code, keys.flow, keys.procedure, $seed) as lane,
        power(10, 2 + 4.5 * (lane % 1000003) / 1000003.0) as size,
        power(10, hash(products.code, 2) % 1000 / 250.0 - 1) as price,
    from keys
    inner join products on keys.product = products.nth
    inner join reporters on keys.reporter = reporters.nth
    inner join partners on keys.partner = partners.nth
    where reporters.code <> partners.code
    qualify row_number() over (order by lane) <= $lanes
    order by product_nc, flow, reporter, partner, stat_procedure
"""

_MONTH = """
    select
        $period as period,
        reporter,
        partner,
        trade_type,
        product_nc,
        flow,
        stat_procedure,
        suppl_unit,
        cast(value as decimal(18, 3)) as value_eur,
        case when dice // 1000 % 25 > 0 then cast(value / price as decimal(18, 3)) end
            as quantity_kg,
        case when suppl_unit is not null then cast(floor(value / 40) as decimal(18, 3)) end
            as quantity_suppl_unit,
        cast(1 + row_number() over () as integer) as line_number,
    from (
        select
            *,
            hash(xor(lane, hash($period))) as dice,
            floor(
                size * (0.5 + dice // 1000000 % 1000 / 1000.0)
                * case when dice // 11 % 20 = 0 then 1 + $revision / 10 else 1 end
            ) as value,
        from lanes
    )
    where dice % 1000 < 800 and ($revision = 0 or dice // 7 % 100 > 0)
"""
