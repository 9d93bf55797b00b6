// Saving a chart as a picture, and going to a card that a link names: what needs no server.
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-png]");
    if (!button) return;
    const card = button.closest(".card");
    const graph = card && card.querySelector(".js-plotly-plot");
    if (!graph || !window.Plotly) return;
    const title = card.querySelector("h2");
    const layout = Object.assign({}, graph.layout, {
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      title: { text: title ? title.textContent.replace(/</g, "&lt;") : "", font: { size: 15 }, x: 0.02 },
      margin: Object.assign({}, graph.layout.margin, { t: 70, l: 50, b: 40 }),
    });
    const file = { format: "png", scale: 2, width: 900, height: 460, filename: button.dataset.png };
    window.Plotly.downloadImage({ data: graph.data, layout: layout }, file);
  });
})();
