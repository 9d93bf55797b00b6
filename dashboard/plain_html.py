"""Dash's components as plain HTML: how a page stands before any script has run, and where none does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

#: A component as Dash sends it: `{"type": "Div", "namespace": …, "props": {"children": …}}`.
Component = Mapping[str, Any]
HTML, MANTINE, CORE = "dash_html_components", "dash_mantine_components", "dash_core_components"
#: Properties that stand in HTML under another name.
RENAMED = {"className": "class", "htmlFor": "for"}
#: Properties that stand there under their own, in small letters; with `aria-*` and `data-*` they are all.
ATTRIBUTES = frozenset(
    {
        "action", "alt", "colSpan", "dir", "download", "height", "href", "hrefLang", "label", "lang",
        "maxLength", "method", "min", "max", "name", "placeholder", "rel", "role", "rowSpan", "scope", "src",
        "step", "tabIndex", "target", "title", "type", "value", "width",
    }
)  # fmt: skip
#: Properties that are there or not.
FLAGS = frozenset({"checked", "disabled", "hidden", "multiple", "open", "readOnly", "required", "selected"})
VOID = frozenset({"br", "col", "hr", "img", "input", "wbr"})
#: How an address may begin: none that a browser would run.
ADDRESSES = ("/", "#", "?", "http://", "https://", "mailto:", "data:image/")
#: Ids that an address may lead to; all others are for scripts, which wait for the components themselves.
TARGETS = ("main", "card-", "list-", "top-")
#: Mantine's fields, drawn as what they look like.
FIELDS = frozenset({"Autocomplete", "MonthPickerInput", "MultiSelect", "NumberInput", "Select", "TextInput"})


def plain(content: Any) -> str:
    """The HTML of a component, a list of them, a text or nothing; text is escaped wherever it stands."""
    if content is None or isinstance(content, bool):
        return ""
    if isinstance(content, list):
        return "".join(map(plain, content))
    if not isinstance(content, Mapping):
        return escape(str(content), quote=False)
    props, kind = content.get("props", {}), str(content.get("type"))
    if content.get("namespace") == HTML:
        return _element(kind.lower(), props)
    special = _OTHERS.get((str(content.get("namespace")), kind))
    if special is not None:
        return special(props)
    return _field(kind, props) if kind in FIELDS else ""


def _element(tag: str, props: Component, more: str = "") -> str:
    opened = f"<{tag}{more}{_attributes(props)}>"
    return opened if tag in VOID else f"{opened}{plain(props.get('children'))}</{tag}>"


def _attributes(props: Component) -> str:
    written = []
    for name, value in props.items():
        if value is None:
            continue
        if name in FLAGS:
            written += [f" {name.lower()}"] if value else []
        elif name == "style":
            written.append(f' style="{escape(_style(value))}"')
        elif name == "id":
            kept = isinstance(value, str) and value.startswith(TARGETS)
            written += [f' id="{escape(value)}"'] if kept else []
        elif name in ("href", "src", "action") and not _harmless(str(value)):
            continue
        elif name in RENAMED or name in ATTRIBUTES or name.startswith(("aria-", "data-")):
            given = value if isinstance(value, str) else json.dumps(value)
            written.append(f' {RENAMED.get(name, name.lower())}="{escape(given)}"')
    return "".join(written)


def _harmless(address: str) -> bool:
    """Whether an address is one of a page, not a script in its place."""
    return not address or address.startswith(ADDRESSES)


def _style(style: Mapping[str, Any]) -> str:
    """A style as React takes it (`{"minHeight": "3px"}`), as HTML has it."""
    names = {
        name: "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
        for name in style
    }
    return ";".join(f"{names[name]}:{value}" for name, value in style.items() if value is not None)


def _link(props: Component) -> str:
    # Mantine's links are underlined when somebody points at them, unless they say otherwise.
    look = "plain-link" if props.get("underline") == "never" else "plain-link pointed"
    return _element("a", {**props, "className": f"{look} {props.get('className', '')}".strip()})


def _graph(props: Component) -> str:
    """The place of a figure, which is drawn later."""
    return f'<div style="{escape(_style(props.get("style") or {}))}"></div>'


def _toggle(props: Component) -> str:
    return f'<span class="plain-toggle">{plain(props.get("lightIcon"))}</span>'


def _field(kind: str, props: Component) -> str:
    """A box of the field's size with what it shows."""
    width = props.get("w")
    style = f' style="width:{width / 16}rem"' if isinstance(width, int | float) else ""
    state = "disabled" if props.get("disabled") else ""
    classes = " ".join(f"plain-field {kind} {props.get('className', '')} {state}".split())
    label = escape(str(props.get("label") or props.get("aria-label") or ""))
    shown = escape(_shown(kind, props), quote=False)
    above = f'<span class="plain-label">{label}</span>' if props.get("label") else ""
    return f'<div class="{escape(classes)}"{style}>{above}<div title="{label}">{shown}</div></div>'


def _shown(kind: str, props: Component) -> str:
    """The text that a field shows: titles of what was chosen, else its placeholder."""
    value = props.get("value")
    if kind == "MonthPickerInput":
        # The picker's name ends with the months as it shows them.
        return str(props.get("aria-label") or "").rpartition(": ")[2]
    titles = {
        entry["value"]: entry["label"]
        for group in props.get("data") or ()
        if isinstance(group, Mapping)
        for entry in group.get("items", [group])
        if isinstance(entry, Mapping)
    }
    chosen = value if isinstance(value, list) else [value]
    told = ", ".join(str(titles.get(one, one)) for one in chosen if one not in (None, ""))
    return told + str(props.get("suffix") or "") if told else str(props.get("placeholder") or "")


_OTHERS: Mapping[tuple[str, str], Callable[[Component], str]] = {
    (MANTINE, "Anchor"): _link,
    (CORE, "Link"): _link,
    (CORE, "Graph"): _graph,
    (MANTINE, "ColorSchemeToggle"): _toggle,
}
