with

licence_claims as (select * from {{ ref('fct_licence_claims') }}),
countries as (select * from {{ ref('dim_country') }}),

claims as (
    select
        *,
        trim(replace(applicant_jurisdiction, '(outbound)', '')) as place,
        try_strptime(
            '1 ' || regexp_extract(period_text, '[A-Z][a-z]{2} 20[0-9]{2}'), '%d %b %Y'
        ) as named_month,
        regexp_matches(period_text, '^(since|from) ') as is_open_ended,
        regexp_matches(period_text, '^to ') as is_open_begun,
        case when regexp_full_match(period_text, '20[0-9]{2}') then period_text end as named_year,
    from licence_claims
    where is_about_applications
),

dated as (
    select
        *,
        cast(
            case
                when is_open_begun then null
                when named_year is not null then make_date(cast(named_year as integer), 1, 1)
                else named_month
            end as date
        ) as period_from,
        cast(
            case
                when is_open_ended then claim_date_latest
                when named_year is not null then make_date(cast(named_year as integer), 12, 31)
                else last_day(cast(named_month as date))
            end as date
        ) as period_to,
    from claims
),

-- Magnets are rare-earth goods: who counts both counts one licence regime.
subjects as (
    select distinct
        claim_id,
        case
            when regexp_matches(word, 'magnet|rare.earth') then 'rare earths'
            when contains(word, 'dual-use') then 'dual-use items'
            else word
        end as subject,
    from (
        select
            claim_id,
            unnest(string_split(material, '; ')) as word,
        from dated
    ) as words
),

subject_pairs as (
    select distinct
        earlier.claim_id as first_claim_id,
        later.claim_id as second_claim_id,
    from subjects as earlier
    inner join subjects as later
        on
            earlier.subject = later.subject
            and earlier.claim_id < later.claim_id
),

members as (
    select country_iso2
    from countries
    where is_eu27_member
),

-- A claim without a known period may be about any; two known ones must meet.
paired as (
    select
        earlier.claim_id as first_claim_id,
        later.claim_id as second_claim_id,
        coalesce(earlier.outcome = later.outcome, false)
        and earlier.share_of_filed is not null
        and later.share_of_filed is not null as have_like_shares,
        earlier.share_of_filed is not null
        and later.share_of_filed is not null
        and coalesce(earlier.outcome, '') <> coalesce(later.outcome, '') as have_other_outcomes,
        coalesce(earlier.applications_filed <> later.applications_filed, false)
        or coalesce(earlier.applications_approved <> later.applications_approved, false)
        or coalesce(earlier.applications_pending <> later.applications_pending, false)
        or coalesce(earlier.applications_rejected <> later.applications_rejected, false)
            as have_other_counts,
        coalesce(
            earlier.period_from <= later.period_to and later.period_from <= earlier.period_to,
            false
        ) as do_periods_meet,
        greatest(
            0,
            later.claim_date_earliest - earlier.claim_date_latest,
            earlier.claim_date_earliest - later.claim_date_latest
        ) as days_apart,
    from subject_pairs
    inner join dated as earlier
        on subject_pairs.first_claim_id = earlier.claim_id
    inner join dated as later
        on subject_pairs.second_claim_id = later.claim_id
    where
        -- What two authorities grant and refuse is never compared.
        earlier.licensing_authority = later.licensing_authority
        and (
            earlier.place = later.place
            or 'ALL' in (earlier.place, later.place)
            or (earlier.place = 'EU' and later.place in (select members.country_iso2 from members))
            or (later.place = 'EU' and earlier.place in (select members.country_iso2 from members))
        )
        -- Parts of one statement, such as a number filed and a share of it.
        and (earlier.body <> later.body or earlier.claim_date <> later.claim_date)
        and coalesce(earlier.period_from <= later.period_to, true)
        and coalesce(later.period_from <= earlier.period_to, true)
),

