// Draws descriptions of elements into the page, and changes only what differs from the last drawing: focus, caret,
// scroll position, open menus and a playing video stay, because the element that has them stays.

const SVG = new Set(["svg", "path"]);
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "muted", "inert"]);
const OURS = new Set(["key", "mounted", "updated", "removed"]);
const NOTHING = new Set([null, undefined, false, ""]);
const drawn = new WeakMap(); // node → the description that it was last drawn from
let hooks = [];

/**
 * Describes an element. `key` ties it to the same element of the next drawing; without one its place among its
 * siblings does, where a child that is left out (null, false) keeps its place. `mounted(element)` is called once
 * it is in the page, `updated(element)` after every drawing, `removed(element)` when it itself is taken away.
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: named(children) };
}

/** Children with the names by which the next drawing finds them again. */
function named(children, path = "") {
  return children.flatMap((child, index) => {
    if (Array.isArray(child)) return named(child, `${path}${index}.`);
    if (NOTHING.has(child)) return [];
    const description = typeof child === "object" ? child : { text: String(child) };
    const key = description.props?.key;
    return [{ ...description, name: `${description.tag} ${key === undefined ? path + index : `key ${key}`}` }];
  });
}

/** Makes the children of an element what the descriptions say. */
export function draw(parent, ...children) {
  hooks = [];
  drawChildren(parent, named(children));
  for (const hook of hooks) hook();
}

function drawChildren(parent, children) {
  const spare = new Map([...parent.childNodes].map((node) => [drawn.get(node)?.name, node]));
  const nodes = children.map((child) => taken(spare, child.name) ?? create(child));
  for (const node of spare.values()) remove(node);
  let next = parent.firstChild;
  children.forEach((child, index) => {
    if (nodes[index] === next) next = next.nextSibling;
    else parent.insertBefore(nodes[index], next);
    patch(nodes[index], child);
  });
}

function taken(spare, name) {
  const node = spare.get(name);
  spare.delete(name);
  return node;
}

function create({ tag, text, props }) {
  if (text !== undefined) return document.createTextNode(text);
  const element = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  if (props.mounted) hooks.push(() => props.mounted(element));
  return element;
}

function patch(node, description) {
  const before = drawn.get(node)?.props ?? {};
  drawn.set(node, description);
  const { text, props, children } = description;
  if (text !== undefined) {
    if (node.data !== text) node.data = text;
    return;
  }
  drawChildren(node, children);
  for (const name of Object.keys({ ...before, ...props })) {
    if (!OURS.has(name) && before[name] !== props[name]) set(node, name, props[name]);
  }
  if (props.updated) hooks.push(() => props.updated(node));
}

function set(element, name, value) {
  if (name.startsWith("on")) element[name] = value ? (event) => void value(event) : null; // a returned false would cancel
  else if (name === "style") restyle(element, value);
  else if (PROPERTIES.has(name)) setProperty(element, name, value);
  else if (value === undefined || value === null || (value === false && !name.startsWith("aria-"))) element.removeAttribute(name);
  else element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
}

function restyle(element, style) {
  element.removeAttribute("style"); // or an element that is used for something else keeps its colours
  Object.assign(element.style, style);
}

function setProperty(element, name, value) {
  const wanted = value ?? (name === "value" ? "" : false);
  if (element[name] !== wanted) element[name] = wanted;
}

function remove(node) {
  node.remove();
  drawn.get(node)?.props?.removed?.(node);
}
