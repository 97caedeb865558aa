"""What differs between two releases, cell by cell, and why: SQL over both files.

docs/methodology/change_attribution.md says what can be told and what cannot. In short: a published
figure is a function of deliveries, seeds and code. Both files say what these were. Where one kind
of them differs, the whole change is its doing; where several do, a figure that is a product is
split between its factors; what is left over is `not_separable` and names what may have caused it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from chokepoint.releases.comparison import Comparison
from chokepoint.releases.relations import literal, quote

# Parts and changes: 18 places hold twelve significant digits of any share above a millionth.
NUMBER = "decimal(38, 18)"
# A possible cause where one of the files does not say what it was made from.
UNRECORDED = "unrecorded"
_NAMES_TOLD = 5
# Columns whose changes are amounts; all others are either the same or not.
_IS_NUMBER = re.compile(r"DECIMAL.*|DOUBLE|FLOAT|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")


@dataclass(frozen=True)
class Channel:
    """A way by which changes reach some columns of a fact.

    columns     the columns that it feeds
    deliveries  whose deliveries count: `own`, those of the row's source; `context`, all others
    upstream    relation whose seeds and models count; empty: the fact itself
    not_models  models of that prefix do not count
    by_product  law and code maps count where they differ for the row's product
    selecting   seeds that decide which products there are, and nothing of what is in their rows:
                they count for what appeared or vanished
    """

    columns: tuple[str, ...]
    deliveries: tuple[str, ...] = ("own", "context")
    upstream: str = ""
    not_models: str = ""
    by_product: bool = False
    selecting: tuple[str, ...] = ()


@dataclass(frozen=True)
class Factors:
    """Columns that are the product of a published figure and of what is left over.

    columns     columns that are split
    first       SQL of the published factor
    first_key   columns that it hangs on; empty: the key
    first_way, second_way  the channels that move each factor
    appears_as  `first` or `second`: the factor of rows that are in one of the files only
    resolution  the step to which the columns are rounded; 0: twelve significant digits
    """

    columns: tuple[str, ...]
    first: str
    first_way: Channel
    second_way: Channel
    first_key: tuple[str, ...] = ()
    appears_as: str = "second"
    resolution: float = 0.0


@dataclass(frozen=True)
class Fact:
    """A fact whose changes are explained.

    reach        which deliveries of its source a row hangs on: `period`, its own; `past`, those up
                 to its year; `any`
    observation  columns of what is observed: a row of one that the older file lacks is new
    act          column with the act that a row rests on
    """

    name: str
    reach: str
    observation: tuple[str, ...]
    ways: tuple[Channel, ...]
    factors: tuple[Factors, ...] = ()
    act: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        found = [column for way in self.ways for column in way.columns]
        found += [column for factors in self.factors for column in factors.columns]
        return tuple(found)


_FLOW = ("reporter_code", "partner_iso3", "source_id", "nomenclature", "product_code", "period")
_SHARE_UNDER_LAW = Channel((), deliveries=(), not_models="int_trade__", by_product=True)
# Used by int_trade__flows_at_hand to choose the products at hand from bulk sources.
PRODUCTS_AT_HAND = ("cn8_crosswalk", "material_codes", "measure_scope", "products")
_FLOW_IN_EUR = Channel((), upstream="fct_partner_shares", selecting=PRODUCTS_AT_HAND)
_FLOW_IN_KG = replace(_FLOW_IN_EUR, deliveries=("own",))

FACTS = (
    Fact(
        "fct_import_concentration",
        reach="period",
        observation=("source_id", "period"),
        ways=(
            Channel(
                (
                    "net_mass_kg", "hhi_value", "hhi_mass", "hhi_value_low", "hhi_value_high",
                    "effective_suppliers", "supplier_count", "top_supplier_value_share",
                    "unknown_partner_value_share", "top_supplier_iso3",
                ),
                deliveries=("own",),
                selecting=PRODUCTS_AT_HAND,
            ),
        ),
        factors=(
            Factors(
                ("import_value_eur",),
                first="1 / usd_per_eur",
                first_way=Channel((), deliveries=("context",), selecting=PRODUCTS_AT_HAND),
                second_way=Channel((), deliveries=("own",), selecting=PRODUCTS_AT_HAND),
            ),
        ),
    ),
    Fact(
        "fct_partner_shares",
        reach="period",
        observation=("source_id", "period"),
        ways=(
            Channel(("import_value_eur",), selecting=PRODUCTS_AT_HAND),
            Channel(
                ("net_mass_kg", "value_share", "mass_share"),
                deliveries=("own",),
                selecting=PRODUCTS_AT_HAND,
            ),
        ),
    ),
    Fact(
        "fct_trade_under_measures",
        reach="period",
        observation=("source_id", "period"),
        ways=(
            Channel(
                ("certainty",), deliveries=(), not_models="int_trade__", by_product=True
            ),
        ),
        factors=(
            Factors(
                ("product_value_eur", "value_eur_low", "value_eur_central", "value_eur_high"),
                first="product_value_eur",
                first_key=_FLOW,
                first_way=_FLOW_IN_EUR,
                second_way=_SHARE_UNDER_LAW,
                appears_as="first",
                resolution=1e-6,
            ),
            Factors(
                ("net_mass_kg_low", "net_mass_kg_central", "net_mass_kg_high"),
                first="product_net_mass_kg",
                first_key=_FLOW,
                first_way=_FLOW_IN_KG,
                second_way=_SHARE_UNDER_LAW,
                appears_as="first",
                resolution=1e-6,
            ),
        ),
    ),
    Fact(
        "fct_measure_states",
        reach="any",
        observation=(),
        ways=(Channel(("state", "valid_to", "known_to", "certainty", "is_disputed")),),
        act="act_id",
    ),
    Fact(
        "fct_licence_claims",
        reach="any",
        observation=("claim_id",),
        ways=(
            Channel(
                (
                    "numerator", "denominator", "share_of_filed", "share_of_decided", "share_low",
                    "share_high",
                )
            ),
        ),
    ),
    Fact(
        "fct_dependency_verdicts",
        reach="past",
        observation=("source_id", "period"),
        ways=(Channel(("is_dependent", "certainty", "decisive_value", "import_value_eur")),),
    ),
    Fact(
        "fct_supply_risk",
        reach="any",
        observation=("assessment_id",),
        ways=(
            Channel(
                (
                    "hhi_wgi_t_global", "hhi_wgi_t_eu", "import_reliance", "eol_rir", "si_sr",
                    "supply_risk", "supply_risk_low", "supply_risk_high", "is_bottleneck",
                )
            ),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _Reason:
    """What may have moved a relation beside deliveries: changed seeds and models, by cause."""

    named: dict[str, list[str]]
    data_seeds: dict[str, str]

    def causes(self) -> list[str]:
        return [c for c in ("code_map", "law_event", "method") if self.named.get(c)]

    def told(self, cause: str) -> str:
        names = self.named.get(cause, [])
        more = f" and {len(names) - _NAMES_TOLD} more" if len(names) > _NAMES_TOLD else ""
        return ", ".join(names[:_NAMES_TOLD]) + more


def write_changes(compared: Comparison, *, release: str, into: str) -> int:
    """Append every changed cell with its causes to a table; return the rows written.

    compared  an older published file and a newer one
    release   name of the older one
    into      table with the columns of `meta.changes`

    Reads both files and writes temporary tables, within the limits of the connection. A fact that
    one of the files lacks, or whose key or columns the older one lacks, is passed over as far as
    that goes: it is a new relation or column, not a change of a figure.
    """
    is_recorded = compared.has("meta.inputs") and all(
        compared.con.execute(f"select count(*) > 0 from {side}.meta.inputs").fetchone()[0]
        for side in compared.sides
    )
    reasons = _reasons(compared) if is_recorded else {}
    written = 0
    for fact in FACTS:
        label = f"marts.{fact.name}"
        key = set(compared.key(label))
        has_key = key and all(key <= set(types) for types in compared.types(label))
        if has_key and not compared.is_same(label):
            written += _FactChanges(compared, fact, reasons, is_recorded).write(release, into)
    return written


class _FactChanges:
    """The changed cells of one fact."""

    def __init__(
        self, compared: Comparison, fact: Fact, reasons: dict[str, _Reason], is_recorded: bool
    ) -> None:
        self.compared, self.fact = compared, fact
        self.con, self.before, self.after = compared.con, compared.before, compared.after
        self.reasons, self.is_recorded = reasons, is_recorded
        self.tools = ", ".join(
            f"{name} {was} to {now}"
            for name, was, now in compared.changed_versions
            if name != "project_version"
        )
        name = f"marts.{quote(fact.name)}"
        self.old_rows, self.new_rows = f"{self.before}.{name}", f"{self.after}.{name}"
        self.reason = reasons.get(fact.name, _Reason({}, {}))
        self.key = key = compared.key(f"marts.{fact.name}")
        old, new = compared.types(f"marts.{fact.name}")
        self.columns = set(old) & set(new)
        self.numbers = {
            name
            for types in (old, new)
            for name, kind in types.items()
            if _IS_NUMBER.fullmatch(kind)
        }
        self.tracked = [name for name in fact.columns if name in self.columns and name not in key]
        self.own = [name for name in ("source_id", "period") if name in key]
        self.sources = [
            name
            for (name,) in self.con.execute(
                f"select distinct source_id from {self.after}.meta.inputs"
                " where relation_name = $1 and input_kind = 'delivery'",
                [fact.name],
            ).fetchall()
        ] if is_recorded else []  # fmt: skip

    def write(self, release: str, into: str) -> int:
        self._changed_rows()
        if not self.con.execute("select count(*) from temp.changed_rows").fetchone()[0]:
            return 0
        self._reached()
        self._touched()
        self._parts()
        count = self.con.execute(
            f"""
            insert into {into} by name
            select
                {literal(release)} as previous_release,
                {literal(self.fact.name)} as relation_name,
                row_key,
                column_name,
                change_kind,
                old_value,
                new_value,
                if(is_told, candidates[1], 'not_separable') as cause,
                if(is_told, null, array_to_string(list_sort(candidates), '; ')) as possible_causes,
                nullif(concat_ws('; ', {self._evidence()}), '') as evidence,
                is_number,
                change,
                part,
            from (
                select *, len(candidates) = 1 and candidates[1] <> '{UNRECORDED}' as is_told,
                from temp.changed_parts
            )
            order by row_key, column_name, cause, part
            """
        ).fetchone()[0]
        for name in ("changed_rows", "changed_parts", "reached", "touched"):
            self.con.execute(f"drop table if exists temp.{name}")
        return count

    # Rows that differ, with what they were and are

    def _changed_rows(self) -> None:
        same_key = " and ".join(
            f"old.{quote(name)} is not distinct from new.{quote(name)}" for name in self.key
        )
        either = {
            name: f"if(new.is_there, new.{quote(name)}, old.{quote(name)})" for name in self.key
        }
        packed = ", ".join(f"{quote(name)} := {sql}" for name, sql in either.items())
        keys = "".join(f"{sql} as {quote('key_' + name)}, " for name, sql in either.items())
        values = "".join(
            f"old.{quote(name)} as {quote('old_' + name)}, "
            f"new.{quote(name)} as {quote('new_' + name)}, "
            for name in self.tracked
        )
        differ = " or ".join(
            f"old.{quote(name)} is distinct from new.{quote(name)}" for name in self.tracked
        )
        act = ""
        if self.fact.act in self.columns and self.compared.has("marts.dim_act"):
            act = (
                f"new.{self.fact.act} in (select act_id from {self.after}.marts.dim_act)"
                f" and new.{self.fact.act} not in (select act_id from {self.before}.marts.dim_act)"
            )
        observed, is_observed = "", "true"
        if self.fact.observation:
            names = ", ".join(map(quote, self.fact.observation))
            observed = f"""
                left join (
                    select distinct {names}, true as is_observed from {self.old_rows}
                ) as observed
                on {
                " and ".join(
                    f"{either[name]} is not distinct from observed.{quote(name)}"
                    for name in self.fact.observation
                )
            }
            """
            is_observed = "coalesce(observed.is_observed, false)"
        self.con.execute(
            f"""
            create or replace temp table changed_rows as
            select
                row_number() over () as row_number,
                cast(to_json(struct_pack({packed})) as varchar) as row_key,
                case
                    when old.is_there is null then 'appeared'
                    when new.is_there is null then 'vanished'
                    else 'changed'
                end as change_kind,
                {keys}
                {values}
                coalesce({act or "false"}, false) as is_of_new_act,
                {is_observed} as is_observed,
            from (select *, true as is_there from {self.old_rows}) as old
            full join (select *, true as is_there from {self.new_rows}) as new
                on {same_key}
            {observed}
            where old.is_there is null or new.is_there is null {"or " + differ if differ else ""}
            """
        )

    # Deliveries that a row hangs on

    def _reached(self) -> None:
        own = ", ".join(f"key_{name} as {name}" for name in self.own)
        pair = "source_id, period" if len(self.own) == 2 else "null as source_id, null as period"
        own = own if len(self.own) == 2 else "1 as one"
        match = {
            "period": "delivered.period = pairs.period"
            " or starts_with(delivered.period, pairs.period)"
            " or starts_with(pairs.period, delivered.period)",
            "past": "left(delivered.period, 4) <= left(pairs.period, 4)",
            "any": "true",
        }[self.fact.reach]
        listed = ", ".join(map(literal, self.sources)) or "''"
        others = "''"
        if "source_id" in self.own:
            others = f"""
                select source_id from {self.old_rows}
                union select source_id from {self.new_rows}
            """
        self.con.execute(
            f"""
            create or replace temp table reached as
            with pairs as (
                select distinct {pair} from (select {own} from temp.changed_rows)
            ),
            near as (
                select
                    pairs.source_id as pair_source,
                    pairs.period as pair_period,
                    delivered.*,
                    coalesce(delivered.source_id = pairs.source_id, true) as is_own,
                    {match} as is_matched,
                from pairs
                inner join {self.compared.delivered} on
                    delivered.source_id in ({listed})
                    and (
                        delivered.source_id is not distinct from pairs.source_id
                        or pairs.source_id is null
                        or delivered.source_id not in ({others})
                    )
            ),
            counted as (
                select near.*
                from near
                qualify
                    is_matched
                    or not bool_or(is_matched) over (
                        partition by pair_source, pair_period, source_id
                    )
            )
            select
                pair_source,
                pair_period,
                {
                ", ".join(
                    f"coalesce(bool_or({side} and status {status}), false) as {name}"
                    for name, side, status in _DELIVERY_FLAGS
                )
            },
                {
                ", ".join(
                    f"array_to_string(list_sort(list(told) filter ({side} and status {status}))"
                    f"[1:{_NAMES_TOLD}], ', ') as told_{name}"
                    for name, side, status in _DELIVERY_FLAGS
                )
            },
            from counted
            where status <> 'same'
            group by pair_source, pair_period
            """
        )

    # Law and code maps that differ for a product

    def _touched(self) -> None:
        self.is_by_product = any(
            way.by_product
            for way in (
                *self.fact.ways,
                *(way for one in self.fact.factors for way in (one.first_way, one.second_way)),
            )
        ) and all(
            self.compared.has(f"marts.{name}")
            for name in ("fct_measure_states", "bridge_product_coverage", "dim_measure")
        )  # fmt: skip
        if not self.is_by_product:
            return

        def has_same_columns(name: str) -> bool:
            old, new = self.compared.types(f"marts.{name}")
            return list(old) == list(new)

        law = " union all ".join(
            f"""
            select measure_id from (
                (from {first}.marts.{name} except from {second}.marts.{name})
            )
            """
            for name in ("fct_measure_states", *_LAW_BRIDGES)
            if self.compared.has(f"marts.{name}") and has_same_columns(name)
            for first, second in ((self.before, self.after), (self.after, self.before))
        )
        known = " intersect ".join(
            f"(select measure_id from {name}.marts.dim_measure)"
            for name in (self.before, self.after)
        )
        covered = " union ".join(
            f"(select measure_id, nomenclature_family, product_code"
            f" from {name}.marts.bridge_product_coverage)"
            for name in (self.before, self.after)
        )
        differing = " union ".join(
            f"(from {first}.marts.bridge_product_coverage except"
            f" from {second}.marts.bridge_product_coverage)"
            for first, second in ((self.before, self.after), (self.after, self.before))
        ) if has_same_columns("bridge_product_coverage") else covered  # fmt: skip
        self.con.execute(
            f"""
            create or replace temp table touched as
            with law_changes as (select distinct measure_id from ({law or _NO_MEASURE})),
            known as ({known}),
            law as (
                select nomenclature_family, product_code,
                    array_to_string(list_sort(list(distinct measure_id))[1:{_NAMES_TOLD}], ', ')
                        as measures,
                from ({covered})
                where measure_id in (from law_changes)
                group by all
            ),
            maps as (
                select distinct nomenclature_family, product_code
                from ({differing})
                where measure_id in (from known)
            )
            select
                nomenclature_family,
                product_code,
                law.measures is not null as has_law,
                maps.product_code is not null as has_map,
                law.measures,
            from law
            full join (select *, true as is_map from maps) as maps
                using (nomenclature_family, product_code)
            """
        )

    # The parts of each change, with the channel that each came by

    def _parts(self) -> None:
        selects = []
        for way in self.fact.ways:
            selects += [self._whole_cells(one, way) for one in way.columns if one in self.tracked]
        for factors in self.fact.factors:
            for column in factors.columns:
                if column in self.tracked:
                    selects += self._split_cells(column, factors)
        # One after the other: together they would need the memory of all.
        start = "create or replace temp table changed_parts as "
        for select in selects:
            self.con.execute(start + select)
            start = "insert into temp.changed_parts "

    def _cells(self, column: str) -> str:
        old, new = f"old_{column}", f"new_{column}"
        change, is_number = "1", "false"
        if column in self.numbers:
            was, now = (
                f"try_cast(cast({quote(name)} as varchar) as {NUMBER})" for name in (old, new)
            )
            is_number = (
                f"(({quote(old)} is null or {was} is not null)"
                f" and ({quote(new)} is null or {now} is not null))"
            )
            change = f"if({is_number}, coalesce({now}, 0) - coalesce({was}, 0), 1)"
        return f"""
            select
                *,
                {literal(column)} as column_name,
                cast({quote(old)} as varchar) as old_value,
                cast({quote(new)} as varchar) as new_value,
                {is_number} as is_number,
                cast({change} as {NUMBER}) as change,
                change_kind = 'changed' as is_kept,
            from temp.changed_rows
            where {quote(old)} is distinct from {quote(new)}
        """

    def _whole_cells(self, column: str, way: Channel) -> str:
        return self._with_candidates(f"select *, change as part from ({self._cells(column)})", way)

    def _split_cells(self, column: str, factors: Factors) -> list[str]:
        """The average over both orders in which the factors can have moved."""
        key = factors.first_key or tuple(self.key)
        if not set(key) <= self.columns:
            return [self._whole_cells(column, factors.first_way)]
        firsts = {
            side: f"""
                select {", ".join(map(quote, key))},
                    cast(any_value({factors.first}) as double) as first,
                from {rows} group by all
            """
            for side, rows in (("firsts_before", self.old_rows), ("firsts_after", self.new_rows))
        }
        joins = "".join(
            f" left join (select *, true as there from ({rows})) as {side} on "
            + " and ".join(
                f"cells.{quote('key_' + name)} is not distinct from {side}.{quote(name)}"
                for name in key
            )
            for side, rows in firsts.items()
        )
        old, new = quote(f"old_{column}"), quote(f"new_{column}")
        absent = "change" if factors.appears_as == "first" else "0"
        split = f"""
            select
                cells.*,
                firsts_before.first as first_before,
                firsts_after.first as first_after,
                coalesce(firsts_before.there, false) as was_there,
                coalesce(firsts_after.there, false) as is_there,
                cast(coalesce({old}, 0) as double) as value_before,
                cast(coalesce({new}, 0) as double) as value_after,
            from ({self._cells(column)}) as cells
            {joins}
        """
        rated = f"""
            select
                *,
                value_before / nullif(first_before, 0) as second_before,
                value_after / nullif(first_after, 0) as second_after,
                abs(second_after - second_before)
                > 1e-10 * greatest(abs(second_before), abs(second_after))
                + {factors.resolution} * (1 / abs(first_before) + 1 / abs(first_after))
                    as is_second_moved,
                first_before is distinct from first_after as is_first_moved,
            from ({split})
        """
        parted = f"""
            select
                *,
                cast(
                    case
                        when not is_number then 0
                        when not was_there or not is_there then {absent}
                        when not is_first_moved then 0
                        when {old} is null and change_kind = 'changed' then 0
                        when {new} is null and change_kind = 'changed' then 0
                        when second_before is null or second_after is null then change
                        when not is_second_moved then change
                        else
                            cast(
                                (first_after - first_before)
                                * (second_before + second_after) / 2
                                as decimal(32, 6)
                            )
                    end as {NUMBER}
                ) as first_part,
            from ({rated})
        """
        selects = []
        for way, part in (
            (factors.first_way, "first_part"),
            (factors.second_way, "change - first_part"),
        ):
            chosen = f"""
                select
                    * exclude (
                        first_before, first_after, was_there, is_there, value_before, value_after,
                        second_before, second_after, is_second_moved, is_first_moved, first_part
                    ) replace (was_there and is_there as is_kept),
                    cast({part} as {NUMBER}) as part,
                from ({parted})
                where {part} <> 0 {"or change = 0" if part != "first_part" else ""}
            """
            selects.append(self._with_candidates(chosen, way))
        return selects

    def _with_candidates(self, cells: str, way: Channel) -> str:
        """The cells with all that may have moved them: by the way itself if that explains them."""
        every = replace(way, deliveries=("own", "context"))
        narrow = self.is_by_product and way.by_product
        pair = "true" if len(self.own) < 2 else (
            "reached.pair_source is not distinct from cells.key_source_id"
            " and reached.pair_period is not distinct from cells.key_period"
        )  # fmt: skip
        # New data cannot have had a value under any older map, law or method.
        fresh = ["reached.own_new", "reached.context_new", self._seed_condition(every, self.reason)]
        told = ", ".join(
            f"told_{name}"
            if _feeds(way, side)
            else f"if(len(near) > 0, null, told_{name}) as told_{name}"
            for name, side, _ in _DELIVERY_FLAGS
        )
        return f"""
            select
                * exclude (
                    near, far, is_fresh, is_kept,
                    {", ".join(f"told_{name}" for name, _, _ in _DELIVERY_FLAGS)}
                ),
                {told},
                case
                    when {not self.is_recorded} then ['{UNRECORDED}']
                    when is_of_new_act and {"law_event" in self.reason.causes()} then ['law_event']
                    when is_fresh then ['new_period']
                    when len(near) > 0 then near
                    when len(far) > 0 then far
                    else {self._widest()}
                end as candidates,
            from (
                select
                    cells.*,
                    {", ".join(f"reached.told_{name}" for name, _, _ in _DELIVERY_FLAGS)},
                    {"touched.measures" if narrow else "cast(null as varchar)"} as told_measures,
                    {self._candidates(way)} as near,
                    {self._candidates(every)} as far,
                    coalesce(
                        change_kind = 'appeared' and not is_observed
                        and ({" or ".join(filter(None, fresh))}),
                        false
                    ) as is_fresh,
                from ({cells}) as cells
                left join temp.reached on {pair}
                {_TOUCHED if narrow else ""}
            )
        """

    def _candidates(self, way: Channel) -> str:
        """SQL of the list of causes that may have moved a cell by a way; empty with none."""
        reason = self.reasons.get(way.upstream or self.fact.name, _Reason({}, {}))
        if way.not_models:
            models = reason.named.get("method", [])
            kept = [name for name in models if not name.startswith(way.not_models)]
            reason = replace(reason, named={**reason.named, "method": kept})
        items = [
            f"if(reached.{name}, '{_CAUSE_OF[name.rpartition('_')[2]]}', null)"
            for name, side, _ in _DELIVERY_FLAGS
            if _feeds(way, side)
        ]
        seeds = self._seed_condition(way, reason)
        if seeds:
            items.append(
                f"if({seeds}, if(change_kind = 'appeared' and not is_observed,"
                " 'new_period', 'revision'), null)"
            )
        narrow = self.is_by_product and way.by_product
        for cause in reason.causes():
            flag = {"law_event": "touched.has_law", "code_map": "touched.has_map"}.get(cause)
            if not narrow or flag is None:
                is_selecting = set(reason.named[cause]) <= set(way.selecting)
                flag = "not is_kept" if is_selecting else "true"
            items.append(f"if({flag}, '{cause}', null)")
        every = f"cast([{', '.join(items)}] as varchar[])"
        return f"list_distinct(list_filter({every}, lambda one: one is not null))"

    def _widest(self) -> str:
        """All that may have reached the fact by any way, where the near ways explain nothing."""
        reason = self.reason
        items = [f"'{cause}'" for cause in reason.causes()]
        if reason.data_seeds:
            items.append("'revision'")
        listed = ", ".join(map(literal, self.sources)) or "''"
        items += [
            f"'{_CAUSE_OF[status]}'"
            for (status,) in self.con.execute(
                "select distinct if(status = 'withdrawn', 'revised', status)"
                f" from {self.compared.delivered}"
                f" where status <> 'same' and source_id in ({listed}) order by 1"
            ).fetchall()
        ]
        if not items and self.tools:
            items = ["'method'"]
        return f"cast([{', '.join(dict.fromkeys(items))}] as varchar[])"

    def _seed_condition(self, way: Channel, reason: _Reason) -> str:
        """True where a changed seed of figures may have reached the row."""
        if not reason.data_seeds or not way.deliveries:
            return ""
        if "source_id" not in self.own:
            return "true"
        listed = ", ".join(map(literal, sorted(set(reason.data_seeds.values()))))
        conditions = []
        if "own" in way.deliveries:
            conditions.append(f"key_source_id in ({listed})")
        if "context" in way.deliveries:
            conditions.append(
                f"exists (select 1 from (select unnest([{listed}]) as one) as seeds"
                f" where one not in (select source_id from {self.old_rows}"
                f" union select source_id from {self.new_rows}))"
            )
        return "(" + " or ".join(conditions) + ")"

    def _evidence(self) -> str:
        reason = self.reason
        seeds = ", ".join(sorted(reason.data_seeds)[:_NAMES_TOLD])
        told = {
            "new_period": _told_deliveries("new"),
            "revision": _told_deliveries("revised"),
            "code_map": literal(reason.told("code_map")),
            "law_event": f"coalesce(told_measures, {literal(reason.told('law_event'))})",
            "method": f"coalesce({_told_deliveries('reread')},"
            f" {literal(reason.told('method') or self.tools)})",
        }
        if seeds:
            for cause in ("new_period", "revision"):
                told[cause] = f"coalesce({told[cause]}, {literal('seeds ' + seeds)})"
        return ", ".join(
            f"if(list_contains(candidates, '{cause}'), '{cause}: ' || nullif({sql}, ''), null)"
            for cause, sql in told.items()
        )


_TOUCHED = """
left join temp.touched
    on touched.nomenclature_family = left(cells.key_nomenclature, 2)
    and touched.product_code = cells.key_product_code
