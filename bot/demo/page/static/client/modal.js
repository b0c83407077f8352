// The modal on top of the person's stack.

import { blocks } from "../blockkit/blocks.js";
import { typed } from "../blockkit/fields.js";
import { problemsOf } from "../blockkit/input_block.js";
import { act, actAloud } from "../core/api.js";
import { h } from "../core/dom.js";
import { announce, liveRegions } from "../core/focus.js";
import { change, state } from "../core/store.js";
import { t } from "../core/words.js";

let opener = null;

export function modal() {
  const view = state.snapshot.views.at(-1);
  if (!view) return null;
  return h("dialog", {
    key: "modal", class: "dialog", "aria-labelledby": "modal-title",
    mounted: opened, removed: giveFocusBack,
    onkeydown: (event) => event.key === "Escape" && event.target.closest("dialog") === event.currentTarget && escaped(event, view),
    oncancel: (event) => escaped(event, view),
  }, form(view), liveRegions());
}

function form(view) {
  const isSubmitting = state.submitting === view.id;
  const surface = { where: { view: view.id }, view };
  return h("form", { key: view.id, novalidate: true, mounted: (element) => focusFirst(element, view), onsubmit: (event) => { event.preventDefault(); void submit(view); } },
    h("header", { class: "dialog-head" },
      h("span", { class: "app-sign", "aria-hidden": true }, state.snapshot.app.name[0]),
      h("h2", { id: "modal-title" }, view.title.text),
      h("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: () => close(view) }, "×")),
    h("div", { class: "dialog-body", onscroll: () => state.box && change({}) }, blocks(view.blocks, surface)),
    h("footer", { class: "dialog-foot" },
      state.trouble[view.id] && h("p", { class: "problem" }, h("span", { "aria-hidden": true }, "⚠ "), state.trouble[view.id]),
      h("button", { type: "button", class: "button", onclick: () => close(view) }, view.close?.text ?? t("cancel")),
      view.submit && h("button", { type: "submit", class: "button primary", "aria-disabled": isSubmitting },
        isSubmitting && h("span", { class: "spinner", "aria-hidden": true }), view.submit.text)));
}

function opened(dialog) {
  opener = document.activeElement;
  dialog.showModal();
}

function giveFocusBack() {
  if (opener?.isConnected && opener !== document.body) opener.focus();
  else document.querySelector(".composer textarea")?.focus();
}

/** Where the app wanted the caret when it opened the form: it may have changed the form since, before it was drawn here. */
function focusFirst(element, view) {
  const wanted = element.querySelector(`[data-block="${CSS.escape(view.focus ?? "")}"]`);
  const first = (wanted ?? element.querySelector(".dialog-body")).querySelector("input, textarea, select, button");
  (first ?? element.querySelector("button"))?.focus();
}

function escaped(event, view) {
  event.preventDefault();
  void close(view);
}

function close(view) {
  return actAloud({ do: "close", view: view.id });
}

/** Sends the form unless it is on its way or something is missing; what is wrong then stands beside its field. */
async function submit(view) {
  if (state.submitting) return;
  const missing = problemsOf(view);
  if (Object.keys(missing).length) return tell(view, missing);
  change({ submitting: view.id, trouble: {} });
  const answer = await act({ do: "submit", view: view.id, values: await typed(view, { withFiles: true }) });
  change({ submitting: null });
  if (!answer.ok) {
    change({ trouble: { [view.id]: answer.error } });
    announce(answer.error, { isUrgent: true });
  } else tell(view, answer.errors ?? {});
  // What the app asks back stands at the top of the form.
  if (answer.ok && !answer.errors) document.querySelector(".dialog-body")?.scrollTo(0, 0);
}

function tell(view, problems) {
  change({ problems: { ...state.problems, [view.id]: problems } });
  const wrong = view.blocks.find((block) => problems[block.block_id]);
  if (!wrong) return;
  announce(Object.values(problems).join(" "), { isUrgent: true });
  setTimeout(() => showProblem(document.querySelector(`[data-block="${CSS.escape(wrong.block_id)}"]`)));
}

/** With its words, once they are drawn. */
function showProblem(field) {
  field?.querySelector("input, textarea")?.focus();
  field?.scrollIntoView({ block: "nearest" });
}
