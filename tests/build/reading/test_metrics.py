"""Metrics by name: MetricFlow's SQL on the published file gives the figures of the marts."""

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from chokepoint.cli.app import app
from chokepoint.errors import ChokepointError
from chokepoint.reading import metrics
from chokepoint.settings import Settings

EU = (("reporter_code", "EU27"),)
MAGNETS = (*EU, ("source_id", "baci_hs17_bilateral"), ("product_code", "850511"))
BILATERAL = (*EU, ("source_id", "baci_hs92_bilateral"))
YEAR = (("period", "2024"),)
EU_TRADE = (*BILATERAL, ("partner_iso3", "CHN"))
VERDICTS = (*BILATERAL, *YEAR)
SYNTHETIC = (("data_origin", "synthetic"),)
WHOLE = (*SYNTHETIC, ("stratum_kind", "all"))
COVER = (("scenario_id", "base"), ("graph_id", "sample-carmaker"))

CELLS = "from marts.fct_import_concentration where reporter_code = 'EU27'"
LAW_TODAY = "from reports.rpt_measure_states_today where claim_group = 'base' and state"

# Metrics, dimensions to group by, values that dimensions have, and the same from the mart itself.
FIGURES = {
    "hhi of magnets": (["hhi_extra_eu", "top_supplier_share_extra_eu"], ["period"], MAGNETS,
        f"select period, hhi_value, top_supplier_value_share {CELLS}"
        " and supplier_scope = 'extra_eu' and source_id = 'baci_hs17_bilateral'"
        " and product_code = '850511'",
    ),
    "hhi weighted by imports": (
        ["hhi_import_weighted_extra_eu", "import_value_eur_extra_eu"], ["period"], BILATERAL,
        "select period, sum(hhi_value * import_value_eur)"
        " / sum(import_value_eur) filter (where hhi_value is not null), sum(import_value_eur)"
        f" {CELLS} and supplier_scope = 'extra_eu' and source_id = 'baci_hs92_bilateral'"
        " group by period",
    ),
    "extra-EU share": (["extra_eu_share"], ["product_code", "period"], BILATERAL,
        "select product_code, period, extra_eu_import_value_eur"
        f" / (extra_eu_import_value_eur + intra_eu_import_value_eur) {CELLS}"
        " and supplier_scope = 'all' and source_id = 'baci_hs92_bilateral'",
    ),
    "extra-EU share of all products together": (["extra_eu_share"], ["period"], BILATERAL,
        "select period, sum(extra_eu_import_value_eur)"
        f" / sum(extra_eu_import_value_eur + intra_eu_import_value_eur) {CELLS}"
        " and supplier_scope = 'all' and source_id = 'baci_hs92_bilateral' group by period",
    ),
    "trade under measures by state": (
        [f"trade_under_measures_eur_{bound}" for bound in ("low", "high")],
        ["law_state", "product_code", "period"], EU_TRADE,
        "select state, product_code, period, value_eur_low, value_eur_high"
        " from marts.fct_trade_under_measures where reporter_code = 'EU27'"
        " and partner_iso3 = 'CHN' and source_id = 'baci_hs92_bilateral'"
        " and state <> 'not_covered'",
    ),
    "trade under measures, central": (
        ["trade_under_measures_eur_central"], ["product_code", "period"], EU_TRADE,
        "select product_code, period, case when count(value_eur_central) = count(*)"
        " then sum(value_eur_central) end from marts.fct_trade_under_measures"
        " where reporter_code = 'EU27' and partner_iso3 = 'CHN' and state <> 'not_covered'"
        " and source_id = 'baci_hs92_bilateral' group by all",
    ),
    "share under measures": (
        ["share_under_measures_low", "share_under_measures_high"], ["period"], EU_TRADE,
        "select period, coalesce(sum(value_eur_low) filter (where state <> 'not_covered'), 0)"
        " / sum(product_value_eur) filter (where state = 'not_covered'),"
        " coalesce(sum(value_eur_high) filter (where state <> 'not_covered'), 0)"
        " / sum(product_value_eur) filter (where state = 'not_covered')"
        " from marts.fct_trade_under_measures where reporter_code = 'EU27'"
        " and partner_iso3 = 'CHN' and source_id = 'baci_hs92_bilateral' group by period",
    ),
    "in force": (["measures_in_force_today"], [], (),
        f"select count(distinct measure_id) {LAW_TODAY} = 'in_force'",
    ),
    "suspended": (["measures_suspended_today"], [], (),
        f"select count(distinct measure_id) {LAW_TODAY}"
        " in ('suspended', 'suspended_before_effect')",
    ),
    "lapsed": (["measures_lapsed_presumed_today"], [], (),
        f"select count(distinct measure_id) {LAW_TODAY} = 'lapsed_presumed'",
    ),
    "days left": (["days_to_next_end"], ["law_state"], (),
        "select state, min(days_left) from reports.rpt_measures_ending_soon"
        " where claim_group = 'base' and days_left >= 0 group by state",
    ),
    "verdicts": (["dependent_products", "dependent_product_share"], ["definition_id"], VERDICTS,
        "select definition_id, count(*) filter (where is_dependent),"
        " count(*) filter (where is_dependent)"
        " / nullif(count(*) filter (where is_dependent is not null), 0)"
        " from marts.fct_dependency_verdicts where reporter_code = 'EU27'"
        " and source_id = 'baci_hs92_bilateral' and period = '2024' group by definition_id",
    ),
    "supply risk": (["supply_risk"], ["material", "stage", "assessment_id"], (),
        "select material, stage, assessment_id, supply_risk from marts.fct_supply_risk",
    ),
    "licences by month": (["licences_pending", "clearance_ratio"], ["month_start"], WHOLE,
        "select cast(period || '-01' as date), closing, clearance_ratio"
        " from marts.fct_licence_backlog where data_origin = 'synthetic' and stratum_kind = 'all'",
    ),
    "stock cover": (
        ["days_to_first_stock_out", "share_of_positions_unknown"],
        ["arrivals_case", "site_id"], COVER,
        "select arrivals_case, site_id, min(days_of_cover_p10),"
        " count(*) filter (where status not in ('known', 'no_use')) / count(*)"
        " from marts.fct_stock_cover where scenario_id = 'base'"
        " and graph_id = 'sample-carmaker' group by all",
    ),
    "stale sources": (["stale_sources"], ["cadence"], (),
        "select cadence, count(*) from reports.rpt_source_freshness where is_stale group by all",
    ),
}  # fmt: skip

