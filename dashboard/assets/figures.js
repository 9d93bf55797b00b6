// Figures in view are drawn at once, the others one after the other when nothing else is to do:
// a page of thirty charts is as quick as one of four.
(function () {
  "use strict";

  // The bundle with the kinds of marks that pages draw, instead of the one with all that there are.
  const bundle = document.querySelector('link[rel="preload"][as="script"][data-plotly]');
  if (bundle) Object.defineProperty(window, "_dashPlotlyJSURL", { get: function () { return bundle.href; }, set: function () {} });

  const NEAR = 200;
  const waiting = new Map();
  let busy = false;
  let idle = 0;

  // Where the figures of the page are, asked once for all that are drawn in one go: what a figure draws moves none.
  let boxes = null;

  function boxOf(figure) {
    if (!boxes) {
      boxes = new Map();
      document.querySelectorAll(".dash-graph").forEach(function (place) { boxes.set(place, place.getBoundingClientRect()); });
      window.setTimeout(function () { boxes = null; }, 0);
    }
    return boxes.get(figure.closest(".dash-graph")) || figure.getBoundingClientRect();
  }

  function within(figure, pixels) {
    const box = boxOf(figure);
    return box.bottom > -pixels && box.top < window.innerHeight + pixels;
  }

  function near(figure) {
    return within(figure, NEAR);
  }

  function next() {
    busy = false;
    if (!waiting.size) return;
    const figures = [...waiting.keys()];
    const seen = figures.find(function (figure) { return !figure.isConnected || near(figure); });
    busy = true;
    if (seen) window.setTimeout(draw, 0, seen);
    else idle = window.requestIdleCallback(function () { idle = 0; draw([...waiting.keys()].find(near) || figures[0]); }, { timeout: 2000 });
  }

  // Who scrolls to a figure does not wait until nothing else is to do.
  document.addEventListener("scroll", function () {
    const reached = idle && [...waiting.keys()].find(near);
    if (!reached) return;
    window.cancelIdleCallback(idle);
    idle = 0;
    draw(reached);
  }, { passive: true, capture: true });

  function draw(figure) {
    const asked = waiting.get(figure);
    waiting.delete(figure);
    if (!asked) return next();
    if (!figure.isConnected) {
      asked.resolve(figure);
      return next();
    }
    Promise.resolve(asked.react(figure, ...asked.rest)).then(asked.resolve, asked.reject).then(next);
    return undefined;
  }

  function inTurn(react) {
    return function (figure, ...rest) {
      // What is in view is drawn at once: a change of filters shows no empty place.
      if (!(figure instanceof Element) || (within(figure, 0) && !waiting.has(figure))) return react(figure, ...rest);
      const before = waiting.get(figure);
      const done = new Promise(function (resolve, reject) {
        // What was asked of the same figure before is never drawn: only the newest counts.
        waiting.set(figure, { react: react, rest: rest, reject: reject, resolve: function (drawn) {
          if (before) before.resolve(drawn);
          resolve(drawn);
        } });
      });
      if (!busy) next();
      return done;
    };
  }

  // A figure that has its place's size already need not be drawn a second time for it.
  function whenResized(resize) {
    return function (figure) {
      const held = figure && figure._fullLayout;
      const fits = held && Math.abs(held.width - figure.clientWidth) < 1 && Math.abs(held.height - figure.clientHeight) < 1;
      return fits ? Promise.resolve(figure) : resize(figure);
    };
  }

  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: function () { return undefined; },
    set: function (plotly) {
      plotly.react = inTurn(plotly.react);
      plotly.Plots.resize = whenResized(plotly.Plots.resize);
      Object.defineProperty(window, "Plotly", { value: plotly, writable: true, configurable: true });
    },
  });
})();
