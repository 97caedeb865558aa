"use strict";
/* The SQL page: DuckDB in a worker, on a copy of the published file. `window.engine` is sql/engine.js. */
(function () {
  var data = JSON.parse(document.getElementById("sql-data").textContent);
  var NAME = "chokepoint.duckdb", CSV_ROWS = 10000, MOST_BARS = 40;
  /* Before anything is asked: no file, no network, no extension, and no setting that would change this. */
  var LOCKS = [
    "set autoinstall_known_extensions = false", "set autoload_known_extensions = false",
    "set memory_limit = '2GB'", "set explain_output = 'all'",
    "set enable_external_access = false", "set lock_configuration = true",
  ];
  var SERVE = "Serve the folder of the site and open the page from there: python3 -m http.server --bind 127.0.0.1 8000, then "
    + "http://127.0.0.1:8000/sql.html. On the command line, chokepoint query asks the same questions.";
  var files = {}, session = null, running = null, editor, answer = null, question = null, parts = {};

  function at(id) { return document.getElementById("sql-" + id); }
  function make(tag, properties, children) {
    var element = Object.assign(document.createElement(tag), properties || {});
    element.append.apply(element, children || []);
    return element;
  }
  function show(id, text) { at(id).textContent = text || ""; at(id).hidden = !text; }
  function literal(text) { return "'" + String(text).replace(/'/g, "''") + "'"; }
  function identifier(name) { return '"' + name.replace(/"/g, '""') + '"'; }
  function count(number, noun) { return number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s"); }
  function listed(names) { return names.length > 5 ? names.slice(0, 5).join(", ") + " and " + (names.length - 5) + " more" : names.join(", "); }

  /* What keeps this browser from running the page, in words; empty: nothing. */
  async function hindrance() {
    if (location.protocol === "file:") return "A browser does not let a page that was opened from a folder load its data. " + SERVE;
    var features = typeof WebAssembly === "object" && window.engine && await window.engine.getPlatformFeatures();
    if (!features || !features.wasmExceptions || typeof DecompressionStream !== "function")
      return "This browser cannot run DuckDB: it lacks WebAssembly, or a part of it. Use a current Chrome, Edge, Firefox or Safari. "
        + "If WebAssembly is switched off, allow it for this site. On the command line, chokepoint query asks the same questions.";
    return "";
  }

  /* A file of the site, unpacked; `seen` is called with the bytes as they come. */
  async function load(file, type, seen) {
    var wrong = "Copy the whole folder of the site to the server again, then reload the page.", response;
    try { response = await fetch(file.path + "?" + encodeURIComponent(data.release)); } catch (error) {
      throw new Error(file.path + " could not be loaded: the connection failed. Reload the page when it is back.");
    }
    if (!response.ok) throw new Error(file.path + " could not be loaded: the server answered " + response.status + ". " + wrong);
    var counter = new TransformStream({ transform: function (chunk, out) { seen(chunk.byteLength); out.enqueue(chunk); } }), whole;
    try {
      whole = await new Response(response.body.pipeThrough(counter)).blob();
      /* A server may have unpacked it on the way. */
      var head = new Uint8Array(await whole.slice(0, 2).arrayBuffer());
      if (head[0] === 0x1f && head[1] === 0x8b) whole = await new Response(whole.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
    } catch (error) { whole = new Blob([]); }
    if (whole.size !== file.whole)
      throw new Error(file.path + " is not whole: the download was cut off, or the file on the server is of another release. Reload the page. "
        + "If that does not help: " + wrong.charAt(0).toLowerCase() + wrong.slice(1));
    return new Blob([whole], { type: type });
  }

  async function loadAll() {
    var names = ["worker", "engine", "database"], types = ["text/javascript", "application/wasm", "application/octet-stream"];
    var total = names.reduce(function (sum, name) { return sum + data[name].bytes; }, 0), loaded = 0;
    function seen(bytes) {
      loaded = Math.min(loaded + bytes, total);
      at("bar").value = loaded / total;
      at("step").textContent = "Loading the engine and the data: " + (loaded / 1e6).toFixed(1) + " of " + (total / 1e6).toFixed(1) + " MB";
    }
    var blobs = await Promise.all(names.map(function (name, i) { return load(data[name], types[i], seen); }));
    names.forEach(function (name, i) { files[name] = blobs[i]; });
    /* All is here: from now on nothing on this page, the engine neither, may ask any computer for anything. */
    document.head.append(make("meta", { httpEquiv: "Content-Security-Policy", content: "connect-src blob:" }));
  }

  /* DuckDB in a worker of its own with the file open and locked; it inherits the policy of the page. */
  async function open() {
    var urls = [files.worker, files.engine].map(function (blob) { return URL.createObjectURL(blob); });
    var worker = new Worker(urls[0]);
    var failed = new Promise(function (_, reject) {
      worker.addEventListener("error", function (event) { reject(new Error("The engine stopped: " + (event.message || "out of memory") + ".")); });
    });
    failed.catch(function () {});
    var made = { worker: worker, failed: failed, variables: [], tables: [], published: new Set() };
    var steps = async function () {
      var db = new window.engine.AsyncDuckDB(new window.engine.VoidLogger(), worker);
      await db.instantiate(urls[1]);
      await db.registerFileHandle(NAME, new File([files.database], NAME), window.engine.DuckDBDataProtocol.BROWSER_FILEREADER, true);
      await db.open({ path: NAME, accessMode: window.engine.DuckDBAccessMode.READ_ONLY });
      made.connection = await db.connect();
      var minutes = String(-new Date().getTimezoneOffset());
      for (var lock of LOCKS.concat(data.without_extensions)) await made.connection.query(lock.replace("${minutes}", minutes));
      /* An older release has no dictionary: then the page knows no table. */
      made.schema = {};
      try {
        (await rows("select schema_name, relation_name, string_agg(column_name, ',' order by ordinal) as names from meta.dictionary group by all", made.connection)).forEach(function (row) {
          made.published.add(row.relation_name);
          (made.schema[row.schema_name] = made.schema[row.schema_name] || {})[row.relation_name] = row.names.split(",");
        });
      } catch (error) { if (!/Catalog Error|Binder Error/.test(error.message)) throw error; }
    };
    try { await Promise.race([steps(), failed]); } finally { urls.forEach(function (url) { URL.revokeObjectURL(url); }); }
    return made;
  }

  /* Rows of a query as objects of texts; null stays null. */
  async function rows(sql, connection) {
    var table = await (connection || session.connection).query(sql), names = table.schema.fields.map(function (field) { return field.name; });
    return table.toArray().map(function (row) {
      return Object.fromEntries(names.map(function (name) { return [name, row[name] === null ? null : String(row[name])]; }));
    });
  }

  /* Statements of a script: a semicolon within a text, a name or a comment ends none. */
  function statements(script) {
    var token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]*)\$[\s\S]*?\$\1\$|;|[^'"\-\/$;]+|./g;
    var found = [], text = "", bare = "", match;
    function end() { if (bare.trim()) found.push({ text: text.trim(), word: bare.trim().split(/[^a-z(]/i)[0].toLowerCase() }); text = bare = ""; }
    while ((match = token.exec(script))) {
      if (match[0] === ";") { end(); continue; }
      text += match[0];
      if (!/^(--|\/\*)/.test(match[0])) bare += match[0];
    }
    end();
    return found;
  }

  /* The text that makes a table of a statement; empty where it gives no rows of its own. */
  function selectOf(statement) {
    if (/^(select|with|from|values|table|pivot|unpivot|\(.*)$/.test(statement.word)) return statement.text;
    return /^(describe|show|summarize)$/.test(statement.word) ? "from (" + statement.text + "\n)" : "";
  }

  function isObject(text) {
    try { var given = JSON.parse(text); return !!given && typeof given === "object" && !Array.isArray(given); } catch (error) { return false; }
  }

  async function setParameters() {
    /* A day of the question before would change what views answer to the next one. */
    for (var before of session.variables) await session.connection.query("reset variable " + identifier(before));
    session.variables = [];
    for (var parameter of question ? question.parameters : []) {
      var text = parts[parameter.name].value.trim(), name = identifier(parameter.name);
      if (parameter.type === "json" && text && !isObject(text)) throw new Error(parameter.name + ": '" + text + "' is not " + parameter.meaning + ".");
      if (!text) continue;
      session.variables.push(parameter.name);
      var given = "(select " + literal(text) + " as given)";
      if (parameter.known.length) {
        var plain = function (value) { return "regexp_replace(lower(trim(" + value + ")), '[ -]+', ' ', 'g')"; };
        var near = await rows("select value, " + plain("value") + " = " + plain(literal(text)) + " as is_it from ("
          + parameter.known.join(" union ") + ") as known(value) where value <> '' order by is_it desc, jaro_winkler_similarity("
          + plain("value") + ", " + plain(literal(text)) + ") desc, value limit 3");
        if (near.length && near[0].is_it !== "true")
          throw new Error(parameter.name + ": '" + text + "' is not known. Perhaps: " + near.map(function (row) { return row.value; }).join(", ") + ".");
      }
      await session.connection.query("set variable " + name + " = (select " + (parameter.type === "json" ? "given" : data.types[parameter.type]) + " from " + given + ")");
      if ((await rows("select getvariable(" + literal(parameter.name) + ") is null as is_null"))[0].is_null === "true")
        throw new Error(parameter.name + ": '" + text + "' is not " + parameter.meaning + ".");
    }
  }

  /* Tables that a query reads, through views and macros too: those that its plan scans, before anything is left out. */
  async function tablesOf(sql) {
    var plans = await rows("explain (format json) " + sql), found = new Set();
    (function walk(node) {
      if (Array.isArray(node)) { node.forEach(walk); return; }
      if (!node || typeof node !== "object") return;
      if (node.extra_info && typeof node.extra_info.Table === "string") found.add(node.extra_info.Table.split(".").pop());
      walk(node.children);
    }(plans.map(function (row) { return JSON.parse(row.explain_value); })));
    return Array.from(found).sort();
  }

  /* Whether a script is another than the question's that is chosen. */
  function isOwn(script) { return !question || script.trim() !== question.sql.trim(); }

  async function execute(script) {
    await setParameters();
    var every = statements(script);
    if (!every.length) throw new Error("There is no statement to run. Write one, or choose a question.");
    for (var statement of every.slice(0, -1)) await session.connection.query(statement.text);
    var last = every[every.length - 1], select = selectOf(last);
    if (!select) {
      await session.connection.query("create or replace temp table answer as select 1 as done where false");
      var told = await rows(last.text), named = Object.keys(told[0] || {}).map(function (name) { return { name: name, type: "VARCHAR" }; });
      /* A statement that was prepared, a call: no plan says what it reads. */
      return { columns: named, rows: told.slice(0, data.shown), total: told.length, tables: told.length ? null : [], synthetic: 0, own: isOwn(script) };
    }
    var tables = null;
    try { tables = await tablesOf(select); } catch (error) { /* The page says that it does not know. */ }
    await session.connection.query("create or replace temp table answer as\n" + select);
    /* What the last answer was made from counts; what a table of the reader was made from is not known. */
    if (tables && tables.includes("answer")) tables = session.tables && tables.concat(session.tables).filter(function (name) { return name !== "answer"; });
    if (tables && !tables.every(function (name) { return session.published.has(name); })) tables = null;
    /* Variables and tables of earlier statements may stand for anything. */
    if (every.length > 1) tables = null;
    session.tables = tables;
    var columns = (await rows("describe answer")).map(function (row) { return { name: row.column_name, type: row.column_type }; });
    var hasOrigin = columns.some(function (column) { return column.name === "data_origin"; });
    var [counted] = await rows("select count(*) as total, " + (hasOrigin ? "count(*) filter (cast(data_origin as varchar) = 'synthetic')" : "0") + " as synthetic from answer");
    return { columns: columns, rows: await page(columns, data.shown, 0), total: Number(counted.total), tables: tables, synthetic: Number(counted.synthetic), kept: true, own: isOwn(script) };
  }

  function page(columns, limit, offset) {
    var texts = columns.map(function (column) { return "cast(" + identifier(column.name) + " as varchar) as " + identifier(column.name); });
    return rows("select " + texts.join(", ") + " from answer limit " + limit + " offset " + offset);
  }

  function isNumber(column) { return /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL)/.test(column.type); }

  function tell(result, seconds) {
    answer = result;
    var more = result.total - result.rows.length;
    var said = count(result.total, "row") + " in " + seconds.toFixed(1) + " s." + (more > 0 ? " The first " + result.rows.length + " are shown" + (result.kept ? "; the CSV has all." : ".") : "");
    if (!result.kept && !result.total) said = "Done. It gives no rows.";
    else if (!result.total) said = "No row answers. " + (question ? "Look at the parameters: a narrower value than the data have gives nothing." : "");
    at("status").textContent = said;
    at("answer").hidden = false;
    at("csv").disabled = !result.kept || !result.total;
    var read = (result.tables || []).filter(function (name) { return name in data.synthetic; }).map(function (name) { return data.synthetic[name]; }), notes = [];
    if (!result.tables) notes.push("It is not known from which published tables these rows are, so they may be synthetic.");
    if (result.synthetic) notes.push("Synthetic rows: " + result.synthetic.toLocaleString("en") + " of " + result.total.toLocaleString("en") + ". They are invented samples and say nothing of the world.");
    if (read.length) notes.push("The query reads " + listed(read) + ", which " + (read.length === 1 ? "holds" : "hold") + " synthetic rows"
      + (result.columns.some(function (column) { return column.name === "data_origin"; }) ? "." : ". The result does not say which of its rows come from them: add data_origin."));
    show("synthetic", notes.join(" "));
    result.reads = read;
    result.name = result.own ? "query" : question.name;
    var head = make("tr", {}, result.columns.map(function (column) { return make("th", { scope: "col", className: isNumber(column) ? "number" : "", textContent: column.name }); }));
    var body = result.rows.map(function (row) {
      return make("tr", {}, result.columns.map(function (column) {
        return make("td", { className: isNumber(column) ? "number" : (row[column.name] || "").length > 40 ? "room" : "", textContent: row[column.name] === null ? "" : row[column.name] });
      }));
    });
    var begun = question ? ", begun from question " + question.name.split("_")[0] + "." : "";
    var caption = (result.own ? "Your own query" + begun : question.title) + (more > 0 ? " The first " + result.rows.length + " of " + count(result.total, "row") + "." : "");
    var scroll = make("div", { className: "scroll", tabIndex: 0 }, [make("table", {}, [make("caption", { textContent: caption }), make("thead", {}, [head]), make("tbody", {}, body)])]);
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "Rows of the result");
    at("table").replaceChildren.apply(at("table"), result.rows.length ? [scroll] : []);
    chooseAxes(result);
  }

  /* The first column of figures by the first other column; a day is an axis of time. */
  function chooseAxes(result) {
    var figures = result.columns.filter(isNumber), labels = result.columns.filter(function (column) { return !isNumber(column); });
    at("chart").hidden = !figures.length || result.rows.length < 2;
    if (at("chart").hidden) return;
    [["y", figures], ["x", labels.concat(figures)]].forEach(function (pair) {
      at(pair[0]).replaceChildren.apply(at(pair[0]), pair[1].map(function (column) { return make("option", { value: column.name, textContent: column.name }); }));
    });
    draw();
  }

  function withVega() {
    if (window.vegaEmbed) return Promise.resolve();
    return new Promise(function (resolve, reject) { document.head.append(make("script", { src: "static/vega.js", onload: resolve, onerror: reject })); });
  }

  async function draw() {
    var y = at("y").value, x = at("x").value, column = answer.columns.find(function (one) { return one.name === x; });
    var isTime = /^(DATE|TIMESTAMP)/.test(column.type), seen = {}, usable = answer.rows.filter(function (row) { return row[y] !== null && isFinite(Number(row[y])); });
    var drawn = (isTime ? usable : usable.slice(0, MOST_BARS)).map(function (row) {
      /* Rows of one name stay apart: nothing is added up. */
      var label = row[x] === null ? "(empty)" : row[x];
      seen[label] = (seen[label] || 0) + 1;
      return { label: isTime ? label : label + "\u200b".repeat(seen[label] - 1), value: Number(row[y]), synthetic: row.data_origin === "synthetic" };
    });
    var synthetic = drawn.filter(function (row) { return row.synthetic; }).length, left = answer.total - drawn.length;
    at("chart-title").textContent = y + " by " + x;
    at("chart-unit").textContent = count(drawn.length, "row") + " of the result, as they come" + (left > 0 ? "; " + left.toLocaleString("en") + " more are not drawn" : "") + ". Nothing is added up.";
    at("chart-synthetic").hidden = !synthetic;
    var plot = at("chart").querySelector(".plot");
    plot.setAttribute("aria-label", "Chart of " + y + " by " + x + ". The table above has its figures.");
    var value = { field: "value", type: "quantitative", title: y }, tip = [{ field: "label", title: x }, { field: "value", title: y }];
    var encoding = isTime ? { x: { field: "label", type: "temporal", title: null }, y: value, tooltip: tip }
      : { y: { field: "label", type: "nominal", sort: null, title: null, axis: { labelLimit: 220, domain: true } }, x: value, tooltip: tip };
    var mark = isTime ? { type: "point", size: 40 } : { type: "bar", height: { band: 0.7 } };
    var spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: "container", height: isTime ? 260 : { step: 24 }, data: { values: drawn }, encoding: encoding,
      layer: [{ mark: mark }].concat(isTime ? [] : [{ transform: [{ filter: "datum.synthetic" }], mark: Object.assign({ color: "url(#hatch)" }, mark) }]),
      usermeta: { narrow: isTime ? {} : { encoding: { y: { axis: { labelLimit: 110 } } } } },
    };
    try { await withVega(); } catch (error) { plot.textContent = "The chart could not be loaded: static/vega.js is missing, or the connection is gone. Reload the page."; return; }
    try { await window.drawChart(plot, spec); } catch (error) { at("chart").hidden = true; }
  }

  /* As in all CSV of the site: text that a spreadsheet would run gets an apostrophe in front. */
  function cell(value, isText) {
    if (value === null) return "";
    if (isText && new RegExp("^(?:" + data.formula + ")$", "s").test(value) && !new RegExp("^(?:" + data.number + ")$").test(value)) value = "'" + value;
    return /[",\r\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value;
  }

  async function csv() {
    var columns = answer.columns, pieces = [columns.map(function (column) { return cell(column.name, true); }).join(",") + "\n"];
    for (var offset = 0; offset < answer.total; offset += CSV_ROWS) {
      pieces.push((await page(columns, CSV_ROWS, offset)).map(function (row) {
        return columns.map(function (column) { return cell(row[column.name], column.type === "VARCHAR"); }).join(",") + "\n";
      }).join(""));
    }
    var name = ["chokepoint", answer.name, data.release].concat(answer.synthetic || answer.reads.length || !answer.tables ? ["with-synthetic-rows"] : []).join("-");
    var link = make("a", { href: URL.createObjectURL(new Blob(pieces, { type: "text/csv" })), download: name + ".csv" });
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
    at("status").textContent = count(answer.total, "row") + " written to " + link.download + ".";
  }

  /* Do a piece of work that Cancel can end: the worker is ended, and another one begins. */
  async function work(doing, steps) {
    if (running || !session) return;
    var started = performance.now(), clock, stopped = new Promise(function (_, reject) { running = reject; });
    at("run").disabled = at("csv").disabled = true;
    at("stop").disabled = false;
    show("error");
    at("linked").hidden = true;
    at("status").textContent = doing;
    clock = setInterval(function () { at("clock").textContent = ((performance.now() - started) / 1000).toFixed(0) + " s"; }, 1000);
    try {
      await Promise.race([steps(started), stopped, session.failed]);
    } catch (error) {
      at("status").textContent = "";
      /* What filled the memory stays in it. */
      if (error.cancelled || /^The engine stopped|out of memory/i.test(error.message)) await again(error);
      else show("error", words(error));
    } finally {
      clearInterval(clock);
      at("clock").textContent = "";
      running = null;
      at("run").disabled = !session;
      at("csv").disabled = !answer || !answer.kept || !answer.total;
      at("stop").disabled = true;
      if (document.activeElement === document.body) at("run").focus();
    }
  }

  async function again(error) {
    session.worker.terminate();
    session = answer = null;
    at("answer").hidden = true;
    at("status").textContent = "Opening the engine anew";
    try {
      session = await open();
      at("status").textContent = error.cancelled ? "Cancelled. Tables and variables that you made are gone; the data are as before." : "";
      if (!error.cancelled) show("error", words(error) + "\nThe engine was opened anew: tables and variables that you made are gone.");
    } catch (fault) { show("fault", words(fault) + " Reload the page."); }
  }

  /* DuckDB's words, and what to do where they do not say it. */
  function words(error) {
    /* The first line of what DuckDB read is ours. */
    var text = String(error.message || error).replace(/^Error: /, "").replace(/^LINE (\d+)/m, function (_, line) { return "LINE " + Math.max(line - 1, 1); });
    if (/external access|file system|disabled by configuration|configuration has been locked/i.test(text)) return text + "\nThis page only reads the published file: no other file, network, extension or setting.";
    if (/read-only/i.test(text)) return text + "\nThe published file cannot be changed. Use a temporary table: create temp table.";
    if (/transaction is aborted/i.test(text)) return text + "\nRun: rollback";
    if (/install icu|load icu|autoinstall/i.test(text)) return text.split("\n")[0] + "\nThis page has DuckDB without its extensions for time zones and JSON. Leave time zones, today() and JSON operators out, or ask in DuckDB on your computer.";
    if (/out of memory|engine stopped/i.test(text)) return text.split("\n")[0] + "\nAsk for fewer rows or columns, or run it in DuckDB on your computer.";
    return text;
  }

  function run() {
    if (running || !session) return;
    at("answer").hidden = true;
    answer = null;
    return work("Running", async function (started) {
      var result = await execute(editor.text);
      tell(result, (performance.now() - started) / 1000);
    });
  }

  function choose(name, values, sql) {
    question = data.questions.find(function (one) { return one.name === name; }) || null;
    at("question").value = question ? question.name : "";
    at("notes").replaceChildren.apply(at("notes"), question ? [make("p", { className: "lead", textContent: question.title }), make("p", { className: "quiet" }, question.notes.split("`").map(function (text, i) { return i % 2 ? make("span", { className: "code", textContent: text }) : text; }))] : []);
    parts = {};
    var fields = question ? question.parameters.map(function (parameter) {
      var id = "sql-parameter-" + parameter.name;
      parts[parameter.name] = make("input", { id: id, type: "text", autocomplete: "off", spellcheck: false, value: (values && values[parameter.name]) !== undefined ? values[parameter.name] : values ? "" : parameter.value });
      parts[parameter.name].setAttribute("aria-describedby", id + "-help");
      return make("div", {}, [make("label", { htmlFor: id, textContent: parameter.name }), parts[parameter.name], make("span", { id: id + "-help", className: "small", textContent: parameter.help })]);
    }) : [];
    at("parameters").hidden = !fields.length;
    at("parameters").querySelector(".parameters").replaceChildren.apply(at("parameters").querySelector(".parameters"), fields);
    editor.text = sql !== undefined ? sql : question ? question.sql : "";
  }

  /* The query in the address: the question with its values; the text only where it was changed. */
  function linkOf() {
    var link = new URLSearchParams();
    if (question) link.set("question", question.name);
    Object.keys(parts).forEach(function (name) { link.set("." + name, parts[name].value); });
    if (!question || editor.text !== question.sql) link.set("sql", editor.text);
    return "#" + link;
  }

  function readLink() {
    var link = new URLSearchParams(location.hash.slice(1)), values = {};
    if (!link.has("question") && !link.has("sql")) return false;
    link.forEach(function (value, name) { if (name.startsWith(".")) values[name.slice(1)] = value; });
    choose(link.get("question"), values, link.has("sql") ? link.get("sql") : undefined);
    at("linked").hidden = false;
    at("replaced").hidden = !(link.has("question") && link.has("sql"));
    return true;
  }

  async function share() {
    history.replaceState(null, "", linkOf());
    var said = "The address of this page now carries the query.";
    try { await navigator.clipboard.writeText(location.href); said += " It is in your clipboard."; } catch (error) { /* Not allowed here: the address is enough. */ }
    at("status").textContent = said;
  }

  /* A way into the editor, and the dictionary of a table from the file itself, when it is opened. */
  async function describe(details) {
    if (!details.open) return;
    if (details.dataset.example && !details.querySelector("button")) {
      var put = make("button", { type: "button", textContent: "Put the example into the editor" });
      put.addEventListener("click", function () { choose("", null, details.dataset.example); editor.focus(); });
      details.append(make("p", { className: "actions" }, [put]));
    }
    if (!details.dataset.relation || details.querySelector("dl") || !session || running) return;
    var list = make("dl", { className: "facts" });
    details.append(list);
    var [schema, name] = details.dataset.relation.split(".");
    var found = await rows("select column_name, data_type, unit, description from meta.dictionary where schema_name = " + literal(schema)
      + " and relation_name = " + literal(name) + " order by ordinal");
    list.append.apply(list, found.flatMap(function (row) {
      var kind = row.data_type.toLowerCase() + (row.unit ? ", " + row.unit : "");
      return [make("dt", { className: "code", textContent: row.column_name }), make("dd", { textContent: row.description }, [make("span", { className: "small", textContent: kind })])];
    }));
  }

  function fail(text) { at("loading").hidden = true; show("fault", text); }

  async function begin() {
    document.getElementById("sql").hidden = false;
    if (!window.engine) { fail("sql/engine.js could not be loaded. Copy the whole folder of the site to the server again, then reload the page."); return; }
    editor = window.engine.editor(at("editor"), { "aria-labelledby": "sql-editor-label", "aria-describedby": "sql-keys" }, run);
    data.questions.forEach(function (one) { at("question").append(make("option", { value: one.name, textContent: one.name.split("_")[0] + ". " + one.title })); });
    at("question").addEventListener("change", function () { at("linked").hidden = true; choose(at("question").value); });
    at("parameters").addEventListener("submit", function (event) { event.preventDefault(); });
    at("parameters").addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); run(); } });
    at("run").addEventListener("click", run);
    at("stop").addEventListener("click", function () { if (running) running({ cancelled: true }); });
    at("csv").addEventListener("click", function () { work("Writing the CSV", csv); });
    at("link").addEventListener("click", share);
    at("x").addEventListener("change", draw);
    at("y").addEventListener("change", draw);
    window.addEventListener("hashchange", readLink);
    document.querySelectorAll(".relations details").forEach(function (details) { details.addEventListener("toggle", function () { describe(details); }); });
    if (!readLink()) choose("", null, "-- What does one row of each table hold?\nselect schema_name, relation_name, grain, row_count\nfrom meta.relations\norder by row_count desc;");
    var hindered = await hindrance();
    if (hindered) { fail(hindered); return; }
    try {
      await loadAll();
      at("step").textContent = "Opening the file";
      session = await open();
      var [build] = await rows("select release_id from meta.build");
      if (!build || build.release_id !== data.release)
        throw new Error("The file is of release " + (build ? build.release_id : "without a name") + ", and this page of " + data.release + ". Copy the whole folder of one site to the server, then reload the page.");
      editor.knows(session.schema);
    } catch (error) { session = null; fail(words(error)); return; }
    at("loading").hidden = true;
    at("run").disabled = false;
    at("status").textContent = "Ready.";
    document.documentElement.dataset.ready = "yes";
  }

  window.addEventListener("DOMContentLoaded", begin);
}());
