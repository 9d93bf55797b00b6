"""What the grid's own script says to readers, in their language: pages, filters, keys, nothing to show."""

from __future__ import annotations

from dashboard.language import ENGLISH, _, current, mark

#: The script's name of each text → what it says in English.
WORDS = {
    "page": mark("Page"),
    "to": mark("to"),
    "of": mark("of"),
    "more": mark("more"),
    "firstPage": mark("First Page"),
    "previousPage": mark("Previous Page"),
    "nextPage": mark("Next Page"),
    "lastPage": mark("Last Page"),
    "pageSizeSelectorLabel": mark("Page Size:"),
    "ariaPageSizeSelectorLabel": mark("Page Size"),
    "noRowsToShow": mark("No Rows To Show"),
    "noMatchingRows": mark("No Matching Rows"),
    "loadingOoo": mark("Loading..."),
    "filterOoo": mark("Filter..."),
    "contains": mark("Contains"),
    "notContains": mark("Does not contain"),
    "equals": mark("Equals"),
    "notEqual": mark("Does not equal"),
    "startsWith": mark("Begins with"),
    "endsWith": mark("Ends with"),
    "blank": mark("Blank"),
    "notBlank": mark("Not blank"),
    "greaterThan": mark("Greater than"),
    "greaterThanOrEqual": mark("Greater than or equal to"),
    "lessThan": mark("Less than"),
    "lessThanOrEqual": mark("Less than or equal to"),
    "inRange": mark("Between"),
    "andCondition": mark("AND"),
    "orCondition": mark("OR"),
    "ariaFilterInput": mark("Filter Input"),
    "ariaFilterValue": mark("Filter Value"),
    "ariaFilterFromValue": mark("Filter from value"),
    "ariaFilterToValue": mark("Filter to Value"),
    "ariaFilteringOperator": mark("Filtering operator"),
    "ariaFilterMenuOpen": mark("Open Filter Menu"),
    "ariaFilterColumn": mark("Press CTRL ENTER to open filter"),
    "ariaColumnFiltered": mark("Column Filtered"),
    "ariaLabelColumnFilter": mark("Column Filter"),
    "ariaSortableColumn": mark("Press ENTER to sort"),
}
#: Texts that mean something else elsewhere: the script's name → what is translated in their place.
OTHERWISE = {"inRangeStart": mark("at least"), "inRangeEnd": mark("at most")}


def grid_words() -> dict[str, str]:
    """The script's texts in the language of the request by their names; none in English, which it speaks."""
    if current() == ENGLISH:
        return {}
    return {name: _(text) for name, text in {**WORDS, **OTHERWISE}.items()}
