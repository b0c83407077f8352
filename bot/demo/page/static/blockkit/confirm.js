// "Are you sure?", as an element's confirm object asks it.

import { h } from "../core/dom.js";
import { change, state } from "../core/store.js";
import { plainOrMrkdwn } from "./parts.js";

/** Does it at once, or after the person agreed when the element asks to. */
export function afterConfirming(confirm, act) {
  if (!confirm) return act();
  return change({ confirm: { ...confirm, act, opener: document.activeElement } });
}

export function confirmDialog() {
  const asked = state.confirm;
  if (!asked) return null;
  const answer = (isYes) => {
    change({ confirm: null });
    if (isYes) asked.act();
  };
  return h("dialog", {
    key: "confirm", class: "dialog small", role: "alertdialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text",
    mounted: (dialog) => dialog.showModal(),
    removed: () => asked.opener.isConnected && asked.opener.focus(),
    onclose: () => answer(false),
  },
    h("h2", { id: "confirm-title" }, asked.title.text),
    h("p", { id: "confirm-text" }, plainOrMrkdwn(asked.text)),
    h("div", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", onclick: () => answer(false) }, asked.deny.text),
      h("button", { type: "button", class: `button ${asked.style ?? "primary"}`, onclick: () => answer(true) }, asked.confirm.text)));
}
