with

curves as (select * from {{ ref('int_licensing__survival') }}),

final as (
    select
        data_origin,
        stratum_kind,
        stratum,
        clock,
        day,
        entered,
        at_risk,
        approved,
        refused,
        withdrawn,
        expired,
        censored,
        {{ significant('survival') }} as survival,
        {{ significant('survival_low') }} as survival_low,
        {{ significant('survival_high') }} as survival_high,
        {{ significant('survival_variance') }} as survival_variance,
        {{ significant('approved_incidence') }} as approved_incidence,
        {{ significant('refused_incidence') }} as refused_incidence,
        {{ significant('withdrawn_incidence') }} as withdrawn_incidence,
        {{ significant('expired_incidence') }} as expired_incidence,
        as_of_date,
    from curves
)

select * from final
order by data_origin, as_of_date, stratum_kind, stratum, clock, day
