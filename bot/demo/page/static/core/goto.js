// Moving about: what is opened, and what that means for what was read.

import { act, follow } from "./api.js";
import { change, openChannel, state } from "./store.js";

export function showChannel(id) {
  change({ channel: id, thread: null, isListing: false });
  focusComposer();
}

export function showApp(tab) {
  change({ channel: null, appTab: tab, thread: null, isListing: false });
  if (tab === "home") void act({ do: "open_home" });
}

export function showThread(channel, ts) {
  change({ thread: { channel, ts } });
  focusComposer(".thread");
}

export function closeThread() {
  const { ts } = state.thread;
  change({ thread: null });
  document.querySelector(`.conversation [data-ts="${ts}"]`)?.focus();
}

/** Phones are typed on with a keyboard that covers half of the page, so there nothing opens it unasked. */
function focusComposer(within = ".conversation") {
  if (matchMedia("(pointer: coarse)").matches) return;
  setTimeout(() => document.querySelector(`${within} .composer textarea`)?.focus());
}

/** Marks the conversation in front as read; a mention inside a thread stays new until that thread is looked at. */
export function markRead() {
  const channel = openChannel();
  if (!channel?.unread || !document.hasFocus() || state.isListing) return;
  if (newMentions(channel).every(isInSight)) void act({ do: "read", channel: channel.id });
}

function newMentions(channel) {
  const { messages, threads, me } = state.snapshot;
  const roots = messages[channel.id] ?? [];
  const all = [...roots, ...roots.flatMap(({ ts }) => threads[ts] ?? [])];
  const mentions = all.filter(({ user, text }) => user !== me.id && text.includes(`<@${me.id}`));
  return channel.kind === "im" ? [] : mentions.sort((one, other) => other.ts - one.ts).slice(0, channel.mentions);
}

function isInSight({ ts, thread_ts }) {
  return !thread_ts || thread_ts === ts || thread_ts === state.thread?.ts;
}

/** Becomes another person, as in a window of their own. */
export function become(person, handlers) {
  const address = new URL(location.href);
  address.searchParams.set("as", person);
  history.replaceState(null, "", address);
  change({ person, thread: null, menu: null, box: null, traffic: [] });
  follow(handlers);
  if (state.channel === null) showApp(state.appTab);
}
