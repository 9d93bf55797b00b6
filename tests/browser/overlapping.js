// Texts of the page that are seen over each other: which, and where. An arrow function, for Playwright to call.
() => {
    const shown = (part) => part.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const crossing = (one, other) => ({
        left: Math.max(one.left, other.left), right: Math.min(one.right, other.right),
        top: Math.max(one.top, other.top), bottom: Math.min(one.bottom, other.bottom),
    });
    const clips = (part) => {
        const found = [];
        for (let at = part; at && at !== document.body; at = at.parentElement)
            if (getComputedStyle(at).overflow !== "visible" && !(at instanceof SVGElement)) found.push(at.getBoundingClientRect());
        return found;
    };
    // What stays where it is while the rest is scrolled away hides what comes below it.
    const stays = (part) => {
        for (let at = part; at && at !== document.body; at = at.parentElement)
            if (getComputedStyle(at).position === "sticky") return true;
        return false;
    };
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, part = text.parentElement;
        if (!text.data.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "TITLE", "OPTION"].includes(part.tagName) || !shown(part)) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        const within = clips(part);
        for (const box of range.getClientRects()) {
            const seen = within.reduce(crossing, box);
            // A line's box is higher than its letters.
            const spare = (seen.bottom - seen.top) * 0.2;
            if (seen.right - seen.left > 1 && seen.bottom - seen.top > 4)
                texts.push({ part, words: text.data.trim(), left: seen.left, right: seen.right, top: seen.top + spare, bottom: seen.bottom - spare });
        }
    }
    texts.sort((one, other) => one.top - other.top);
    const found = [];
    texts.forEach((one, place) => {
        for (let next = place + 1; next < texts.length && texts[next].top < one.bottom; next++) {
            const other = texts[next], both = crossing(one, other);
            if (both.right - both.left > 2 && both.bottom - both.top > 1 && one.part !== other.part
                && stays(one.part) === stays(other.part))
                found.push(`“${one.words.slice(0, 60)}” and “${other.words.slice(0, 60)}” lie over each other at ${Math.round(both.left)}, ${Math.round(both.top + scrollY)}`);
        }
    });
    return found;
}
