// What the page knows: the last snapshot of the workspace, and where the person is on the page.

const listeners = [];
let isScheduled = false;

export const state = {
  person: new URLSearchParams(location.search).get("as"),
  snapshot: null,
  connected: true,
  channel: null, // id of the open conversation, null while the app's own pane is open
  appTab: "home",
  thread: null, // {channel, ts} of the open thread
  isListing: false, // on a phone: the list of conversations is in front
  isBackstage: false,
  traffic: [],
  openTraffic: new Set(),
  party: "all",
  menu: null, // key of the open menu
  box: null, // the open combobox
  confirm: null, // the question that is being asked
  toast: null,
  problems: {}, // view id → {block_id: words}
  trouble: {}, // view id → words at the foot of the modal
  spoken: { polite: "", urgent: "" }, // what screen readers are told
  submitting: null, // id of the view that is on its way
};

/** Changes the state and draws the page anew, once for all changes of a moment. */
export function change(part) {
  Object.assign(state, part);
  if (isScheduled) return;
  isScheduled = true;
  queueMicrotask(() => {
    isScheduled = false;
    for (const listener of listeners) listener();
  });
}

export function onChange(listener) {
  listeners.push(listener);
}

export function channelById(id) {
  return state.snapshot.channels.find((channel) => channel.id === id);
}

export function appConversation() {
  const { channels, app } = state.snapshot;
  return channels.find((channel) => channel.kind === "im" && channel.with === app.bot_user);
}

/** The conversation in front: a channel, or the app's messages. */
export function openChannel() {
  if (state.channel) return channelById(state.channel);
  return state.appTab === "messages" ? appConversation() : undefined;
}

export function nameOfUser(id) {
  return state.snapshot.users[id]?.name ?? id;
}

export function nameOfChannel(channel) {
  if (channel.kind === "im") return nameOfUser(channel.with);
  if (channel.kind !== "mpim") return channel.name;
  const handles = channel.name.replace(/^mpdm-|-\d+$/g, "").split("--");
  return handles.join(", ");
}
