with

consumption as (
    select * from {{ ref('stg_exposure__consumption') }}
),

-- A month that had not ended when it was delivered is no month yet.
known_months as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        cast(quantity as double) / day({{ last_day_of('period') }}) as daily_use,
    from consumption
    where
        quantity is not null
        and {{ last_day_of('period') }}
        < coalesce(
            try_cast(strptime(left(vintage, 8), '%Y%m%d') as date), cast('9999-12-31' as date)
        )
    qualify row_number() over (
        partition by data_origin, graph_id, site_id, part_id, quantity_basis
        order by period desc
    ) <= 12
),

final as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        list(daily_use order by daily_use) as daily_uses,
    from known_months
    group by all
)

select * from final
