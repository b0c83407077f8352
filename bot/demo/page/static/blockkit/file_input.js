// Files that a person gives to a form:
// https://docs.slack.dev/reference/block-kit/block-elements/file-input-element

import { h } from "../core/dom.js";
import { announce } from "../core/focus.js";
import { t } from "../core/words.js";
import { labelled } from "./parts.js";

const USUAL_MOST = 10;

/** Files as chips; a new one takes the place of a refused one, and of the oldest when there are too many. */
export function fileInput({ spec, field, value, use, key }) {
  const files = value ?? [];
  const most = spec.max_files ?? USUAL_MOST;
  const add = (event) => {
    const kept = files.filter((file) => file instanceof File && !problemWith(spec, file));
    const given = [...kept, ...event.target.files].slice(-most);
    event.target.value = "";
    use(given);
    const problem = problemOfFiles(spec, given);
    if (problem) announce(problem, { isUrgent: true });
  };
  return h("div", { key, class: "files" },
    h("input", { ...labelled(field), type: "file", multiple: most > 1, accept: spec.filetypes?.map((type) => `.${type}`).join(","), onchange: add }),
    files.map((file) => h("div", { class: "chip" }, file.name,
      h("button", { type: "button", "aria-label": t("remove", { name: file.name }), onclick: () => use(files.filter((one) => one !== file)) }, "×"))));
}

/** What the client does not take about the first such file, null if it takes them all. */
export function problemOfFiles(spec, files) {
  return files.map((file) => problemWith(spec, file)).find(Boolean) ?? null;
}

function problemWith({ filetypes }, { name, size }) {
  const type = name.split(".").at(-1).toLowerCase();
  if (filetypes && !filetypes.includes(type)) return t("file_type", { name, types: filetypes.map((one) => `.${one}`).join(", ") });
  return size === 0 ? t("file_empty", { name }) : null;
}
