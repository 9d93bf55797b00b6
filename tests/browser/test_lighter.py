"""Words of a page become a few components in the browser: all of them, in order, as text; links lead on."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

LIGHTER = """(content) => {
  const shown = (node) => {
    if (node === null || typeof node !== "object") return node === null ? "" : String(node);
    if (Array.isArray(node)) return node.map(shown).join("");
    return shown("tree" in node.props ? node.props.tree : node.props.children);
  };
  const kinds = (node) => node === null || typeof node !== "object" ? [] : Array.isArray(node)
    ? node.flatMap(kinds) : [node.type, ...kinds(node.props.children)];
  const made = flowmeter_lighter.lighter(content);
  return [kinds(made), shown(made)];
}"""


def html(kind: str, children: Any = None, **props: Any) -> dict[str, Any]:
    """An element as Dash sends it."""
    return {"type": kind, "namespace": "dash_html_components", "props": {"children": children, **props}}


def test_what_nothing_asks_or_changes_is_one_component_and_all_else_stays(
    watched: Any, filled_site: str
) -> None:
    page = watched.open(f"{filled_site}/data")
    graph = {"type": "Graph", "namespace": "dash_core_components", "props": {"id": "g"}}
    asked = html("Button", "table", id={"card": "commits", "part": "table"})
    for content, kinds in (
        (html("Div", [html("H1", "a"), "b", html("P", ["c", html("Strong", "d")])]), ["Part"]),
        (
            html("Div", [html("H1", "a"), html("P", "b"), graph, "c", html("P", "d")]),
            ["Div", "Part", "Graph", "Part"],
        ),
        (html("Div", ["a", graph, "b"]), ["Div", "Graph"]),
        (
            html("Section", html("Div", [asked, html("A", "b", href="/x")])),
            ["Section", "Div", "Button", "Part"],
        ),
        ([html("Div", None), html("Figure", graph)], ["Part", "Figure", "Graph"]),
        # What a script fills by its name stays; what an address leads to need not.
        (
            html("Div", [html("P", "a"), html("Div", html("P", "b"), id="sql-rows")]),
            ["Div", "Part", "Div", "Part"],
        ),
        (html("Main", html("Section", "a", id="card-commits"), id="main"), ["Part"]),
        ("only a text", []),
        (None, []),
    ):
        found, words = page.evaluate(LIGHTER, content)
        assert found == kinds, content
        plain = page.evaluate(LIGHTER.replace("flowmeter_lighter.lighter(content)", "content"), content)[1]
        assert words == plain


def test_words_of_others_are_text_and_their_addresses_do_not_run(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/data")
    hostile = "</div><img src=x onerror=alert(1)>"
    tree = html(
        "Div",
        [
            html("H1", hostile, title=hostile),
            html("A", "a", href="javascript:alert(1)"),
            html("A", "b", href=" JavaScript:alert(1)"),
            html("Img", None, src="data:text/html,x"),
            html("P", "c", dangerouslySetInnerHTML={"__html": hostile}, onClick="alert(1)"),
        ],
    )
    written = page.evaluate(
        """async (tree) => {
          const place = document.createElement("section");
          ReactDOM.createRoot(place).render(React.createElement(flowmeter_lighter.Part, { tree: tree }));
          await new Promise((done) => setTimeout(done));
          while (!place.firstChild) await new Promise((done) => setTimeout(done));
          return [place.querySelectorAll("*").length, place.querySelector("h1").textContent,
            [...place.querySelectorAll("a, img")].map((one) => one.getAttributeNames().length)];
        }""",
        tree,
    )
    assert written == [6, hostile, [0, 0, 0]]


def test_a_link_leads_on_without_a_new_document_and_a_new_tab_gets_one(
    watched: Any, filled_site: str
) -> None:
    page = watched.open(filled_site)
    page.evaluate("() => { window.sameDocument = true; }")
    link = page.locator(".navigation").get_by_role("link", name="Talent", exact=True)
    with page.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    expect(opened.value.locator("h1")).to_have_text("Talent")
    opened.value.close()
    assert page.url == f"{filled_site}/"
    link.click()
    expect(page.locator("h1")).to_have_text("Talent")
    # A card's headline leads to its chart on the same page.
    page.locator(".scores .card-link").first.click()
    page.wait_for_url("**/talent#card-*")
    assert page.evaluate("() => window.sameDocument") is True
