// What the person enters in views: kept here until the app's server knows it, and never overwritten by an update.

import { act } from "../core/api.js";
import { change, state } from "../core/store.js";

const WAIT_BEFORE_SENDING = 400;
const drafts = new Map(); // view id → Map("block_id action_id" → {block_id, value, isText, isKnown})
const timers = new Map();

function draftsOf(view) {
  if (!drafts.has(view.id)) drafts.set(view.id, new Map());
  return drafts.get(view.id);
}

function keyOf(block, element) {
  return `${block.block_id} ${element.action_id}`;
}

/** What a field holds: text, an option, options, an id or ids, or File objects. */
export function valueOf(view, block, element) {
  const draft = view && draftsOf(view).get(keyOf(block, element));
  if (draft) return draft.value;
  const known = view?.state?.[block.block_id]?.[element.action_id] ?? view?.values?.[block.block_id];
  return known ? held(known) : held(element, "initial");
}

function held(from, prefix = "selected") {
  const names = prefix === "selected" ? ["value", "files"] : ["initial_value"];
  const kinds = ["option", "options", "conversation", "conversations", "channel", "channels", "user", "users", "date", "time"];
  return [...names, ...kinds.map((kind) => `${prefix}_${kind}`)].map((name) => from[name]).find((value) => value !== undefined) ?? null;
}

/** Remembers what was entered, and tells the server a moment later. */
export function enter(view, block, element, value) {
  const isText = element.type.endsWith("_input");
  draftsOf(view).set(keyOf(block, element), { block_id: block.block_id, value, isText, isKnown: false });
  const { [block.block_id]: fixed, ...others } = state.problems[view.id] ?? {};
  change({ problems: { ...state.problems, [view.id]: others } });
  clearTimeout(timers.get(view.id));
  timers.set(view.id, setTimeout(() => remember(view), WAIT_BEFORE_SENDING));
}

async function remember(view) {
  const sent = [...draftsOf(view).values()].filter((draft) => !isFiles(draft.value));
  if (sent.length && isOpen(view)) await known(sent, act({ do: "type", view: view.id, values: await typed(view) }));
}

function isOpen(view) {
  return [...state.snapshot.views, state.snapshot.home].some((open) => open?.id === view.id);
}

/** Sends an action along with what was entered so far. */
export async function actWithin(view, action) {
  clearTimeout(timers.get(view.id));
  return known([...draftsOf(view).values()], act({ ...action, values: await typed(view) }));
}

async function known(sent, answering) {
  const answer = await answering;
  for (const draft of sent) draft.isKnown = answer.ok;
  return answer;
}

/** What was entered, as the server takes it; files only when they are wanted. */
export async function typed(view, { withFiles = false } = {}) {
  const values = {};
  for (const { block_id, value } of draftsOf(view).values()) {
    if (withFiles || !isFiles(value)) values[block_id] = await sendable(value);
  }
  return values;
}

function isFiles(value) {
  return Array.isArray(value) && value[0] instanceof File;
}

/** An option is sent by its value, a file with its content. */
export async function sendable(value) {
  if (Array.isArray(value)) return Promise.all(value.map(sendable));
  if (value instanceof File) return { name: value.name, base64: await base64(value) };
  return value?.value ?? value;
}

async function base64(file) {
  const reader = new FileReader();
  const read = new Promise((resolve, reject) => Object.assign(reader, { onload: resolve, onerror: reject }));
  reader.readAsDataURL(file);
  await read;
  return reader.result.split(",")[1];
}

/** After a snapshot: choices that the server knows are the server's; text stays as it was typed. */
export function settle(snapshot) {
  const open = new Set([...snapshot.views, snapshot.home].map((view) => view?.id));
  for (const [viewId, entered] of drafts) {
    if (!open.has(viewId)) drafts.delete(viewId);
    for (const [key, draft] of entered) if (draft.isKnown && !draft.isText) entered.delete(key);
  }
}
