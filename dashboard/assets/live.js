// An open page notices newer numbers and says so; it moves nothing that somebody reads. While nothing is
// there to read yet, it shows what has come by itself.
(function () {
  "use strict";

  const EVERY = 20000;
  let timer = null;

  function here() {
    const marked = document.querySelector("[data-version]");
    return marked ? marked.dataset.version : "";
  }

  function show() {
    const notice = document.getElementById("new-data");
    if (notice) notice.remove();
    // As if the page was come to again: filters, language and place stay.
    window.dash_clientside.set_props("_pages_location", { search: window.location.search });
  }

  function say(words, button) {
    let notice = document.getElementById("new-data");
    if (notice) return;
    notice = document.createElement("div");
    notice.id = "new-data";
    notice.setAttribute("role", "status");
    notice.append(words + " ");
    if (button) {
      const shown = document.createElement("button");
      shown.type = "button";
      shown.textContent = button;
      shown.addEventListener("click", show);
      notice.append(shown);
    }
    document.body.append(notice);
  }

  function told(state) {
    const collecting = document.querySelector('[data-live="collecting"]');
    if (collecting && state.collecting.length) collecting.textContent = state.collecting.join("; ");
    document.querySelectorAll("[data-live-job]").forEach(function (line) {
      const words = state.jobs[line.dataset.liveJob];
      if (words) line.textContent = words;
    });
    const shown = here();
    if (shown && state.data !== shown) {
      const empty = document.querySelector("main .empty") && !document.querySelector("main figure");
      if (empty) show();
      else say(state.words.newer, state.words.show);
    } else if (state.stale && !document.getElementById("stale")) say(state.stale, "");
  }

  function look() {
    window.clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    timer = window.setTimeout(look, EVERY);
    if (!here()) return;
    window.fetch("/live", { headers: { Accept: "application/json" } }).then(function (answer) {
      return answer.ok ? answer.json().then(told) : null;
    }, function () { /* The server is away for a moment: asked again in a while. */ });
  }

  document.addEventListener("visibilitychange", look);
  window.flowmeterLook = look;
  timer = window.setTimeout(look, EVERY);
})();