# What BI would add up or average by mistake: the metric is empty rather than wrong.
NONSENSE = {
    "an HHI over products": (["hhi_extra_eu"], [], MAGNETS[:2]),
    "an HHI over years": (
        ["hhi_extra_eu", "top_supplier_share_extra_eu"], ["product_code"], MAGNETS
    ),
    "a weighted HHI over sources": (["hhi_import_weighted_extra_eu"], [], EU),
    "imports of two sources": (["import_value_eur_extra_eu"], ["period"], (*EU, *YEAR)),
    "a share of all importers together": (
        ["extra_eu_share"], ["period"], (("source_id", "baci_hs92_bilateral"),)
    ),
    "trade of two sources": (["trade_under_measures_eur_high"], [], EU),
    "a central value where one is unknown": (
        ["trade_under_measures_eur_central"], ["source_id"], (*EU_TRADE, *YEAR)
    ),
    "products dependent under all definitions": (["dependent_products"], [], VERDICTS),
    "supply risk over stages": (["supply_risk"], ["assessment_id"], ()),
    "pending of all kinds of groups": (["licences_pending", "clearance_ratio"], [], SYNTHETIC),
    "stock of all scenarios": (["days_to_first_stock_out"], [], ()),
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(full_build):
    return Settings(data_dir=full_build.data_dir)


@pytest.fixture(scope="module")
def sql(settings):
    """SQL by question; one process of MetricFlow makes all of it."""
    asked = {name: metrics.Request(*map(tuple, spec[:3])) for name, spec in FIGURES.items()}
    asked["pending in the end"] = metrics.Request(("licences_pending",), (), WHOLE)
    return dict(zip(asked, metrics.compile_sql(settings, list(asked.values())), strict=True))


def answers(con, sql, by):
    """Rows in order with ten digits (sums of doubles differ in the last), `by` columns first, those
    without any figure left out."""
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description]
    first = [
        next(
            (place for place, found in enumerate(names) if f"__{name}__" in f"{found}__"), position
        )
        for position, name in enumerate(by)
    ]
    order = [*first, *range(len(by), len(names))]

    def value(cell):
        if isinstance(cell, dt.date):
            return cell.isoformat()[:10]
        return cell if isinstance(cell, str | None) else float(f"{float(cell):.10g}")

    rows = [tuple(value(row[place]) for place in order) for row in cursor.fetchall()]
    return sorted((row for row in rows if set(row[len(by) :]) != {None}), key=repr)


