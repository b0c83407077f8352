// Where a person writes: messages, and slash commands that complete as they are typed.

import { asTyped } from "../blockkit/mrkdwn.js";
import { act } from "../core/api.js";
import { h } from "../core/dom.js";
import { announce } from "../core/focus.js";
import { change, nameOfChannel, state } from "../core/store.js";
import { t } from "../core/words.js";

const INVITE = "/invite"; // Slack's own command
const written = new Map(); // place → {text, active, problem, wasDown}

export function composer(channel, threadTs) {
  if (channel.read_only || channel.is_archived) return h("p", { class: "composer-closed" }, channel.read_only ? t("read_only") : t("archived"));
  const place = { key: `${channel.id} ${threadTs ?? ""}`, channel, threadTs };
  const { text = "", active = 0 } = written.get(place.key) ?? {};
  const problem = standingProblem(place);
  const commands = completions(place, text);
  const id = threadTs ? "reply" : "message";
  return h("form", { class: "composer", key: place.key, onsubmit: (event) => { event.preventDefault(); void send(place); } },
    commands.length ? completionList(place, id, commands, active) : null,
    problem && h("p", { class: "problem", id: `${id}-problem` }, h("span", { "aria-hidden": true }, "⚠ "), problem),
    h("div", { class: "composer-box" },
      h("textarea", {
        id: `${id}-box`, rows: 1, value: text, placeholder: threadTs ? t("reply") : t("message_to", { name: titleOf(channel) }),
        "aria-label": threadTs ? t("reply_label") : t("message_to", { name: titleOf(channel) }),
        "aria-autocomplete": "list", "aria-controls": commands.length ? `${id}-commands` : null,
        "aria-activedescendant": commands.length ? `${id}-command-${active}` : null, "aria-describedby": problem ? `${id}-problem` : null,
        oninput: (event) => write(place, { text: event.target.value }),
        onkeydown: (event) => pressed(event, place, commands, active),
        updated: grow,
      }),
      h("button", { type: "submit", class: "send", "aria-label": t("send"), "aria-disabled": !text.trim() }, "➤")));
}

function titleOf(channel) {
  return ["public", "private"].includes(channel.kind) ? `#${channel.name}` : nameOfChannel(channel);
}

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, innerHeight / 3)}px`;
}

/** What went wrong with the last try; nothing if the app was down then and is back. */
function standingProblem({ key }) {
  const { problem, wasDown } = written.get(key) ?? {};
  return wasDown && state.snapshot.bot.up ? null : problem;
}

function write(place, { text, active = 0, problem = null, wasDown = false }) {
  written.set(place.key, { text, active, problem, wasDown });
  change({});
}

/** The app's commands that begin with what is typed; none once the command stands there whole, or in threads. */
function completions({ threadTs }, text) {
  if (threadTs || !/^\/\S*$/.test(text)) return [];
  return state.snapshot.app.commands.filter(({ command }) => command.startsWith(text));
}

function completionList(place, id, commands, active) {
  return h("div", { class: "completions" }, h("p", { class: "menu-heading" }, `${t("commands")} · ${state.snapshot.app.name}`),
    h("div", { role: "listbox", id: `${id}-commands`, "aria-label": t("commands") }, commands.map(({ command, description, usage_hint }, index) =>
      h("div", {
        role: "option", id: `${id}-command-${index}`, "aria-selected": index === active, class: index === active ? "active" : "", key: command,
        onpointerdown: (event) => event.preventDefault(), onclick: () => write(place, { text: `${command} ` }),
      }, h("strong", null, command), ` ${usage_hint ?? ""}`, h("small", null, description)))));
}

function pressed(event, place, commands, active) {
  // While a Korean syllable or the like is being put together, Enter only ends that.
  if (event.isComposing) return;
  const { text } = written.get(place.key) ?? {};
  const isWhole = commands.some(({ command }) => command === text);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (commands.length && step) write(place, { text, active: (active + step + commands.length) % commands.length });
  else if (commands.length && (event.key === "Tab" || (event.key === "Enter" && !isWhole))) write(place, { text: `${commands[active].command} ` });
  else if (event.key === "Enter" && !event.shiftKey) void send(place);
  else return;
  event.preventDefault();
}

async function send(place) {
  const { text = "" } = written.get(place.key) ?? {};
  if (!text.trim()) return;
  write(place, { text: "" });
  document.querySelector(place.threadTs ? ".thread .messages" : ".conversation .messages")?.dispatchEvent(new Event("sent"));
  const wasDown = !state.snapshot.bot.up;
  const answer = await (text.startsWith("/") ? command(place, text.trim()) : say(place, text));
  if (answer.ok) return;
  write(place, { text, problem: answer.error, wasDown });
  announce(answer.error, { isUrgent: true });
}

function say({ channel, threadTs }, text) {
  return act({ do: "say", channel: channel.id, text: asTyped(text.trimEnd()), ...(threadTs && { thread_ts: threadTs }) });
}

function command({ channel, threadTs }, typed) {
  const [, name, text] = /^(\S+)\s*([^]*)$/.exec(typed);
  const isKnown = name === INVITE || state.snapshot.app.commands.some((one) => one.command === name);
  if (!isKnown) return { ok: false, error: t("no_such_command", { command: name }) };
  if (threadTs) return { ok: false, error: t("not_in_threads", { command: name }) };
  if (name === INVITE) return act({ do: "invite", text: asTyped(text), channel: channel.id });
  return act({ do: "command", command: name, text, channel: channel.id });
}
