"""First answers in five minutes: five of the questions, asked of the published file.

`.venv/bin/marimo run notebooks/first_answers.py` shows it, `marimo edit` lets you change it.
After `--`: `--file PATH` names another published file, `--as-of 2026-11-25` another day.
"""

import marimo

app = marimo.App(width="medium", app_title="Chokepoint: first answers in five minutes")


@app.cell
def _():
    import datetime as dt
    import html
    import os
    import pathlib

    import altair as alt
    import duckdb
    import marimo as mo

    from chokepoint.site.words import state as state_name

    return alt, dt, duckdb, html, mo, os, pathlib, state_name


@app.cell
def _(dt, mo, os, pathlib):
    _asked = mo.cli_args()
    _data = pathlib.Path(os.environ.get("CHOKEPOINT_DATA_DIR") or "data")
    _project = pathlib.Path(__file__).resolve().parents[1]
    published = pathlib.Path(
        _asked.get("file") or _project / _data / "published" / "chokepoint.duckdb"
    )
    as_of = dt.date.fromisoformat(str(_asked.get("as-of") or dt.date.today()))
    return as_of, published


@app.cell
def _(alt, duckdb, html, mo, published):
    con = duckdb.connect(str(published), read_only=True)
    blue, orange, grey = "#0072b2", "#d55e00", "#8c8c8c"

    def ask(sql, **values):
        """Rows of a query as a frame; values are bound, never pasted into the SQL."""
        return con.execute(sql, values or None).df()

    def words(text, tag="p", **values):
        """A paragraph; what comes from the data is escaped, so that markup in it is only text."""
        shown = {name: html.escape(str(value)) for name, value in values.items()}
        return mo.Html(f"<{tag}>{text.format(**shown)}</{tag}>")

    def note(text, **values):
        """The line below a chart: source, certainty, what to beware of."""
        return words(f"<small>{text}</small>", **values)

    def listing(frame):
        """A plain table of a frame, with everything in it escaped."""
        head = "".join(f"<th align='left'>{html.escape(str(name))}</th>" for name in frame.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
            for row in frame.itertuples(index=False)
        )
        return mo.Html(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def bars(frame, **options):
        """The start of a chart of a frame, or nothing where there are no rows."""
        return alt.Chart(frame, width=560, **options)

    return blue, grey, orange, ask, bars, con, listing, note, words


@app.cell
def _(as_of, ask, mo, words):
    build = ask("select release_id, built_at from meta.build").iloc[0]
    mo.vstack(
        [
            mo.md("# First answers in five minutes"),
            words(
                "Asked of release <b>{release}</b> for <b>{day}</b>, with what was known on that "
                "day. Each answer says where it comes from and how sure it is.",
                release=build.release_id,
                day=as_of,
            ),
        ]
    )
    return (build,)


@app.cell
def _(blue, orange, state_name, alt, as_of, ask, bars, listing, mo, note, words):
    states = ask(
        "select state, count(distinct measure_id) as measures"
        " from reports.measure_state($day, $day) where claim_group = 'base'"
        " group by state order by measures desc, state",
        day=as_of,
    )
    states["shown"] = states["state"].map(state_name)
    ending = ask(
        "select measure_id as measure, title, state, cast(ends_on as varchar) as ends_on,"
        " days_left, certainty"
        " from reports.measures_ending($day, 90, $day)"
        " where claim_group = 'base' and days_left >= 0"
        " order by days_left, measure_id, clause_id",
        day=as_of,
    )
    in_force = int(states.loc[states.state == "in_force", "measures"].sum())
    suspended = int(states.loc[states.state.str.startswith("suspended"), "measures"].sum())
    presumed = int(states.loc[states.state == "lapsed_presumed", "measures"].sum())
    _base = bars(states).encode(
        x=alt.X("measures:Q", title="measures", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("shown:N", sort="-x", title=None, axis=alt.Axis(labelLimit=260)),
    )
    law_chart = _base.mark_bar().encode(
        color=alt.condition("datum.state == 'in_force'", alt.value(orange), alt.value(blue))
    ) + _base.mark_text(align="left", dx=4).encode(text="measures:Q")
    mo.vstack(
        [
            mo.md("## 1. What is in force, and what is only suspended?"),
            words(
                "Counting all countries, {in_force} measures are in force and {suspended} are "
                "suspended. The suspension "
                "of {presumed} has run out without a later act on record: they are presumed back, "
                "which no act confirms. A suspended measure is neither in force nor repealed.",
                in_force=in_force,
                suspended=suspended,
                presumed=presumed,
            ),
            law_chart,
            words("Ending within 90 days: {count}.", count=len(ending)),
            listing(ending),
            note(
                "Source: acts in marts.dim_act. Certainty: as listed; rival readings of the same "
                "days stand in reports.measure_state with another claim_group. No legal advice."
            ),
        ]
    )
    return ending, in_force, law_chart, presumed, states, suspended


@app.cell
def _(blue, grey, alt, ask, bars, mo, note, words):
    shares = ask(
        "select cast(period as integer) as year, value_share as share"
        " from marts.fct_partner_shares"
        " where reporter_code = 'EU27' and supplier_scope = 'extra_eu'"
        # From 2010 the largest flows, in 2022 and 2024 all of them.
        " and source_id in ('baci_eu27_figures', 'baci_hs17_bilateral')"
        " and product_code = '850511' and partner_iso3 = 'CHN'"
        " qualify row_number() over (partition by period order by source_id desc) = 1"
        " order by year"
    )
    verdicts = ask(
        "select definition_name, is_dependent, certainty from marts.fct_dependency_verdicts"
        " where reporter_code = 'EU27' and source_id = 'baci_hs17_bilateral'"
        " and product_code = '850511' and period = '2024' order by definition_name"
    )
    dependent = int(verdicts.is_dependent.eq(True).sum())
    independent = int(verdicts.is_dependent.eq(False).sum())
    _line = bars(shares, height=220).encode(
        x=alt.X("year:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1)),
        y=alt.Y(
            "share:Q",
            title="China's share of extra-EU imports, by value",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%"),
        ),
    )
    _limit = alt.Chart(alt.Data(values=[{"limit": 0.65, "text": "65 %: CRM Act"}]))
    share_chart = (
        _limit.mark_rule(strokeDash=[4, 4], color=grey).encode(y="limit:Q")
        + _limit.mark_text(align="left", dy=10, x=4, color=grey).encode(y="limit:Q", text="text:N")
        + _line.mark_line(point=True, color=blue)
        + _line.transform_filter("datum.year == 2010 || datum.year == 2024")
        .mark_text(dy=-12)
        .encode(text=alt.Text("share:Q", format=".0%"))
    )
    mo.vstack(
        [
            mo.md("## 2. Do we depend on one country for permanent magnets (HS 8505 11)?"),
            words(
                "China's share was {first:} in {first_year} and {last} in {last_year}. In 2024 the "
                "EU27 is dependent under {dependent} published definitions and not under "
                "{independent}; the rest give no verdict.",
                first=f"{shares.share.iloc[0]:.0%}",
                first_year=shares.year.iloc[0],
                last=f"{shares.share.iloc[-1]:.0%}",
                last_year=shares.year.iloc[-1],
                dependent=dependent,
                independent=independent,
            ),
            share_chart,
            note(
                "Source: BACI (CEPII), aggregates of the EU27; HS 2002 to 2016, HS 2017 from 2017. "
                "Certainty: reconciled annual figures of the largest flows (partial_coverage). "
                "Definitions side by side: queries/a05_dependency_by_definition.sql."
            ),
        ]
    )
    return dependent, independent, share_chart, shares, verdicts


@app.cell
def _(blue, orange, state_name, alt, as_of, ask, bars, mo, note, words):
    trade_totals = ask(
        "select state, value_eur_low / 1e6 as low, high_of_codes_with_figures / 1e6 as high,"
        " format('{:,.1f}, {} of {} codes', cast(high as double), codes_with_trade, codes_listed)"
        " as of_codes, headline"
        " from reports.trade_totals('EU27', 'CHN', $day, $day) order by high desc, state",
        day=as_of,
    )
    trade_years = ask(
        "select distinct weight_period from reports.trade_under_measures('EU27', 'CHN', $day, $day)"
        " where measure_count > 0 order by weight_period",
        day=as_of,
    )
    trade_totals["shown"] = trade_totals["state"].map(state_name)
    covered = trade_totals.dropna(subset=["high"])
    trade_headline = " ".join(trade_totals.headline[trade_totals.state == "in_force"])
    _base = bars(covered).encode(
        y=alt.Y("shown:N", sort=None, title=None, axis=alt.Axis(labelLimit=260))
    )
    trade_chart = (
        _base.mark_bar(height=10).encode(
            x=alt.X("low:Q", title="EUR million a year"),
            x2="high:Q",
            color=alt.condition("datum.state == 'in_force'", alt.value(orange), alt.value(blue)),
        )
        + _base.mark_tick(thickness=2, color="black").encode(x="low:Q")
        + _base.mark_text(align="left", dx=5).encode(x="high:Q", text="of_codes:N")
    )
    mo.vstack(
        [
            mo.md("## 3. How much of our trade with China is under it?"),
            words(
                "Imports of the EU27 from China under measures in force. {headline} The range is "
                "wide because a tariff code holds more goods than a measure names.",
                headline=trade_headline,
            ),
            trade_chart,
            note(
                "Source: BACI and Comext, weights of {year}. Certainty: bounds of the listed codes "
                "with figures, as many as stand beside each bar; each unit counts once, in the "
                "strictest state of the measures on it.",
                year=", ".join(trade_years.weight_period),
            ),
        ]
    )
    return covered, trade_chart, trade_headline, trade_totals, trade_years


@app.cell
def _(blue, alt, ask, bars, mo, note, words):
    claims = ask(
        "select claim_id, body, claim_date, numerator, denominator, qualifier, confidence,"
        " body || ', ' || claim_date as shown, share_of_filed, share_low, share_high"
        " from marts.fct_licence_claims"
        " where outcome = 'approved' and share_low is not null order by claim_date, claim_id"
    )
    _base = bars(claims).encode(
        y=alt.Y("shown:N", sort=None, title=None, axis=alt.Axis(labelLimit=320))
    )
    claim_chart = _base.mark_rule(strokeWidth=6, color=blue, opacity=0.35).encode(
        x=alt.X(
            "share_low:Q",
            title="share approved: as claimed (dot), in the end (from, to)",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%"),
        ),
        x2="share_high:Q",
    ) + _base.mark_point(filled=True, size=60, color=blue).encode(x="share_of_filed:Q")
    mo.vstack(
        [
            mo.md("## 4. Who says what about licences?"),
            words(
                "{count} claims of an approved share, of different populations: they are listed, "
                "never averaged. Pending is not refused, so each claim leaves room for what is "
                "still undecided.",
                count=len(claims),
            ),
            claim_chart,
            note(
                "Source: press and official texts, marts.fct_licence_claims, each with its "
                "address. Certainty: claims ({confidence}), not counts of a register.",
                confidence=", ".join(sorted(set(claims.confidence))),
            ),
        ]
    )
    return claim_chart, claims


@app.cell
def _(blue, alt, ask, bars, mo, note, words):
    cover = ask(
        "select coalesce(material, 'other parts') as material, data_origin,"
        " min(days_of_cover_p10) as early, min(days_of_cover_p50) as middle,"
        " min(days_of_cover_p90) as late, count(*) filter (status like 'unknown%') as unknown,"
        " max(as_of_date) as as_of_date"
        " from marts.fct_stock_cover"
        " where scenario_id = 'base' and arrivals_case = 'nothing_arrives'"
        " group by all order by early nulls last, material"
    )
    _base = bars(cover.dropna(subset=["early"])).encode(
        y=alt.Y("material:N", sort=None, title=None, axis=alt.Axis(labelLimit=260))
    )
    cover_chart = _base.mark_bar(
        height=10, fill="white", stroke=blue, strokeDash=[4, 2], strokeWidth=1.5
    ).encode(
        x=alt.X("early:Q", title="days until the first position runs out, if nothing arrives"),
        x2="late:Q",
    ) + _base.mark_tick(thickness=2, color=blue).encode(x="middle:Q")
    mo.vstack(
        [
            mo.md("## 5. How long until a line stops? (synthetic)"),
            words(
                "<b>Synthetic: an invented car maker, no finding.</b> With nothing arriving, the "
                "first part runs out after {days} days (a tenth of the draws). {unknown} positions "
                "have no known stock or use and stay unknown. Land your own stock and the same "
                "chart is yours.",
                days=f"{cover.early.min():.0f}",
                unknown=int(cover.unknown.sum()),
            ),
            cover_chart,
            note(
                "Source: data_origin = {origin}, read on {day}. Certainty: quantiles of draws, "
                "10 % to 90 %, tick at 50 %; hollow bars are synthetic.",
                origin=", ".join(sorted(set(cover.data_origin))),
                day=cover.as_of_date.max().date(),
            ),
        ]
    )
    return cover, cover_chart


@app.cell
def _(mo):
    mo.md("""
    ## Your own question

    Every relation and column has a description: `from meta.dictionary`. The questions are
    plain SQL in `queries/`; metrics by name are in `docs/using/metrics.md`.
    """)
    return


if __name__ == "__main__":
    app.run()
