// Layout blocks: https://docs.slack.dev/reference/block-kit/blocks

import { h } from "../core/dom.js";
import { element } from "./elements.js";
import { inputBlock } from "./input_block.js";
import { mrkdwn } from "./mrkdwn.js";
import { picture, plainOrMrkdwn } from "./parts.js";
import { richText } from "./rich_text.js";

const ALERT_SIGNS = { default: "💬", info: "ℹ️", warning: "⚠️", error: "⛔", success: "✅" };

/** Blocks as they look; `surface` says where their elements send to: {where, view?}. */
export function blocks(list, surface) {
  return list.map((block, index) => {
    const draw = DRAWN[block.type];
    return draw ? draw(block, surface, block.block_id ?? `${index}`) : h("p", { class: "unknown", key: index }, `[${block.type}]`);
  });
}

function section(block, surface, key) {
  return h("div", { class: "section", key, "data-block": block.block_id },
    h("div", { class: "section-text" },
      block.text && h("div", { class: "text" }, plainOrMrkdwn(block.text)),
      block.fields && h("div", { class: "section-fields" }, block.fields.map((field) => h("div", { class: "text" }, plainOrMrkdwn(field))))),
    block.accessory && h("div", { class: "accessory" }, element(surface, block, block.accessory)));
}

function context(block, surface, key) {
  const parts = block.elements.map((part) => part.type === "image" ? picture(part, "thumb") : h("span", { class: "text" }, plainOrMrkdwn(part)));
  return h("div", { class: "context", key }, parts);
}

function actions(block, surface, key) {
  return h("div", { class: "actions", key, "data-block": block.block_id }, block.elements.map((one) => element(surface, block, one)));
}

function image(block, surface, key) {
  return h("figure", { key }, block.title && h("figcaption", null, block.title.text), picture(block, "wide"));
}

function alert(block, surface, key) {
  const level = block.level ?? "default";
  return h("div", { class: `alert ${level}`, key, role: level === "error" ? "alert" : "status" },
    h("span", { "aria-hidden": true }, ALERT_SIGNS[level]), h("div", { class: "text" }, plainOrMrkdwn(block.text)));
}

function video(block, surface, key) {
  const title = h("a", { href: block.title_url ?? block.video_url, target: "_blank", rel: "noopener noreferrer" }, block.title.text);
  return h("figure", { key }, h("figcaption", null, title), picture({ image_url: block.thumbnail_url, alt_text: block.alt_text }, "wide"));
}

const DRAWN = {
  section,
  context,
  actions,
  image,
  alert,
  video,
  input: inputBlock,
  header: (block, surface, key) => h(surface.view?.type === "modal" ? "h3" : "h2", { class: "header", key }, block.text.text),
  divider: (block, surface, key) => h("hr", { key }),
  rich_text: (block, surface, key) => h("div", { class: "rich-text", key }, richText(block)),
  markdown: (block, surface, key) => h("div", { class: "text", key }, mrkdwn(block.text)),
};