@pytest.mark.parametrize("question", FIGURES)
def test_a_metric_is_the_figure_of_the_mart(published, sql, question):
    _, by, _, mart = FIGURES[question]
    found = answers(published, sql[question], by)
    expected = answers(published, mart, by)
    assert found == expected
    # On some days to come nothing ends within 90 days.
    assert found or question == "days left"


@pytest.mark.parametrize("question", NONSENSE)
def test_an_empty_metric_says_what_it_mixes_and_its_advice_gives_figures(settings, question):
    names, by, where = NONSENSE[question]
    asked = metrics.Request(*map(tuple, (names, by, where)))
    answer = metrics.ask(settings, asked)
    assert {cell for row in answer.rows for cell in row[-len(names) :]} == {None}
    notes = [note for note in answer.notes if "synthetic" not in note]
    assert [note.partition(": ")[0] for note in notes] == names
    note = notes[0]
    if "where one is unknown" in question:
        assert "Empty where the covered share of one code is not known" in note
        return
    assert "since a group mixes what does not add up: " in note, note
    advised = tuple(note.split("--by ")[1].split(", or for one")[0].split(","))
    assert advised[: len(by)] == tuple(by)
    assert len(advised) > len(by)
    followed = metrics.ask(settings, metrics.Request(asked.metrics, advised, asked.where))
    assert any(row[-1] is not None for row in followed.rows)
    assert not any("mixes" in said for said in followed.notes), followed.notes


def test_a_guarded_metric_names_what_a_group_is_one_of(settings):
    """The words about an empty answer come from this list: a guard without one has none."""
    manifest = json.loads((settings.dbt_target_dir / metrics.MANIFEST).read_text())
    guarded = {
        metric["name"]
        for metric in manifest["metrics"]
        if metric["type"] == "derived" and " = 1" in metric["type_params"]["expr"]
    }
    listed = {metric.name: metric for metric in metrics.list_metrics(settings)}
    assert {name for name, metric in listed.items() if metric.one_of} == guarded
    assert all(set(metric.one_of) <= set(metric.dimensions) for metric in listed.values())


@pytest.mark.parametrize(
    ("request_", "note"),
    [
        (metrics.Request(("hhi_extra_eu",), ("period",), (*EU, ("product_code", "999999"))),
         "hhi_extra_eu: no row for reporter_code EU27 and product_code 999999."
         " With reporter_code EU27 there is no product_code of heading 9999."),
        (metrics.Request(("hhi_extra_eu",), ("period",), (*EU, ("product_code", "850519"))),
         "hhi_extra_eu: no row for reporter_code EU27 and product_code 850519."
         " With reporter_code EU27 there is product_code 85051"),
        (metrics.Request(("stale_sources",), (), (("cadence", "hourly"),)),
         "stale_sources: no row for cadence hourly."),
    ],
)  # fmt: skip
def test_a_filter_that_nothing_fits_says_what_exists(settings, request_, note):
    (found,) = metrics.ask(settings, request_).notes
    assert found.startswith(note), found
    assert found.endswith(("nowhere in marts.fct_import_concentration.", "_freshness.")), found


def test_an_answer_of_none_and_an_answer_with_figures_need_no_words(settings):
    assert metrics.ask(settings, metrics.Request(("supply_risk",), ("material",), ())).notes
    fresh = metrics.Request(("measures_in_force_today",), (), (("law_state", "suspended"),))
    assert metrics.ask(settings, fresh) == metrics.Answer(
        ["data_origin", "measures_in_force_today"], [("real", 0)], []
    )
    figures = metrics.Request(("hhi_extra_eu",), ("period",), MAGNETS)
    assert metrics.ask(settings, figures).notes == []


def test_synthetic_rows_stand_apart_and_are_named(settings):
    """Whatever is asked: a figure of them is never one with others, and never without a word."""
    cover = metrics.ask(settings, metrics.Request(("days_to_first_stock_out",)))
    assert cover.columns == ["data_origin", "days_to_first_stock_out"]
    assert "synthetic" in {row[0] for row in cover.rows}
    pending = metrics.ask(settings, metrics.Request(("licences_pending",), ("stratum",), ()))
    assert pending.columns == ["stratum", "data_origin", "licences_pending"]
    assert {origin for _, origin, _ in pending.rows} == {"synthetic"}
    assert "rows are synthetic" in pending.notes[-1]
    with pytest.raises(ChokepointError, match="licences_pending may be synthetic"):
        metrics.ask(settings, metrics.Request(("hhi_extra_eu", "licences_pending")))


