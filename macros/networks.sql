{#
    Measures of a trade network: countries are nodes, a flow runs from exporter to importer.
#}

{#
    Freeman centralisation, an aggregate over the nodes of one network: how far the most central
    node stands above all others, sum of (largest - own) over the nodes, as a share of the
    `largest_possible` value of that sum in a network of as many nodes. For shares that add up to
    one that is n - 1 (one node has everything); for the degree of an undirected graph
    (n - 1)(n - 2), a star. Null where it is zero: one node has no centre.
    Freeman (1979), Centrality in social networks.
#}
{% macro freeman_centralisation(centrality, largest_possible) -%}
    cast(count(*) * max({{ centrality }}) - sum({{ centrality }}) as double)
    / nullif(cast({{ largest_possible }} as double), 0)
{%- endmacro %}
