-- What the engine of the browser lacks without its extensions ICU and JSON, as far as published SQL
-- asks for it: the day of the reader, and keys as JSON. A key is a flat object of texts;
-- other JSON is refused and not read wrongly. ${minutes} is the time zone of the reader. A lambda
-- where an argument is needed twice: a macro writes it out each time, and macros call each other.
create temp macro "current_date"() as
    cast(make_timestamp(epoch_us(now()) + cast(${minutes} as bigint) * 60000000) as date);

create temp macro json_of_a_key(given) as
    list_transform(
        [given],
        lambda text: case
            when text is null or regexp_full_match(
                text,
                '\s*\{\s*("(?:[^"\\]|\\.)*"\s*:\s*("(?:[^"\\]|\\.)*"|null)\s*(,\s*"(?:[^"\\]|\\.)*"\s*:\s*("(?:[^"\\]|\\.)*"|null)\s*)*)?\}\s*'
            ) then text
            else error('JSON: this page reads keys of texts only, such as {"period": "2024"}, and was given ' || left(text, 60))
        end
    )[1];

-- A struct of plain values becomes a key. What is no key is found out where its names are read.
create temp macro to_json(given) as
    case
        when typeof(given) like 'STRUCT%'
            then regexp_replace(
                cast(given as varchar),
                '''(\w+)'': (?:''([^''\\"]*)''|([^''"\\,{}\[\]]*))', '"\1":"\2\3"', 'g'
            )
        else cast(given as varchar)
    end;

create temp macro json_extract_string(given, path) as
    nullif(
        regexp_replace(
            regexp_extract(
                given,
                case
                    when path = '$' then '(?s)(.*)'
                    when regexp_full_match(path, '\$[.]\w+')
                        then '[{,]\s*"' || path[3:] || '"\s*:\s*"((?:[^"\\]|\\.)*)"'
                    -- No pattern, so an error; error() would keep it from being a constant.
                    else '(JSON: this page reads a member by its name only, such as $.period, not ' || path
                end,
                1
            ),
            -- The whole keeps its escapes: a pattern that nothing matches.
            case when path = '$' then 'a^' else '\\(.)' end, '\1', 'g'
        ),
        ''
    );

create temp macro json_keys(given) as
    regexp_extract_all(json_of_a_key(given), '[{,]\s*"((?:[^"\\]|\\.)*)"\s*:', 1);

create temp macro json_members(given) as
    list_transform(
        regexp_extract_all(json_of_a_key(given), '[{,]\s*("(?:[^"\\]|\\.)*"\s*:\s*("(?:[^"\\]|\\.)*"|null))', 1),
        lambda member: regexp_replace(member, '"\s*:\s*', '":')
    );

create temp macro json_contains(given, part) as list_has_all(json_members(given), json_members(part));

create temp macro json_member(name, given) as
    '"' || name || '":'
    || coalesce('"' || replace(replace(cast(given as varchar), '\', '\\'), '"', '\"') || '"', 'null');
