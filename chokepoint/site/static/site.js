"use strict";
(function () {
  var NARROW = 540;

  /* Objects key by key; an array's entries by their number; all else as a whole. */
  function merge(base, over) {
    if (!base || !over || typeof base !== "object" || typeof over !== "object" || Array.isArray(over)) return over;
    var merged = Array.isArray(base) ? base.slice() : Object.assign({}, base);
    Object.keys(over).forEach(function (key) { merged[key] = key in base ? merge(base[key], over[key]) : over[key]; });
    return merged;
  }

  function draw(figure) {
    var plot = figure.querySelector(".plot"), spec = JSON.parse(figure.querySelector("script.spec").textContent);
    var narrow = spec.usermeta && spec.usermeta.narrow;
    if (narrow && plot.clientWidth < NARROW) spec = merge(spec, narrow);
    delete spec.usermeta;
    if (spec.width === "container") spec.autosize = { type: "fit-x", contains: "padding" };
    return window.vegaEmbed(plot, spec, { mode: "vega-lite", ast: true, renderer: "svg", actions: false, defaultStyle: false, config: window.chartConfig,
      tooltip: { theme: "custom", disableDefaultStyle: true } }).then(function () { plot.style.minHeight = ""; plot.querySelector("svg").setAttribute("aria-hidden", "true"); });
  }

  function drawAll() {
    var figures = Array.from(document.querySelectorAll("figure.chart")).filter(function (figure) { return figure.querySelector("script.spec"); });
    return figures.reduce(function (before, figure) {
      return before.then(function () { return draw(figure); }).then(function () { return new Promise(function (next) { setTimeout(next, 0); }); });
    }, Promise.resolve()).then(function () { document.documentElement.dataset.drawn = figures.length; });
  }

  function search(form) {
    var table = document.getElementById(form.dataset.table), input = form.querySelector("input"), shown = form.querySelector("output");
    var rows = Array.from(table.tBodies ? table.tBodies[0].rows : table.children).map(function (row) { return { row: row, text: row.textContent.toLowerCase() }; });
    function apply() {
      var wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean), count = 0;
      rows.forEach(function (entry) {
        var fits = wanted.every(function (word) { return entry.text.includes(word); });
        entry.row.hidden = !fits;
        count += fits;
      });
      shown.textContent = (wanted.length ? count + " of " : "") + rows.length + " " + (form.dataset.things || "rows");
    }
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    input.addEventListener("input", apply);
    apply();
  }

  /* Of the parts of an element the chosen one is shown. */
  function choose(choice) {
    var select = choice.querySelector("select"), parts = Array.from(document.getElementById(choice.dataset.parts).children);
    choice.hidden = false;
    select.addEventListener("change", function () { parts.forEach(function (part) { part.hidden = part.dataset.choice !== select.value; }); });
  }

  document.querySelectorAll("form.search").forEach(search);
  document.querySelectorAll(".choice").forEach(choose);
  window.addEventListener("beforeprint", function () { document.querySelectorAll("details").forEach(function (d) { d.open = true; }); });
  if (window.vegaEmbed) {
    var width = window.innerWidth;
    drawAll();
    window.addEventListener("resize", function () {
      var crossed = (width < NARROW) !== (window.innerWidth < NARROW);
      width = window.innerWidth;
      if (crossed) drawAll();
    });
  } else {
    document.documentElement.dataset.drawn = 0;
  }
}());
