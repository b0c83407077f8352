// Slack's mrkdwn and the references in it: https://docs.slack.dev/messaging/formatting-message-text

import { h } from "../core/dom.js";
import { showChannel, showThread } from "../core/goto.js";
import { channelById, nameOfUser, state } from "../core/store.js";
import { formatDate } from "../core/times.js";

const EDGE = String.raw`(?![\p{L}\p{N}])`;
const PIECES = new RegExp(
  [
    "```(?<pre>[^]+?)```",
    "`(?<code>[^`\\n]+)`",
    "<(?<entity>[^<>\\n]+)>",
    `(?<![\\p{L}\\p{N}])(?:\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*|_(?<italic>[^\\s_](?:[^_\\n]*[^\\s_])?)_|~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~)${EDGE}`,
    "(?<bare>https?://[^\\s<>|]+[^\\s<>|.,;:!?)'\"])",
  ].join("|"),
  "u",
);

/** The text as descriptions of elements. `verbatim`: bare addresses are no links. */
export function mrkdwn(text, { verbatim = false } = {}) {
  return paragraphs(text).map(({ isQuote, words }) => {
    const inside = inline(words.join("\n"), verbatim);
    return isQuote ? h("blockquote", null, inside) : inside;
  });
}

/** The text without marks, with names for references: for reading out. */
export function plainText(text) {
  return wordsIn(h("p", null, mrkdwn(text)));
}

function wordsIn({ tag, text, children }) {
  if (tag === "br") return "\n";
  const words = text ?? children.map(wordsIn).join("");
  return ["blockquote", "pre"].includes(tag) ? `\n${words}\n` : words;
}

/** Lines that belong together: quoted ones, and those between them. */
function paragraphs(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (found.at(-1)?.isQuote !== Boolean(quote)) found.push({ isQuote: Boolean(quote), words: [] });
    found.at(-1).words.push(quote ? quote[1] : line);
  }
  return found;
}

function inline(text, verbatim) {
  const found = PIECES.exec(text);
  if (!found) return lines(text);
  const rest = text.slice(found.index + found[0].length);
  return [lines(text.slice(0, found.index)), piece(found, verbatim), inline(rest, verbatim)];
}

function piece({ 0: whole, groups }, verbatim) {
  if (groups.pre) return h("pre", null, unescaped(groups.pre.replace(/^\n|\n$/g, "")));
  if (groups.code) return h("code", null, unescaped(groups.code));
  if (groups.entity) return entity(groups.entity);
  if (groups.bold) return h("strong", null, inline(groups.bold, verbatim));
  if (groups.italic) return h("em", null, inline(groups.italic, verbatim));
  if (groups.strike) return h("s", null, inline(groups.strike, verbatim));
  return verbatim ? unescaped(whole) : link(unescaped(groups.bare));
}

function entity(inside) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return userMention(target.slice(1));
  if (target.startsWith("#")) return channelMention(target.slice(1), label);
  if (target.startsWith("!date^")) return date(target.slice(6).split("^"), label);
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, unescaped(label ?? target.slice(9)));
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${target.slice(1)}`);
  return link(unescaped(target), unescaped(label ?? target));
}

function date([seconds, shape, url], fallback) {
  const words = formatDate(Number(seconds), unescaped(shape ?? fallback));
  const time = h("time", { datetime: new Date(Number(seconds) * 1000).toISOString() }, words);
  return url ? link(unescaped(url), time) : time;
}

export function userMention(id) {
  const isMe = id === state.snapshot.me.id;
  return h("span", { class: isMe ? "mention me" : "mention" }, `@${nameOfUser(id)}`);
}

export function channelMention(id, label) {
  return h("span", { class: "mention" }, `#${channelById(id)?.name ?? label ?? id}`);
}

const PERMALINK = /^https:\/\/[\w-]+\.slack\.com\/archives\/(\w+)\/p(\d+)(\d{6})(?:\?.*?thread_ts=([\d.]+))?/;
const FILE = /^https:\/\/[\w-]+\.slack\.com\/files\/\w+\/(F\w+)/;

/** A link to a web or mail address, or within the workspace; anything else stays text, so that no address runs code. */
export function link(url, label = url) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", null, label);
  const [, channel, seconds, fraction, root] = PERMALINK.exec(url) ?? [];
  if (channel && channelById(channel)) return h("a", { href: url, onclick: (event) => inside(event, channel, root ?? `${seconds}.${fraction}`) }, label);
  const [, file] = FILE.exec(url) ?? [];
  return h("a", { href: file ? `/files/${file}` : url, target: "_blank", rel: "noopener noreferrer" }, label);
}

function inside(event, channel, ts) {
  event.preventDefault();
  showChannel(channel);
  showThread(channel, ts);
}

function lines(text) {
  return unescaped(text)
    .split("\n")
    .flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

export function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** What a person typed, as Slack sends it: escaped, and with the names of people and channels as references. */
export function asTyped(text) {
  const { users, channels } = state.snapshot;
  const people = Object.entries(users).map(([id, user]) => [`@${user.name}`, `<@${id}>`]);
  const places = channels.filter((channel) => channel.name).map((channel) => [`#${channel.name}`, `<#${channel.id}>`]);
  const names = [...people, ...places].sort(([one], [other]) => other.length - one.length);
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return names.reduce((words, [name, reference]) => words.replaceAll(name, reference), escaped);
}
