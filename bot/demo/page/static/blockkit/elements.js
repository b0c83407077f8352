// Block elements, everything that can be pressed, chosen or typed into:
// https://docs.slack.dev/reference/block-kit/block-elements

import { actAloud, toast } from "../core/api.js";
import { h } from "../core/dom.js";
import { menuButton } from "../core/menu.js";
import { t } from "../core/words.js";
import { afterConfirming } from "./confirm.js";
import { actWithin, enter, sendable, valueOf } from "./fields.js";
import { fileInput } from "./file_input.js";
import { labelled, picture, plainOrMrkdwn } from "./parts.js";
import { select } from "./selects.js";

const WAIT_FOR_TYPING = 500;

/** One element of a block; `field` is {id, described, isWrong, isRequired} inside an input block. */
export function element(surface, block, spec, field = {}) {
  const value = valueOf(surface.view, block, spec);
  const key = `${spec.type} ${spec.action_id}`;
  const keep = (entered) => enter(surface.view, block, spec, entered);
  const use = (chosen) => changed(surface, block, spec, chosen);
  const draw = DRAWN[spec.type] ?? (spec.type.endsWith("_select") ? select : null);
  return draw ? draw({ surface, block, spec, field, value, keep, use, key }) : h("span", { key }, `[${spec.type}]`);
}

/** What a field sends when it is used: inside an input block nothing, unless the block dispatches. */
function changed(surface, block, spec, value) {
  const { view } = surface;
  if (block.type === "input") {
    enter(view, block, spec, value);
    if (block.dispatch_action) void choose(view, block, value);
    return;
  }
  if (view) enter(view, block, spec, value);
  afterConfirming(spec.confirm, () => press(surface, block, spec, value));
}

async function choose(view, block, value) {
  const answer = await actWithin(view, { do: "choose", view: view.id, block_id: block.block_id, value: await sendable(value) });
  if (!answer.ok) toast(answer.error);
}

async function press({ where, view }, block, spec, value) {
  const action = { do: "press", where, block_id: block.block_id, action_id: spec.action_id, value: await sendable(value) };
  if (!view) return actAloud(action);
  const answer = await actWithin(view, action);
  if (!answer.ok) toast(answer.error);
  return answer;
}

function button({ surface, block, spec, key }) {
  const act = () => afterConfirming(spec.confirm, () => press(surface, block, spec));
  const props = { key, class: `button ${spec.style ?? ""}`, "aria-label": spec.accessibility_label };
  if (spec.url) return h("a", { ...props, href: spec.url, target: "_blank", rel: "noopener noreferrer", onclick: act }, spec.text.text);
  return h("button", { ...props, type: "button", onclick: act }, spec.text.text);
}

function overflow({ surface, block, spec }) {
  const items = spec.options.map((option) => ({
    label: option.text.text,
    hint: option.description?.text,
    act: () => {
      if (option.url) open(option.url, "_blank", "noopener,noreferrer");
      afterConfirming(spec.confirm, () => press(surface, block, spec, option));
    },
  }));
  return menuButton({ key: `${JSON.stringify(surface.where)} ${block.block_id} ${spec.action_id}`, label: t("more_actions"), content: "⋯", items, className: "button" });
}

function textInput({ block, spec, field, value, keep, use, key }) {
  const isMultiline = spec.multiline && spec.type === "plain_text_input";
  const kinds = { number_input: "text", url_text_input: "url", email_text_input: "email" };
  const left = (spec.max_length ?? 3000) - (value ?? "").length;
  const input = h(isMultiline ? "textarea" : "input", {
    ...labelled(field), type: isMultiline ? null : kinds[spec.type] ?? "text", inputmode: spec.type === "number_input" ? "decimal" : null,
    class: "input", placeholder: spec.placeholder?.text, rows: isMultiline ? 5 : null,
    mounted: (box) => { box.value = value ?? ""; },
    oninput: (event) => typing(event.target.value, block, spec, keep, use),
    onkeydown: (event) => enterPressed(event, block, spec, use),
  });
  return h("div", { key, class: "text-input" }, input, left <= 200 && h("span", { class: left < 0 ? "counter over" : "counter" }, left));
}

const typingTimers = new Map();

/** Typed text is kept at once; an element that tells the app of every character does so after a pause. */
function typing(value, block, spec, keep, use) {
  const timer = `${block.block_id} ${spec.action_id}`;
  clearTimeout(typingTimers.get(timer));
  const isTold = block.dispatch_action && spec.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered");
  keep(value);
  if (isTold) typingTimers.set(timer, setTimeout(() => use(value), WAIT_FOR_TYPING));
}

function enterPressed(event, block, spec, use) {
  const isTold = spec.dispatch_action_config?.trigger_actions_on?.includes("on_enter_pressed") ?? true;
  if (event.key !== "Enter" || event.isComposing || !block.dispatch_action || !isTold || spec.multiline) return;
  event.preventDefault();
  use(event.target.value);
}

function choices({ block, spec, field, value, use, key }) {
  const isMany = spec.type === "checkboxes";
  const chosen = isMany ? value ?? [] : [value].filter(Boolean);
  const pick = (option, isOn) => use(isMany ? [...chosen.filter((one) => one.value !== option.value), ...(isOn ? [option] : [])] : option);
  return h("div", { key, class: "choices", role: isMany ? "group" : "radiogroup", "aria-label": block.label ? null : t("choose") },
    spec.options.map((option, index) => h("label", { class: "choice", key: option.value },
      h("input", {
        type: isMany ? "checkbox" : "radio", name: `${block.block_id} ${spec.action_id}`, id: index ? null : field.id,
        checked: chosen.some((one) => one.value === option.value), onchange: (event) => pick(option, event.target.checked),
      }),
      h("span", null, plainOrMrkdwn(option.text), option.description && h("small", null, plainOrMrkdwn(option.description))))));
}

function datePicker({ spec, field, value, use, key }) {
  const type = spec.type === "datepicker" ? "date" : "time";
  return h("input", { ...labelled(field), key, class: "input", type, value, onchange: (event) => use(event.target.value || null) });
}

const DRAWN = {
  button,
  overflow,
  image: ({ spec }) => picture(spec, "thumb"),
  plain_text_input: textInput,
  number_input: textInput,
  url_text_input: textInput,
  email_text_input: textInput,
  checkboxes: choices,
  radio_buttons: choices,
  file_input: fileInput,
  datepicker: datePicker,
  timepicker: datePicker,
};
