// SPDX-License-Identifier: Apache-2.0
// What Chromium's accessibility tree does not say: contrast of every text
// (WCAG 2.2, 1.4.3), size of targets (2.5.8), text that runs off the page.
(() => {
    const found = [];
    const where = (e) => e.tagName.toLowerCase() +
        (e.className && e.className.baseVal === undefined
            ? "." + e.className.trim().replace(/\s+/g, ".") : "");

    const parse = (text) => {
        const n = text.match(/[\d.]+/g).map(Number);
        return {r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1};
    };
    const over = (top, under) => ({
        r: top.r * top.a + under.r * (1 - top.a),
        g: top.g * top.a + under.g * (1 - top.a),
        b: top.b * top.a + under.b * (1 - top.a), a: 1});
    const light = (c) => {
        const part = (v) => {
            v /= 255;
            return v <= 0.04045 ? v / 12.92
                : Math.pow((v + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * part(c.r) + 0.7152 * part(c.g) + 0.0722 * part(c.b);
    };
    const background = (e) => {
        const layers = [];
        for (let at = e; at; at = at.parentElement) {
            layers.push(parse(getComputedStyle(at).backgroundColor));
        }
        return layers.reverse().reduce((under, top) => over(top, under),
            {r: 255, g: 255, b: 255, a: 1});
    };
    const ratio = (a, b) => {
        const x = light(a), y = light(b);
        return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    };
    const seen = (e) => {
        const box = e.getBoundingClientRect();
        return box.width > 1 && box.height > 1 &&
            getComputedStyle(e).visibility === "visible" &&
            !e.closest(".hidden, .skip, thead");
    };

    let texts = 0;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const e = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !seen(e)) {
            continue;
        }
        texts++;
        const style = getComputedStyle(e);
        const under = background(e);
        const got = ratio(over(parse(style.color), under), under);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        if (got < (large ? 3 : 4.5)) {
            found.push("contrast " + got.toFixed(2) + " of " + where(e) +
                ": " + walk.currentNode.data.trim().slice(0, 30));
        }
    }
    const wide = document.documentElement.clientWidth;
    for (const e of document.body.querySelectorAll("*")) {
        const box = e.getBoundingClientRect();
        if (seen(e) && box.right > wide + 0.5) {
            found.push("runs off the page: " + where(e) + " to " + box.right);
        }
    }
    for (const e of document.querySelectorAll("nav a")) {
        const box = e.getBoundingClientRect();
        if (seen(e) && box.height < 24 && !e.closest(".crumbs")) {
            found.push("small target: " + where(e) + " " + box.height);
        }
    }
    if (texts === 0) {
        found.push("no text");
    }
    return found;
})()
