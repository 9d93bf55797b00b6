// The search dialog: Ctrl-K or the button opens it, the keyboard goes through what is found, Escape closes it.
(function () {
  "use strict";

  // Milliseconds without a further letter after which the server is asked.
  const PAUSE = 120;
  let dialog, field, list, status, before, asking, timer;
  let options = [];
  let active = -1;

  function word(name) {
    const words = document.getElementById("search-words");
    return (words && words.dataset[name]) || "";
  }

  function element(tag, attributes, text) {
    const made = document.createElement(tag);
    Object.entries(attributes || {}).forEach(function (entry) { made.setAttribute(entry[0], entry[1]); });
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function build() {
    dialog = element("dialog", { id: "search", "aria-label": word("title") });
    field = element("input", {
      id: "search-field", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
      maxlength: "80", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "search-results",
      "aria-label": word("label"), placeholder: word("label"),
    });
    const close = element("button", { type: "button", class: "search-close", "aria-label": word("close") }, "✕");
    const head = element("div", { class: "search-head" });
    head.append(field, close);
    list = element("div", { id: "search-results", role: "listbox", "aria-label": word("title") });
    status = element("p", { class: "search-status", role: "status" });
    dialog.append(head, list, status, element("p", { class: "search-keys" }, word("keys")));
    document.body.append(dialog);
    field.addEventListener("input", later);
    field.addEventListener("keydown", steer);
    close.addEventListener("click", function () { dialog.close(); });
    list.addEventListener("click", function (event) {
      const option = event.target.closest("[role=option]");
      if (option) go(options.indexOf(option));
    });
    // A click beside the dialog lies on the dialog itself, behind its content.
    dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", function () {
      forget();
      if (before && before.isConnected) before.focus();
    });
  }

  function open() {
    if (!document.getElementById("search-words")) return;
    if (!dialog) build();
    if (dialog.open) return;
    before = document.activeElement;
    field.value = "";
    show([], "");
    dialog.showModal();
    field.focus();
  }

  function forget() {
    clearTimeout(timer);
    if (asking) asking.abort();
  }

  function later() {
    forget();
    timer = setTimeout(ask, PAUSE);
  }

  function ask() {
    const wanted = field.value.trim();
    if (Array.from(wanted).length < Number(word("shortest"))) return show([], wanted ? word("short") : "");
    asking = new AbortController();
    const query = new URLSearchParams({ q: wanted, lang: word("lang") });
    fetch("/api/search?" + query, { signal: asking.signal })
      .then(function (answer) {
        return answer.json().then(function (told) {
          if (answer.ok) show(told, "");
          else show([], answer.status === 400 ? told.errors.join(" ") : word("failed"));
        });
      })
      .catch(function (error) { if (error.name !== "AbortError") show([], word("failed")); });
  }

  function show(found, told) {
    list.replaceChildren();
    options = [];
    let group = null, kind = null;
    found.forEach(function (each, place) {
      if (each.kind !== kind) {
        kind = each.kind;
        group = element("div", { role: "group", "aria-label": each.group });
        group.append(element("div", { class: "search-group", "aria-hidden": "true" }, each.group));
        list.append(group);
      }
      const option = element("div", { role: "option", id: "search-option-" + place, "aria-selected": "false" });
      option.append(element("span", { class: "search-title" }, each.title));
      if (each.detail) option.append(element("span", { class: "search-detail" }, each.detail));
      option.dataset.href = each.href;
      group.append(option);
      options.push(option);
    });
    const count = options.length;
    const counted = count === 1 ? word("one") : word("many").replace("{count}", count);
    const asked = Array.from(field.value.trim()).length >= Number(word("shortest"));
    status.textContent = told || (count ? counted : asked ? word("none") : "");
    field.setAttribute("aria-expanded", String(count > 0));
    choose(count ? 0 : -1);
  }

  function choose(place) {
    active = place;
    options.forEach(function (option, own) { option.setAttribute("aria-selected", String(own === place)); });
    if (place < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", options[place].id);
    options[place].scrollIntoView({ block: "nearest" });
  }

  function steer(event) {
    if (event.isComposing) return;
    const count = options.length;
    if (event.key === "ArrowDown" && count) choose((active + 1) % count);
    else if (event.key === "ArrowUp" && count) choose((active - 1 + count) % count);
    else if (event.key === "Enter" && active >= 0) go(active);
    else return;
    event.preventDefault();
  }

  function go(place) {
    const href = options[place].dataset.href;
    // Only ever a page of this site.
    if (!/^\/(?!\/)/.test(href)) return;
    before = null;
    dialog.close();
    if (href === "/api") return window.location.assign(href);
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  document.addEventListener("keydown", function (event) {
    const asked = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!asked || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-search=open]")) open();
  });
})();

// The switch of languages leads to the view that stands in the address now, whatever has changed since it came.
document.addEventListener("click", function (event) {
  "use strict";
  const link = event.target.closest(".languages a[hreflang]");
  if (!link) return;
  const here = new URL(window.location.href);
  here.searchParams.set("lang", link.hreflang);
  link.href = here.pathname + here.search;
});
