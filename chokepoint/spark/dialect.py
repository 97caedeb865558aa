"""DuckDB's SQL as Spark SQL with the same result: every difference of the two lives here. sqlglot
turns the grammar, the rules below what two engines mean by the same words (division, rounding, null
order, aggregates). They need types: a query is first resolved against the columns that it reads."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Type = exp.DataType.Type
INTEGRAL = {
    Type.TINYINT, Type.SMALLINT, Type.INT, Type.BIGINT, Type.INT128, Type.UTINYINT,
    Type.USMALLINT, Type.UINT, Type.UBIGINT,
}  # fmt: skip
WIDE = {Type.BIGINT, Type.INT128, Type.UBIGINT, Type.UINT128}
BINARY_FLOATS = {Type.DOUBLE, Type.FLOAT}


def _type_of_difference(annotator: Any, node: exp.Sub) -> exp.Sub:
    """Days between two dates are a whole number, which sqlglot takes for a date."""
    if _kind(node.this) == Type.DATE and _kind(node.expression) == Type.DATE:
        return annotator._set_type(node, Type.BIGINT)
    return annotator._annotate_binary(node)


_TYPES = {**DuckDB.EXPRESSION_METADATA, exp.Sub: {"annotator": _type_of_difference}}


def tables_read(sql: str) -> set[tuple[str, str]]:
    """(schema, name) of each table that a query in DuckDB's SQL reads."""
    return {(table.db, table.name) for table in _parsed(sql).find_all(exp.Table) if table.db}


def is_recursive(sql: str) -> bool:
    """Whether a query in DuckDB's SQL feeds on its own rows."""
    return any(found.args.get("recursive") for found in _parsed(sql).find_all(exp.With))


@dataclass(frozen=True)
class Steps:
    """A query in Spark SQL (`query`), and (name, query) of each part that it reads more than once:
    `first`, in order, as tables beside the one that is built."""

    first: list[tuple[str, str]]
    query: str


def to_spark(
    sql: str,
    columns: Mapping[str, Mapping[str, Mapping[str, Any]]],
    types: Mapping[str, str] | None = None,
) -> str:
    """A query in DuckDB's SQL as Spark SQL. `columns`: schema -> table -> column -> type (a text,
    or sqlglot's) of what it reads; `types`: column of the result -> type in DuckDB's words to cast
    it to."""
    return _written(_translated(sql, columns), types)


def to_spark_in_steps(
    sql: str,
    columns: Mapping[str, Mapping[str, Mapping[str, Any]]],
    types: Mapping[str, str] | None,
    schema: str,
    prefix: str,
) -> Steps:
    """As `to_spark`, with what is read more than once apart, as tables `<schema>.<prefix>...`.
    DuckDB works a common table expression out once; Spark writes it into each reader, and readers
    of readers make plans that take longer than to run."""
    tree = _translated(sql, columns)
    steps = _apart(tree, schema, prefix)
    first = [(name, step.sql("spark", pretty=True)) for name, step in steps]
    return Steps(first, _written(tree, types))


def _written(tree: exp.Expression, types: Mapping[str, str] | None) -> str:
    return (_typed(tree, types) if types else tree).sql("spark", pretty=True)


def _translated(sql: str, columns: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> exp.Expression:
    schema = {name: dict(tables) for name, tables in columns.items()}
    tree = qualify(
        _unpivots(_parsed(sql)),
        dialect="duckdb",
        schema=schema,
        validate_qualify_columns=False,
        quote_identifiers=False,
        isolate_tables=False,
    )
    tree = annotate_types(tree, schema=schema, dialect="duckdb", expression_metadata=_TYPES)
    _explicit_groups(tree)
    tree = _converted(tree)
    if tree.args.get("limit") is None:
        # A table of Spark has no order; a sort of the whole would be for nothing.
        tree.set("order", None)
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)
    for select in tree.find_all(exp.Select):
        # Frames that leave the row itself out are written where they were used.
        for window in list(select.args.get("windows") or []):
            if window.args.get("spec") and window.args["spec"].args.get("exclude"):
                window.pop()
    tree = _qualified_rows(tree)
    _lateral_views(tree)
    _without_idle_parentheses(tree)
    return tree


def _typed(tree: exp.Expression, types: Mapping[str, str]) -> exp.Expression:
    """The columns of a query in the types and in the order of a contract."""
    named = tree.named_selects
    names = [name for name in types if name in named]
    names += [name for name in named if name not in types]
    casts = [
        exp.alias_(
            exp.Cast(
                this=exp.column(name), to=_wide(exp.DataType.build(types[name], dialect="duckdb"))
            ),
            name,
        )
        if name in types
        else exp.column(name)
        for name in names
    ]
    return exp.select(*casts).from_(tree.subquery("built"))


def _wide(kind: exp.DataType) -> exp.DataType:
    """A type that Spark has in place of one that it has not."""
    if kind.this in {Type.INT128, Type.UINT128}:
        return exp.DataType.build("decimal(38, 0)")
    if kind.this == Type.UBIGINT:
        return exp.DataType.build("decimal(20, 0)")
    for inner in kind.expressions:
        # What stands in lists and maps are counts.
        if isinstance(inner, exp.DataType) and inner.this == Type.UBIGINT:
            inner.set("this", Type.BIGINT)
    return kind


