// Behind the scenes: what goes over the wire, and switches to break things.

import { breakIt } from "../core/api.js";
import { h } from "../core/dom.js";
import { change, state } from "../core/store.js";
import { withMilliseconds } from "../core/times.js";
import { t } from "../core/words.js";

const SWITCHES = ["lose_webhooks", "delay_studio", "reject_exports", "rate_limit_slack", "kill_bot"];
const PARTIES = ["all", "slack", "studio"];
const NAMES = { slack: "Slack", bot: "App", studio: "AI Studios" };

export function backstage() {
  if (!state.isBackstage) return null;
  const shown = state.traffic.filter(({ from, to }) => state.party === "all" || [from, to].includes(state.party));
  return h("aside", { class: "backstage pane", key: "backstage", "aria-label": t("backstage") },
    h("header", { class: "pane-head" }, h("h1", null, t("backstage")),
      h("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: () => change({ isBackstage: false }) }, "×")),
    h("div", { class: "backstage-body", tabindex: 0, role: "region", "aria-label": t("traffic") },
      botState(), breakage(),
      h("div", { class: "traffic-head" }, h("h2", null, t("traffic")), filter()),
      shown.length ? h("ol", { class: "traffic", key: "traffic" }, shown.map(entry)) : h("p", { class: "empty", key: "none" }, t("nothing_yet"))));
}

/** How the app is, as a sign. */
export function botDot() {
  const { up, is_starting } = state.snapshot.bot;
  if (is_starting) return h("span", { class: "spinner", "aria-hidden": true });
  return h("span", { class: up ? "dot up" : "dot down", "aria-hidden": true }, up ? "●" : "✕");
}

/** How the app is, in words. */
export function botWords() {
  const { up, is_starting } = state.snapshot.bot;
  if (is_starting) return t("bot_starting");
  return up ? t("bot_up") : t("bot_down");
}

function botState() {
  return h("div", { class: "bot-state", key: "bot" },
    h("p", { role: "status" }, botDot(), botWords()),
    h("button", { type: "button", class: "button", onclick: () => breakIt("restart_bot", true) }, t("restart_bot")));
}

function breakage() {
  return h("fieldset", { class: "breakage", key: "breakage" }, h("legend", null, t("break_things")),
    SWITCHES.map((name) => h("label", { key: name, class: "switch" },
      h("input", { type: "checkbox", role: "switch", checked: Boolean(state.snapshot.breakage[name]), onchange: (event) => breakIt(name, event.target.checked) }),
      h("span", null, t(name)))),
    h("button", { type: "button", class: "button", onclick: () => breakIt("expire_token", true) }, t("expire_token")));
}

function filter() {
  return h("select", { "aria-label": t("show"), onchange: (event) => change({ party: event.target.value }) },
    PARTIES.map((party) => h("option", { value: party, key: party }, t(`party_${party}`))));
}

function entry({ id, at, from, to, title, status, ms, request, response }) {
  const isOpen = state.openTraffic.has(id);
  const isFine = status !== null && status < 400;
  return h("li", { key: id },
    h("details", { ontoggle: (event) => toggled(id, event.target.open) },
      h("summary", null,
        h("span", { class: "traffic-way" }, `${NAMES[from]} → ${NAMES[to]}`),
        h("span", { class: isFine ? "status" : "status bad" }, isFine ? "" : "✕ ", status ?? t("no_answer")),
        h("code", null, title),
        h("small", null, withMilliseconds(at), ms === null || ms === undefined ? "" : ` · ${Math.round(ms)} ms`)),
      isOpen && [body(t("request"), request), body(t("response"), response)]));
}

function toggled(id, isOpen) {
  const open = new Set(state.openTraffic);
  if (isOpen) open.add(id);
  else open.delete(id);
  change({ openTraffic: open });
}

function body(title, content) {
  const words = typeof content === "string" ? content : JSON.stringify(content, null, 2);
  return content === null || content === undefined ? null : [h("h3", null, title), h("pre", { tabindex: 0, "aria-label": title }, words)];
}
