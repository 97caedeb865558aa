"""What differs between two releases, cell by cell, and which changed inputs (deliveries, seeds,
code) stand behind it. Where one kind of them differs, it is the cause; where several do, the change
is `not_separable` and names them (docs/methodology/change_attribution.md)."""

from __future__ import annotations

from functools import partial

from chokepoint.releases.comparing.comparison import Comparison
from chokepoint.releases.relations import literal, quote

# The facts whose changes are told cell by cell, with the columns that count.
FACTS = {
    "fct_import_concentration": (
        "import_value_eur", "net_mass_kg", "hhi_value", "hhi_mass", "hhi_value_low",
        "hhi_value_high", "effective_suppliers", "supplier_count", "top_supplier_value_share",
        "unknown_partner_value_share", "top_supplier_iso3",
    ),
    "fct_partner_shares": ("import_value_eur", "net_mass_kg", "value_share", "mass_share"),
    "fct_trade_under_measures": (
        "product_value_eur", "value_eur_low", "value_eur_central", "value_eur_high",
        "net_mass_kg_low", "net_mass_kg_central", "net_mass_kg_high", "certainty",
    ),
    "fct_measure_states": ("state", "valid_to", "known_to", "certainty", "is_disputed"),
    "fct_licence_claims": (
        "numerator", "denominator", "share_of_filed", "share_of_decided", "share_low", "share_high",
    ),
    "fct_dependency_verdicts": ("is_dependent", "certainty", "decisive_value", "import_value_eur"),
    "fct_supply_risk": (
        "hhi_wgi_t_global", "hhi_wgi_t_eu", "import_reliance", "eol_rir", "si_sr", "supply_risk",
        "supply_risk_low", "supply_risk_high", "is_bottleneck",
    ),
}  # fmt: skip
_NAMES_TOLD = 5


def write_changes(compared: Comparison, *, release: str, into: str) -> int:
    """Append every changed cell of two published files, with its causes, to a table like
    `meta.changes`; return the rows. Writes temporary tables, within the connection's limits. A
    fact, key or column that one file lacks is new, no change of a figure. `release`: name of the
    older one."""
    is_recorded = compared.has("meta.inputs") and all(
        compared.con.execute(f"select count(*) > 0 from {side}.meta.inputs").fetchall()[0][0]
        for side in compared.sides
    )
    _read_inputs(compared, is_recorded)
    # Versions of tools are told where no input differs; nothing is known without a record.
    tools = [
        f"{name} {old} to {new}"
        for name, old, new in compared.changed_versions
        if name != "project_version"
    ]
    unnamed = "" if is_recorded else "unrecorded"
    unexplained = "[]"
    if tools and is_recorded:
        unexplained = f"[{{cause: 'method', told: {literal(', '.join(tools))}}}]"
    written = 0
    for fact, columns in FACTS.items():
        label = f"marts.{fact}"
        key, (old, new) = compared.key(label), compared.types(label)
        shared = [name for name in new if name in old]
        counted = [name for name in columns if name in shared and name not in key]
        if not key or not set(key) <= set(shared) or not counted or compared.is_same(label):
            continue
        has_place = {"source_id", "period"} <= set(key)
        _write_cells(compared, fact, key, counted, has_place)
        _write_causes(compared, fact, has_place)
        written += _append_cells(compared, fact, release, into, unexplained, unnamed)
    return written


def _append_cells(
    compared: Comparison, fact: str, release: str, into: str, unexplained: str, unnamed: str
) -> int:
    """Append a fact's cells with their causes, or `unexplained` and `unnamed` (SQL, words) where no
    input differs; return their number."""
    return compared.con.execute(
        f"""
        insert into {into} by name
        with explained as (
            select
                *,
                case
                    when inputs is null then {unexplained}
                    when change_kind = 'appeared' and is_new
                        then list_filter(inputs, lambda one: one.cause = 'new_period')
                    else inputs
                end as found,
            from temp.cells
            left join temp.causes using (place)
        )
        select
            {literal(release)} as previous_release,
            {literal(fact)} as relation_name,
            row_key,
            column_name,
            change_kind,
            old_value,
            new_value,
            if(len(found) = 1, found[1].cause, 'not_separable') as cause,
            case len(found) when 0 then '{unnamed}' when 1 then null
                else array_to_string([one.cause for one in found], '; ') end
                as possible_causes,
            nullif(array_to_string([one.cause || ': ' || one.told for one in found], '; '), '')
                as evidence,
        from explained
        order by row_key, column_name
        """
    ).fetchall()[0][0]


