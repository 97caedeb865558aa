with

ces_parameters as (
    select * from {{ ref('ces_parameters') }}
),

renamed as (
    select
        parameter,
        bound,
        rule,
        source,
        reason,
        value,
    from ces_parameters
)

select * from renamed
