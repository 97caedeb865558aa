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
    return embed(figure.querySelector(".plot"), JSON.parse(figure.querySelector("script.spec").textContent));
  }

  function embed(plot, spec) {
    var narrow = spec.usermeta && spec.usermeta.narrow;
    if (narrow && plot.clientWidth < NARROW) spec = merge(spec, narrow);
    delete spec.usermeta;
    if (spec.width === "container") spec.autosize = { type: "fit-x", contains: "padding" };
    return window.vegaEmbed(plot, spec, { mode: "vega-lite", ast: true, renderer: "svg", actions: false, defaultStyle: false, config: window.chartConfig,
      tooltip: { theme: "custom", disableDefaultStyle: true } }).then(function () { plot.style.minHeight = ""; plot.querySelector("svg").setAttribute("aria-hidden", "true"); });
  }

  function drawAll() {
    var figures = Array.from(document.querySelectorAll("figure.chart")).filter(function (figure) { return figure.querySelector("script.spec") && !figure.closest("[hidden]"); });
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

  /* A table with a search box is sorted by a click on a heading: figures as figures, what is not known last. */
  function sort(table) {
    var headings = Array.from(table.tHead.rows[0].cells), body = table.tBodies[0];
    headings.forEach(function (heading, at) {
      var button = document.createElement("button");
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", function () {
        var figures = heading.classList.contains("number"), before = heading.getAttribute("aria-sort");
        var down = before ? before === "ascending" : figures, sign = down ? -1 : 1;
        headings.forEach(function (other) { other.removeAttribute("aria-sort"); });
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        Array.from(body.rows).map(function (row) {
          var shown = row.cells[at].cloneNode(true);
          shown.querySelectorAll(".small").forEach(function (note) { note.remove(); });
          var text = shown.textContent.trim(), figure = parseFloat(text.replace(/[^\d.\u2212-]/g, "").replace("\u2212", "-"));
          return { row: row, known: figures ? !isNaN(figure) : !!text, key: figures ? figure : text.toLowerCase() };
        }).sort(function (a, b) {
          if (a.known !== b.known) return a.known ? -1 : 1;
          return a.key < b.key ? -sign : a.key > b.key ? sign : 0;
        }).forEach(function (entry) { body.appendChild(entry.row); });
      });
    });
  }

  /* Words without accents and signs; "8505 11 10" and "85051110" are the same code. */
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
  }

  /* How well an entry fits: 0 not at all; its name or another name of it before words of its note; whole words before
     the starts of words. */
  function fit(entry, wanted) {
    var words = " " + entry.name + " " + entry.rest + " ", name = " " + entry.name + " ";
    if (entry.name === wanted || entry.terms.includes(wanted)) return entry.name === wanted ? 7 : 6;
    if (words.includes(" " + wanted + " ")) return name.includes(" " + wanted + " ") ? 5 : 4;
    var parts = wanted.split(" ");
    if (!parts.every(function (part) { return words.includes(" " + part); })) return 0;
    return parts.every(function (part) { return name.includes(" " + part); }) ? 3 : 1;
  }

  function find(form) {
    var input = form.querySelector("input"), shown = form.querySelector("output"), all = document.getElementById("find-all");
    var hits = document.getElementById("find-hits"), none = document.getElementById("find-none"), total = shown.textContent;
    var entries = Array.from(all.querySelectorAll("li")).map(function (item) {
      var name = plain(item.querySelector("a").textContent);
      var terms = item.dataset.terms.split(" | ").map(plain).filter(Boolean);
      return { item: item, name: name, terms: terms, rest: [plain(item.textContent)].concat(terms).join(" ") };
    });
    function apply() {
      var wanted = plain(input.value), typed = input.value.trim();
      if (/^(\d{4} \d\d( \d\d)?|\d{6} \d\d)$/.test(wanted)) wanted = wanted.replace(/ /g, "");
      var found = !wanted ? [] : entries.map(function (entry, at) { return { entry: entry, at: at, fit: fit(entry, wanted) }; })
        .filter(function (hit) { return hit.fit; }).filter(function (hit, at, every) {
          /* Whole words beat words that only begin so: "18/2025" is no quota of 18,125 t of 2025. */
          return hit.fit > 2 || !every.some(function (other) { return other.fit > 3; });
        }).sort(function (a, b) { return b.fit - a.fit || a.at - b.at; });
      hits.replaceChildren.apply(hits, found.map(function (hit) {
        var copy = hit.entry.item.cloneNode(true), kind = document.createElement("span");
        kind.className = "kind";
        kind.textContent = copy.dataset.kind;
        copy.insertBefore(kind, copy.firstChild);
        return copy;
      }));
      all.hidden = !!typed;
      hits.hidden = !found.length;
      none.hidden = !typed || !!found.length;
      shown.textContent = typed ? found.length + (found.length === 1 ? " page fits" : " pages fit") : total;
    }
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var first = hits.querySelector("a");
      if (first) location.assign(first.href);
    });
    input.addEventListener("input", apply);
    try { input.value = decodeURIComponent(location.hash.slice(1)); } catch (error) { input.value = ""; }
    apply();
  }

  /* Of the parts of an element the chosen one is shown. */
  function choose(choice) {
    var select = choice.querySelector("select"), parts = Array.from(document.getElementById(choice.dataset.parts).children);
    choice.hidden = false;
    select.addEventListener("change", function () {
      parts.forEach(function (part) {
        part.hidden = part.dataset.choice !== select.value;
        if (!part.hidden) part.querySelectorAll("figure.chart").forEach(draw);
      });
    });
  }

  /* Of a table's columns after the first those are shown that the selects name. */
  function columns(choice) {
    var table = document.getElementById(choice.dataset.columns), heads = Array.from(table.tHead.rows[0].cells).slice(1);
    var selects = Array.from(choice.querySelectorAll("select")), names = heads.map(function (head) { return head.textContent; });
    selects.forEach(function (select) { names.forEach(function (name) { select.add(new Option(name)); }); });
    selects.forEach(function (select, at) { var first = names.indexOf(select.dataset.first); select.selectedIndex = first < 0 ? at : first; });
    function apply() {
      var chosen = selects.map(function (select) { return select.selectedIndex + 1; });
      Array.from(table.rows).forEach(function (row) {
        Array.from(row.cells).forEach(function (cell, at) { cell.hidden = at > 0 && !chosen.includes(at); });
      });
    }
    choice.hidden = false;
    choice.addEventListener("change", apply);
    apply();
  }

  /* Timelines of one country, from one year on: the marks of the axis say where the year begins. */
  function timelines(choice) {
    var all = document.getElementById("timelines"), selects = choice.querySelectorAll("select"), marks = Array.from(all.querySelector(".ticks .track").children);
    var items = Array.from(all.querySelectorAll(".track > *")).map(function (item) {
      return { item: item, left: parseFloat(item.style.left), width: parseFloat(item.style.width) || 0 };
    });
    marks.forEach(function (mark) { selects[1].add(new Option(mark.textContent, parseFloat(mark.style.left))); });
    function apply() {
      var from = Number(selects[1].value), whole = 100 - from;
      Array.from(all.children).forEach(function (part) { part.hidden = !!selects[0].value && part.dataset.choice !== selects[0].value; });
      items.forEach(function (one) {
        var left = Math.max(one.left, from), right = one.left + one.width;
        one.item.hidden = right < from || (!one.width && one.left < from);
        one.item.style.left = 100 * (left - from) / whole + "%";
        if (one.width) one.item.style.width = 100 * (right - left) / whole + "%";
      });
    }
    choice.hidden = false;
    choice.addEventListener("change", apply);
  }

  window.drawChart = embed;
  document.querySelectorAll("form.search[data-table]").forEach(function (form) {
    var table = document.getElementById(form.dataset.table);
    search(form);
    if (table.tHead) sort(table);
  });
  if (document.getElementById("find")) find(document.getElementById("find"));
  document.querySelectorAll(".choice[data-parts]").forEach(choose);
  document.querySelectorAll(".choice[data-columns]").forEach(columns);
  document.querySelectorAll(".choice[data-timelines]").forEach(timelines);
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
