{#
    One flow, two figures: the importer's (usually CIF) and the exporter's (usually FOB). None of
    these measures averages the two, and none takes the logarithm of zero. All change no more than
    their sign, or the side in their name, when the two figures are swapped.
#}

{#
    What the two figures allow to say. A figure that is missing counts as nothing reported, unless
    its side may hide the flow (`..._may_hide`: unnamed partners or a partial list). A negative
    figure is a correction larger than the trade and says nothing about it.
#}
{% macro mirror_report_kind(
    importer_value, exporter_value, importer_may_hide, exporter_may_hide
) -%}
    case
        when {{ importer_value }} < 0 or {{ exporter_value }} < 0 then 'unknown'
        when {{ importer_value }} > 0 and {{ exporter_value }} > 0 then 'both'
        when {{ importer_value }} > 0 and {{ exporter_value }} is null and {{ exporter_may_hide }}
            then 'unknown'
        when {{ exporter_value }} > 0 and {{ importer_value }} is null and {{ importer_may_hide }}
            then 'unknown'
        when {{ importer_value }} > 0 then 'only_importer_reports'
        when {{ exporter_value }} > 0 then 'only_exporter_reports'
        else 'neither_reports_a_value'
    end
{%- endmacro %}


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
