{#
    The register of sources as rows: what the yml of each landed source and of each seed says
    in `config.meta` about producer, licence, access date, cadence and caution. The yml is the
    one place where it is written; this macro turns it into the table `meta.sources`. The source
    has the name of its table where `source_id` says no other.
#}
{% macro source_registry() %}
    {% set fields = [
        "source_id", "producer", "title", "url", "licence", "licence_url", "our_licence",
        "accessed", "cadence", "revision_policy", "max_age_days", "publication_lag_days", "caution",
        "data_origin",
    ] %}
    {% set entries = [] %}
    {% if execute %}
        {% for source in graph.sources.values() if source.source_name == "landing" %}
            {% do entries.append(("landed file", source)) %}
        {% endfor %}
        {% for seed in graph.nodes.values() if seed.resource_type == "seed" %}
            {% do entries.append(("seed", seed)) %}
        {% endfor %}
    {% endif %}
    {% set rows = [] %}
    {% for kind, node in entries if node.config.meta and node.config.meta.get("producer") %}
        {% set meta = node.config.meta %}
        {% set values = ["'" ~ kind ~ "'", "'" ~ node.name ~ "'"] %}
        {% set stated = {"source_id": node.name, "description": node.description} %}
        {% do stated.update(meta) %}
        {% for field in ["description"] + fields %}
            {# A text as a SQL literal; none becomes null. #}
            {% set text = "" if stated.get(field) is none else stated[field] | string | trim %}
            {% set literal = "'" ~ text | replace("'", "''") ~ "'" if text else "null::varchar" %}
            {% do values.append(literal) %}
        {% endfor %}
        {% do rows.append("(" ~ values | join(", ") ~ ")") %}
    {% endfor %}
    {% if rows %}
    select * from (values
        {{ rows | sort | join(",\n        ") }}
    ) as registry (delivery_kind, table_name, description, {{ fields | join(", ") }})
    {% else %}
    select
        null::varchar as delivery_kind, null::varchar as table_name, null::varchar as description,
        {% for field in fields %}null::varchar as {{ field }}, {% endfor %}
    where false
    {% endif %}
{% endmacro %}
