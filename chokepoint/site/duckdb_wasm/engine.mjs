/* All that the SQL page takes from npm; the page itself is static/sql.js. */
import { autocompletion } from "@codemirror/autocomplete";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { Compartment, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { syntaxHighlighting } from "@codemirror/language";
import { classHighlighter } from "@lezer/highlight";
import { minimalSetup } from "codemirror";

export { AsyncDuckDB, DuckDBAccessMode, DuckDBDataProtocol, VoidLogger, getPlatformFeatures } from "@duckdb/duckdb-wasm";

/* An editor of SQL in `parent`. Tab leaves it; Ctrl+Enter (on a Mac Cmd+Enter) calls `run`. */
export function editor(parent, attributes, run) {
  const language = new Compartment();
  const made = schema => sql({ dialect: PostgreSQL, schema });
  const view = new EditorView({
    parent,
    extensions: [
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => { run(); return true; } }])),
      minimalSetup,
      syntaxHighlighting(classHighlighter),
      autocompletion({ activateOnTyping: true }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of(attributes),
      language.of(made({})),
    ],
  });
  return {
    get text() { return view.state.doc.toString(); },
    set text(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    /* schema -> relation -> names of columns, for completion */
    knows(schema) { view.dispatch({ effects: language.reconfigure(made(schema)) }); },
    focus() { view.focus(); },
  };
}
