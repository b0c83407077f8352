// The conversation in the middle, and the thread at the right.

import { h } from "../core/dom.js";
import { roving } from "../core/focus.js";
import { closeThread } from "../core/goto.js";
import { change, channelById, nameOfChannel, state } from "../core/store.js";
import { day } from "../core/times.js";
import { t } from "../core/words.js";
import { composer } from "./composer.js";
import { ephemeral, message } from "./message.js";
import { sign } from "./sidebar.js";

const CLOSE_TOGETHER = 300; // seconds between messages that stand under one name
const NEAR_THE_END = 80; // pixels

export function conversation(channel, head) {
  const roots = (state.snapshot.messages[channel.id] ?? []).filter((one) => !one.thread_ts || one.thread_ts === one.ts);
  const mine = (state.snapshot.ephemerals[channel.id] ?? []).filter((one) => !one.thread_ts);
  const said = inTime(roots, mine);
  return h("section", { class: "conversation pane", key: "conversation", "aria-label": nameOfChannel(channel) },
    head ?? header(channel),
    list(channel.id, [beginning(channel), ...lines(channel, said)]),
    composer(channel));
}

function header(channel) {
  return h("header", { class: "pane-head" }, backButton(), h("h1", null, sign(channel), nameOfChannel(channel)));
}

/** On a phone: to the list of conversations. */
export function backButton() {
  return h("button", { type: "button", class: "plain back", "aria-label": t("back"), onclick: () => change({ isListing: true }) }, "‹");
}

export function thread() {
  if (!state.thread) return null;
  const { channel: id, ts } = state.thread;
  const channel = channelById(id);
  const root = (state.snapshot.messages[id] ?? []).find((one) => one.ts === ts);
  const replies = state.snapshot.threads[ts] ?? [];
  const mine = (state.snapshot.ephemerals[id] ?? []).filter((one) => one.thread_ts === ts);
  const said = inTime(replies, mine);
  return h("section", { class: "thread pane", key: "thread", "aria-label": t("thread"), onkeydown: (event) => event.key === "Escape" && closeThread() },
    h("header", { class: "pane-head" },
      h("h1", null, t("thread"), h("small", null, nameOfChannel(channel))),
      h("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: closeThread }, "×")),
    list(`${id} ${ts}`, [
      root && message(channel, root, { isInThread: true }),
      replies.length ? h("p", { class: "divider", key: "count" }, replies.length === 1 ? t("replies_one") : t("replies", { n: replies.length })) : null,
      ...said.map((one, index) => line(channel, one, { isInThread: true, isContinued: isContinued(said[index - 1], one) })),
    ]),
    composer(channel, ts));
}

/** What all see, and between it what only this person sees. */
function inTime(messages, mine) {
  return [...messages, ...mine].sort((one, other) => one.ts - other.ts);
}

/** Messages by day. */
function lines(channel, messages) {
  return messages.flatMap((one, index) => {
    const before = messages[index - 1];
    const isNewDay = !before || day(before.ts) !== day(one.ts);
    const drawn = line(channel, one, { isContinued: !isNewDay && isContinued(before, one) });
    return isNewDay ? [h("p", { class: "divider", key: `day ${day(one.ts)}` }, day(one.ts)), drawn] : [drawn];
  });
}

function line(channel, one, place) {
  return one.is_ephemeral ? ephemeral(channel, one) : message(channel, one, place);
}

function isContinued(before, one) {
  return before?.user === one.user && !before.is_ephemeral && one.ts - before.ts < CLOSE_TOGETHER && !before.reply_count && !before.is_tombstone;
}

function beginning(channel) {
  const [command] = state.snapshot.app.commands;
  const words = command ? t("begin", { command: command.command }).split(command.command) : [];
  const hint = words.length ? h("p", null, words[0], h("code", null, command.command), words[1]) : null;
  return h("div", { class: "beginning", key: "beginning" }, h("h2", null, t("begin_title", { name: nameOfChannel(channel) })), hint);
}

/** A list that stays at its end while the person is there, whatever comes or grows, and goes there when they send. */
function list(key, items) {
  const arrows = roving(".message", "last");
  return h("div", { ...arrows, class: "messages", key, mounted: (element) => { arrows.mounted(element); stayAtEnd(element); } }, items);
}

function stayAtEnd(element) {
  let isAtEnd = true;
  element.addEventListener("scroll", () => {
    isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_THE_END;
  });
  const follow = () => isAtEnd && element.scrollTo(0, element.scrollHeight);
  const sizes = new ResizeObserver(follow);
  const watch = () => [element, ...element.children].forEach((child) => sizes.observe(child));
  element.addEventListener("sent", () => {
    isAtEnd = true;
    follow();
  });
  new MutationObserver(() => { watch(); follow(); }).observe(element, { childList: true });
  watch();
  follow();
}
