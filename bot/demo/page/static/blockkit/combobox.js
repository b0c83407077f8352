// A box to type into with a list of options below: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { h } from "../core/dom.js";
import { announce } from "../core/focus.js";
import { placeBeside } from "../core/menu.js";
import { change, state } from "../core/store.js";
import { t } from "../core/words.js";

const WAIT_FOR_TYPING = 200;
const ROOM_FOR_NOTE = 40; // pixels
let timer = null;

/**
 * `options(query)` promises groups [{label?, options}]; below `minimum` characters it is not asked.
 * `choose(option)` is called with null when the box is cleared. One box is open at a time: `state.box`.
 */
export function combobox(box) {
  const { id, field, label, placeholder, chosen, isOptional } = box;
  const opened = state.box?.id === id ? state.box : null;
  const active = opened && flat(opened.groups)[opened.active];
  return h("div", { class: "combobox", key: id },
    h("input", {
      id: id, class: "input", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-label": label,
      "aria-expanded": Boolean(opened), "aria-controls": `${id}-list`, "aria-autocomplete": "list",
      "aria-activedescendant": active ? `${id}-${opened.active}` : null,
      "aria-describedby": field.described, "aria-invalid": field.isWrong ? "true" : null, "aria-required": field.isRequired ? "true" : null,
      placeholder: opened && chosen ? chosen.text.text : placeholder, value: opened ? opened.query : chosen?.text.text ?? "",
      onclick: () => opened || open(box),
      oninput: (event) => search(box, event.target.value),
      onkeydown: (event) => keyed(event, box, opened),
      onfocus: (event) => event.target.select(),
      onblur: () => opened && change({ box: null }),
    }),
    chosen && isOptional && h("button", { type: "button", class: "clear", "aria-label": t("clear"), onclick: () => box.choose(null) }, "×"),
    h("span", { class: "chevron", "aria-hidden": true }, "⌄"),
    popup(box, opened));
}

function popup(box, opened) {
  const note = opened && noteOf(box, opened);
  return h("div", { class: "popup", hidden: !opened, updated: (element) => opened && place(element) },
    note && h("p", { class: "popup-note" }, note),
    h("div", { id: `${box.id}-list`, role: "listbox", "aria-label": box.label ?? box.placeholder }, opened && listed(box, opened)));
}

/** Below the box, and scrolled to the active option. */
function place(popup) {
  const list = popup.querySelector("[role=listbox]");
  placeBeside(popup, popup.parentElement, { isAsWide: true, height: list.scrollHeight + ROOM_FOR_NOTE });
  const active = list.querySelector(".active");
  if (!active) return;
  const { offsetTop, offsetHeight } = active;
  if (offsetTop < list.scrollTop) list.scrollTop = offsetTop;
  else if (offsetTop + offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = offsetTop + offsetHeight - list.clientHeight;
}

function noteOf(box, { query, groups, isLoading }) {
  if (query.length < box.minimum) return t("type_more", { n: box.minimum });
  if (isLoading) return t("loading");
  return groups.length ? null : t("no_results");
}

function listed(box, opened) {
  let index = 0;
  return opened.groups.map(({ label, options }, group) =>
    h("div", { role: label ? "group" : "presentation", "aria-label": label?.text, key: group },
      label && h("div", { class: "menu-heading", "aria-hidden": true }, label.text),
      options.map((option) => row(box, opened, option, index++))));
}

function row(box, opened, option, index) {
  const isActive = index === opened.active;
  return h("div", {
    id: `${box.id}-${index}`, key: `${index} ${option.value}`, role: "option", class: isActive ? "active" : "", "aria-selected": option.value === box.chosen?.value,
    onpointerdown: (event) => event.preventDefault(), // or the box would lose the focus, and close
    onclick: () => pick(box, option),
  },
    h("span", null, option.text.text), option.description && h("small", null, option.description.text));
}

function flat(groups) {
  return groups.flatMap((group) => group.options);
}

function open(box) {
  search(box, "", 0);
}

function search(box, query, wait = WAIT_FOR_TYPING) {
  const asks = query.length >= box.minimum;
  change({ box: { id: box.id, query, active: 0, isLoading: asks, groups: asks ? state.box?.groups ?? [] : [] } });
  clearTimeout(timer);
  if (asks) timer = setTimeout(() => find(box, query), wait);
}

async function find(box, query) {
  const groups = await box.options(query);
  if (state.box?.id !== box.id || state.box.query !== query) return;
  if (!groups.length) announce(t("no_results"));
  const chosen = flat(groups).findIndex((option) => option.value === box.chosen?.value);
  change({ box: { ...state.box, groups, isLoading: false, active: Math.max(0, chosen) } });
}

function pick(box, option) {
  change({ box: null });
  box.choose(option);
}

function keyed(event, box, opened) {
  if (event.isComposing) return;
  const act = KEYS[event.key];
  if (!opened) {
    if (event.key === "ArrowDown" || event.key === "Enter") act(event, box, null);
    return;
  }
  act?.(event, box, opened);
}

const KEYS = {
  ArrowDown: (event, box, opened) => (opened ? step(event, opened, 1) : taken(event, () => open(box))),
  ArrowUp: (event, box, opened) => step(event, opened, -1),
  Enter: (event, box, opened) => taken(event, () => choosing(box, opened)),
  Tab: (event, box, opened) => opened.query && choosing(box, opened),
  Escape: (event) => taken(event, () => change({ box: null })),
};

function choosing(box, opened) {
  const option = opened && !opened.isLoading && flat(opened.groups)[opened.active];
  if (option) pick(box, option);
  else if (!opened) open(box);
}

function step(event, opened, by) {
  const count = flat(opened.groups).length;
  taken(event, () => count && change({ box: { ...opened, active: (opened.active + by + count) % count } }));
}

function taken(event, act) {
  event.preventDefault();
  event.stopPropagation();
  act();
}
