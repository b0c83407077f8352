// An input block: label, element, hint, and what is wrong beside it.

import { h } from "../core/dom.js";
import { state } from "../core/store.js";
import { t } from "../core/words.js";
import { element } from "./elements.js";
import { valueOf } from "./fields.js";
import { problemOfFiles } from "./file_input.js";

const GROUPS = new Set(["checkboxes", "radio_buttons"]);

export function inputBlock(block, surface, key) {
  const id = `field-${block.block_id}`;
  const problem = state.problems[surface.view?.id]?.[block.block_id] ?? refusedFile(block.element, valueOf(surface.view, block, block.element));
  const described = [block.hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ") || null;
  const words = [block.label.text, block.optional && h("span", { class: "optional" }, ` ${t("optional")}`)];
  const isGroup = GROUPS.has(block.element.type);
  return h(isGroup ? "fieldset" : "div", { class: problem ? "field wrong" : "field", key, "data-block": block.block_id, "aria-describedby": isGroup ? described : null },
    isGroup ? h("legend", null, words) : h("label", { for: id, id: `${id}-label` }, words),
    element(surface, block, block.element, { id, described, isWrong: Boolean(problem), isRequired: !block.optional }),
    problem && h("p", { class: "problem", id: `${id}-problem` }, h("span", { "aria-hidden": true }, "⚠ "), problem),
    block.hint && h("p", { class: "hint", id: `${id}-hint` }, block.hint.text));
}

/** What the client itself finds wrong before anything is sent, by block_id. */
export function problemsOf(view) {
  const found = {};
  for (const block of view.blocks.filter((one) => one.type === "input")) {
    const problem = problemOf(block, valueOf(view, block, block.element));
    if (problem) found[block.block_id] = problem;
  }
  return found;
}

function problemOf({ element: spec, optional }, value) {
  const { min_length = 0, max_length = 3000 } = spec;
  if (!value?.length && !value?.value) return optional ? null : t("required");
  if (typeof value !== "string") return refusedFile(spec, value);
  if (value.length < min_length) return t("too_short", { n: min_length });
  return value.length > max_length ? t("too_long", { n: value.length - max_length }) : null;
}

/** A file that cannot be sent is said to be so as soon as it is chosen. */
function refusedFile(spec, value) {
  return spec.type === "file_input" && value ? problemOfFiles(spec, value) : null;
}
