with

promises as (select * from {{ ref('promises') }}),

renamed as (
    select
        promise_id as commitment_id,
        * exclude (promise_id, made_on, known_on),
        cast(made_on as date) as made_on,
        cast(known_on as date) as known_on,
    from promises
)

select * from renamed
