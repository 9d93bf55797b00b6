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

// Where a reader is in a grid stands in the address, so that a link leads there again.
(function () {
  "use strict";

  function keepPlace(params, name) {
    const columns = params.api.getColumnState();
    // A grid that is leaving the page has none, and the address is another page's already.
    if (!columns) return;
    const sorted = columns.find(function (column) { return column.sort; });
    const page = params.api.paginationGetCurrentPage() + 1;
    const address = new URL(window.location.href);
    const places = { sort: sorted ? (sorted.sort === "desc" ? "-" : "") + sorted.colId : "", page: page > 1 ? String(page) : "" };
    Object.keys(places).forEach(function (place) {
      if (places[place]) address.searchParams.set(name + "." + place, places[place]);
      else address.searchParams.delete(name + "." + place);
    });
    if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address.href);
  }

  window.dashAgGridFunctions = Object.assign({}, window.dashAgGridFunctions, { keepPlace: keepPlace });
})();
