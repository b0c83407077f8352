// What blocks, elements and dialogs are made of.

import { h } from "../core/dom.js";
import { mrkdwn } from "./mrkdwn.js";

/** A text object: https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
export function plainOrMrkdwn(text) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, text) : h("span", { class: "as-written" }, text.text);
}

/** A picture of the web, or of a file in the workspace. */
export function picture({ image_url, slack_file, alt_text }, className) {
  const src = slack_file?.id ? `/files/${slack_file.id}` : image_url ?? slack_file?.url;
  return h("img", { class: className, src, alt: alt_text, loading: "lazy" });
}

/** Props that tie an element to its label, its hint and what is wrong with it. */
export function labelled({ id, described, isWrong, isRequired }) {
  return { id, "aria-describedby": described, "aria-invalid": isWrong ? "true" : null, "aria-required": isRequired ? "true" : null };
}
