"""What became of the warehouse's relations in the published file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# An empty origin counts as the user's own, as it does where rows are copied.
_IS_OWN = (
    "list_contains(string_split(replace(coalesce(cast(data_origin as varchar), 'own'), ' ', ''), "
    "';'), 'own')"
)


# Relations that tell of sources, and hold no figure of theirs but where this is true.
_FIGURES_OF = {"marts.dim_trade_source": "false", "meta.sources": "false",
               "meta.freshness": "row_count > 0"}  # fmt: skip

_COPIED = """
create temp table copied as
with

known as (
    select database_name, schema_name, table_name as name, 'table' as kind
    from duckdb_tables()
    union all
    select database_name, schema_name, view_name, 'view' from duckdb_views()
),

columns_of as (
    select
        database_name,
        schema_name,
        table_name as name,
        list((column_name, data_type) order by column_index) as columns,
        bool_or(column_name = 'data_origin') as has_origin,
        list(column_name) filter (
            column_name in ('source_id', 'source_ids')
            or ends_with(column_name, '_source_id')
        ) as source_columns,
    from duckdb_columns()
    group by all
)

select
    schema_name || '.' || name as relation,
    kind,
    columns_of.has_origin,
    columns_of.source_columns,
    copies.name is not null as is_there,
    null::bigint as rows_more,
    columns_of.columns = columns_of_copy.columns as is_same,
    null::bigint as own_rows,
    null::bigint as restricted_rows,
from known
inner join columns_of using (database_name, schema_name, name)
left join (from known where database_name = 'published') as copies
    using (schema_name, name, kind)
left join (from columns_of where database_name = 'published') as columns_of_copy
    using (schema_name, name)
where known.database_name = 'warehouse' and schema_name in ('marts', 'meta', 'reports')
"""


def compare(con: duckdb.DuckDBPyConnection) -> None:
    """Create temp.copied: a row per table and view that the attached `warehouse` has to publish.

    relation   `schema.name`
    is_there   whether `published` has it, as the same kind
    rows_more  rows that `published` has above the warehouse, of tables
    is_same    whether names, types and rows are those of the warehouse, whatever their order
    own_rows   rows of the user's own in `published`
    restricted_rows  rows in `published` that name a source which may not be passed on

    Both kinds are left out of the comparison: most of them stay at home.
    """
    restricted = _restricted_sources(con)
    con.execute(_COPIED)
    tables = con.execute(
        "select relation, has_origin, source_columns from temp.copied"
        " where kind = 'table' and is_there"
    ).fetchall()
    for relation, has_origin, source_columns in tables:
        is_own = _IS_OWN if has_origin else "false"
        names = [
            f"regexp_matches(concat(',', replace(\"{column}\", ' ', ''), ','), ',{one},')"
            for column in source_columns or ()
            for one in restricted
        ]
        named = f"({' or '.join(names)}) and {_FIGURES_OF.get(relation, 'true')}"
        is_restricted = f"coalesce({named}, false)" if names else "false"
        _compare_rows(con, relation, is_own, is_restricted)


def _restricted_sources(con: duckdb.DuckDBPyConnection) -> list[str]:
    has_sources = con.execute(
        "select count(*) from duckdb_tables() where database_name = 'warehouse'"
        " and schema_name = 'marts' and table_name = 'dim_trade_source'"
    ).fetchall()[0][0]
    if not has_sources:
        return []
    found = con.execute(
        "select source_id from warehouse.marts.dim_trade_source"
        " where redistribution in ('restricted', 'unconfirmed') order by source_id"
    ).fetchall()
    return [source for (source,) in found]


def _compare_rows(
    con: duckdb.DuckDBPyConnection, relation: str, is_own: str, is_restricted: str
) -> None:
    """Count and compare the rows of a table; the two conditions say which stay at home."""
    schema, _, name = relation.partition(".")
    is_kept = f"not ({is_own} or {is_restricted})"
    before, after = (
        con.execute(
            f"""
            select
                count(*) filter (where {is_kept}),
                sum(hash(one)) filter (where {is_kept}),
                count(*) filter (where {is_own}),
                count(*) filter (where {is_restricted}),
            from {database}."{schema}"."{name}" as one
            """
        ).fetchall()[0]
        for database in ("warehouse", "published")
    )
    con.execute(
        """
        update temp.copied
        set
            rows_more = $1,
            is_same = is_same and $2,
            own_rows = $3,
            restricted_rows = $4
        where relation = $5
        """,
        [after[0] - before[0], before[:2] == after[:2], *after[2:], relation],
    )