def _parsed(sql: str) -> exp.Expression:
    # Two names of one function to sqlglot; here `len` counts a list and `length` letters.
    sql = re.sub(r"\blen\(", "length_of_list(", sql)
    # It takes what follows a colon for a parameter.
    sql = re.sub(r"(?<!\[)\[:(?=[a-z_])", "[1:", sql)
    tree = parse_one(sql, dialect="duckdb")
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
        for part in table.parts:
            part.set("quoted", False)
    return tree


# ------------------------------------------------------------------ helpers


def _kind(node: exp.Expression | None) -> Type | None:
    if node is None or node.type is None:
        return None
    return node.type.this


def _call(name: str, *arguments: Any) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[_node(value) for value in arguments])


def _node(value: Any) -> exp.Expression:
    if isinstance(value, exp.Expression):
        return value
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value)


def _cast(node: exp.Expression, to: str) -> exp.Expression:
    return exp.Cast(this=node, to=exp.DataType.build(to, dialect="spark"))


def _double(node: exp.Expression) -> exp.Expression:
    is_double = _kind(node) in BINARY_FLOATS and not isinstance(node.unnest(), exp.Literal)
    return node if is_double else _cast(node, "double")


def _when(condition: exp.Expression, then: exp.Expression, otherwise: Any = None) -> exp.Case:
    return exp.Case(
        ifs=[exp.If(this=condition, true=then)],
        default=None if otherwise is None else _node(otherwise),
    )


def _paren(node: exp.Expression) -> exp.Expression:
    return exp.Paren(this=node) if isinstance(node, (exp.Binary, exp.Unary)) else node


def _raw(template: str, **nodes: exp.Expression) -> exp.Expression:
    """A Spark expression with nodes in place of the names that start with `_`."""
    tree = parse_one(template, dialect="spark")

    def place(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.name in nodes and not node.table:
            return exp.Paren(this=nodes[node.name].copy())
        return node

    return tree.transform(place)


def _with_name(value: str, name: str, template: str) -> str:
    """A text of Spark SQL that names a value more than once, which is worked out once."""
    return f"ELEMENT_AT(TRANSFORM(ARRAY({value}), {name} -> {template}), 1)"


def _held(value: exp.Expression, name: str, template: str) -> exp.Expression:
    return _raw(_with_name("_held", name, template), _held=value)


# ------------------------------------------------------------------ rules

# Numbers that keep the fields of one list apart from those of another.
_LISTS = count()

RULES: dict[type, Callable[[Any], exp.Expression]] = {}
FUNCTIONS: dict[str, Callable[..., exp.Expression]] = {}


def _rule(*kinds: type):
    def keep(function):
        for kind in kinds:
            RULES[kind] = function
        return function

    return keep


def _function(*names: str):
    def keep(function):
        for name in names:
            FUNCTIONS[name] = function
        return function

    return keep


def _converted(tree: exp.Expression) -> exp.Expression:
    """Every rule once, children before parents, so that a rule sees types of what it holds."""
    for node in list(tree.walk(bfs=False))[::-1]:
        if isinstance(node, exp.Anonymous):
            function = FUNCTIONS.get(node.name.lower())
            new = function(*node.expressions) if function else node
        else:
            rule = RULES.get(type(node))
            new = rule(node) if rule else node
        if new is not node:
            if new.type is None:
                new.type = node.type
            if node is tree:
                tree = new
            else:
                node.replace(new)
    return tree


@_rule(exp.Div)
def _division(node: exp.Div) -> exp.Expression:
    """Doubles always. A zero below is an error here: a model that meets one says what it means."""
    return exp.Div(this=_double(node.this), expression=_double(node.expression))


@_rule(exp.Cast, exp.TryCast)
def _casting(node: exp.Cast) -> exp.Expression:
    """A number with a fraction is rounded to a whole one, where Spark cuts it off."""
    source, target = _kind(node.this), node.to.this
    value = node.this
    node.set("to", _wide(node.to))
    if target in INTEGRAL and isinstance(value, exp.DPipe) and value.this.name == "0x":
        return _cast(_call("CONV", value.expression, 16, 10), "bigint")
    if target in INTEGRAL and source in BINARY_FLOATS:
        literal = isinstance(value.unnest(), exp.Literal)
        node.set("this", _call("rint", _cast(value, "double") if literal else value))
    elif target in INTEGRAL and source == Type.DECIMAL:
        node.set("this", exp.Round(this=value, decimals=exp.Literal.number(0)))
    elif target == Type.DECIMAL and source in BINARY_FLOATS:
        unnested = value.unnest()
        if isinstance(unnested, exp.Literal):
            return node
        parameters = [int(str(p.this)) for p in node.to.expressions] or [18, 3]
        scale = parameters[1] if len(parameters) > 1 else 0
        # Rounded in double arithmetic and whole numbers kept exact, as DuckDB does.
        scaled = _call(
            "round",
            exp.Mul(this=_paren(value), expression=_cast(exp.Literal.number(10**scale), "double")),
        )
        whole = _raw(
            "CASE WHEN ABS(_v) < 9e18D THEN CAST(CAST(_v AS BIGINT) AS DECIMAL(38, 0)) "
            "ELSE CAST(_v AS DECIMAL(38, 0)) END",
            _v=scaled,
        )
        unit = (
            exp.Literal.number("0." + "0" * (scale - 1) + "1") if scale else exp.Literal.number(1)
        )
        node.set("this", exp.Mul(this=exp.Paren(this=whole), expression=unit))
    return node


@_rule(exp.Round)
def _rounding(node: exp.Round) -> exp.Expression:
    """Spark rounds to a number of places that is a constant only."""
    places = node.args.get("decimals")
    if places is None or isinstance(places.unnest(), (exp.Literal, exp.Neg)):
        return node
    return _raw(
        "CASE WHEN _p > 300 THEN _x ELSE ROUND(_x * POWER(10D, _p)) / POWER(10D, _p) END",
        _x=_double(node.this),
        _p=places,
    )


@_rule(exp.Add, exp.Sub)
def _days_on(node: exp.Add | exp.Sub) -> exp.Expression:
    left, right = _kind(node.this), _kind(node.expression)
    if left == right == Type.DATE:
        return _call("DATEDIFF", node.this, node.expression)
    if left == Type.DATE and right in WIDE:
        node.set("expression", _cast(node.expression, "int"))
    return node


@_rule(exp.Sum)
def _sums(node: exp.Sum) -> exp.Expression:
    """Sums of long integers are exact, whatever their size."""
    summed = node.this
    distinct = summed if isinstance(summed, exp.Distinct) else None
    value = distinct.expressions[0] if distinct else summed
    if _kind(value) in WIDE:
        wide = _cast(value.copy(), "decimal(38, 0)")
        node.set("this", exp.Distinct(expressions=[wide]) if distinct else wide)
    return node


@_rule(exp.Max, exp.Min)
def _extremes(node: exp.Max | exp.Min) -> exp.Expression:
    """With a number, DuckDB gives so many of the greatest or least as a list."""
    how_many = node.args.get("count")
    if how_many is None:
        return node
    listed = _aggregate(_call("COLLECT_LIST", node.this))
    upwards = exp.true() if isinstance(node, exp.Min) else exp.false()
    return _call("SLICE", _call("SORT_ARRAY", listed, upwards), 1, how_many)


@_rule(exp.Avg)
def _averages(node: exp.Avg) -> exp.Expression:
    node.set("this", _double(node.this))
    return node


@_rule(exp.Median)
def _medians(node: exp.Median) -> exp.Expression:
    """Spark's takes no order in a window: there it is the middle of the sorted list."""
    above = node.parent.parent if isinstance(node.parent, exp.Filter) else node.parent
    if not isinstance(above, exp.Window):
        return _call("MEDIAN", _double(node.this))
    listed = _aggregate(_call("COLLECT_LIST", _double(node.this)))
    halves = [
        f"TRY_ELEMENT_AT(v, CAST({place} AS INT))"
        for place in ("GREATEST((SIZE(v) + 1) DIV 2, 1)", "SIZE(v) DIV 2 + 1")
    ]
    return _held(_call("SORT_ARRAY", listed), "v", f"({halves[0]} + {halves[1]}) / 2D")


@_rule(exp.IgnoreNulls)
def _nulls_ignored(node: exp.IgnoreNulls) -> exp.Expression:
    # Written so that nulls do not count, whatever it became.
    return node.this if isinstance(node.this, exp.Anonymous) else node


@_rule(exp.AnyValue)
def _any_value(node: exp.AnyValue) -> exp.Expression:
    """The first value that is not null; in an order, if one is given."""
    value = node.this
    if isinstance(value, exp.Anonymous) and value.name == "FIRST":
        return value
    if isinstance(value, exp.Order):
        ordered = value.expressions[0]
        name = "MAX_BY" if ordered.args.get("desc") else "MIN_BY"
        inner = value.this
        return _call(name, inner, _known(inner, ordered.this))
    return _call("FIRST", value, exp.true())


def _known(value: exp.Expression, order: exp.Expression) -> exp.Expression:
    """The order of a row whose value is not null."""
    return _when(exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null())), order.copy())


