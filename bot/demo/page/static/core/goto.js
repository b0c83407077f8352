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

/** Whether the person looks at a conversation just now. */
export function isReading(channel) {
  return channel !== undefined && channel === openChannel() && document.visibilityState === "visible" && !state.isListing;
}

/** Marks the conversation in front as read, its threads too. */
export function markRead() {
  const channel = openChannel();
  if (channel?.unread && isReading(channel)) void act({ do: "read", channel: channel.id });
}

/** Becomes another person, as in a window of their own, which opens at their first conversation. */
export function become(person, handlers) {
  const address = new URL(location.href);
  address.searchParams.set("as", person);
  history.replaceState(null, "", address);
  change({ person, thread: null, menu: null, box: null, traffic: [] });
  follow(handlers);
  if (state.channel === null) showApp(state.appTab);
}