def _read_inputs(compared: Comparison, is_recorded: bool) -> None:
    """Changed seeds and models by relation, and all deliveries, for their periods. Only a seed of
    figures has a source."""
    if not is_recorded:
        compared.con.execute(
            "create or replace temp table inputs (relation_name varchar, source_id varchar,"
            " period varchar, cause varchar, told varchar)"
        )
        return
    old, new = (
        f"(from {side}.meta.inputs where input_kind <> 'delivery')" for side in compared.sides
    )
    compared.con.execute(
        f"""
        create or replace temp table inputs as
        with differing as (
            select
                relation_name,
                input_name,
                coalesce(new.source_id, old.source_id) as source_id,
                coalesce(new.cause, old.cause) as cause,
            from {old} as old
            full join {new} as new using (relation_name, input_kind, input_name)
            where old.checksum is distinct from new.checksum
        )
        select
            relation_name,
            if(cause = 'data', source_id, null) as source_id,
            cast(null as varchar) as period,
            if(cause = 'data', 'revision', cause) as cause,
            if(cause = 'data', 'seed ', '') || input_name as told,
        from differing
        union all
        select
            read.relation_name,
            delivered.source_id,
            delivered.period,
            case delivered.status when 'same' then null when 'new' then 'new_period'
                when 'reread' then 'method' else 'revision' end,
            delivered.told,
        from (
            select distinct relation_name, source_id
            from {compared.after}.meta.inputs where input_kind = 'delivery'
        ) as read
        inner join {compared.delivered} as delivered using (source_id)
        """
    )


def _write_cells(
    compared: Comparison, fact: str, key: list[str], columns: list[str], has_place: bool
) -> None:
    """Every cell that differs; its place is the source and period of its row, where it has both."""
    differs = partial(compared.differs, f"marts.{fact}")
    packed = ", ".join(
        f"{quote(name)} := if(new.is_there, new.{quote(name)}, old.{quote(name)})" for name in key
    )
    cells = ", ".join(
        f"{{column_name: {literal(name)}, old_value: cast(old.{quote(name)} as varchar),"
        f" new_value: cast(new.{quote(name)} as varchar), is_other: {differs(name)}}}"
        for name in columns
    )
    compared.con.execute(
        f"""
        create or replace temp table cells as
        with changed as (
            select
                struct_pack({packed}) as keys,
                case
                    when old.is_there is null then 'appeared'
                    when new.is_there is null then 'vanished'
                    else 'changed'
                end as change_kind,
                unnest([{cells}], max_depth := 2),
            from {compared.joined(f"marts.{fact}", key)}
            where {" or ".join(map(differs, columns))}
        )
        select
            cast(to_json(keys) as varchar) as row_key,
            {"[keys.source_id, keys.period]" if has_place else "cast([] as varchar[])"} as place,
            * exclude (keys, is_other),
        from changed
        where is_other
        """
    )


def _write_causes(compared: Comparison, fact: str, has_place: bool) -> None:
    """The changed inputs behind the rows of each place: of a source in the fact those of its rows
    (and period, for a delivery), of another or none all. A source without any for a row counts as a
    whole; so does all where nothing near differs."""
    # A verdict looks back.
    reached = "starts_with(period, place[2]) or starts_with(place[2], period)" + (
        " or period < place[2]" if fact == "fct_dependency_verdicts" else ""
    )
    others = " and ".join(
        f"source_id not in (select coalesce(source_id, '') from {side}.marts.{quote(fact)})"
        for side in compared.sides
    )
    compared.con.execute(
        f"""
        create or replace temp table causes as
        with pairs as (
            select
                places.place,
                inputs.*,
                coalesce(source_id = place[1], false) as is_own,
                coalesce({reached}, true) as is_reached,
                (is_own or source_id is null or {others if has_place else "true"})
                and (
                    is_reached
                    or not bool_or(is_reached) over (partition by places.place, source_id)
                ) as is_near,
            from (select distinct place from temp.cells) as places
            cross join temp.inputs
            where relation_name = {literal(fact)}
        ),
        by_cause as (
            select
                place,
                cause,
                -- No older map, law or method ever gave a value to what a new period brings.
                bool_or(cause = 'new_period' and is_own and is_reached) as is_new,
                list_sort(list(distinct told)) as names,
            from (
                from pairs where cause is not null
                qualify is_near or not bool_or(is_near) over (partition by place)
            )
            group by all
        )
        select
            place,
            bool_or(is_new) as is_new,
            list({{
                cause: cause,
                told: array_to_string(names[:{_NAMES_TOLD}], ', ')
                || if(len(names) > {_NAMES_TOLD}, ' and more', '')
            }} order by cause) as inputs,
        from by_cause group by place
        """
    )