@_rule(exp.ArgMax, exp.ArgMin)
def _value_at_extreme(node: exp.ArgMax | exp.ArgMin) -> exp.Expression:
    name = "MAX_BY" if isinstance(node, exp.ArgMax) else "MIN_BY"
    return _call(name, node.this, _known(node.this, node.expression))


# An aggregate that becomes a call around another one marks the inner one, so that a filter and a
# window go to where they belong.


def _aggregate(node: exp.Expression) -> exp.Expression:
    node.meta["aggregate"] = True
    return node


def _inner(node: exp.Expression) -> exp.Expression:
    return next((found for found in node.walk() if found.meta.get("aggregate")), node)


@_rule(exp.Filter)
def _filters(node: exp.Filter) -> exp.Expression:
    """Aggregates over windows take no filter: the condition goes into what they read."""
    whole = node.this
    aggregate = _inner(whole)
    condition = node.expression.this
    in_window = isinstance(node.parent, exp.Window) or (
        isinstance(node.parent, exp.IgnoreNulls) and isinstance(node.parent.parent, exp.Window)
    )
    if not in_window:
        if aggregate is whole:
            return node
        filtered = exp.Filter(this=aggregate.copy(), expression=node.expression)
        filtered.this.meta.pop("aggregate", None)
        aggregate.replace(_aggregate(filtered))
        return whole
    if isinstance(aggregate, exp.Anonymous):
        position = 1 if aggregate.name in {"MAX_BY", "MIN_BY"} else 0
        value = aggregate.expressions[position]
    else:
        value = aggregate.this
        if value is None or isinstance(value, exp.Star):
            aggregate.set("this", _when(condition.copy(), exp.Literal.number(1)))
            return whole
        if isinstance(value, exp.Distinct):
            value = value.expressions[0]
    value.replace(_when(condition.copy(), value.copy()))
    return whole


