// The app's own pane: its Home tab and its messages.

import { blocks } from "../blockkit/blocks.js";
import { h } from "../core/dom.js";
import { showApp } from "../core/goto.js";
import { appConversation, state } from "../core/store.js";
import { t } from "../core/words.js";
import { backButton, conversation } from "./conversation.js";
import { avatar } from "./message.js";

export function appPane() {
  const channel = appConversation();
  const tabs = ["home", ...(channel ? ["messages"] : [])];
  if (state.appTab === "messages" && channel) return conversation(channel, head(tabs));
  return h("section", { class: "conversation pane", key: "home", "aria-label": state.snapshot.app.name }, head(tabs), home());
}

function head(tabs) {
  const { app } = state.snapshot;
  return h("header", { class: "pane-head tabbed", key: "app-head" }, backButton(),
    h("h1", null, avatar(app.bot_user), app.name),
    h("div", { class: "tabs", role: "tablist", "aria-label": app.name, onkeydown: (event) => step(event, tabs) }, tabs.map((tab) => h("button", {
      type: "button", role: "tab", key: tab, id: `tab-${tab}`, "aria-selected": state.appTab === tab, tabindex: state.appTab === tab ? 0 : -1, onclick: () => showApp(tab),
    }, t(tab)))));
}

function step(event, tabs) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const tab = tabs[(tabs.indexOf(state.appTab) + by + tabs.length) % tabs.length];
  showApp(tab);
  setTimeout(() => document.getElementById(`tab-${tab}`)?.focus());
}

function home() {
  const view = state.snapshot.home;
  const shown = view ? blocks(view.blocks, { where: { view: view.id }, view }) : h("p", { class: "empty" }, t("home_empty"));
  return h("div", { class: "home", role: "tabpanel", "aria-labelledby": "tab-home", tabindex: 0 }, h("div", { class: "home-blocks" }, shown));
}
