-- depends_on: {{ ref('int_law__input_faults') }}
with

rules as (select * from {{ ref('stg_law__composition_rules') }}),
items as (select * from {{ ref('stg_law__measure_scope') }}),
terms as (select * from {{ ref('composition_names') }}),

-- The elements that an item cannot be without, of all its terms.
required as (
    select
        rule_id,
        unnest(string_split(requires, ';')) as term,
    from rules
),

required_elements as (
    select
        required.rule_id,
        string_agg(terms.elements, ';' order by terms.term) as elements,
        min(terms.family_id) as family_id,
        min(terms.family_group) as family_group,
    from required
    inner join terms
        on required.term = terms.term
    group by required.rule_id
),

final as (
    select
        rules.*,
        items.measure_id,
        items.material,
        items.item_description,
        required_elements.elements,
        required_elements.family_id,
        required_elements.family_group,
        rules.is_text_at_hand and rules.form is null and rules.min_share_pct is null
        and (rules.excludes is null or rules.excludes_from_pct is not null) as is_sufficient,
        items.confidence,
        items.source_title,
        items.source_url,
    from rules
    inner join items
        on rules.scope_id = items.scope_id
    inner join required_elements
        on rules.rule_id = required_elements.rule_id
)

select * from final
order by rule_id