@_rule(exp.Window)
def _windows(node: exp.Window) -> exp.Expression:
    whole = node.this
    if isinstance(whole, exp.Identifier):
        return node
    aggregate = _inner(whole)
    named = _named_window(node)
    if named is not None and node.args.get("spec"):
        # A frame for a named window: Spark takes the one or the other.
        node.set("alias", None)
        node.set("partition_by", [key.copy() for key in named.args.get("partition_by") or []])
        node.set("order", named.args["order"].copy() if named.args.get("order") else None)
        named = None
    frame = (named or node).args.get("spec")
    if frame is not None and frame.args.get("exclude"):
        return _others(node, named or node)
    if isinstance(aggregate, exp.RowNumber) and not (named or node).args.get("order"):
        node.set("order", exp.Order(expressions=[exp.Ordered(this=exp.Literal.string("any"))]))
    if aggregate is whole:
        return node
    aggregate.meta.pop("aggregate", None)
    node.set("this", None)
    window = node.copy()
    window.set("this", aggregate.copy())
    aggregate.replace(_aggregate(window))
    return whole


def _named_window(node: exp.Window) -> exp.Window | None:
    name = node.args.get("alias")
    if name is None or node.parent_select is None:
        return None
    windows = node.parent_select.args.get("windows") or []
    return next((window for window in windows if window.name == name.name), None)


def _others(node: exp.Window, frame: exp.Window) -> exp.Expression:
    """The greatest or least of all other rows: of those before and of those after."""
    if not isinstance(node.this, (exp.Max, exp.Min)):
        raise NotImplementedError(f"EXCLUDE CURRENT ROW of {node.this.sql()}")
    sides = []
    for start, start_side, end, end_side in (
        ("UNBOUNDED", "PRECEDING", "1", "PRECEDING"), ("1", "FOLLOWING", "UNBOUNDED", "FOLLOWING")
    ):  # fmt: skip
        side = exp.Window(
            this=node.this.copy(),
            partition_by=[key.copy() for key in frame.args.get("partition_by") or []],
            order=frame.args["order"].copy(),
            spec=exp.WindowSpec(
                kind="ROWS",
                start=start if start == "UNBOUNDED" else exp.Literal.number(start),
                start_side=start_side,
                end=end if end == "UNBOUNDED" else exp.Literal.number(end),
                end_side=end_side,
            ),
        )
        sides.append(side)
    name = exp.Greatest if isinstance(node.this, exp.Max) else exp.Least
    return name(this=sides[0], expressions=[sides[1]])


def _sorted_list(value: exp.Expression, order: list[exp.Expression]) -> exp.Expression:
    """All values, nulls too, in the order asked for."""
    number = next(_LISTS)
    item_name = f"item_{number}"
    fields = [exp.alias_(value.copy(), item_name)]
    fields += [exp.alias_(key.this.copy(), f"key_{number}_{n}") for n, key in enumerate(order)]
    collected = _aggregate(_call("COLLECT_LIST", exp.Struct(expressions=fields)))
    cases = []
    for n, key in enumerate(order):
        nulls_first = bool(key.args.get("nulls_first"))
        before, after = ("1", "-1") if key.args.get("desc") else ("-1", "1")
        name = f"key_{number}_{n}"
        cases += [
            f"WHEN one.{name} IS NULL AND other.{name} IS NOT NULL THEN {-1 if nulls_first else 1}",
            f"WHEN one.{name} IS NOT NULL AND other.{name} IS NULL THEN {1 if nulls_first else -1}",
            f"WHEN one.{name} < other.{name} THEN {before}",
            f"WHEN one.{name} > other.{name} THEN {after}",
        ]
    listed: exp.Expression = collected
    if cases:
        by = parse_one(f"f((one, other) -> CASE {' '.join(cases)} ELSE 0 END)", dialect="spark")
        listed = _call("ARRAY_SORT", collected, by.expressions[0])
    item = parse_one(f"f(one -> one.{item_name})", dialect="spark").expressions[0]
    return _call("TRANSFORM", listed, item)


def _ordered_parts(value: exp.Expression) -> tuple[exp.Expression, list[exp.Expression], bool]:
    """What an aggregate reads, its order, and whether it takes each value once."""
    order: list[exp.Expression] = []
    distinct = False
    while isinstance(value, (exp.Order, exp.Distinct)):
        if isinstance(value, exp.Order):
            order, value = value.expressions, value.this
        else:
            distinct, value = True, value.expressions[0]
    return value, order, distinct


def _list_of(node: exp.Expression) -> exp.Expression:
    value, order, distinct = _ordered_parts(node.this)
    if not distinct:
        return _sorted_list(value, order)
    kept = _aggregate(_call("COLLECT_SET", value))
    descending = bool(order and order[0].args.get("desc"))
    return _call("SORT_ARRAY", kept, exp.false() if descending else exp.true())


@_rule(exp.ArrayAgg)
def _lists(node: exp.ArrayAgg) -> exp.Expression:
    """No rows give no list, where Spark gives an empty one."""
    return _call("NULLIF", _list_of(node), _call("ARRAY"))


@_rule(exp.GroupConcat)
def _joined_texts(node: exp.GroupConcat) -> exp.Expression:
    separator = node.args.get("separator") or exp.Literal.string(",")
    return _call("NULLIF", _call("ARRAY_JOIN", _list_of(node), separator), "")


