{%- set basket_key = [
    'reporter_code', 'supplier_scope', 'source_id', 'nomenclature', 'basket_id', 'period',
    'base_period',
] %}

with

pairs as (
    select * from {{ ref('int_change__pairs') }}
),

baskets as (
    select * from {{ ref('stg_reference__product_baskets') }}
),

basket_pairs as (
    select
        pairs.reporter_code,
        pairs.supplier_scope,
        pairs.source_id,
        pairs.nomenclature,
        baskets.basket_id,
        pairs.period,
        pairs.base_period,
        baskets.basket_name,
        pairs.product_code,
        pairs.block_kind,
        pairs.lag_years,
        pairs.hhi_value_before,
        pairs.hhi_value_after,
        pairs.is_comparable,
        cast(pairs.import_value_before_eur as decimal(38, 6)) as value_before,
        cast(pairs.import_value_after_eur as decimal(38, 6)) as value_after,
    from pairs
    inner join baskets
        on
            pairs.product_code = baskets.product_code
            or baskets.product_code = '*'
),

-- One set of products for both periods: those that are comparable.
totals as (
    select
        {{ basket_key | join(', ') }},
        any_value(basket_name) as basket_name,
        any_value(lag_years) as lag_years,
        cast(sum(value_before) filter (where is_comparable) as double) as value_before,
        cast(sum(value_after) filter (where is_comparable) as double) as value_after,
        cast(sum(value_after) as double) as basket_value_after,
        count(*) filter (where is_comparable) as product_count,
        count(*) filter (where not is_comparable) as excluded_product_count,
        string_agg(
            product_code || ': ' || block_kind, '; '
            order by product_code
        ) filter (where not is_comparable) as excluded_products,
    from basket_pairs
    group by {{ basket_key | join(', ') }}
),

weighted as (
    select
        {%- for column in basket_key %}
        basket_pairs.{{ column }},
        {%- endfor %}
        basket_pairs.hhi_value_before,
        basket_pairs.hhi_value_after,
        cast(basket_pairs.value_before as double) / totals.value_before as weight_before,
        cast(basket_pairs.value_after as double) / totals.value_after as weight_after,
    from basket_pairs
    inner join totals
        on
            {% for column in basket_key -%}
            basket_pairs.{{ column }} = totals.{{ column }}
            {{ 'and ' if not loop.last }}
            {%- endfor %}
    where basket_pairs.is_comparable
),

decomposed as (
    select
        {{ basket_key | join(', ') }},
        {{ sum_of_parts('weight_before * hhi_value_before') }} as weighted_hhi_before,
        {{ sum_of_parts('weight_after * hhi_value_after') }} as weighted_hhi_after,
        {{ sum_of_parts(within_contribution(
            'weight_before', 'weight_after', 'hhi_value_before', 'hhi_value_after'
        )) }} as within_effect,
        {{ sum_of_parts(between_contribution(
            'weight_before', 'weight_after', 'hhi_value_before', 'hhi_value_after'
        )) }} as between_effect,
    from weighted
    group by {{ basket_key | join(', ') }}
),

final as (
    select
        {%- for column in basket_key %}
        totals.{{ column }},
        {%- endfor %}
        totals.basket_name,
        totals.excluded_products,
        case
            when totals.product_count = 0 then 'No product of the basket is comparable'
        end as block_reason,
        cast(totals.lag_years as integer) as lag_years,
        cast(totals.product_count as integer) as product_count,
        cast(totals.excluded_product_count as integer) as excluded_product_count,
        {{ significant('totals.value_before') }} as import_value_before_eur,
        {{ significant('totals.value_after') }} as import_value_after_eur,
        {{ significant('totals.value_after / totals.basket_value_after') }}
            as compared_value_share,
        {{ significant('decomposed.weighted_hhi_before') }} as weighted_hhi_before,
        {{ significant('decomposed.weighted_hhi_after') }} as weighted_hhi_after,
        {{ published_part('decomposed.weighted_hhi_after - decomposed.weighted_hhi_before') }}
            as weighted_hhi_change,
        {{ published_part('decomposed.within_effect') }} as within_effect,
        {{ published_part('decomposed.between_effect') }} as between_effect,
    from totals
    left join decomposed
        on
            {% for column in basket_key -%}
            totals.{{ column }} = decomposed.{{ column }}
            {{ 'and ' if not loop.last }}
            {%- endfor %}
)

select * from final
order by {{ basket_key | join(', ') }}
