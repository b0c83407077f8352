// One message: who, when, what, its files, its menu.

import { blocks } from "../blockkit/blocks.js";
import { mrkdwn } from "../blockkit/mrkdwn.js";
import { act, actAloud } from "../core/api.js";
import { h } from "../core/dom.js";
import { showThread } from "../core/goto.js";
import { menuButton } from "../core/menu.js";
import { nameOfUser, state } from "../core/store.js";
import { clock, day, fullTime, shortClock } from "../core/times.js";
import { t } from "../core/words.js";

/** `isInThread`: it stands in the thread's pane; `isContinued`: the one before is by the same person. */
export function message(channel, shown, { isInThread = false, isContinued = false } = {}) {
  return h("article", { key: shown.ts, class: isContinued ? "message continued" : "message", "data-ts": shown.ts, "aria-label": labelOf(shown) },
    isContinued ? h("span", { class: "gutter", "aria-hidden": true }, shortClock(shown.ts)) : avatar(shown.user),
    h("div", { class: "message-body" },
      !isContinued && byline(shown),
      words(channel, shown),
      !isInThread && shown.reply_count ? repliesButton(channel, shown) : null),
    !shown.is_tombstone && toolbar(channel, shown, isInThread));
}

function words(channel, shown) {
  if (shown.is_tombstone) return h("p", { class: "tombstone" }, t("deleted"));
  if (shown.is_join) return h("p", { class: "tombstone" }, t("joined", { name: `#${channel.name}` }));
  return content(channel, shown);
}

/** A message that only this person sees. */
export function ephemeral(channel, shown) {
  const user = shown.user ?? state.snapshot.app.bot_user;
  return h("article", { key: shown.id, class: "message ephemeral", "aria-label": `${nameOfUser(user)}, ${t("only_you")}` },
    avatar(user),
    h("div", { class: "message-body" },
      h("p", { class: "only-you" }, h("span", { "aria-hidden": true }, "👁 "), t("only_you"), " · ",
        h("button", { type: "button", class: "link", onclick: () => act({ do: "dismiss", ephemeral: shown.id }) }, t("dismiss"))),
      byline({ ...shown, user }),
      content(channel, shown)));
}

function labelOf({ user, ts }) {
  return `${nameOfUser(user)}, ${clock(ts)}`;
}

export function avatar(id) {
  const user = state.snapshot.users[id] ?? { name: "?" };
  return h("span", { class: user.is_bot ? "avatar bot" : "avatar", "aria-hidden": true, style: paint(user.colour) }, [...user.name][0].toUpperCase());
}

/** Letters that can be read on the colour, whichever it is. */
function paint(colour = "#616061") {
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return { background: colour, color: 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff" };
}

function byline({ user, ts }) {
  const isBot = state.snapshot.users[user]?.is_bot;
  return h("p", { class: "byline" }, h("strong", null, nameOfUser(user)), isBot && h("span", { class: "app-label" }, t("app")),
    h("time", { datetime: new Date(ts * 1000).toISOString(), title: fullTime(ts) }, clock(ts)));
}

function content(channel, { ts, text, blocks: list, files = [] }) {
  const surface = { where: { channel: channel.id, ts } };
  return [
    list?.length ? h("div", { class: "blocks", key: "blocks" }, blocks(list, surface)) : h("div", { class: "text", key: "text" }, mrkdwn(text ?? "")),
    files.map(attachment),
  ];
}

function attachment({ id, name, title, mimetype = "", size }) {
  const src = `/files/${id}`;
  const caption = h("figcaption", null, title || name, h("small", null, ` ${sizeOf(size)}`),
    h("a", { href: src, download: name, class: "download", "aria-label": `${t("download")}: ${name}` }, "⤓"));
  if (mimetype.startsWith("video/")) return h("figure", { key: id, class: "file" }, caption, h("video", { src, controls: true, preload: "metadata", "aria-label": title || name }));
  if (mimetype.startsWith("image/")) return h("figure", { key: id, class: "file" }, caption, h("img", { src, alt: title || name, class: "wide" }));
  return h("figure", { key: id, class: "file plain-file" }, caption);
}

function sizeOf(bytes) {
  return bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function repliesButton(channel, { ts, reply_count, last_reply }) {
  const when = last_reply ? `${day(last_reply)} ${clock(last_reply)}` : "";
  return h("button", { type: "button", class: "replies", onclick: () => showThread(channel.id, ts) },
    h("strong", null, reply_count === 1 ? t("replies_one") : t("replies", { n: reply_count })), when && h("small", null, t("last_reply", { when })));
}

function toolbar(channel, { ts, thread_ts }, isInThread) {
  const shortcuts = state.snapshot.app.shortcuts.filter((shortcut) => shortcut.type === "message");
  const items = shortcuts.map(({ name, callback_id, description }) => ({
    label: name, hint: description,
    act: () => actAloud({ do: "message_shortcut", callback_id, channel: channel.id, ts }),
  }));
  return h("div", { class: "toolbar" },
    !isInThread && h("button", { type: "button", title: t("reply_in_thread"), "aria-label": t("reply_in_thread"), onclick: () => showThread(channel.id, thread_ts ?? ts) }, "💬"),
    items.length ? menuButton({ key: `message ${isInThread} ${ts}`, label: t("more_actions"), content: "⋮", items: [{ heading: state.snapshot.app.name }, ...items] }) : null);
}
