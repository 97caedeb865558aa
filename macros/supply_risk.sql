{#
    Supply risk after the EU criticality method. One home for the formula:
        SR = (w * HHI_global + (1 - w) * HHI_EU) * (1 - EoL-RIR) * SI_SR
    where w is the weight of global supply: half the import reliance, or 1 and 0 where the
    method falls back on global supply or on EU sourcing alone. HHIs are weighted with
    governance and trade parameter. Every assessment goes through these macros.
#}

{#
    Import reliance as the method uses it: below 0 is 0 (a net exporter), above 1 is 1. What is
    not known stays null (least() and greatest() would read it as an end of the range).
#}
{% macro clamped_share(share) -%}
    case when {{ share }} < 0 then 0 when {{ share }} > 1 then 1 else {{ share }} end
{%- endmacro %}


{#
    Weight of global supply, 0 to 1. A mode that is not known gives null: use the bounds.
#}
{% macro global_supply_weight(supply_mode, import_reliance) -%}
    case {{ supply_mode }}
        when 'global_only' then 1
        when 'eu_only' then 0
        when 'global_and_eu' then ({{ clamped_share(import_reliance) }}) / 2.0
    end
{%- endmacro %}


{# Weighted mean of both HHIs that does not ask for the one whose weight is zero. #}
{% macro blended_hhi(hhi_global, hhi_eu, weight) -%}
    case
        when {{ weight }} = 0 then {{ hhi_eu }}
        when {{ weight }} = 1 then {{ hhi_global }}
        else {{ hhi_global }} * ({{ weight }}) + {{ hhi_eu }} * (1 - ({{ weight }}))
    end
{%- endmacro %}


{% macro supply_risk(
    hhi_global, hhi_eu, import_reliance, eol_rir, si_sr, supply_mode
) -%}
    {%- set weight = global_supply_weight(supply_mode, import_reliance) -%}
    ({{ blended_hhi(hhi_global, hhi_eu, weight) }})
    * (1 - ({{ clamped_share(eol_rir) }})) * {{ si_sr }}
{%- endmacro %}


{#
    The least (`side = "low"`) or greatest (`"high"`) supply risk that the bounds of the inputs
    allow. The inputs are named by their stem: `hhi_global` stands for the columns
    hhi_global_low and hhi_global_high. The formula is linear in the weight of global supply,
    so its ends lie at the ends of the import reliance; a mode that is not known may have any
    weight from 0 to 1.
#}
{% macro supply_risk_bound(
    side, hhi_global, hhi_eu, import_reliance, eol_rir, si_sr, supply_mode
) -%}
    {%- set pick = "least" if side == "low" else "greatest" -%}
    {%- set other = "high" if side == "low" else "low" -%}
    {%- set global_end = hhi_global ~ "_" ~ side -%}
    {%- set eu_end = hhi_eu ~ "_" ~ side -%}
    {%- set weight_low = global_supply_weight(supply_mode, import_reliance ~ "_low") -%}
    {%- set weight_high = global_supply_weight(supply_mode, import_reliance ~ "_high") -%}
    case
        when {{ supply_mode }} = 'not_known'
            then case
                when {{ global_end }} is not null and {{ eu_end }} is not null
                    then {{ pick }}({{ global_end }}, {{ eu_end }})
            end
        when ({{ blended_hhi(global_end, eu_end, weight_low) }}) is not null
            and ({{ blended_hhi(global_end, eu_end, weight_high) }}) is not null
            then {{ pick }}(
                {{ blended_hhi(global_end, eu_end, weight_low) }},
                {{ blended_hhi(global_end, eu_end, weight_high) }}
            )
    end * (1 - ({{ clamped_share(eol_rir ~ "_" ~ other) }})) * {{ si_sr }}_{{ side }}
{%- endmacro %}


{#
    HHI weighted with governance (0 to 10, 10 worst) and trade parameter over the rows of a
    group: sum of share^2 * governance * t, exact in any order of rows. A country without a
    governance score makes the central value unknown; `missing` puts a bound in its place.
#}
{% macro governance_weighted_hhi(share, governance, trade_parameter, missing=none) -%}
    {%- if missing is none -%}
    case
        when count(*) filter (where {{ share }} > 0 and {{ governance }} is null) = 0
            then
                cast(
                    sum(
                        cast(
                            {{ share }} * {{ share }}
                            * {{ governance }} * {{ trade_parameter }}
                            as decimal(38, 18)
                        )
                    ) filter (where {{ share }} > 0) as double
                )
    end
    {%- else -%}
    cast(
        sum(
            cast(
                {{ share }} * {{ share }}
                * coalesce({{ governance }}, {{ missing }}) * {{ trade_parameter }}
                as decimal(38, 18)
            )
        ) as double
    )
    {%- endif -%}
{%- endmacro %}
