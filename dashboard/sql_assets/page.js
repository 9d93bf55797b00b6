// The SQL page: asks the server, shows rows and a chart, and keeps the query in the address. Texts come from the page.
(function () {
  "use strict";

  const HISTORY = "flowmeter.sql.history";
  const REMEMBERED = 50;
  const LONGEST_ADDRESS = 3000;
  const TRIES = 60;
  const TICKET = "X-Flowmeter-Ticket";
  const PREFIX = "p.";
  // The same pieces as db/adhoc/lexer.py: a name within a text or a comment is no parameter.
  const PIECES = /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\[[^\]]*\]|`(?:[^`]|``)*`|::|:([A-Za-z_]\w*)/g;

  function open(root) {
    const find = function (name) { return root.querySelector("#sql-" + name); };
    const words = JSON.parse(root.dataset.words);
    const stored = JSON.parse(root.dataset.stored);
    const colours = JSON.parse(root.dataset.colours);
    const shown = Number(root.dataset.shown);
    const most = Number(root.dataset.most);
    let values = JSON.parse(root.dataset.values);
    let chosen = root.dataset.chosen;
    let editor = null;
    let asking = null;
    let answer = null;

    const say = function (name, filled) {
      return words[name].replace(/\{(\w+)\}/g, function (whole, key) { return key in filled ? filled[key] : whole; });
    };
    const count = function (number) { return number.toLocaleString("en"); };
    const make = function (tag, attributes, children) {
      const element = document.createElement(tag);
      Object.entries(attributes || {}).forEach(function (entry) {
        if (entry[1] === true) element.setAttribute(entry[0], "");
        else if (entry[1] !== false && entry[1] != null) element.setAttribute(entry[0], entry[1]);
      });
      (children || []).forEach(function (child) { element.append(child); });
      return element;
    };

    // The query and its parameters ---------------------------------------------------------------------------

    const text = function () { return editor ? editor.text() : find("text").value; };
    const storedNamed = function (name) { return stored.find(function (each) { return each.name === name; }); };

    function names() {
      const found = [];
      for (const piece of text().matchAll(PIECES)) {
        if (piece[1] && !found.includes(piece[1])) found.push(piece[1]);
      }
      return found;
    }

    function kindOf(name) {
      const known = storedNamed(chosen);
      const parameter = known && known.parameters.find(function (each) { return each.name === name; });
      return parameter || { name: name, kind: null, default: "", about: "" };
    }

    function drawParameters() {
      const place = find("parameters");
      const wanted = names();
      const held = Array.from(place.querySelectorAll("input")).map(function (input) { return input.name; });
      if (held.join() === wanted.join() && place.dataset.of === chosen) return;
      place.dataset.of = chosen;
      place.replaceChildren.apply(place, wanted.map(function (name) {
        const parameter = kindOf(name);
        const identity = "sql-parameter-" + name;
        const number = parameter.kind === "whole" || parameter.kind === "number";
        const input = make("input", {
          id: identity,
          name: name,
          type: number ? "number" : parameter.kind === "day" ? "date" : "text",
          step: parameter.kind === "whole" ? "1" : number ? "any" : null,
          autocomplete: "off",
          spellcheck: "false",
          title: parameter.about || say("parameter", { name: name }),
          "aria-label": say("parameter", { name: name }) + (parameter.about ? ": " + parameter.about : ""),
        });
        input.value = name in values ? values[name] : parameter.default;
        return make("label", { for: identity }, [make("span", {}, [":" + name]), input]);
      }));
    }

    function given() {
      const found = {};
      find("parameters").querySelectorAll("input").forEach(function (input) { found[input.name] = input.value; });
      return found;
    }

    function drawAbout() {
      const known = storedNamed(chosen);
      find("about").replaceChildren();
      find("stored").value = known ? chosen : "";
      if (!known) return;
      const told = Object.entries(known.columns).map(function (entry) {
        return make("li", {}, [make("code", {}, [entry[0]]), " " + entry[1]]);
      });
      find("about").append(make("details", {}, [
        make("summary", {}, [words.columns]),
        make("ul", { class: "list faint" }, told),
      ]));
    }

    function show(sql, given, name) {
      values = given;
      chosen = name;
      find("parameters").replaceChildren();
      if (editor) editor.replace(sql);
      else find("text").value = sql;
      changed();
    }

    // A stored query that was changed is the reader's own.
    function changed() {
      const known = storedNamed(chosen);
      if (known && known.sql.trim() !== text().trim()) {
        values = Object.assign({}, values, given());
        chosen = "";
      }
      drawAbout();
      drawParameters();
      keepAddress(false);
    }

    function keepAddress(ran) {
      const query = new URLSearchParams();
      const lang = new URLSearchParams(window.location.search).get("lang");
      if (lang) query.set("lang", lang);
      let behind = "";
      if (chosen) query.set("stored", chosen);
      else query.set("q", text());
      Object.entries(given()).forEach(function (entry) { query.set(PREFIX + entry[0], entry[1]); });
      if (ran) query.set("run", "1");
      if (query.toString().length > LONGEST_ADDRESS) {
        query.delete("q");
        behind = "#q=" + encodeURIComponent(text());
      }
      const address = window.location.pathname + "?" + query.toString() + behind;
      if (document.contains(root)) window.history.replaceState(window.history.state, "", address);
      drawDownloads();
      drawForReport();
    }

    // What to paste into flowmeter.toml -----------------------------------------------------------------------

    // A text of TOML: its escapes are those of JSON, and one more letter has to be written so.
    const quoted = function (written) { return JSON.stringify(written).replace(/\u007f/g, "\\u007f"); };
    const several = function (written) {
      return '"""\n' + written.split("\n").map(function (line) { return quoted(line).slice(1, -1); }).join("\n") + '"""';
    };

    function drawForReport() {
      const known = storedNamed(chosen);
      const held = given();
      const names = Object.keys(held).filter(function (name) {
        const parameter = kindOf(name);
        return !known || held[name] !== parameter.default;
      });
      const value = function (name) {
        const kind = kindOf(name).kind;
        return (kind === "whole" || kind === "number") && /^-?\d+(\.\d+)?$/.test(held[name]) ? held[name] : quoted(held[name]);
      };
      const written = text().trim();
      const told = [
        "[[reports.queries]]",
        "title = " + quoted(known ? known.question.slice(0, 120) : words.untitled),
        known ? "query = " + quoted(known.name) : "sql = " + (written.includes("\n") ? several(written) : quoted(written)),
      ];
      if (names.length) {
        told.push("parameters = { " + names.map(function (name) { return name + " = " + value(name); }).join(", ") + " }");
      }
      find("report").textContent = told.join("\n") + "\n";
      find("copied").textContent = "";
    }

    async function copyForReport() {
      try {
        await navigator.clipboard.writeText(find("report").textContent);
        find("copied").textContent = words.copied;
      } catch (error) {
        // Without a secure connection, or where it is not allowed, browsers let no script copy.
        find("copied").textContent = words.uncopied;
        window.getSelection().selectAllChildren(find("report"));
      }
    }

    function asked(rows) {
      const form = new URLSearchParams();
      form.set("q", text());
      const known = storedNamed(chosen);
      Object.entries(given()).forEach(function (entry) {
        const kind = known ? kindOf(entry[0]).kind : null;
        form.set(kind ? entry[0] + ":" + kind : entry[0], entry[1]);
      });
      form.set("_rows", String(rows));
      return form;
    }

    // Asking ---------------------------------------------------------------------------------------------------

    const status = function (told) { find("status").textContent = told; };

    function fail(told, position) {
      const place = find("error");
      let said = told;
      if (position != null && editor) {
        const line = editor.lineOf(position);
        said = say("at", { line: line.line, column: line.column, error: told });
        editor.mark(position, told);
      }
      place.textContent = said;
      status("");
    }

    async function run() {
      if (asking) asking.abort();
      const missing = Object.entries(given()).find(function (entry) {
        return entry[1] === "" && ["whole", "number", "day"].includes(kindOf(entry[0]).kind);
      });
      if (missing) {
        fail(say("missing", { name: ":" + missing[0] }));
        root.querySelector("#sql-parameter-" + missing[0]).focus();
        return;
      }
      const mine = (asking = new AbortController());
      find("error").textContent = "";
      if (editor) editor.unmark();
      find("cancel").disabled = false;
      find("result").setAttribute("aria-busy", "true");
      status(words.running);
      keepAddress(true);
      remember();
      try {
        await ask(mine.signal);
      } catch (error) {
        if (error.name === "AbortError") { if (asking === mine) status(words.cancelled); }
        else fail(say(error instanceof SyntaxError ? "broken" : "away", { error: error.message }));
      } finally {
        if (asking === mine) {
          asking = null;
          find("cancel").disabled = true;
          find("result").removeAttribute("aria-busy");
        }
      }
    }

    async function ask(signal) {
      const body = asked(shown);
      body.set("_shape", "arrays");
      let ticket = "";
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const began = performance.now();
        const headers = ticket ? { [TICKET]: ticket } : {};
        const response = await fetch("/api/sql.json", { method: "POST", body: body, headers: headers, signal: signal });
        if (response.status === 429 && attempt + 1 < TRIES) {
          status(words.waiting);
          ticket = response.headers.get(TICKET) || "";
          await pause(1000 * Number(response.headers.get("Retry-After") || 2), signal);
          continue;
        }
        const told = await response.json();
        if (!response.ok) {
          fail((told.errors || [response.statusText]).join(" "), told.position);
          return;
        }
        answer = told;
        const seconds = Number(response.headers.get("X-Flowmeter-Seconds")) || (performance.now() - began) / 1000;
        drawAnswer(seconds.toFixed(2));
        return;
      }
    }

    function pause(milliseconds, signal) {
      return new Promise(function (resolve, reject) {
        const timer = window.setTimeout(resolve, milliseconds);
        signal.addEventListener("abort", function () {
          window.clearTimeout(timer);
          reject(new DOMException("", "AbortError"));
        });
      });
    }

    // Rows -------------------------------------------------------------------------------------------------------

    const isNumber = function (place) {
      return answer.rows.some(function (row) { return typeof row[place] === "number"; }) &&
        answer.rows.every(function (row) { return row[place] === null || typeof row[place] === "number"; });
    };

    function drawAnswer(seconds) {
      const rows = answer.rows.length;
      status(rows === 1 ? say("one", { seconds: seconds }) : say("rows", { rows: count(rows), seconds: seconds }));
      const notes = [];
      if (answer.cut_short === "rows") notes.push(say("more", { rows: count(shown), most: count(most) }));
      if (answer.cut_short === "bytes") notes.push(words.large);
      if (!rows) notes.push(words.none);
      const note = notes.length ? [component("P", { children: notes.join(" "), className: "faint" })] : [];
      window.dash_clientside.set_props("sql-rows", { children: rows ? note.concat([grid()]) : note });
      drawChartForm();
      drawDownloads();
    }

    const component = function (type, props) { return { namespace: "dash_html_components", type: type, props: props }; };

    function grid() {
      const columns = answer.columns.map(function (name, place) {
        const number = isNumber(place);
        return {
          field: "c" + place,
          headerName: name,
          type: number ? "rightAligned" : undefined,
          filter: number ? "agNumberColumnFilter" : "agTextColumnFilter",
          valueFormatter: { function: "params.value == null ? '—' : params.value" },
          tooltipField: "c" + place,
        };
      });
      const rowData = answer.rows.map(function (row) {
        const shownRow = {};
        row.forEach(function (value, place) {
          shownRow["c" + place] = typeof value === "boolean" ? (value ? words.yes : words.no) : value;
        });
        return shownRow;
      });
      const table = {
        namespace: "dash_ag_grid",
        type: "AgGrid",
        props: {
          id: "grid-sql",
          columnDefs: columns,
          rowData: rowData,
          defaultColDef: { sortable: true, resizable: true, flex: 1, minWidth: 110, cellDataType: false },
          className: "ag-theme-flowmeter",
          style: { height: null, width: "100%" },
          dashGridOptions: {
            domLayout: "autoHeight",
            pagination: rowData.length > 15,
            paginationPageSize: 15,
            paginationPageSizeSelector: [15, 50, 200],
            enableCellTextSelection: true,
            ensureDomOrder: true,
            animateRows: false,
            suppressCellFocus: true,
            suppressColumnVirtualisation: answer.columns.length <= 30,
            localeText: JSON.parse(root.dataset.gridWords),
          },
        },
      };
      return component("Figure", {
        children: table,
        className: "figure grid",
        role: "group",
        "aria-label": words.grid,
        // A new answer is a new grid: columns of another query are not those of this one.
        key: String(Date.now()),
      });
    }

    function drawDownloads() {
      const place = find("downloads");
      const forms = { csv: "CSV", json: "JSON", parquet: "Parquet" };
      place.replaceChildren.apply(place, Object.keys(forms).map(function (form) {
        const label = say("download", { form: forms[form] });
        const query = taken().toString();
        if (query.length <= LONGEST_ADDRESS) {
          return make("a", { href: "/api/sql." + form + "?" + query, download: "sql." + form, "aria-label": label }, [forms[form]]);
        }
        const button = make("button", { type: "button", "aria-label": label }, [forms[form]]);
        button.addEventListener("click", function () { send("/api/sql." + form); });
        return button;
      }));
    }

    // Whoever follows a link does not come back by themselves: the answer waits for its turn.
    function taken() {
      const form = asked(most);
      form.set("_wait", "20");
      return form;
    }

    function send(action) {
      const fields = Array.from(taken(), function (entry) {
        return make("input", { type: "hidden", name: entry[0], value: entry[1] });
      });
      const form = make("form", { method: "post", action: action, hidden: true }, fields);
      root.append(form);
      form.submit();
      form.remove();
    }

    // A quick chart ------------------------------------------------------------------------------------------------

    function drawChartForm() {
      const numbers = answer.columns.map(function (_, place) { return place; }).filter(isNumber);
      find("charted").hidden = !answer.rows.length || !numbers.length;
      window.dash_clientside.set_props("sql-chart", { children: [] });
      if (find("charted").hidden) return;
      const across = answer.columns.findIndex(function (_, place) { return !numbers.includes(place); });
      const years = answer.rows.every(function (row) { return across >= 0 && /^\d{4}-\d{2}-\d{2}/.test(String(row[across])); });
      const others = answer.columns.map(function (_, place) { return place; }).filter(function (place) {
        return place !== across && !numbers.includes(place);
      });
      const choice = function (name, options, chosenOption) {
        const select = make("select", { id: "sql-chart-" + name }, options.map(function (option) {
          return make("option", { value: option[0], selected: option[0] === chosenOption }, [option[1]]);
        }));
        select.addEventListener("change", drawChart);
        return make("label", { for: "sql-chart-" + name }, [make("span", {}, [words[name]]), select]);
      };
      const named = answer.columns.map(function (column, place) { return [String(place), column]; });
      const button = make("button", { type: "button", class: "button", id: "sql-draw" }, [words.draw]);
      button.addEventListener("click", drawChart);
      find("chart-form").replaceChildren(
        choice("chart", [["line", words.line], ["bar", words.bar]], years ? "line" : "bar"),
        choice("across", named, String(Math.max(across, 0))),
        choice("up", numbers.map(function (place) { return named[place]; }), String(numbers[0])),
        choice("by", [["", words.nothing]].concat(named), others.length && years ? String(others[0]) : ""),
        button
      );
    }

    const plain = function (value) { return String(value).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); };

    function drawChart() {
      const value = function (name) { return find("chart-" + name).value; };
      const across = Number(value("across"));
      const up = Number(value("up"));
      const by = value("by");
      const series = new Map();
      answer.rows.forEach(function (row) {
        const name = by === "" ? answer.columns[up] : String(row[Number(by)]);
        if (!series.has(name)) series.set(name, { x: [], y: [] });
        series.get(name).x.push(row[across]);
        series.get(name).y.push(row[up]);
      });
      const axis = {
        gridcolor: "#e8ebf0",
        linecolor: "#e8ebf0",
        tickfont: { color: "#66717f" },
        automargin: true,
        fixedrange: true,
        zeroline: false,
      };
      const title = function (name) { return { text: plain(name), font: { color: "#66717f", size: 12 } }; };
      const data = Array.from(series.entries()).map(function (entry, place) {
        const colour = colours[place % colours.length];
        const line = value("chart") === "line";
        return Object.assign({ name: plain(entry[0]), x: entry[1].x, y: entry[1].y },
          line
            ? { type: "scatter", mode: entry[1].x.length > 60 ? "lines" : "lines+markers", line: { color: colour, width: 2 }, marker: { color: colour, size: 5 } }
            : { type: "bar", marker: { color: colour } });
      });
      const layout = {
        height: 340,
        margin: { l: 8, r: 8, t: 8, b: 8 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif', size: 12, color: "#66717f" },
        xaxis: Object.assign({}, axis, { title: title(answer.columns[across]), type: typeof answer.rows[0][across] === "string" && !/^\d{4}-\d{2}-\d{2}/.test(answer.rows[0][across]) ? "category" : undefined }),
        yaxis: Object.assign({}, axis, { title: title(answer.columns[up]), rangemode: "tozero" }),
        showlegend: series.size > 1,
        legend: { orientation: "h", y: -0.25, font: { color: "#66717f" } },
        barmode: "group",
      };
      const graph = {
        namespace: "dash_core_components",
        type: "Graph",
        props: {
          id: "sql-graph",
          figure: { data: data, layout: layout },
          config: { displayModeBar: false, responsive: true, locale: "en" },
          responsive: true,
          style: { height: "340px" },
        },
      };
      const told = say("charted", { up: answer.columns[up], across: answer.columns[across] });
      window.dash_clientside.set_props("sql-chart", {
        children: component("Figure", { children: graph, className: "figure", role: "group", "aria-label": told }),
      });
    }

    // What was asked before, in this browser only -----------------------------------------------------------------

    function remembered() {
      try {
        const held = JSON.parse(window.localStorage.getItem(HISTORY) || "[]");
        return Array.isArray(held) ? held.filter(function (each) { return each && typeof each.sql === "string"; }) : [];
      } catch (error) {
        return [];
      }
    }

    function remember() {
      const mine = { sql: text(), values: given(), stored: chosen, when: new Date().toISOString() };
      const kept = remembered().filter(function (each) {
        return each.sql !== mine.sql || JSON.stringify(each.values) !== JSON.stringify(mine.values);
      });
      keep([mine].concat(kept).slice(0, REMEMBERED));
    }

    function keep(entries) {
      try {
        window.localStorage.setItem(HISTORY, JSON.stringify(entries));
      } catch (error) {
        // A browser that keeps nothing, or has no room, asks all the same.
      }
      drawHistory();
    }

    function drawHistory() {
      const entries = remembered();
      const place = find("history");
      find("forget").hidden = !entries.length;
      place.replaceChildren.apply(place, entries.length ? entries.map(function (each) {
        const known = storedNamed(each.stored);
        const told = Object.entries(each.values || {}).map(function (entry) { return ":" + entry[0] + " = " + entry[1]; });
        const button = make("button", { type: "button", class: "sql-again", title: words.again }, [
          make("span", { class: "faint" }, [each.when.slice(0, 16).replace("T", " ")]),
          " ",
          make("code", {}, [known ? known.question : each.sql.replace(/\s+/g, " ").slice(0, 160)]),
          " ",
          make("span", { class: "faint" }, [told.join(", ")]),
        ]);
        button.addEventListener("click", function () {
          show(each.sql, each.values || {}, known ? each.stored : "");
          find("editor").scrollIntoView({ block: "nearest" });
          if (editor) editor.focus();
        });
        return make("li", {}, [button]);
      }) : [make("li", { class: "faint" }, [words.empty])]);
    }

    // Beginning ----------------------------------------------------------------------------------------------------

    function schema() {
      const tables = {};
      root.querySelectorAll("[data-column-of]").forEach(function (button) {
        (tables[button.dataset.columnOf] = tables[button.dataset.columnOf] || []).push(button.dataset.insert);
      });
      return tables;
    }

    function begin() {
      const behind = new URLSearchParams(window.location.hash.slice(1)).get("q");
      if (behind) chosen = "";
      const written = behind || find("text").textContent;
      const area = make("textarea", {
        id: "sql-text", class: "sql-text", rows: "12", spellcheck: "false", "aria-label": words.editor, "aria-describedby": "sql-limits",
      });
      area.value = written;
      area.addEventListener("input", changed);
      find("editor").replaceChildren(area);
      if (window.flowmeterEditor) {
        find("editor").replaceChildren();
        editor = window.flowmeterEditor.mount(find("editor"), {
          text: written,
          schema: schema(),
          label: words.editor,
          describedBy: "sql-limits",
          onRun: run,
          onChange: changed,
        });
      }
      root.addEventListener("keydown", function (event) {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) run();
        else if (event.key === "Enter" && event.target.matches("#sql-parameters input")) run();
        else if (event.key === "Escape" && asking) asking.abort();
      });
      root.addEventListener("click", function (event) {
        const button = event.target.closest("[data-insert]");
        if (!button) return;
        if (editor) editor.insert(button.dataset.insert);
        else { area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end"); changed(); area.focus(); }
      });
      find("parameters").addEventListener("input", function () { keepAddress(false); });
      find("stored").addEventListener("change", function (event) {
        const known = storedNamed(event.target.value);
        if (known) show(known.sql, {}, known.name);
        else { chosen = ""; changed(); }
      });
      find("run").addEventListener("click", run);
      find("cancel").addEventListener("click", function () { if (asking) asking.abort(); });
      find("copy").addEventListener("click", copyForReport);
      find("forget").addEventListener("click", function () { keep([]); });
      drawAbout();
      drawParameters();
      drawDownloads();
      drawForReport();
      drawHistory();
      root.dataset.ready = "1";
      if (root.dataset.run) run();
    }

    begin();
  }

  window.flowmeterSql = { open: open };
})();
