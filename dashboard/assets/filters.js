// What a reader chooses above a page is written into the address here, without asking the server: the page that
// the address asks for is all that is waited for.
(function () {
  "use strict";

  const MONTH = /^\d{4}-\d{2}/;
  // What an address asks of a list: its order and conditions stay when the view changes, its page does not.
  const OF_A_LIST = /^sort$|\.(has|is|max|min)$/;

  // A day of the address, or null: a month stands for its first day, and for its last where the period ends.
  function day(text, last) {
    if (!/^\d{4}-\d{2}(-\d{2})?$/.test(text || "")) return null;
    const whole = text.length === 7 ? text + "-01" : text;
    const found = new Date(whole + "T00:00:00Z");
    if (isNaN(found) || found.toISOString().slice(0, 10) !== whole || whole < "1990-01-01" || whole > "2100-12-31") return null;
    return text.length === 7 && last ? monthEnd(whole) : whole;
  }

  function monthEnd(first) {
    return new Date(Date.UTC(Number(first.slice(0, 4)), Number(first.slice(5, 7)), 0)).toISOString().slice(0, 10);
  }

  function month(text) {
    return typeof text === "string" && MONTH.test(text) && day(text.slice(0, 7)) ? text.slice(0, 7) + "-01" : null;
  }

  function query(pairs) {
    const written = new URLSearchParams(pairs.filter(function (pair) { return pair[1]; })).toString();
    return written ? "?" + written.replace(/%2F/g, "/").replace(/%3A/g, ":") : "";
  }

  function view(scope, grain, start, end, compare, segments) {
    return [
      ["scope", scope === "project" ? "" : scope], ["grain", grain === "month" ? "" : grain],
      ["from", start], ["to", end], ["compare", compare === "none" || compare === scope ? "" : compare],
    ].concat(segments.map(function (name) { return ["segment", name]; }));
  }

  // The address's query string after a control changed; null when the controls show what it says already. Only
  // what a control shows differently is taken from it: the month picker cannot hold a day, and must not round one.
  function changedView(search, scope, grain, period, compare, segments) {
    const asked = new URLSearchParams(search || "");
    let start = day(asked.get("from")), end = day(asked.get("to"), true);
    if (start && end && start > end) start = end = null;
    const now = view(asked.get("scope") || "project", asked.get("grain") || "month", start, end,
      asked.get("compare") || "none", asked.getAll("segment"));
    const chosen = [0, 1].map(function (place) { return month((period || [])[place]); });
    if (chosen[0] !== month(start) || chosen[1] !== month(end)) {
      // A range half chosen is not a choice yet.
      if (chosen[0] && !chosen[1]) return null;
      start = chosen[0];
      end = chosen[1] && monthEnd(chosen[1]);
    }
    const wanted = view(scope || "project", grain || "month", start, end, compare || "none", segments || []);
    if (query(wanted) === query(now)) return null;
    return query(wanted.concat([...asked].filter(function (pair) { return OF_A_LIST.test(pair[0]); })));
  }

  // The query string after one choice of the Performance page; `usual` are the values that need not be told.
  function changedChoice(search, name, value, usual) {
    const asked = new URLSearchParams(search || "");
    const before = query([...asked]);
    const written = String(value === null || value === undefined ? "" : value).trim();
    // A field that is being emptied is no choice yet, where it has a usual value.
    if (!written && name === "budget") return null;
    if (written && written !== usual[name]) asked.set(name, written);
    else asked.delete(name);
    const after = query([...asked]);
    return after === before ? null : after;
  }

  // A page that comes brings all controls at once; a reader changes one.
  function changedOne() {
    const changed = window.dash_clientside.callback_context.triggered;
    return changed.length === 1 ? changed[0].prop_id.replace(/\.value$/, "") : null;
  }

  function written(found) {
    return found === null ? window.dash_clientside.no_update : found;
  }

  function writeView(scope, grain, period, compare, segments, search) {
    return written(changedOne() ? changedView(search, scope, grain, period, compare, segments) : null);
  }

  function writeChoice() {
    const changed = changedOne();
    if (!changed) return written(null);
    const bar = document.querySelector("main [data-usual]");
    const value = window.dash_clientside.callback_context.triggered[0].value;
    const search = arguments[arguments.length - 1];
    return written(changedChoice(search, changed.replace("performance-", ""), value, bar ? JSON.parse(bar.dataset.usual) : {}));
  }

  window.flowmeterFilters = { changedView: changedView, changedChoice: changedChoice };
  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.flowmeter = Object.assign({}, window.dash_clientside.flowmeter, { writeView: writeView, writeChoice: writeChoice });
})();
