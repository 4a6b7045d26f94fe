// Making elements. Everything a server or a bank says becomes text or an attribute, never markup.

/** Paths on a 24 px grid, drawn with a 2 px line. */
const ICONS = {
  back: ["M15 5l-7 7 7 7"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  search: ["M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13z", "M15.5 15.5L20 20"],
  show: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z", "M12 15a3 3 0 100-6 3 3 0 000 6z"],
  hide: [
    "M4 4l16 16",
    "M9.9 5.8A9 9 0 0112 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 01-2.6 3.3",
    "M6.2 7.3A16 16 0 002.5 12S6 18.5 12 18.5a9 9 0 004-.9",
    "M10 10a3 3 0 004.2 4.2",
  ],
  info: ["M12 21a9 9 0 100-18 9 9 0 000 18z", "M12 11v5.5", "M12 7.6v.1"],
  warn: ["M12 4L2.8 20h18.4z", "M12 10v4.5", "M12 17.2v.1"],
  leave: ["M14 4.5H6.5v15H14", "M11 12h9.5", "M17 8.5l3.5 3.5-3.5 3.5"],
};

/** The person holds it in their hand: a bank's app can open here, and no code has to be carried over. */
export const PHONE = /Android|iPhone|iPad|iPod|Mobile/.test(navigator.userAgent);

/** @typedef {keyof typeof ICONS} IconName */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null | undefined>} attributes false, null and undefined leave it out
 * @param {(Node | string | false | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) made.append(child);
  return made;
}

/** A decorative drawing; the control around it carries the name. @param {IconName} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  for (const line of ICONS[name]) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", line);
    svg.append(path);
  }
  return svg;
}

/** An institution's logo from this server, or nothing. @param {string | null | undefined} path @param {string} name */
export function logo(path, name = "") {
  if (!path || !/^\/[^/\\]/.test(path)) return null; // two slashes would name another host
  const image = element("img", { class: "logo", alt: name, decoding: "async", draggable: "false" });
  image.addEventListener("error", () => image.remove());
  image.src = path;
  return image;
}

/** Numbers and addresses, such as xxx-xxx-3333: no line breaks inside. @param {string} word */
const whole = (word) => word.includes("@") || (word.includes("-") && /\d/.test(word));

/** Shows or hides a text that may be absent. @param {HTMLElement} node @param {string | null | undefined} text */
export function say(node, text) {
  const words = (text || "").split(/(\s+)/);
  if (node.textContent !== text)
    node.replaceChildren(...words.map((word) => (whole(word) ? element("span", { class: "whole" }, word) : word)));
  node.normalize();
  node.hidden = !text;
}
