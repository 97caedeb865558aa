"""Multi-tier exposure against plain Python, and laws that hold on any supply graph."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from exposure_laboratory import ExposureLaboratory, Graph, Input, Link, Part, expected, least
from exposure_laboratory import known as known_share
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times

from chokepoint.settings import PROJECT_DIR

TIERS = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["exposure_tiers"]
# Rounded to twelve digits, and sums of a few terms.
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def laboratory(manifest):
    return ExposureLaboratory(manifest)


def zeroed(row):
    """A row with zeros for what is not known: the laws hold for what is."""
    made = {name: 0 if value is None else value for name, value in row.items()}
    return made | (
        {"share_by_tier": [0] * (TIERS + 1)}
        if "share_by_tier" in row and row["share_by_tier"] is None
        else {}
    )


def shares():
    """Bounds and figure in order, any of them unknown."""
    figures = st.lists(st.integers(0, 100), min_size=3, max_size=3).map(sorted)
    holes = st.tuples(st.booleans(), st.booleans(), st.booleans())
    return st.tuples(figures, holes).map(
        lambda pair: tuple(
            None if hole else figure / 100 for figure, hole in zip(*pair, strict=True)
        )
    )


@st.composite
def graphs(draw):
    """Up to seven parts, cycles and sums above one included."""
    names = [f"p{number}" for number in range(draw(st.integers(2, 7)))]
    parts = tuple(
        Part(
            name,
            "final" if number == 0 else draw(st.sampled_from(("final", "component"))),
            draw(st.sampled_from(("847989", "850511", None))),
            draw(st.booleans()),
        )
        for number, name in enumerate(names)
    )
    evidence = st.sampled_from(("verified", "declared"))
    pairs = [(part, other) for part in names for other in names if part != other]
    inputs = tuple(
        Input(*pair, draw(shares()), draw(st.booleans()), draw(evidence))
        for pair in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=10))
    )
    sites = {"s1": ("f1", "CHN"), "s2": ("f1", "DEU"), "s3": ("f2", "CHN")}
    # Of the last one nobody knows where it stands.
    supplies = [(part, site) for part in names for site in (*sites, "s4")]
    links = tuple(
        Link(*pair, draw(shares()), draw(evidence))
        for pair in draw(st.lists(st.sampled_from(supplies), unique=True, max_size=8))
    )
    lost = draw(st.lists(st.sampled_from(links), max_size=2)) if links else []
    return Graph(
        parts,
        inputs,
        links,
        sites,
        {("M1", "850511"): draw(st.sampled_from(((1, 1, 1), (0, None, 1))))},
        {"M1": ("CHN",)},
        {"losses": {(one.part, one.site): 0.5 for one in lost}, "nothing-changes": {}},
    )


@ten_times
@given(made=several(graphs()), data=st.data())
def test_laws_hold_on_any_graph(laboratory, made, data):
    """All laws on each graph: what takes long is their way through the models."""
    made = [replace(graph, covered=made[0].covered) for graph in made]
    laboratory.fill(*made)
    before = []
    for number, graph in enumerate(made):
        as_made = laboratory.shares_of(number)
        rows = {key: zeroed(row) for key, row in as_made.items()}
        chokepoints = laboratory.of("fct_chokepoints", number)
        check_models_equal_plain_python(rows, graph)
        check_a_scenario_without_changes_equals_the_base(as_made, chokepoints)
        check_chokepoints_summarise_the_shares(rows, chokepoints, graph)
        check_an_unknown_supplier_stays_in_every_answer(laboratory, graph, number)
        before.append(rows)
    laboratory.fill(*[
        graph.without(data.draw(st.sampled_from(edges)))
        if (edges := [*graph.inputs, *graph.links])
        else graph
        for graph in made
    ])  # fmt: skip
    for number, rows in enumerate(before):
        after = {key: zeroed(row) for key, row in laboratory.shares_of(number).items()}
        check_a_row_less_never_raises_exposure(rows, after)


def check_models_equal_plain_python(rows, graph):
    wanted = expected(graph, TIERS)
    for key, row in rows.items():
        if key[0] != "base" and key[3] != "lost_supply":
            continue
        exposure, steps = wanted[key]
        got = tuple(
            row[name]
            for name in ("exposure_low", "exposure_share", "exposure_high", "weakest_link_share")
        )
        assert got == pytest.approx(tuple(exposure), abs=TOLERANCE), key
        assert row["share_by_tier"] == pytest.approx(steps, abs=TOLERANCE), key
    # What has no row is not exposed by any row of the graph, and unknown as any stranger is.
    for key, (exposure, _) in wanted.items():
        if key not in rows:
            assert (exposure.low, exposure.share, exposure.weakest) == (0, 0, 0), key


def check_a_row_less_never_raises_exposure(before, after):
    assert after.keys() <= before.keys()
    for key, row in after.items():
        for figure in ("exposure_low", "exposure_share", "weakest_link_share"):
            assert row[figure] <= before[key][figure] + TOLERANCE, (key, figure)


def check_a_scenario_without_changes_equals_the_base(rows, chokepoints):
    def under(scenario):
        return {
            key[1:]: {name: value for name, value in row.items() if name != "scenario_id"}
            for key, row in rows.items()
            if key[0] == scenario
        }

    assert under("nothing-changes") == under("base")
    assert under("base").items() <= under("losses").items()
    base, unchanged = (
        [
            {name: value for name, value in row.items() if name != "scenario_id"}
            for row in chokepoints
            if row["scenario_id"] == scenario
        ]
        for scenario in ("base", "nothing-changes")
    )
    assert base == unchanged


def check_chokepoints_summarise_the_shares(rows, chokepoints, graph):
    products = sum(part.kind == "final" for part in graph.parts)
    groups = {}
    for key, row in rows.items():
        groups.setdefault((key[0], key[1], key[3], key[4]), []).append(row)
    assert len(chokepoints) == len(groups)
    for row in map(zeroed, chokepoints):
        key = tuple(
            row[name] for name in ("scenario_id", "evidence_scope", "target_kind", "target_id")
        )
        group = groups[key]
        assert row["products"] == products
        assert row["products_reached"] == len(group)
        assert row["reached_share"] == pytest.approx(len(group) / products)
        for figure in ("exposure_low", "exposure_share", "weakest_link_share"):
            mean = sum(one[figure] for one in group) / products
            assert row[f"mean_{figure}"] == pytest.approx(mean, abs=TOLERANCE)
        assert row["largest_exposure_share"] == max(one["exposure_share"] for one in group)


def check_an_unknown_supplier_stays_in_every_answer(laboratory, graph, number):
    """Who is unknown may need a licence: no controlled part is left out for lack of a name."""
    wanted = {}
    for part in (one for one in graph.parts if one.code == "850511"):
        links = [one for one in graph.links if one.part == part.name]
        for link in links:
            if link.site not in graph.sites:
                wanted[part.name, link.site] = True
            elif graph.sites[link.site][1] == "CHN":
                wanted[part.name, link.site] = False
        is_made_by_its_owner = part.kind == "final" and not links
        is_open = sum(least(one.share) for one in links) < 1
        is_whole = sum(known_share(one.share) for one in links) >= 0.999999
        if is_open and not is_whole and not is_made_by_its_owner:
            wanted[part.name, None] = True
    found = laboratory.unknown_suppliers(number)
    assert {key: reason is not None for key, reason in found.items()} == wanted
    ends = {row["end_part_id"] for row in laboratory.of("fct_exposure_paths", number)
            if row["is_end_controlled"]}  # fmt: skip
    assert ends <= {part for part, _ in found}


def exact(value):
    return (value, value, value)


def test_a_cycle_ends_after_the_tiers_asked_for(laboratory):
    graph = Graph(
        parts=(Part("a", "final"), Part("b"), Part("c")),
        inputs=tuple(Input(*pair, exact(0.5)) for pair in ("ab", "bc", "cb")),
        links=(Link("c", "s1", exact(0.5)),),
        sites={"s1": ("f1", "CHN")},
    )
    row = laboratory.shares(graph)["base", "all", "a", "site", "s1"]
    assert row["share_by_tier"] == pytest.approx([0, 0, 0.125, 0, 0.5**5 * 0.5])
    paths = laboratory.rows("fct_exposure_paths")
    assert [one["path"] for one in paths] == ["a > b > c"]


def test_paths_are_the_heaviest_and_the_rest_is_counted(manifest):
    """Every simple path to a part with one supplier, by weight, against plain recursion."""
    parts = [Part("car", "final")] + [Part(f"p{number}") for number in range(12)]
    inputs, draw = [], 7
    for number in range(12):
        draw = draw * 1103515245 % 2147483647
        inputs.append(Input("car", f"p{number}", exact(draw % 97 / 1000)))
        for other in range(number + 1, 12):
            draw = draw * 1103515245 % 2147483647
            inputs.append(Input(f"p{number}", f"p{other}", exact((draw % 97 + 1) / 1000)))
    single = {"p3", "p8", "p11"}
    graph = Graph(
        tuple(parts),
        tuple(one for one in inputs if one.share[0]),
        tuple(Link(name, "s1", exact(1)) for name in sorted(single)),
        {"s1": ("f1", "CHN")},
    )
    below = {}
    for one in graph.inputs:
        below.setdefault(one.part, []).append((one.component, one.share[0]))

    def walk(path, weight):
        for component, share in below.get(path[-1], ()):
            if component in single:
                yield (*path, component), weight * share
            if len(path) < TIERS:
                yield from walk((*path, component), weight * share)

    everything = sorted(walk(("car",), 1.0), key=lambda one: -one[1])
    nodes, paths = manifest["nodes"], "model.chokepoint.int_exposure__paths"
    few = nodes[paths]["compiled_code"].replace("100000", "100")
    laboratory = ExposureLaboratory(
        manifest | {"nodes": {**nodes, paths: {**nodes[paths], "compiled_code": few}}}
    )
    laboratory.fill(graph)
    rows = laboratory.rows("fct_exposure_paths")
    assert len(everything) > len(rows) == 100
    assert {row["ways_in_all"] for row in rows} == {len(everything)}
    assert [row["weight"] for row in rows] == pytest.approx([one[1] for one in everything[:100]])
    assert {row["path"] for row in rows} <= {" > ".join(path) for path, _ in everything}


def test_no_part_is_lost_that_only_a_bill_of_materials_names(laboratory):
    """What is in it is unknown, so the upper bound is open and nothing else."""
    graph = Graph(
        parts=(Part("car", "final"),),
        inputs=(Input("car", "nowhere", exact(0.4)), Input("car", "ghost", exact(0.1))),
        links=(Link("ghost", "s1", exact(1)),),
        sites={"s1": ("f1", "CHN")},
    )
    row = laboratory.shares(graph)["base", "all", "car", "site", "s1"]
    assert row["exposure_share"] == pytest.approx(0.1)
    assert row["exposure_high"] == pytest.approx(0.5)


def test_a_site_without_a_country_may_be_an_exporter(laboratory):
    graph = Graph(
        parts=(Part("chip", "final", "850511"),),
        links=(Link("chip", "nowhere", exact(0.6)), Link("chip", "s1", exact(0.4))),
        sites={"s1": ("f1", "DEU")},
        covered={("M1", "850511"): (1, 1, 1)},
        exporters={"M1": ("CHN",)},
    )
    row = laboratory.shares(graph)["base", "all", "chip", "measure", "M1"]
    assert (row["exposure_low"], row["exposure_share"]) == (0, None)
    assert row["exposure_high"] == pytest.approx(0.6)
    ((key, reason),) = laboratory.unknown_suppliers().items()
    assert key == ("chip", "nowhere")
    assert "country is unknown" in reason


def test_an_unknown_share_is_null_and_not_zero(laboratory):
    nothing = (None, None, None)
    graph = Graph(
        parts=(Part("car", "final"), Part("chip")),
        inputs=(Input("car", "chip", nothing),),
        links=(Link("chip", "s1", nothing),),
        sites={"s1": ("f1", "CHN")},
    )
    row = laboratory.shares(graph)["base", "all", "car", "site", "s1"]
    assert (row["exposure_low"], row["exposure_share"], row["exposure_high"]) == (0, None, 1)
    assert row["share_by_tier"] is None
    (path,) = laboratory.rows("fct_exposure_paths")
    assert (path["weight_low"], path["weight"], path["weight_high"]) == (0, None, 1)
    choke = laboratory.rows("fct_chokepoints")[0]
    assert (choke["mean_exposure_share"], choke["products_reached"]) == (None, 1)