@_rule(exp.Length)
def _lengths(node: exp.Length) -> exp.Expression:
    if _kind(node.this) in {Type.ARRAY, Type.LIST, Type.MAP}:
        return _call("SIZE", node.this)
    return node


@_function("length_of_list")
def _items(values):
    return _call("SIZE", values)


@_rule(exp.Bracket)
def _positions(node: exp.Bracket) -> exp.Expression:
    """Nothing at a position that a list does not have."""
    if len(node.expressions) != 1:
        return node
    if isinstance(node.expressions[0], exp.Slice):
        part = node.expressions[0]
        return _raw(
            "SLICE(_v, _s, GREATEST(LEAST(_e, SIZE(_v)) - _s + 1, 0))", _v=node.this,
            _s=part.this or exp.Literal.number(1), _e=part.expression or _call("SIZE", node.this),
        )  # fmt: skip
    key = node.expressions[0]
    if isinstance(key, exp.Literal) and key.is_string:
        return node
    place = _as_written(key)
    named = (exp.Column, exp.Identifier, exp.Literal)
    if _kind(node.this) != Type.MAP and not isinstance(place.unnest(), named):
        place = _cast(place, "int")
    return _call("TRY_ELEMENT_AT", node.this, place)


def _as_written(key: exp.Expression) -> exp.Expression:
    """The position from 1, as the SQL has it: sqlglot counts those it can tell from 0."""
    one = exp.Literal.number(1)
    if isinstance(key, exp.Literal):
        return exp.Literal.number(int(key.this) + 1)
    if isinstance(key, exp.Neg) and isinstance(key.this, exp.Literal):
        return exp.Literal.number(1 - int(key.this.this))
    if isinstance(key, exp.Add) and key.expression == exp.Neg(this=one):
        return key.this
    return key


@_rule(exp.IntDiv)
def _whole_divisions(node: exp.IntDiv) -> exp.Expression:
    return exp.Paren(this=_raw("_o DIV _u", _o=node.this, _u=node.expression))


@_rule(exp.GenerateSeries)
def _series(node: exp.GenerateSeries) -> exp.Expression:
    """An empty list where the end comes before the start; Spark would count down."""
    start, end, step = node.args.get("start"), node.args.get("end"), node.args.get("step")
    exclusive = bool(node.args.get("is_end_exclusive"))
    if end is None:
        start, end = exp.Literal.number(0), start
    if step is None:
        step = exp.Literal.number(1)
    last = (
        exp.Sub(this=_paren(end.copy()), expression=exp.Literal.number(1))
        if exclusive
        else end.copy()
    )
    condition = (exp.LT if exclusive else exp.LTE)(
        this=_paren(start.copy()), expression=_paren(end.copy())
    )
    # An empty list of the right type.
    none = _raw("FILTER(ARRAY(_s), x -> FALSE)", _s=start)
    return _when(condition, _call("SEQUENCE", start, last, step), none)


@_rule(exp.DateDiff)
def _date_differences(node: exp.DateDiff) -> exp.Expression:
    unit = (node.text("unit") or "day").lower()
    later, earlier = node.this, node.expression
    if unit == "month":
        return _raw("(12 * (YEAR(_l) - YEAR(_e)) + MONTH(_l) - MONTH(_e))", _l=later, _e=earlier)
    if unit == "year":
        return _raw("(YEAR(_l) - YEAR(_e))", _l=later, _e=earlier)
    return _call("DATEDIFF", later, earlier)


@_rule(exp.RegexpReplace)
def _replacements(node: exp.RegexpReplace) -> exp.Expression:
    """DuckDB replaces the first match unless it is told to replace all; groups are `\\1` there."""
    pattern, by = node.expression, node.args.get("replacement") or exp.Literal.string("")
    if isinstance(by, exp.Literal):
        by = exp.Literal.string(
            by.this.replace("$", "\\$").replace("\\1", "$1").replace("\\2", "$2")
        )
    modifiers = node.text("modifiers")
    if "g" in modifiers or node.args.get("single_replace") is False:
        return _call("REGEXP_REPLACE", node.this, pattern, by)
    if isinstance(pattern, exp.Literal) and (
        pattern.this.startswith("^") or pattern.this.endswith("$")
    ):
        return _call("REGEXP_REPLACE", node.this, pattern, by)
    raise NotImplementedError(f"first match only of {pattern.sql()}")


@_rule(exp.RegexpFullMatch)
def _full_matches(node: exp.RegexpFullMatch) -> exp.Expression:
    pattern = node.expression
    if isinstance(pattern, exp.Literal):
        return _call("REGEXP_LIKE", node.this, exp.Literal.string(f"^(?:{pattern.this})$"))
    return _call("REGEXP_LIKE", node.this, _raw("CONCAT('^(?:', _p, ')$')", _p=pattern))


@_rule(exp.RegexpLike)
def _matches(node: exp.RegexpLike) -> exp.Expression:
    return _call("REGEXP_LIKE", node.this, node.expression)


@_rule(exp.Split)
def _splits(node: exp.Split) -> exp.Expression:
    """Spark splits at a pattern, DuckDB at a text."""
    separator = node.expression
    if isinstance(separator, exp.Literal):
        pattern = "".join(f"[{letter}]" if not letter.isalnum() and letter != " " else letter
                          for letter in separator.this)  # fmt: skip
        return _call("SPLIT", node.this, pattern)
    return _call("SPLIT", node.this, _raw("CONCAT('\\\\Q', _s, '\\\\E')", _s=separator))


