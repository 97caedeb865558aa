{#
    Mann-Kendall test of a trend. `ties` is the sum over groups of t equal values of
    t (t - 1) (2 t + 5); without ties it is 0.
#}
{% macro mann_kendall_variance(period_count, ties) -%}
    (
        {{ period_count }} * ({{ period_count }} - 1) * (2 * {{ period_count }} + 5) - {{ ties }}
    ) / 18.0
{%- endmacro %}


{# Standard score of the Mann-Kendall sum, with the correction for continuity. #}
{% macro mann_kendall_score(score_sum, variance) -%}
    ({{ score_sum }} - sign({{ score_sum }})) / sqrt(nullif({{ variance }}, 0))
{%- endmacro %}


{# Horner's scheme: coefficients from the highest power down. #}
{% macro polynomial(variable, coefficients) -%}
    {%- set terms = namespace(sql=coefficients[0] ~ 'e0') -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set terms.sql = '(' ~ terms.sql ~ ' * ' ~ variable ~ ' + ' ~ coefficient ~ 'e0)' -%}
    {%- endfor -%}
    {{ terms.sql }}
{%- endmacro %}


{#
    Two-sided p of a standard normal score: erfc(|z| / sqrt 2). DuckDB has no error function, so
    this is the rational approximation of W. J. Cody, Mathematics of Computation 23 (1969),
    631-637, whose relative error is below 1e-15. Tested against Python's math.erfc.
#}
{% macro two_sided_normal_p(score) -%}
    {%- set root = '(abs(' ~ score ~ ') / sqrt(2.0e0))' -%}
    {%- set square = '(' ~ root ~ ' * ' ~ root ~ ')' -%}
    {%- set inverse = '(1 / ' ~ square ~ ')' -%}
    case
        when {{ root }} <= 0.46875
            then
                1 - {{ root }} * {{ polynomial(square, [
                    '0.185777706184603153', '3.16112374387056560', '113.864154151050156',
                    '377.485237685302021', '3209.37758913846947',
                ]) }}
                / {{ polynomial(square, [
                    '1.0', '23.6012909523441209', '244.024637934444173',
                    '1282.61652607737228', '2844.23683343917062',
                ]) }}
        when {{ root }} <= 4
            then
                exp(-{{ square }}) * {{ polynomial(root, [
                    '0.0000000215311535474403846', '0.564188496988670089', '8.88314979438837594',
                    '66.1191906371416295', '298.635138197400131', '881.952221241769090',
                    '1712.04761263407058', '2051.07837782607147', '1230.33935479799725',
                ]) }}
                / {{ polynomial(root, [
                    '1.0', '15.7449261107098347', '117.693950891312499', '537.181101862009858',
                    '1621.38957456669019', '3290.79923573345963', '4362.61909014324716',
                    '3439.36767414372164', '1230.33935480374942',
                ]) }}
        when {{ root }} > 4
            then
                exp(-{{ square }}) / {{ root }} * (
                    0.56418958354775628695e0
                    - {{ inverse }} * {{ polynomial(inverse, [
                        '0.0163153871373020978', '0.305326634961232344', '0.360344899949804439',
                        '0.125781726111229246', '0.0160837851487422766', '0.000658749161529837803',
                    ]) }}
                    / {{ polynomial(inverse, [
                        '1.0', '2.56852019228982242', '1.87295284992346047',
                        '0.527905102951428412', '0.0605183413124413191', '0.00233520497626869185',
                    ]) }}
                )
    end
{%- endmacro %}
