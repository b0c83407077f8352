// The select elements, all of them as one box to type into with a list below.

import { act } from "../core/api.js";
import { h } from "../core/dom.js";
import { nameOfChannel, nameOfUser, state } from "../core/store.js";
import { t } from "../core/words.js";
import { combobox } from "./combobox.js";
import { actWithin } from "./fields.js";

/** A select of one or of many; what is chosen stands in the box, or as chips above it. */
export function select({ surface, block, spec, field, value, use, key }) {
  const isMany = spec.type.startsWith("multi_");
  const chosen = isMany ? value ?? [] : [];
  const choose = (option) => use(isMany ? [...chosen, raw(spec, option)] : option && raw(spec, option));
  return h("div", { key, class: "select" },
    chosen.map((one) => chip(spec, one, () => use(chosen.filter((other) => other !== one)))),
    combobox({
      id: field.id ?? `select-${JSON.stringify(surface.where)}-${block.block_id}-${spec.action_id}`.replace(/[^\w-]/g, ""),
      field,
      label: field.id ? null : spec.placeholder?.text ?? t("choose"),
      placeholder: spec.placeholder?.text ?? t("choose"),
      chosen: isMany || !value ? null : asOption(spec, value),
      options: (query) => optionsFor(surface, block, spec, query),
      minimum: spec.type.endsWith("external_select") ? spec.min_query_length ?? 3 : 0,
      choose,
      isOptional: Boolean(block.optional),
    }));
}

function chip(spec, one, remove) {
  const name = asOption(spec, one).text.text;
  return h("span", { class: "chip" }, name, h("button", { type: "button", "aria-label": t("remove", { name }), onclick: remove }, "×"));
}

/** People and conversations are kept by their ids, everything else as the option itself. */
function raw(spec, option) {
  return /(users|channels|conversations)_select$/.test(spec.type) ? option.value : option;
}

function asOption(spec, value) {
  if (typeof value !== "string") return value;
  const channel = state.snapshot.channels.find((one) => one.id === value);
  return { value, text: { text: channel ? `${signOf(channel)}${nameOfChannel(channel)}` : nameOfUser(value) } };
}

function signOf(channel) {
  return { public: "# ", private: "🔒 ", im: "", mpim: "" }[channel.kind];
}

/** Groups of options for what was typed: [{label?, options}]. */
async function optionsFor(surface, block, spec, query) {
  if (spec.type.endsWith("external_select")) return suggested(surface, block, query);
  const groups = spec.option_groups ?? [{ options: spec.options ?? known(spec) }];
  const words = query.toLocaleLowerCase();
  const matching = groups.map((group) => ({ ...group, options: group.options.filter(({ text }) => text.text.toLocaleLowerCase().includes(words)) }));
  return matching.filter((group) => group.options.length);
}

async function suggested({ view }, block, query) {
  const ask = { do: "suggest", view: view?.id, block_id: block.block_id, query };
  const answer = view ? await actWithin(view, ask) : await act(ask);
  if (!answer.ok) return [];
  return (answer.option_groups ?? [{ options: answer.options }]).filter((group) => group.options.length);
}

function known(spec) {
  const { channels, users } = state.snapshot;
  if (spec.type.endsWith("users_select")) return Object.keys(users).map((id) => asOption(spec, id));
  const kinds = spec.type.endsWith("channels_select") ? ["public"] : spec.filter?.include ?? ["public", "private", "im", "mpim"];
  const isBot = (channel) => spec.filter?.exclude_bot_users && state.snapshot.users[channel.with]?.is_bot;
  return channels.filter((one) => kinds.includes(one.kind) && !one.is_archived && !isBot(one)).map((one) => asOption(spec, one.id));
}
