with

measures as (
    select * from {{ ref('stg_law__measures') }}
),

claims as (
    select * from {{ ref('stg_law__measure_states_claimed') }}
),

items as (
    select * from {{ ref('stg_law__measure_scope') }}
),

rules as (
    select * from {{ ref('stg_law__composition_rules') }}
),

states as (
    select * from {{ ref('stg_law__measure_state_names') }}
),

state_map as (
    select * from {{ ref('stg_law__measure_state_map') }}
),

dated_claims as (
    select
        {{ law_row_id('claims.status_id') }} as row_id,
        claims.*,
        state_map.state,
        state_map.rival_side,
        measures.last_source_on,
        concat_ws('/', coalesce(claims.claim_group, 'base'), state_map.rival_side) as reading,
        {{ last_day_of('claims.valid_from') }} as surely_from,
        coalesce(
            {{ end_early('claims.valid_to', 'claims.valid_to_is_inclusive') }},
            case when claims.valid_to is null then date '9999-12-31' end
        ) as surely_to,
    from claims
    inner join measures
        on claims.measure_id = measures.measure_id
    left join state_map
        on claims.status_raw = state_map.status_raw
),

contradictions as (
    select
        claim.row_id,
        claim.status_raw,
        claim.valid_from,
        concat(
            other.status_id, ' (', other.status_raw, ' from ', other.valid_from,
            ' to ' || other.valid_to, ')'
        ) as other_claim,
    from dated_claims as claim
    inner join dated_claims as other
        on
            claim.measure_id = other.measure_id
            and claim.reading = other.reading
            and claim.status_id <> other.status_id
            and claim.state <> other.state
            and claim.surely_from < other.surely_to
            and claim.surely_to > other.surely_from
            and claim.surely_from < claim.surely_to
            and other.surely_from < other.surely_to
),

claim_faults as (
    select
        row_id,
        'valid_from' as column_name,
        valid_from as value,
        'contradictory_claims' as rule,
        'this claim (' || status_raw || ') contradicts '
        || string_agg(distinct other_claim, ', ' order by other_claim) as reason,
        'end the earlier one where the later starts, or give rival claims a claim_group' as remedy,
    from contradictions
    group by row_id, valid_from, status_raw
    union all
    select
        row_id,
        if(is_disputed, 'claim_group', 'disputed') as column_name,
        if(is_disputed, claim_group, 'N') as value,
        'disputed_and_group_apart' as rule,
        'a disputed claim belongs to a group of rivals, and only such a claim does' as reason,
        'write Y and name the group, or write N and leave the group empty' as remedy,
    from dated_claims
    where is_disputed <> (claim_group is not null)
    union all
    select
        row_id,
        'status' as column_name,
        status_raw as value,
        'group_and_side_apart' as rule,
        if(
            rival_side is null,
            'the claim is one of rivals, but its word tells no side',
            'the word is that of a side in a dispute, but the claim has no group'
        ) as reason,
        'use a word with a rival_side in measure_state_map for rivals, and only for them' as remedy,
    from dated_claims
    where state is not null and (claim_group is null) <> (rival_side is null)
    union all
    select
        row_id,
        'known_on' as column_name,
        known_on as value,
        'never_known' as rule,
        'neither the claim nor its measure says when it was known' as reason,
        'fill known_on, or last_source_on of the measure' as remedy,
    from dated_claims
    where known_on is null and last_source_on is null
),

coded_items as (
    select
        {{ law_row_id('scope_id') }} as row_id,
        hs6_code,
        national_tariff8_code,
        national_tariff10_code,
        coverage,
        coalesce(national_tariff10_code, national_tariff8_code, hs6_code) as longest_code,
    from items
),

item_faults as (
    select
        row_id,
        'coverage' as column_name,
        coverage as value,
        'coverage_and_code_apart' as rule,
        if(
            longest_code is null,
            'an item is covered by a code, but no code is given',
            'no code is listed, but one is given (' || longest_code || ')'
        ) as reason,
        'give the code with whole or ex, or leave all codes empty with no code listed' as remedy,
    from coded_items
    where
        (coverage in ('whole', 'ex') and longest_code is null)
        or (coverage = 'no code listed' and longest_code is not null)
    union all
    select
        row_id,
        'hs6' as column_name,
        hs6_code as value,
        'codes_disagree' as rule,
        'the longer code (' || longest_code || ') does not begin with it' as reason,
        'write the first six digits of the longer code, or correct that' as remedy,
    from coded_items
    where length(hs6_code) = 6 and not starts_with(longest_code, hs6_code)
    union all
    select
        row_id,
        'hs6' as column_name,
        hs6_code as value,
        'missing_value' as rule,
        'a longer code is given (' || longest_code || ') without its first six digits' as reason,
        'write its first six digits' as remedy,
    from coded_items
    where hs6_code is null and longest_code is not null
    union all
    select
        row_id,
        'hs8_cn' as column_name,
        national_tariff8_code as value,
        'codes_disagree' as rule,
        'the longer code (' || national_tariff10_code || ') does not begin with it' as reason,
        'write the first eight digits of the longer code, or correct that' as remedy,
    from coded_items
    where not starts_with(national_tariff10_code, coalesce(national_tariff8_code, '-'))
),

all_faults as (
    select
        'measure_status' as table_name,
        *,
    from claim_faults
    union all
    select
        'measure_scope' as table_name,
        *,
    from item_faults
    union all
    select
        'composition_rules' as table_name,
        {{ law_row_id('rules.rule_id') }} as row_id,
        'scope_id' as column_name,
        rules.scope_id as value,
        'item_of_another_measure' as rule,
        'the item belongs to ' || items.measure_id as reason,
        'name an item of ' || rules.measure_id as remedy,
    from rules
    inner join items
        on rules.scope_id = items.scope_id
    where rules.measure_id <> items.measure_id
    union all
    select
        'measure_states' as table_name,
        {{ law_row_id('state') }} as row_id,
        'state_rank' as column_name,
        state_rank_raw as value,
        'repeated_rank' as rule,
        'several states have this rank' as reason,
        'give each state its own: it decides which one goods are counted in' as remedy,
    from states
    qualify count(*) over (partition by state_rank_raw) > 1 and state_rank_raw is not null
),

{{ law_faults(['all_faults']) }}
