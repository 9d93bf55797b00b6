// Most of a page is words that nothing ever asks or changes. Dash watches each element of them; here they become
// a few components that stand for whole parts, which a browser shows several times as fast.
(function () {
  "use strict";

  const HTML = "dash_html_components";
  const WORDS = new Set([
    "A", "Article", "B", "Br", "Button", "Code", "Div", "Em", "Figcaption", "Footer", "H1", "H2", "H3", "H4", "Header",
    "Hr", "I", "Img", "Kbd", "Li", "Main", "Mark", "Nav", "Ol", "P", "Pre", "Section", "Small", "Span", "Strong",
    "Table", "Tbody", "Td", "Th", "Thead", "Tr", "Ul",
  ]);
  // What Dash's elements take for themselves, and what none of ours is given: no handler, no HTML.
  const OF_DASH = /^(children|n_clicks.*|disable_n_clicks|setProps|refresh|underline|on[A-Z].*|dangerously.*)$/;
  // No address that would run.
  const ADDRESS = /^([/#?]|https?:\/\/|mailto:|data:image\/|$)/i;

  function isLink(node) {
    return node.namespace === "dash_mantine_components" && node.type === "Anchor";
  }

  // Ids that addresses lead to. Any other is one that a callback or a script asks Dash for.
  const TARGET = /^(main$|card-|list-|top-)/;

  // Whether nothing in it is asked or changed by a callback.
  function still(node) {
    if (node === null || typeof node !== "object") return true;
    if (Array.isArray(node)) return node.every(still);
    const words = (node.namespace === HTML && WORDS.has(node.type)) || isLink(node);
    const id = node.props.id;
    const named = id !== undefined && id !== null && !(typeof id === "string" && TARGET.test(id));
    return words && !named && still(node.props.children);
  }

  function part(tree) {
    return { namespace: "flowmeter_lighter", type: "Part", props: { tree: tree } };
  }

  // The same content, what is still in one piece wherever it can be.
  function lighter(node) {
    if (node === null || typeof node !== "object") return node;
    if (!Array.isArray(node)) {
      if (still(node)) return part(node);
      if (node.namespace !== HTML || node.props.children === undefined) return node;
      return Object.assign({}, node, { props: Object.assign({}, node.props, { children: lighter(node.props.children) }) });
    }
    const made = [];
    let waiting = [];
    function close() {
      if (waiting.some(function (each) { return each !== null && typeof each === "object"; })) made.push(part(waiting));
      else made.push(...waiting);
      waiting = [];
    }
    node.forEach(function (child) {
      if (still(child)) return waiting.push(child);
      close();
      return made.push(lighter(child));
    });
    close();
    return made;
  }

  // A click that means this page: without another document, as Dash's own links.
  function go(event) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    window.history.pushState({}, "", event.currentTarget.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  function element(node) {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) return React.createElement(React.Fragment, null, ...node.map(element));
    const given = {};
    Object.entries(node.props).forEach(function (entry) {
      if (!OF_DASH.test(entry[0]) && entry[1] !== null) given[entry[0]] = entry[1];
    });
    ["href", "src"].forEach(function (name) { if (name in given && !ADDRESS.test(given[name])) delete given[name]; });
    const link = isLink(node);
    if (link) {
      const look = node.props.underline === "never" ? "plain-link" : "plain-link pointed";
      given.className = given.className ? look + " " + given.className : look;
      if (/^[/?]/.test(given.href || "") && !node.props.refresh && !given.target) given.onClick = go;
    }
    const children = node.props.children;
    const inner = children === null || children === undefined ? [] : [].concat(children).map(element);
    return React.createElement(link ? "a" : node.type.toLowerCase(), given, ...inner);
  }

  window.flowmeter_lighter = {
    lighter: lighter,
    Part: React.memo(function (props) { return element(props.tree); }, function (one, other) { return one.tree === other.tree; }),
  };

  // The content of a page, as Dash's script reads it out of an answer.
  const ask = window.fetch;
  window.fetch = function (address, options) {
    const asked = ask.apply(window, arguments);
    if (!(options && typeof options.body === "string" && options.body.includes("_pages_content.children"))) return asked;
    return asked.then(function (answer) {
      const read = answer.json.bind(answer);
      answer.json = function () {
        return read().then(function (told) {
          const content = told && told.response && told.response._pages_content;
          if (content) content.children = lighter(content.children);
          return told;
        });
      };
      return answer;
    });
  };
})();