def test_no_relation_without_the_dimension_reads_synthetic_tables(settings, published):
    """Its rows could not be told apart."""
    for metric in metrics.list_metrics(settings):
        if "data_origin" not in metric.dimensions:
            found = published.execute(
                "select table_name from meta.relation_origins inner join meta.sources"
                " using (table_name) where relation_name = ? and data_origin = 'synthetic'",
                [metric.relation.partition(".")[2]],
            ).fetchall()
            assert found == [], metric.name


def test_a_day_is_a_value_of_a_dimension_of_days(settings):
    by_day = metrics.Request(("hhi_extra_eu",), (), (*MAGNETS, ("period_start", "2024-01-01")))
    by_year = metrics.Request(("hhi_extra_eu",), (), (*MAGNETS, *YEAR))
    assert metrics.ask(settings, by_day).rows == metrics.ask(settings, by_year).rows != []


def test_a_stock_is_that_of_the_last_month(published, sql):
    """Backlogs of months do not add up."""
    assert (
        published.execute(sql["pending in the end"]).fetchall()
        == published.execute(
            "select arg_max(closing, period) from marts.fct_licence_backlog"
            " where data_origin = 'synthetic' and stratum_kind = 'all'"
        ).fetchall()
    )


def test_each_metric_is_compared_with_its_mart(settings):
    compared = {name for spec in FIGURES.values() for name in spec[0]}
    assert {metric.name for metric in metrics.list_metrics(settings)} == compared


def test_dbt_and_metricflow_find_no_fault_in_the_manifest(settings):
    """dbt stops at errors; what only MetricFlow minds shows here."""
    assert metrics.faults(settings) == []


def test_a_value_of_a_dimension_is_never_read_as_sql(settings, published):
    request = metrics.Request(("stale_sources",), (), (("cadence", "x' or '1' = '1"),))
    (sql,) = metrics.compile_sql(settings, [request])
    assert published.execute(sql).fetchall() in ([], [(None,)], [(0,)])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (metrics.Request(("hhi",)), "no metric hhi"),
        (metrics.Request(("extra_eu_share",), ("colour",)), "no dimension 'colour'"),
        (metrics.Request(("extra_eu_share",), (), (("period", "{{ 1 }}"),)), "braces"),
    ],
)
def test_what_is_not_there_is_named(settings, request_, message):
    with pytest.raises(ChokepointError, match=message):
        metrics.compile_sql(settings, [request_])


def test_the_command_line_lists_asks_and_shows_the_sql(settings, full_build, monkeypatch):
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(settings.data_dir))
    listed = CliRunner().invoke(app, ["metric"]).output
    assert "hhi_extra_eu (0 to 1)" in listed
    assert "import_cells_extra_eu" not in listed, "a part of others is no metric"
    asked = ["metric", "hhi_extra_eu,top_supplier_share_extra_eu", "--by", "source_id,period"]
    asked += [part for name, value in (*MAGNETS, *YEAR) for part in (f"--{name}", value)]
    answer = CliRunner().invoke(app, [*asked, "--format", "csv"]).output.splitlines()
    assert answer[0] == "source_id,period,data_origin,hhi_extra_eu,top_supplier_share_extra_eu"
    assert [line.split(",")[:2] for line in answer[1:]] == [["baci_hs17_bilateral", "2024"]]
    sql = CliRunner().invoke(app, [*asked, "--sql"]).output
    with full_build.connect() as con:
        (row,) = con.execute(sql).fetchall()
    assert {"real", *map(str, row)} == set(answer[1].split(","))
    mixed = CliRunner().invoke(app, ["metric", "supply_risk", "--format", "csv"])
    assert mixed.stdout.splitlines() == ["data_origin,supply_risk", "real,"]
    assert mixed.stderr.startswith("supply_risk: empty, since a group mixes")
    refused = CliRunner().invoke(app, [*asked, "--format", "xml"])
    assert "--format 'xml' is not known" in str(refused.exception)
