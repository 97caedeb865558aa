with

measures as (select * from {{ ref('stg_law__measures') }}),

claims as (
    select
        *,
        {{ law_row_id('status_id') }} as row_id,
    from {{ ref('stg_law__measure_states_claimed') }}
),

items as (
    select
        *,
        {{ law_row_id('scope_id') }} as row_id,
        coalesce(national_tariff10_code, national_tariff8_code, hs6_code) as longest_code,
    from {{ ref('stg_law__measure_scope') }}
),

rules as (select * from {{ ref('stg_law__composition_rules') }}),
states as (select * from {{ ref('stg_law__measure_state_names') }}),
state_map as (select * from {{ ref('measure_state_map') }}),
checks as (select * from {{ ref('stg_law__checks') }}),
entries as (select * from {{ ref('law_entries') }}),
cells as (select * from {{ ref('stg_law__cells') }}),

dated_claims as (
    select
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
        'measure_status' as table_name,
        claim.row_id,
        'valid_from' as column_name,
        claim.valid_from as value,
        'contradictory_claims' as rule,
        [
            claim.status_raw,
            array_to_string(list_sort(list(distinct concat(
                other.status_id, ' (', other.status_raw, ' from ', other.valid_from,
                ' to ' || other.valid_to, ')'
            ))), ', ')
        ] as details,
        true as is_broken,
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
    group by claim.row_id, claim.valid_from, claim.status_raw
),

claim_rules as (
    select
        'measure_status' as table_name,
        row_id,
        unnest([
            { 'rule': 'disputed_and_group_apart',
              'column_name': if(is_disputed, 'claim_group', 'disputed'),
              'value': if(is_disputed, claim_group, 'N'),
              'details': [], 'is_broken': is_disputed <> (claim_group is not null) },
            { 'rule': if(rival_side is null, 'group_without_side', 'side_without_group'),
              'column_name': 'status', 'value': status_raw, 'details': [],
              'is_broken': state is not null and (claim_group is null) <> (rival_side is null) },
            { 'rule': 'never_known', 'column_name': 'known_on', 'value': known_on,
              'details': [], 'is_broken': known_on is null and last_source_on is null }
        ], recursive := true) as checked,
    from dated_claims
),

item_rules as (
    select
        'measure_scope' as table_name,
        row_id,
        unnest([
            { 'rule': 'item_without_code', 'column_name': 'coverage', 'value': coverage,
              'details': [],
              'is_broken': coverage in ('whole', 'ex', 'named') and longest_code is null },
            { 'rule': 'code_of_item_without_code', 'column_name': 'coverage', 'value': coverage,
              'details': [longest_code],
              'is_broken': coverage = 'no code listed' and longest_code is not null },
            { 'rule': 'codes_disagree', 'column_name': 'hs6', 'value': hs6_code,
              'details': [longest_code, 'six'],
              'is_broken': length(hs6_code) = 6 and not starts_with(longest_code, hs6_code) },
            { 'rule': 'codes_disagree', 'column_name': 'hs8_cn', 'value': national_tariff8_code,
              'details': [national_tariff10_code, 'eight'],
              'is_broken': not starts_with(
                  national_tariff10_code, coalesce(national_tariff8_code, '-')
              ) },
            { 'rule': 'missing_subheading', 'column_name': 'hs6', 'value': hs6_code,
              'details': [longest_code],
              'is_broken': hs6_code is null and longest_code is not null }
        ], recursive := true) as checked,
    from items
),

-- A second reader is another than the first, and reads what is there.
entry_rules as (
    select
        'law_entries' as table_name,
        {{ law_row_id('entries.table_name', 'entries.row_id') }} as row_id,
        unnest([
            { 'rule': 'entry_without_row', 'column_name': 'row_id',
              'value': entries.row_id,
              'details': [entries.table_name], 'is_broken': named.row_id is null },
            { 'rule': 'second_reader_is_the_first', 'column_name': 'confirmed_by',
              'value': entries.confirmed_by,
              'details': [],
              'is_broken': regexp_replace(lower(entries.confirmed_by), '[^a-z]', '', 'g')
              = regexp_replace(lower(entries.entered_by), '[^a-z]', '', 'g') },
            { 'rule': 'reader_and_day_apart', 'column_name': 'confirmed_on',
              'value': entries.confirmed_on,
              'details': [],
              'is_broken': (entries.confirmed_by is null) <> (entries.confirmed_on is null) },
            { 'rule': 'confirmed_before_entered', 'column_name': 'confirmed_on',
              'value': entries.confirmed_on,
              'details': [entries.entered_on],
              'is_broken': {{ last_day_of('entries.confirmed_on') }}
              < {{ first_day('entries.entered_on') }} }
        ], recursive := true) as checked,
    from entries
    left join cells as named
        on
            entries.table_name = named.table_name
            and entries.row_id = named.row_id
            and named.is_key
),

-- A day to come would keep law that no one has read from being overdue.
check_rules as (
    select
        'law_checks' as table_name,
        {{ law_row_id('check_id') }} as row_id,
        'checked_to' as column_name,
        checked_to as value,
        'read_before_it_was' as rule,
        [recorded_on] as details,
        {{ first_day('checked_to') }} > {{ last_day_of('recorded_on') }} as is_broken,
    from checks
),

composition_rules as (
    select
        'composition_rules' as table_name,
        {{ law_row_id('rule_id') }} as row_id,
        'min_share_pct' as column_name,
        cast(min_share_pct as varchar) as value,
        'share_parts_apart' as rule,
        [] as details,
        (min_share_pct is null) <> (is_share_included is null)
        or (min_share_pct is null) <> (share_of is null) as is_broken,
    from rules
),

ranks as (
    select
        'measure_states' as table_name,
        {{ law_row_id('state') }} as row_id,
        'state_rank' as column_name,
        state_rank_raw as value,
        'repeated_rank' as rule,
        [] as details,
        state_rank_raw is not null and count(*) over (partition by state_rank_raw) > 1 as is_broken,
    from states
),

{{ law_faults([
    'contradictions', 'claim_rules', 'item_rules', 'entry_rules', 'check_rules',
    'composition_rules', 'ranks',
]) }}
