with

truth as (
    select * from {{ ref('licence_sample_truth') }}
),

renamed as (
    select
        stratum_kind,
        stratum,
        case_count,
        median_days as true_median_days,
        p90_days as true_p90_days,
        approved_share as true_approved_share,
    from truth
)

select * from renamed
