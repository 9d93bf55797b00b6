// The form above a paged table leads to an address: the page goes there as by a link, without a new document.
(function () {
  "use strict";

  document.addEventListener("submit", function (event) {
    const form = event.target.closest("form.narrow");
    if (!form) return;
    event.preventDefault();
    const address = new URL(form.action, window.location.href);
    const query = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (String(value).trim()) query.append(name, String(value).trim());
    });
    address.search = query.toString();
    window.history.pushState({}, "", address.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });
})();
