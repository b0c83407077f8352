// Where the keyboard is: lists that the arrow keys walk through, and words for screen readers.

import { h } from "./dom.js";
import { change, state } from "./store.js";

/**
 * Props for a list of which one item is in the tab order, while arrows, Home and End lead to the others.
 * `start`: the item that is in the tab order at first, "first" or "last".
 */
export function roving(selector, start = "first") {
  const keepOne = (list) => {
    const items = [...list.querySelectorAll(selector)];
    const chosen = items.find((item) => item.dataset.visited) ?? items.at(start === "first" ? 0 : -1);
    for (const item of items) item.tabIndex = item === chosen ? 0 : -1;
  };
  const visit = (list, item) => {
    if (!item) return;
    for (const other of list.querySelectorAll("[data-visited]")) delete other.dataset.visited;
    item.dataset.visited = "true";
    keepOne(list);
  };
  return {
    onkeydown: (event) => walk(event, [...event.currentTarget.querySelectorAll(selector)]),
    mounted: (list) => list.addEventListener("focusin", (event) => visit(list, event.target.closest(selector))),
    updated: keepOne,
  };
}

/** Moves the focus among items as the pressed key says; anything but an item keeps its keys. */
export function walk(event, items) {
  const place = items.indexOf(event.target);
  if (place < 0) return;
  const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined || !items[next]) return;
  event.preventDefault();
  items[next].focus();
}

/** Says something to screen readers: politely after what they are saying, or at once. */
export function announce(words, { isUrgent = false } = {}) {
  // The same words twice are no change, and would not be read again.
  const region = isUrgent ? "urgent" : "polite";
  const again = state.spoken[region] === words ? "\u00a0" : "";
  change({ spoken: { ...state.spoken, [region]: words + again } });
}

/** What is read out; a modal needs regions of its own, because what is outside of it is silent. */
export function liveRegions() {
  return [
    h("p", { key: "polite", class: "unseen", role: "status" }, state.spoken.polite),
    h("p", { key: "urgent", class: "unseen", role: "alert" }, state.spoken.urgent),
  ];
}
