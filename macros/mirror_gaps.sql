{#
    One flow, two figures: the importer's (usually CIF) and the exporter's (usually FOB). None of
    these measures averages the two, and none takes the logarithm of zero. All change no more than
    their sign, or the side in their name, when the two figures are swapped.
#}

{# ln(importer's / exporter's figure); null unless both are positive. #}
{% macro mirror_log_ratio(importer_value, exporter_value) -%}
    case
        when {{ importer_value }} > 0 and {{ exporter_value }} > 0
            then
                ln(cast({{ importer_value }} as double)) - ln(cast({{ exporter_value }} as double))
    end
{%- endmacro %}


{#
    2 (M - X) / (M + X), from -2 (only the exporter reports) to 2 (only the importer reports);
    null where the report kind leaves a side unknown.
#}
{% macro mirror_relative_gap(importer_value, exporter_value, report_kind) -%}
    case {{ report_kind }}
        when 'both'
            then
                2
                * cast({{ importer_value }} - {{ exporter_value }} as double)
                / cast({{ importer_value }} + {{ exporter_value }} as double)
        when 'only_importer_reports' then cast(2 as double)
        when 'only_exporter_reports' then cast(-2 as double)
    end
{%- endmacro %}