-- Near is a quarter: claims on a backlog are renewed in weeks or months.
compared as (
    select
        paired.*,
        first_claim.share_low <= second_claim.share_high
        and second_claim.share_low <= first_claim.share_high as do_bounds_overlap,
        -- "About 140" is 141: what is rounded to two figures is off by 5 % at most.
        coalesce(
            abs(first_claim.denominator - second_claim.denominator)
            > 0.05 * greatest(first_claim.denominator, second_claim.denominator),
            false
        ) as is_other_denominator,
        first_claim.place <> second_claim.place as is_other_jurisdiction,
        first_claim.sector <> second_claim.sector as is_other_sector,
        first_claim.material <> second_claim.material as is_other_material,
        coalesce(first_claim.period_from <> second_claim.period_from, false) as is_other_period,
    from paired
    inner join dated as first_claim
        on paired.first_claim_id = first_claim.claim_id
    inner join dated as second_claim
        on paired.second_claim_id = second_claim.claim_id
    where
        (paired.days_apart <= 92 or paired.do_periods_meet)
        and (
            paired.have_other_outcomes
            or paired.have_other_counts
            or (
                paired.have_like_shares
                and (
                    first_claim.share_of_filed <> second_claim.share_of_filed
                    or first_claim.qualifier is distinct from second_claim.qualifier
                )
            )
        )
),

final as (
    select
        compared.first_claim_id,
        compared.second_claim_id,
        first_claim.licensing_authority,
        first_claim.body as first_body,
        second_claim.body as second_body,
        first_claim.claim_date as first_claim_date,
        second_claim.claim_date as second_claim_date,
        first_claim.population as first_population,
        second_claim.population as second_population,
        first_claim.outcome as first_outcome,
        second_claim.outcome as second_outcome,
        first_claim.qualifier as first_qualifier,
        second_claim.qualifier as second_qualifier,
        case
            when
                compared.have_other_outcomes
                or not (compared.have_like_shares or compared.have_other_counts)
                then 'not_comparable'
            when
                compared.is_other_jurisdiction
                or compared.is_other_sector
                or compared.is_other_material
                or compared.is_other_denominator
                or compared.is_other_period
                then 'different_population'
            when compared.have_like_shares and compared.do_bounds_overlap
                then 'compatible_within_bounds'
            when compared.have_like_shares and not compared.do_bounds_overlap then 'contradicts'
            -- Counts without shares move from day to day.
            when not compared.have_like_shares and compared.days_apart = 0 then 'contradicts'
            else 'not_comparable'
        end as reading,
        concat_ws(
            '; ',
            case when compared.is_other_jurisdiction then 'jurisdiction' end,
            case when compared.is_other_sector then 'sector' end,
            case when compared.is_other_material then 'material' end,
            case when compared.is_other_period then 'period' end,
            case when compared.is_other_denominator then 'denominator' end,
            case when compared.days_apart > 0 then 'date' end,
            case when compared.have_other_outcomes then 'outcome word' end,
            case when first_claim.share_of_filed <> second_claim.share_of_filed then 'share' end,
            case when compared.have_other_counts then 'counts' end
        ) as differs_in,
        first_claim.source_url as first_source_url,
        second_claim.source_url as second_source_url,
        first_claim.numerator as first_numerator,
        second_claim.numerator as second_numerator,
        first_claim.denominator as first_denominator,
        second_claim.denominator as second_denominator,
        first_claim.applications_pending as first_pending,
        second_claim.applications_pending as second_pending,
        first_claim.share_of_filed as first_share_of_filed,
        second_claim.share_of_filed as second_share_of_filed,
        first_claim.share_of_decided as first_share_of_decided,
        second_claim.share_of_decided as second_share_of_decided,
        first_claim.share_low as first_share_low,
        first_claim.share_high as first_share_high,
        second_claim.share_low as second_share_low,
        second_claim.share_high as second_share_high,
        cast(compared.days_apart as bigint) as days_apart,
        compared.do_bounds_overlap,
    from compared
    inner join dated as first_claim
        on compared.first_claim_id = first_claim.claim_id
    inner join dated as second_claim
        on compared.second_claim_id = second_claim.claim_id
)

select * from final