@_rule(exp.IsInf)
def _infinite(node: exp.IsInf) -> exp.Expression:
    return _raw("(ABS(_x) = DOUBLE('Infinity'))", _x=node.this)


@_rule(exp.PercentileDisc)
def _quantiles(node: exp.PercentileDisc) -> exp.Expression:
    """Quantiles that are among the values: in their sorted list, at the rounded-up place."""
    value, asked = node.this, node.expression
    listed = _aggregate(_call("COLLECT_LIST", value.copy()))
    at = "TRY_ELEMENT_AT(SORT_ARRAY(_v), CAST(GREATEST(CEIL(_q * SIZE(_v)), 1) AS INT))"
    if isinstance(asked, exp.Array):
        template = f"TRANSFORM(_a, q -> {at.replace('_q', 'CAST(q AS DOUBLE)')})"
        return _raw(template, _a=asked, _v=listed)
    return _raw(at, _q=_double(asked), _v=listed)


@_rule(exp.DayOfWeekIso)
def _week_days(node: exp.DayOfWeekIso) -> exp.Expression:
    return _raw("((DAYOFWEEK(_d) + 5) % 7 + 1)", _d=node.this)


@_rule(exp.Log)
def _logarithms(node: exp.Log) -> exp.Expression:
    if node.expression is not None and node.this.name == "10":
        return _call("LOG10", node.expression)
    if node.expression is None:
        return _call("LOG10", node.this)
    return node


@_function("isfinite")
def _finite(value):
    return _raw("(ABS(_x) < DOUBLE('Infinity'))", _x=value)


@_rule(exp.Format)
def _thousands(node: exp.Format) -> exp.Expression:
    """A whole number with commas; other patterns stay, and are an error in Spark."""
    if node.this.name != "{:,}":
        return node
    return _call("FORMAT_NUMBER", node.expressions[0], exp.Literal.number(0))


@_function("to_months")
def _months(number):
    return _raw("MAKE_YM_INTERVAL(0, CAST(_n AS INT))", _n=number)


@_function("row")
def _rows(*values):
    return _call("STRUCT", *values)


@_function("list_avg")
def _list_averages(values):
    return _raw("AGGREGATE(_v, 0D, (one, other) -> one + other) / NULLIF(SIZE(_v), 0)", _v=values)


@_function("list_cosine_similarity")
def _cosine(one, other):
    dot = "AGGREGATE(ZIP_WITH({0}, {1}, (x, y) -> x * y), 0D, (s, x) -> s + x)"
    return _raw(
        f"({dot.format('_a', '_b')} / NULLIF(SQRT({dot.format('_a', '_a')} * "
        f"{dot.format('_b', '_b')}), 0D))",
        _a=one, _b=other,
    )  # fmt: skip


@_function("generate_subscripts")
def _subscripts(values, dimension):
    """A row for each position; none of an empty list, of which Spark would count down from 1."""
    places = _raw("FILTER(SEQUENCE(1, GREATEST(SIZE(_v), 1)), x -> x <= SIZE(_v))", _v=values)
    return exp.Explode(this=places)


@_function("printf")
def _formatted(template, *values):
    if isinstance(template, exp.Literal) and template.this == "%.4g":
        return _four_digits(values[0])
    known = exp.and_(*[
        exp.Not(this=exp.Is(this=_paren(value.copy()), expression=exp.Null())) for value in values
    ])  # fmt: skip
    wanted = re.findall(r"%\.(\d+)f|%[^%]", template.this)
    rounded = [
        _halves_as_in_c(value, places) if places else value
        for value, places in zip(values, wanted, strict=True)
    ]
    return _when(known, _call("FORMAT_STRING", template, *rounded))


def _halves_as_in_c(value: exp.Expression, places: str) -> exp.Expression:
    """A double moved to where Java prints what C does of it, to `places` behind the point
    (negative: in front) in terms of `x`, the number. C takes the text nearer to the stored number,
    in the middle the even one; Java rounds up the digits that it would show. Where these end in a
    half, what C rounds down becomes what C prints."""
    # What the number lies above the half; products of its higher and lower digits are exact.
    rest = _with_name(
        "134217729D * ABS(x) - (134217729D * ABS(x) - ABS(x))",
        "high",
        "IF(places >= 0, (high * power - half) + (ABS(x) - high) * power, ABS(x) - half * power)",
    )
    text = (
        f"CASE WHEN ABS(scaled / half - 1D) < 1e-15D AND SIGN({rest}) < (half + 0.5D) % 2D "
        "THEN SIGN(x) * IF(places >= 0, (half - 0.5D) / power, (half - 0.5D) * power) ELSE x END"
    )
    text = _with_name("scaled - scaled % 1D + 0.5D", "half", text)
    text = _with_name("IF(places >= 0, ABS(x) * power, ABS(x) / power)", "scaled", text)
    text = _with_name("POWER(10D, ABS(places))", "power", text)
    return _held(_double(value), "x", _with_name(places, "places", text))