"""
_NO_MEASURE = "select cast(null as varchar) as measure_id where false"
_LAW_BRIDGES = ("bridge_measure_destinations", "bridge_measure_exporters")
_CAUSE_OF = {"new": "new_period", "revised": "revision", "reread": "method"}
_DELIVERY_FLAGS = (
    ("own_new", "is_own", "= 'new'"),
    ("own_revised", "is_own", "in ('revised', 'withdrawn')"),
    ("context_new", "not is_own", "= 'new'"),
    ("context_revised", "not is_own", "in ('revised', 'withdrawn')"),
    ("own_reread", "is_own", "= 'reread'"),
    ("context_reread", "not is_own", "= 'reread'"),
)


def _feeds(way: Channel, side: str) -> bool:
    """Whether deliveries of that side, `is_own` or not, count for a channel."""
    return ("own" if side == "is_own" else "context") in way.deliveries


def _told_deliveries(what: str) -> str:
    """SQL of the list of deliveries that are `new`, `revised` or `reread`; null without one."""
    sides = ", ".join(f"nullif(told_{side}_{what}, '')" for side in ("own", "context"))
    return f"nullif(concat_ws(', ', {sides}), '')"


def _reasons(compared: Comparison) -> dict[str, _Reason]:
    """Relation -> seeds and models that differ, as meta.inputs of both files say."""
    reasons: dict[str, _Reason] = {}
    for relation, name, source_id, cause in compared.con.execute(
        f"""
        select
            relation_name,
            input_name,
            coalesce(new.source_id, old.source_id),
            coalesce(new.cause, old.cause),
        from (from {compared.before}.meta.inputs where input_kind <> 'delivery') as old
        full join (from {compared.after}.meta.inputs where input_kind <> 'delivery') as new
            using (relation_name, input_kind, input_name)
        where old.checksum is distinct from new.checksum
        order by all
        """
    ).fetchall():
        reason = reasons.setdefault(relation, _Reason({}, {}))
        if cause == "data":
            reason.data_seeds[name] = source_id
        else:
            reason.named.setdefault(cause, []).append(name)
    return reasons
