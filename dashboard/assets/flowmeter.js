// Saving a chart as a picture, and going to the rows behind a point: what needs no server.
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-png]");
    if (!button) return;
    const card = button.closest(".card");
    const graph = card && card.querySelector(".js-plotly-plot");
    if (!graph || !window.Plotly) return;
    const layout = Object.assign({}, graph.layout, {
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      title: { text: button.dataset.title.replace(/&/g, "&amp;").replace(/</g, "&lt;"), font: { size: 15 }, x: 0.02 },
      margin: Object.assign({}, graph.layout.margin, { t: 70, l: 50, b: 40 }),
    });
    const file = { format: "png", scale: 2, width: 900, height: 460, filename: button.dataset.png };
    window.Plotly.downloadImage({ data: graph.data, layout: layout }, file);
  });
})();

// A click on a bar or point leads to the rows behind it: those of its metric and period, in the same view.
(function () {
  "use strict";

  // Segment and period of a point: of a heat map or funnel by its cell, of a line or bar by its trace and day.
  function behind(trace, point) {
    const meta = trace.meta || {};
    if (!meta.rows) return { period: trace.x && trace.x[point.pointNumber], segment: meta.segment };
    const row = meta.rows[trace.y.indexOf(point.y)];
    if (!meta.columns) return { period: meta.period, segment: row };
    const column = meta.columns[trace.x.indexOf(point.x)];
    return meta.between ? { period: meta.period, segment: row + meta.between + column } : { period: column, segment: row };
  }

  function openRows(clicks, figures, ids, search) {
    const stay = window.dash_clientside.no_update;
    const asked = window.dash_clientside.callback_context.triggered_id;
    if (!asked) return stay;
    const place = ids.findIndex(function (id) { return id.card === asked.card; });
    const point = place >= 0 && clicks[place] && clicks[place].points && clicks[place].points[0];
    if (!point) return stay;
    const trace = figures[place].data[point.curveNumber];
    const found = trace && behind(trace, point);
    if (!found || !/^\d{4}-\d{2}-\d{2}$/.test(found.period || "")) return stay;
    const query = new URLSearchParams(search || "");
    if (found.segment) query.set("segment", found.segment);
    ["sort", "page"].forEach(function (name) { query.delete(name); });
    query.set("period", found.period);
    return "/rows/" + encodeURIComponent(asked.card) + "?" + query.toString();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.flowmeter = Object.assign({}, window.dash_clientside.flowmeter, { openRows: openRows });
})();
