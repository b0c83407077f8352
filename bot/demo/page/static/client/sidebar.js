// The list of conversations at the left.

import { h } from "../core/dom.js";
import { roving } from "../core/focus.js";
import { isReading, showApp, showChannel } from "../core/goto.js";
import { appConversation, nameOfChannel, state } from "../core/store.js";
import { t } from "../core/words.js";
import { avatar } from "./message.js";

export function sidebar() {
  const { channels, app } = state.snapshot;
  const people = channels.filter((channel) => ["im", "mpim"].includes(channel.kind) && channel.with !== app.bot_user);
  return h("nav", { class: "sidebar", key: "sidebar", "aria-label": t("conversations"), ...roving(".place") },
    group("channels", channels.filter((channel) => ["public", "private"].includes(channel.kind)).map(place)),
    group("direct_messages", people.map(place)),
    group("apps", [appPlace(app)]));
}

function group(title, items) {
  return h("section", { key: title }, h("h2", { id: `group-${title}` }, t(title)), h("ul", { "aria-labelledby": `group-${title}` }, items));
}

function place(channel) {
  const name = nameOfChannel(channel);
  return item({ key: channel.id, name, sign: sign(channel), channel, isHere: state.channel === channel.id, open: () => showChannel(channel.id) });
}

function appPlace(app) {
  const open = () => showApp(state.appTab);
  return item({ key: "app", name: app.name, sign: avatar(app.bot_user), channel: appConversation(), isHere: state.channel === null, open });
}

function item({ key, name, sign, channel, isHere, open }) {
  const isDirect = channel?.kind === "im";
  const unread = isReading(channel) ? 0 : channel?.unread;
  const badge = unread && (isDirect ? unread : channel.mentions);
  const marks = [unread && !badge && t("unread"), badge && t("mentions", { n: badge })].filter(Boolean).join(", ");
  return h("li", { key },
    h("button", { type: "button", class: unread ? "place unread" : "place", "aria-current": isHere ? "page" : null, onclick: open },
      sign, h("span", { class: "place-name" }, name),
      marks && h("span", { class: "unseen" }, ` (${marks})`),
      badge ? h("span", { class: "badge", "aria-hidden": true }, badge) : null));
}

const LOCK = "M5 7V5a3 3 0 0 1 6 0v2h1v7H4V7zm1.5 0h3V5a1.5 1.5 0 0 0-3 0z";
const HASH = "M6.6 2 6 5.2H3v1.5h2.7L5.2 9.5H2V11h2.9l-.5 3H6l.5-3h2.7l-.5 3h1.5l.6-3H14V9.5h-3l.5-2.8H14V5.2h-2.2L12.4 2h-1.5l-.6 3.2H7.6L8.2 2zm.7 4.7H10l-.5 2.8H6.8z";

/** What kind of conversation it is, as a picture and as words. */
export function sign(channel) {
  if (channel.kind === "im") return avatar(channel.with);
  if (channel.kind === "mpim") return h("span", { class: "sign count", "aria-hidden": true }, channel.name.split("--").length);
  const isPrivate = channel.kind === "private";
  return h("span", { class: "sign" },
    h("svg", { viewBox: "0 0 16 16", width: 16, height: 16, fill: "currentColor", "aria-hidden": true }, h("path", { d: isPrivate ? LOCK : HASH })),
    h("span", { class: "unseen" }, isPrivate ? t("private_channel") : t("public_channel")));
}
