-- A3: Are these parts covered?
-- One row per part of the file, which has the columns product_code and destination, and where
-- known contains, without, end_use and part_id; names and delimiter are read as `chokepoint import`
-- reads them. `answer` joins all clauses: yes where one covers the part, no where none does or may.
-- `asks_for` is the one field to ask the supplier for, `deciding_question` what to ask, and
-- `answer_if_yes` and `answer_if_no` the answers then. Not legal advice.
-- param: destination place 'For parts without one: importing country or EU27; default: none'
-- param: end_use text 'For parts without one: civil or military; default: both'
-- param: as_of date 'Day the answers are for; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- known: end_use in marts.dim_end_use(end_use)
-- short: line_number, part_id, answer, asks_for, deciding_question, product_code, instruments
-- short: certainty, reason
-- first: line_number 'line of the file'
with

parts as (
    select
        line_number,
        part_id,
        row_number() over (order by line_number) as part_number,
        {
            'product_code': product_code,
            'destination': coalesce(destination, cast(getvariable('destination') as varchar)),
            'end_use': coalesce(end_use, cast(getvariable('end_use') as varchar)),
            'contains': contains,
            'without': without
        } as part,
    from part_list
)

select
    parts.line_number,
    parts.part_id,
    covered.product_code,
    covered.destination,
    covered.end_use,
    covered.contains,
    covered.without,
    covered.answer,
    covered.certainty,
    covered.asks_for,
    covered.deciding_question,
    covered.answer_if_yes,
    covered.answer_if_no,
    covered.reason,
    covered.read_as,
    covered.instruments,
from reports.are_parts_covered(
    (select list(listed.part order by listed.part_number) from parts as listed),
    as_of := coalesce(cast(getvariable('as_of') as date), current_date),
    known_on := cast(getvariable('known_on') as date)
) as covered
inner join parts
    on covered.part_number = parts.part_number
order by parts.line_number;
