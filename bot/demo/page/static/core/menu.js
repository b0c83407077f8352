// A button that opens a menu.

import { h } from "./dom.js";
import { walk } from "./focus.js";
import { change, state } from "./store.js";

/** `items` are {label, hint?, act} or {heading}; `content` is what stands on the button. */
export function menuButton({ key, label, content, items, className = "" }) {
  const isOpen = state.menu === key;
  return h("span", { class: "menu-place", key: `menu ${key}`, onkeydown: (event) => isOpen && event.key === "Escape" && close(event) },
    h("button", {
      type: "button", class: className, title: label, "aria-label": label, "aria-haspopup": "menu", "aria-expanded": isOpen,
      onclick: () => change({ menu: isOpen ? null : key }),
    }, content),
    isOpen && h("div", {
      class: "menu", role: "menu", "aria-label": label, mounted: opened,
      onkeydown: (event) => walk(event, [...event.currentTarget.querySelectorAll("[role=menuitem]")]),
    }, items.map((item, index) => item.heading ? h("div", { class: "menu-heading", role: "presentation", key: index }, item.heading) : menuItem(item, index))));
}

function menuItem({ label, hint, act }, index) {
  const choose = (event) => {
    close(event);
    act();
  };
  return h("button", { type: "button", role: "menuitem", tabindex: -1, key: index, onclick: choose },
    h("span", null, label), hint && h("small", null, hint));
}

/** Closes the menu and gives the focus back to its button. */
function close(event) {
  event.preventDefault();
  event.stopPropagation();
  event.currentTarget.closest(".menu-place").querySelector("[aria-haspopup]").focus();
  change({ menu: null });
}

function opened(menu) {
  placeBeside(menu, menu.previousElementSibling);
  menu.querySelector("[role=menuitem]")?.focus();
}

/** Puts a popup below its owner, or above when there is more room; inside the window in any case. */
export function placeBeside(popup, owner, { isAsWide = false, height = popup.scrollHeight } = {}) {
  popup.style.left = "0"; // or it would be as narrow as the room beside its place
  const { top, bottom, left, right, width } = owner.getBoundingClientRect();
  const below = innerHeight - bottom;
  const isAbove = below < height + 12 && top > below;
  const wide = isAsWide ? width : popup.offsetWidth;
  const fits = left + wide < innerWidth - 8 ? left : right - wide;
  Object.assign(popup.style, {
    left: `${Math.max(8, fits)}px`,
    top: isAbove ? "auto" : `${bottom + 4}px`,
    bottom: isAbove ? `${innerHeight - top + 4}px` : "auto",
    maxHeight: `${(isAbove ? top : below) - 16}px`,
    width: isAsWide ? `${width}px` : "",
  });
}

document.addEventListener("pointerdown", (event) => {
  if (state.menu && !event.target.closest(".menu-place")) change({ menu: null });
});