def _four_digits(value: exp.Expression) -> exp.Expression:
    """What C's %.4g prints; Java's keeps zeros at the end."""
    scientific = "FORMAT_STRING('%.3e', x)"
    exponent = f"TRY_CAST(SUBSTRING_INDEX({scientific}, 'e', -1) AS INT)"
    plain = f"FORMAT_STRING(CONCAT('%.', 3 - {exponent}, 'f'), x)"
    stripped = "REGEXP_REPLACE({0}, '\\\\.?0+$', '')"
    fixed = f"CASE WHEN {exponent} < 3 THEN {stripped.format(plain)} ELSE {plain} END"
    mantissa = stripped.format(f"SUBSTRING_INDEX({scientific}, 'e', 1)")
    return _held(
        _halves_as_in_c(value, "3 - CAST(FLOOR(LOG10(ABS(x))) AS INT)"),
        "x",
        f"CASE WHEN x = 0 THEN '0' WHEN {exponent} BETWEEN -4 AND 3 THEN {fixed} "
        f"ELSE CONCAT({mantissa}, 'e', SUBSTRING_INDEX({scientific}, 'e', -1)) END",
    )


@_rule(exp.Union)
def _unions(node: exp.Union) -> exp.Expression:
    """Columns that meet by name are put in one order; qualified selects name them all."""
    if not node.args.get("by_name"):
        return node
    sides = [node.left, node.right]
    names: list[str] = []
    for side in sides:
        names += [name for name in side.named_selects if name not in names]
    for key, side in zip(("this", "expression"), sides, strict=True):
        present = side.named_selects
        if present == names:
            continue
        if isinstance(side, exp.Select):
            by_name = {item.alias_or_name: item for item in side.selects}
            side.set("expressions", [
                by_name.get(name) or exp.alias_(exp.Null(), name) for name in names
            ])  # fmt: skip
        else:
            wrapped = exp.select(*[
                exp.column(name) if name in present else exp.alias_(exp.Null(), name)
                for name in names
            ]).from_(side.subquery("by_name"))  # fmt: skip
            node.set(key, wrapped)
    node.set("by_name", None)
    return node


# ------------------------------------------------------------------ whole selects


def _without_idle_parentheses(tree: exp.Expression) -> None:
    """Take out parentheses that keep nothing apart: the time that Spark's parser takes doubles with
    each that stands within another one."""
    for node in list(tree.find_all(exp.Paren)):
        inner, around = node.this, node.parent
        is_whole = isinstance(inner, (exp.Paren, exp.Column, exp.Literal)) or _is_call(inner)
        is_apart = isinstance(around, (exp.Paren, exp.Alias, exp.If)) or _is_call(around)
        if is_whole or is_apart:
            node.replace(inner)


def _is_call(node: exp.Expression | None) -> bool:
    """Whether what a node holds stands between words of its own."""
    return isinstance(node, (exp.Func, exp.Anonymous)) and not isinstance(
        node, (exp.Binary, exp.Unary)
    )


# Tables that a common table expression reads, counted through those it is made of, from which on it
# is worked out apart if it is read twice. Below it the repetition costs less than a step.
LEAST_READS = 3


def _apart(tree: exp.Expression, schema: str, prefix: str) -> list[tuple[str, exp.Expression]]:
    """Take out of a query what it reads more than once; return it as queries of their own."""
    clause = tree.args.get("with_")
    if clause is None:
        return []
    parts = {part.alias: part for part in clause.expressions}
    inner = [found for found in tree.find_all(exp.With) if found is not clause]
    ambiguous = {part.alias for found in inner for part in found.expressions}
    tables = {name: list(part.this.find_all(exp.Table)) for name, part in parts.items()}
    readers = Counter(
        table.name for table in tree.find_all(exp.Table) if not table.db and table.name in parts
    )
    weights: dict[str, int] = {}
    steps: list[tuple[str, exp.Expression]] = []
    names: dict[str, str] = {}
    for name, part in parts.items():
        weights[name] = sum(
            1 if table.db or table.name in names else weights.get(table.name, 1)
            for table in tables[name]
        )
        if readers[name] < 2 or weights[name] < LEAST_READS or name in ambiguous:
            continue
        step = part.this.copy()
        _read_from(step, parts, schema, names)
        names[name] = f"{prefix}__{name}"
        steps.append((names[name], step))
    if steps:
        tree.set("with_", None)
        _read_from(tree, parts, schema, names)
    return steps


def _read_from(
    query: exp.Expression, parts: Mapping[str, exp.CTE], schema: str, names: Mapping[str, str]
) -> None:
    """Put before a query those parts that it reads and that are no steps, and name the steps."""
    needed: set[str] = set()
    waiting = [query]
    while waiting:
        for table in waiting.pop().find_all(exp.Table):
            if not table.db and table.name in parts and table.name not in {*names, *needed}:
                needed.add(table.name)
                waiting.append(parts[table.name].this)
    own = query.args.get("with_")
    before = [part.copy() for name, part in parts.items() if name in needed]
    if before:
        query.set("with_", exp.With(expressions=[*before, *(own.expressions if own else [])]))
    for table in query.find_all(exp.Table):
        _renamed(table, schema, names)


def _renamed(table: exp.Table, schema: str, names: Mapping[str, str]) -> None:
    """A table that is a step now, under the name by which its columns are known."""
    if table.db or table.name not in names:
        return
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(names[table.name]))
    table.set("db", exp.to_identifier(schema))


