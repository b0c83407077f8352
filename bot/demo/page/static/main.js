// Puts the page together, and keeps it together as the workspace changes.

import { confirmDialog } from "./blockkit/confirm.js";
import { settle } from "./blockkit/fields.js";
import { plainText } from "./blockkit/mrkdwn.js";
import { backstage, botDot, botWords } from "./client/backstage.js";
import { conversation, thread } from "./client/conversation.js";
import { appPane } from "./client/home.js";
import { modal } from "./client/modal.js";
import { sidebar } from "./client/sidebar.js";
import { act, actAloud, follow } from "./core/api.js";
import { draw, h } from "./core/dom.js";
import { announce, liveRegions } from "./core/focus.js";
import { become, isReading, markRead } from "./core/goto.js";
import { menuButton } from "./core/menu.js";
import { change, channelById, nameOfUser, onChange, openChannel, state } from "./core/store.js";
import { language, t } from "./core/words.js";

const MOST_TRAFFIC = 400;
const TOAST_SECONDS = 8;
const LANGUAGES = { en: "English", ko: "한국어" };
const handlers = { onState: received, onTraffic: (entry) => change({ traffic: withEntry(entry) }) };

function received(snapshot) {
  const before = state.snapshot;
  const isSamePerson = before?.me.id === snapshot.me.id;
  settle(snapshot);
  change({ snapshot, person: snapshot.me.id, channel: isSamePerson || isAppOpen(before) ? state.channel : snapshot.channels[0]?.id ?? null });
  if (isSamePerson) announceNew(before);
  if (isSamePerson && !before.bot.up && snapshot.bot.up && isHomeOpen()) void act({ do: "open_home" });
}

/** The app's own pane stays when one becomes another person; conversations are theirs. */
function isAppOpen(before) {
  return Boolean(before) && state.channel === null;
}

/** An app that was away when its Home tab was opened does not know of it. */
function isHomeOpen() {
  return state.channel === null && state.appTab === "home";
}

function withEntry(entry) {
  return [entry, ...state.traffic.filter(({ id }) => id !== entry.id)].slice(0, MOST_TRAFFIC);
}

/** Reads out what others posted into the conversation in front; an edit is no news. */
function announceNew(before) {
  const channel = openChannel();
  if (!channel) return;
  const seen = new Set(messagesIn(before, channel.id).map(({ ts }) => ts));
  for (const { ts, user, text } of messagesIn(state.snapshot, channel.id)) {
    if (!seen.has(ts) && user !== state.snapshot.me.id) announce(`${nameOfUser(user)}: ${plainText(text)}`);
  }
}

function messagesIn({ messages, threads }, channel) {
  const open = state.thread ? threads[state.thread.ts] ?? [] : [];
  return [...(messages[channel] ?? []), ...open];
}

function page() {
  const channel = state.channel && channelById(state.channel);
  return h("div", { class: "app", "data-front": front(), "data-thread": state.thread ? "open" : null, "data-backstage": state.isBackstage ? "open" : null },
    topBar(), appState(), sidebar(), h("main", { class: "work" }, channel ? conversation(channel) : appPane(), thread()), backstage());
}

/** What somebody has to know who waits for an answer of the app. */
function appState() {
  return state.snapshot.bot.up ? null : h("p", { class: "app-state", key: "app-state", role: "status" }, botDot(), botWords());
}

/** Which pane a phone shows. */
function front() {
  if (state.isBackstage) return "backstage";
  if (state.isListing) return "list";
  return state.thread ? "thread" : "conversation";
}

function topBar() {
  const shortcuts = state.snapshot.app.shortcuts.filter((shortcut) => shortcut.type === "global");
  const items = shortcuts.map(({ name, description, callback_id }) => ({ label: name, hint: description, act: () => actAloud({ do: "shortcut", callback_id }) }));
  return h("header", { class: "top-bar", key: "top" },
    h("p", { class: "workspace" }, t("workspace")),
    !state.connected && h("p", { class: "reconnecting", role: "status" }, t("reconnecting")),
    items.length ? menuButton({ key: "shortcuts", label: t("shortcuts"), content: "⚡", className: "top-button", items: [{ heading: state.snapshot.app.name }, ...items] }) : null,
    h("button", { type: "button", class: "top-button", "aria-pressed": state.isBackstage, onclick: () => change({ isBackstage: !state.isBackstage }) }, backstageWords()),
    personSwitch());
}

function backstageWords() {
  const { up } = state.snapshot.bot;
  return [botDot(), h("span", { class: "narrow-only", "aria-hidden": true }, "⚙"), h("span", { class: "wide-only" }, t("backstage")), !up && h("span", { class: "unseen" }, ` (${botWords()})`)];
}

function personSwitch() {
  const { people, me } = state.snapshot;
  return h("label", { class: "person" }, h("span", { class: "unseen" }, t("you_are")),
    h("select", { value: me.id, onchange: (event) => become(event.target.value, handlers) }, people.map((person) =>
      h("option", { value: person.id, key: person.id }, `${readableName(person)} · ${LANGUAGES[person.locale.slice(0, 2)] ?? person.locale}`))));
}

/** A name in another script is followed by one in Latin letters, for whoever cannot read it. */
function readableName({ name, handle }) {
  if (/\p{Script=Latin}/u.test(name)) return name;
  return `${name} (${handle[0].toUpperCase()}${handle.slice(1)})`;
}

function toast() {
  if (!state.toast) return null;
  const { words } = state.toast;
  const dismiss = () => state.toast?.words === words && change({ toast: null });
  return h("div", { class: "toast", key: words, role: "alert", popover: "manual", mounted: (element) => appear(element, dismiss) },
    words, h("button", { type: "button", class: "plain", "aria-label": t("dismiss"), onclick: dismiss }, "×"));
}

/** In the top layer, so that a modal does not cover it. */
function appear(element, dismiss) {
  element.showPopover();
  setTimeout(dismiss, TOAST_SECONDS * 1000);
}

function title() {
  const others = state.snapshot.channels.filter((channel) => !isReading(channel));
  const mentions = others.reduce((sum, channel) => sum + (channel.kind === "im" ? channel.unread : channel.mentions), 0);
  return `${mentions ? `(${mentions}) ` : ""}${t("workspace")}`;
}

onChange(() => {
  if (!state.snapshot) return;
  document.documentElement.lang = language();
  document.title = title();
  draw(document.getElementById("page"), page(), modal(), confirmDialog(), toast(), liveRegions());
  markRead();
});
document.addEventListener("visibilitychange", () => change({}));
// A client that is loaded anew has no form open, as in Slack.
if (performance.getEntriesByType("navigation")[0]?.type === "reload") await act({ do: "reload" });
follow(handlers);
