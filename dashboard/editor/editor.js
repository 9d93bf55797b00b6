// The editor of the SQL page: colours, completion of tables and columns, and marks where the database found a fault.
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { SQLDialect, sql } from "@codemirror/lang-sql";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// What SQLite and PostgreSQL both know, of what may be asked.
const dialect = SQLDialect.define({
  keywords:
    "all and as asc between by case cast cross current desc distinct else end escape except exists filter first following for " +
    "from full group having in inner intersect is join last lateral left like limit natural not null nulls offset on or order " +
    "outer over partition preceding range recursive right row rows select then unbounded union using values when where window with",
  builtin:
    "abs avg coalesce count dense_rank first_value lag last_value lead length lower max min nullif ntile rank replace round " +
    "row_number substr sum trim upper",
  types: "bigint boolean date double integer numeric real text timestamp",
  operatorChars: "*+-%<>!=&|/~",
  specialVar: ":",
});

// Puts the editor into `parent`; `schema` holds the columns of each table. Tab leaves the editor, as it leaves any field.
function mount(parent, options) {
  const run = { key: "Mod-Enter", run: () => (options.onRun(), true), preventDefault: true };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        autocompletion(),
        syntaxHighlighting(classHighlighter),
        sql({ dialect, schema: options.schema, upperCaseKeywords: true }),
        keymap.of([run, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": options.label, "aria-describedby": options.describedBy }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    insert: (text) => {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    mark: (position, message) => {
      const length = view.state.doc.length;
      const from = Math.min(position, length);
      const word = /^\w+/.exec(view.state.sliceDoc(from, from + 60));
      const to = Math.min(length, from + (word ? word[0].length : 1));
      view.dispatch(setDiagnostics(view.state, [{ from: Math.min(from, to - 1 < 0 ? 0 : from), to, severity: "error", message }]));
      view.dispatch({ effects: EditorView.scrollIntoView(from) });
    },
    unmark: () => view.dispatch(setDiagnostics(view.state, [])),
    lineOf: (position) => {
      const line = view.state.doc.lineAt(Math.min(position, view.state.doc.length));
      return { line: line.number, column: position - line.from + 1 };
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

window.flowmeterEditor = { mount };
