{%- set inputs = ['hhi_global', 'hhi_eu', 'import_reliance', 'eol_rir', 'si_sr', 'supply_mode'] -%}
with

inputs as (select * from {{ ref('int_production__supply_risk_inputs') }}),
material_names as (select * from {{ ref('material_names') }}),
history as (select * from {{ ref('stg_production__criticality_history') }}),

members as (
    select
        name_in_list as group_id,
        lower(material) as material_key,
        count(*) over (partition by name_in_list) as member_count,
    from material_names
    where list_id = 'crm2023_groups'
),

single as (
    select
        inputs.*,
        members.group_id,
        members.member_count,
        {{ supply_risk(*inputs) }} as supply_risk,
        {{ supply_risk_bound('low', *inputs) }} as supply_risk_low,
        {{ supply_risk_bound('high', *inputs) }} as supply_risk_high,
        false as is_group,
    from inputs
    left join members
        on lower(inputs.material) = members.material_key
),

-- The study prints the arithmetic mean of all members, so that one without a value leaves none.
means as (
    select
        assessment_id,
        group_id as material,
        stage,
        case when count(distinct supply_mode) = 1 then max(supply_mode) else 'not_known' end
            as supply_mode,
        'supply risk not known of ' || string_agg(material, ', ' order by material)
            filter (where supply_risk is null) as input_reason,
        group_id,
        {%- for column in ['supply_risk', 'supply_risk_low', 'supply_risk_high'] %}
        case
            when count({{ column }}) = count(*)
                then cast(sum(cast({{ column }} as decimal(38, 15))) as double) / count(*)
        end as {{ column }},
        {%- endfor %}
        0.05 as published_half_unit,
        bool_or(is_known_bad_input) as is_known_bad_input,
        bool_or(is_fitted_to_print) as is_fitted_to_print,
        true as has_unknown_input,
        true as is_group,
    from single
    where assessment_id = 'ec2023' and group_id is not null
    group by assessment_id, group_id, stage
    having count(*) = max(member_count)
),

published_means as (
    select
        means.*,
        {%- for input in [
            'supply_mode', 'hhi_global', 'hhi_eu', 'governance', 'trade_parameter',
            'import_reliance', 'eol_rir', 'si_sr',
        ] %}
        'of the members' as {{ input }}_source,
        {%- endfor %}
        history.supply_risk as published_supply_risk,
    from means
    left join history
        on means.material = history.material and history.assessment_year = 2023
),

final as (
    select * exclude (member_count) from single
    union all by name
    select * from published_means
)

select * from final
