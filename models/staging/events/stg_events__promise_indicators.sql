with

promise_indicators as (select * from {{ ref('promise_indicators') }}),

renamed as (
    select
        * exclude (promise_id, reporter, partner, threshold, partly_threshold),
        promise_id as commitment_id,
        reporter as reporter_code,
        partner as partner_code,
        cast(threshold as double) as threshold,
        cast(partly_threshold as double) as partly_threshold,
    from promise_indicators
)

select * from renamed
