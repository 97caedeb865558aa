with

end_uses as (
    select * from {{ ref('end_uses') }}
),

renamed as (
    select
        end_use,
        user_type,
    from end_uses
)

select * from renamed
