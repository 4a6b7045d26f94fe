// The sheet that tells which data is read and what for. It lies over the dialog, whose own things wait behind it.

import { element, icon } from "./dom.js";

/** @typedef {import("./types").Disclosure} Disclosure */

/** @type {HTMLElement | null} */
let sheet = null;
let close = () => {};

/** @param {string} title @param {string[]} lines */
const part = (title, lines) => [
  element("h3", {}, title),
  element("ul", { role: "list" }, ...lines.map((line) => element("li", { dir: "auto" }, icon("check"), line))),
];

/** True when a sheet was open and is no longer. */
export function closeSheet() {
  const open = sheet !== null;
  close();
  return open;
}

/** @param {Disclosure} told @param {string} closing name of the button that closes it @param {() => void} viewed */
export function disclosureLine(told, closing, viewed) {
  const more = element("button", { type: "button", class: "again", id: "learn-more" }, told.button.text);
  more.addEventListener("click", () => {
    const form = /** @type {HTMLElement} */ (document.getElementById("form"));
    const done = element("button", { type: "button", class: "round", "aria-label": closing }, icon("close"));
    const made = element(
      "section",
      { id: "sheet", role: "dialog", "aria-modal": "true", "aria-labelledby": "sheet-title", tabindex: "-1" },
      element("header", {}, element("h2", { id: "sheet-title" }, told.title.text), done),
      ...part(told.types_title.text, told.types.map((type) => type.text)),
      ...part(told.uses_title.text, told.uses),
    );
    sheet = made;
    close = () => {
      made.remove();
      form.inert = false;
      sheet = null;
      close = () => {};
      document.getElementById("learn-more")?.focus();
    };
    done.addEventListener("click", () => close());
    form.inert = true;
    form.after(made);
    done.focus();
    viewed();
  });
  return element("p", { class: "disclosure" }, told.line.text, " ", more);
}