def _unpivots(tree: exp.Expression) -> exp.Expression:
    """Rows for columns, as a union of selects; the resolver of names does not know UNPIVOT."""
    for pivot in list(tree.find_all(exp.Pivot)):
        into = pivot.args.get("into")
        if not pivot.args.get("unpivot") or into is None:
            continue
        source = pivot.this
        if isinstance(source, exp.Table):
            named = next(cte for cte in tree.find_all(exp.CTE) if cte.alias == source.name)
            columns, read = named.this.named_selects, source
        else:
            columns = source.unnest().named_selects
            read = exp.Subquery(
                this=source.unnest(), alias=exp.TableAlias(this=exp.to_identifier("wide"))
            )
        turned = [column.name for column in pivot.expressions]
        kept = [column for column in columns if column not in turned]
        amount = into.expressions[0].name
        parts = [
            exp.select(
                *kept,
                exp.alias_(exp.Literal.string(column), into.this.name),
                exp.alias_(exp.column(column), amount),
            )
            .from_(read.copy())
            .where(exp.Not(this=exp.Is(this=exp.column(column), expression=exp.Null())))
            for column in turned
        ]
        union = parts[0]
        for part in parts[1:]:
            union = exp.union(union, part, distinct=False)
        pivot.replace(union)
    return tree


def _is_made_of_groups(node: exp.Expression) -> bool:
    return any(
        isinstance(found, (exp.AggFunc, exp.Window))
        or (isinstance(found, exp.Anonymous) and found.name in _GROUPING)
        for found in node.walk()
    )


def _worked_out_first(select: exp.Select, lists: list[exp.Expression]) -> exp.Select:
    """A select whose lists are made of groups, in two: the groups, then the rows of their lists."""
    outer_items = []
    inner = exp.Select(
        **{key: value for key, value in select.args.items() if key != "with_"}
    ).copy()
    items = []
    for item in inner.expressions:
        exploded = list(item.find_all(exp.Explode))
        if not exploded:
            items.append(item)
            outer_items.append(exp.column(item.alias_or_name))
            continue
        outer = item.copy()
        for node, out in zip(exploded, list(outer.find_all(exp.Explode)), strict=True):
            name = f"list_{len(items)}"
            items.append(exp.alias_(node.this.copy(), name))
            out.set("this", exp.column(name, "grouped"))
        outer_items.append(outer)
    inner.set("expressions", items)
    for key in list(select.args):
        if key != "with_":
            select.set(key, None)
    select.set("expressions", outer_items)
    select.from_(inner.subquery("grouped"), copy=False)
    return select


_GROUPING = {"COLLECT_LIST", "COLLECT_SET", "FIRST", "MAX_BY", "MIN_BY", "MEDIAN"}


def _qualified_rows(tree: exp.Expression) -> exp.Expression:
    """QUALIFY as a column of a select around which another one filters."""
    for select in list(tree.find_all(exp.Select)):
        qualify_clause = select.args.get("qualify")
        if qualify_clause is None:
            continue
        names = select.named_selects
        inner = select.copy()
        inner.set("qualify", None)
        with_clause = inner.args.get("with_")
        inner.set("with_", None)
        inner.append("expressions", exp.alias_(qualify_clause.this.copy(), "is_qualified"))
        outer = exp.select(*[exp.column(name) for name in names])
        outer = outer.from_(inner.subquery("qualified_rows")).where(exp.column("is_qualified"))
        outer.set("with_", with_clause)
        if select is tree:
            tree = outer
        else:
            select.replace(outer)
    return tree


def _explicit_groups(tree: exp.Expression) -> None:
    """GROUP BY ALL as the expressions that it stands for."""
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        if group is None or not group.args.get("all"):
            continue
        keys = []
        for item in select.expressions:
            value = item.unalias()
            if isinstance(value.unnest(), exp.Literal) or not any(value.find_all(exp.Column)):
                continue
            if any(isinstance(node, (exp.AggFunc, exp.Window)) for node in value.walk()):
                continue
            keys.append(value.copy())
        select.set("group", exp.Group(expressions=keys) if keys else None)


def _lateral_views(tree: exp.Expression) -> None:
    """Lists that a select turns into rows, side by side as DuckDB does."""
    for number, select in enumerate(list(tree.find_all(exp.Select))):
        found = [
            node
            for item in select.expressions
            for node in item.find_all(exp.Explode)
            if node.parent_select is select
        ]
        if not found:
            continue
        if any(_is_made_of_groups(node) for node in found):
            select = _worked_out_first(select, found)
            found = [node for item in select.expressions for node in item.find_all(exp.Explode)]
        view = f"listed_{number}"
        names = [f"item_{n}" for n in range(len(found))]
        lists = [node.this for node in found]
        if len(lists) == 1:
            generator = _call("EXPLODE", lists[0].copy())
        else:
            generator = _call("INLINE", _call("ARRAYS_ZIP", *[one.copy() for one in lists]))
        for node, name in zip(found, names, strict=True):
            # A column that is nothing but the list keeps its name.
            if node.parent is select:
                node.replace(exp.alias_(exp.column(name, view), node.alias_or_name or "unnest"))
            else:
                node.replace(exp.column(name, view))
        lateral = exp.Lateral(
            this=generator,
            view=True,
            alias=exp.TableAlias(
                this=exp.to_identifier(view), columns=[exp.to_identifier(name) for name in names]
            ),
        )
        if select.args.get("from_") is None and select.args.get("from") is None:
            one_row = exp.select(exp.alias_(exp.Literal.number(1), "one")).subquery("one_row")
            select.from_(one_row, copy=False)
        select.set("laterals", [*(select.args.get("laterals") or []), lateral])
