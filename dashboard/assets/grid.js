// The grid's script is large: a stand-in of the component brings it when the first grid is shown.
(function () {
  "use strict";
  if (window.dash_ag_grid) return;
  const { Suspense, createElement, lazy } = window.React;
  const address = "/_dash-component-suites/dash_ag_grid/dash_ag_grid.min.js";
  const Grid = lazy(function () {
    return new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = address;
      script.onload = function () { resolve({ default: window.dash_ag_grid.AgGrid }); };
      script.onerror = function () { reject(new Error(address + " did not come")); };
      document.head.append(script);
    });
  });
  function AgGrid(props) {
    return createElement(Suspense, { fallback: null }, createElement(Grid, props));
  }
  window.dash_ag_grid = { AgGrid: AgGrid };
})();
