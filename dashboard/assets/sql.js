// The SQL page's script, editor and style are large: they come when the page is opened.
(function () {
  "use strict";
  let coming = null;

  function bring(kind, address) {
    return new Promise(function (resolve) {
      const element = document.createElement(kind);
      if (kind === "link") { element.rel = "stylesheet"; element.href = address; }
      else { element.src = address; element.async = false; }
      // Without its editor the page has a plain field: it goes on, whatever came.
      element.onload = element.onerror = resolve;
      document.head.append(element);
    });
  }

  function look() {
    const root = document.getElementById("sql-page");
    if (!root || root.dataset.opened) return;
    root.dataset.opened = "1";
    const files = JSON.parse(root.dataset.files);
    coming = coming || Promise.all([bring("link", files.css), bring("script", files.editor), bring("script", files.page)]);
    coming.then(function () { if (document.contains(root) && window.flowmeterSql) window.flowmeterSql.open(root); });
  }

  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  look();
})();
