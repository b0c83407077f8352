// The rich_text block: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { h } from "../core/dom.js";
import { formatDate } from "../core/times.js";
import { channelMention, link, userMention } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", highlight: "mark", client_highlight: "mark", code: "code" };

export function richText(block) {
  return block.elements.map(part);
}

function part(element) {
  const { type, elements } = element;
  if (type === "rich_text_list") return list(element);
  if (type === "rich_text_quote") return h("blockquote", null, elements.map(word));
  if (type === "rich_text_preformatted") return h("pre", null, elements.map(word));
  return h("p", null, elements.map(word));
}

function list({ style, indent = 0, offset = 0, elements }) {
  const items = elements.map((item) => h("li", null, item.elements.map(word)));
  const props = { style: { marginInlineStart: `${indent * 1.5}em` } };
  return style === "ordered" ? h("ol", { ...props, start: offset + 1 }, items) : h("ul", props, items);
}

function word(element) {
  const styles = Object.keys(element.style ?? {}).filter((name) => element.style[name] && STYLES[name]);
  return styles.reduce((inside, name) => h(STYLES[name], null, inside), plain(element));
}

function plain(element) {
  switch (element.type) {
    case "text":
      return h("span", { class: "as-written" }, element.text);
    case "link":
      return link(element.url, element.text ?? element.url);
    case "user":
      return userMention(element.user_id);
    case "channel":
      return channelMention(element.channel_id);
    case "usergroup":
      return h("span", { class: "mention" }, `@${element.usergroup_id}`);
    case "broadcast":
      return h("span", { class: "mention" }, `@${element.range}`);
    case "date":
      return h("time", null, formatDate(element.timestamp, element.format));
    case "emoji":
      return emoji(element);
    default:
      return element.value ?? "";
  }
}

function emoji({ name, unicode }) {
  if (!unicode) return `:${name}:`;
  return String.fromCodePoint(...unicode.split("-").map((code) => parseInt(code, 16)));
}
