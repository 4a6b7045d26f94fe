// The inputs of a pane, one maker a kind. A made field can be updated in place, so that a person goes on typing while
// search results change, and keeps what they typed when the server says that something else was wrong.

import { element, icon, logo, say } from "./dom.js";

/** @typedef {import("./types").Field} FieldData */
/** @typedef {import("./types").Option} Option */

/**
 * @typedef {object} Made
 * @property {HTMLElement} root
 * @property {(field: FieldData, failed?: boolean) => void} update `failed`: the pane came back with an error: secrets go
 * @property {() => string} value
 * @property {() => string[]} ticked
 * @property {HTMLElement | null} focus where the cursor belongs; null for tiles
 */

/**
 * @typedef {object} Context
 * @property {number} position counts the typed fields of the pane: public test suites know `aut-input-0-input`
 * @property {(key: "show" | "hide") => string} word
 * @property {Map<string, string>} typed what was typed into plain text fields, by field name; never a secret
 * @property {(query: string) => void} search
 * @property {(institutionId: string, tile: HTMLElement) => void} select
 * @property {(text: string) => void} announce
 */

/** @param {FieldData} field @param {Context} context @returns {Made} */
export function makeField(field, context) {
  if (field.kind === "search") return makeSearch(field, context);
  if (field.kind === "tiles") return makeTiles(field, context);
  if (field.kind === "radio" || field.kind === "checkbox") return makeChoices(field);
  return makeTyped(field, context);
}

/** @param {FieldData} field */
const labelOf = (field) => field.text || field.label.text;

/** Ties an error text to its control. @param {HTMLElement} control @param {HTMLElement} error @param {FieldData} field */
function mark(control, error, field) {
  say(error, field.error && field.error.text);
  if (field.error) {
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", error.id);
  } else {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

/** @param {FieldData} field @param {Context} context @returns {Made} */
function makeTyped(field, { position, word, typed }) {
  const id = `aut-input-${position}`;
  const secret = field.kind !== "text";
  const hidden = field.kind === "password" || field.kind === "pin";
  const numeric = field.kind === "code" || field.kind === "pin";
  const input = element("input", {
    id: `${id}-input`,
    name: field.name,
    type: hidden ? "password" : "text",
    class: field.kind === "code" ? "input code" : "input",
    autocomplete: field.autocomplete || (field.kind === "code" ? "one-time-code" : hidden ? "current-password" : "off"),
    inputmode: field.inputmode || (numeric ? "numeric" : null),
    autocapitalize: "none",
    autocorrect: "off",
    spellcheck: "false",
    dir: hidden ? null : "auto",
    maxlength: 20_000, // a password may be a whole JSON document in the sandbox
    required: !field.optional,
  });
  input.value = field.value || (secret ? "" : typed.get(field.name) || "");
  if (!secret) input.addEventListener("input", () => typed.set(field.name, input.value));
  const label = element("label", { id, for: input.id, class: "label" });
  const error = element("p", { id: `${id}-error`, class: "error" });
  const box = element("div", { class: "box" }, input);
  if (hidden) box.append(revealer(input, word));
  /** @param {FieldData} now @param {boolean} [failed] */
  const update = (now, failed) => {
    say(label, labelOf(now));
    mark(input, error, now);
    if (failed && secret) input.value = "";
  };
  update(field);
  const root = element("div", { class: "field" }, label, box, error);
  return { root, update, value: () => input.value, ticked: () => [], focus: input };
}

/** Shows and hides what was typed. @param {HTMLInputElement} input @param {Context["word"]} word */
function revealer(input, word) {
  const button = element("button", { class: "round reveal", type: "button", "aria-controls": input.id });
  const draw = () => {
    const shown = input.type === "text";
    button.setAttribute("aria-label", word(shown ? "hide" : "show"));
    button.setAttribute("aria-pressed", String(shown));
    button.replaceChildren(icon(shown ? "hide" : "show"));
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    draw();
  });
  draw();
  return button;
}

/** @param {FieldData} field @param {Context} context @returns {Made} */
function makeSearch(field, { search }) {
  const input = element("input", {
    id: "search-input-input",
    name: field.name,
    type: "search",
    class: "input",
    autocomplete: "off",
    autocapitalize: "none",
    autocorrect: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    maxlength: 200,
  });
  input.value = field.value;
  // A label all around: tests that fill `#search-input` reach the input, a tap on the icon too.
  const root = element("label", { id: "search-input", class: "box search" }, icon("search"), input);
  let timer = 0;
  let sent = field.value;
  const send = () => {
    clearTimeout(timer);
    // What the server reads: 200 characters, none of them half a one or U+0000.
    const query = input.value.slice(0, 200).replace(/[\ud800-\udfff\0]/gu, "").trim();
    if (query !== sent) search((sent = query));
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(send, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowDown") {
      const first = document.querySelector(".tile");
      if (first instanceof HTMLElement) {
        event.preventDefault();
        first.focus();
      }
    }
  });
  /** @param {FieldData} now */
  const update = (now) => {
    input.setAttribute("aria-label", labelOf(now));
    input.placeholder = labelOf(now);
  };
  update(field);
  return { root, update, value: () => input.value, ticked: () => [], focus: input };
}

/** @param {FieldData} field @param {Context} context @returns {Made} */
function makeTiles(field, { select, announce }) {
  const root = element("ul", { class: "tiles", role: "list" });
  let drawn = "";
  /** @param {FieldData} now */
  const update = (now) => {
    root.setAttribute("aria-label", labelOf(now));
    const next = JSON.stringify(now.options);
    if (next === drawn) return;
    const again = drawn !== "";
    drawn = next;
    root.replaceChildren(...now.options.map((option) => element("li", {}, makeTile(option, select))));
    if (again) announce(labelOf(now)); // it says how many were found
  };
  root.addEventListener("keydown", (event) => {
    const tiles = Array.from(root.querySelectorAll("button"));
    const at = tiles.findIndex((tile) => tile === document.activeElement);
    if (at < 0 || !tiles[0]) return;
    const top = tiles[0].offsetTop;
    const columns = Math.max(1, tiles.filter((tile) => tile.offsetTop === top).length);
    const onward = getComputedStyle(root).direction === "rtl" ? -1 : 1;
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: onward, ArrowLeft: -onward, ArrowDown: columns, ArrowUp: -columns };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const target = at + step < 0 ? document.getElementById("search-input-input") : tiles[at + step];
    if (target) target.focus();
  });
  update(field);
  return { root, update, value: () => "", ticked: () => [], focus: null };
}

/** @param {Option} option @param {Context["select"]} select */
function makeTile(option, select) {
  const tile = element(
    "button",
    {
      id: `aut-${option.value}`,
      type: "button",
      class: "tile InstitutionSearchResult",
      "aria-label": option.label,
      "aria-description": option.note,
      "data-institution": option.value,
    },
    logo(option.logo) || element("span", { class: "logo gingham", "aria-hidden": "true" }),
    element(
      "span",
      { class: "words" },
      element("span", { class: "name", dir: "auto" }, option.label),
      // Drawn by the stylesheet: the name stays the one text that a voice command has to say.
      option.note ? element("span", { class: "note", "data-note": option.note }) : null,
    ),
  );
  tile.addEventListener("click", () => select(option.value, tile));
  return tile;
}

/** @param {FieldData} field @returns {Made} */
function makeChoices(field) {
  const error = element("p", { id: `${field.name}-error`, class: "error" });
  // Where the options have headings of their own, and the pane asks the question, a visible legend would say it a third time.
  const headed = field.options.some((option) => option.group);
  const legend = element("legend", { class: headed ? "unseen" : "label" });
  const list = element("div", { class: "choices" });
  // The error stands above: a list may be longer than the screen.
  const role = field.kind === "radio" ? "radiogroup" : null; // a group cannot be said to be invalid
  const root = element("fieldset", { class: "field", id: field.name, role }, legend, error, list);
  let drawn = "";
  const inputs = () => Array.from(root.querySelectorAll("input"));
  const ticked = () => inputs().flatMap((input) => (input.checked ? [input.value] : []));
  /** @param {FieldData} now */
  const update = (now) => {
    say(legend, labelOf(now));
    mark(root, error, now);
    const next = JSON.stringify(now.options);
    if (next === drawn) return;
    drawn = next;
    list.replaceChildren(...grouped(now));
  };
  update(field);
  return {
    root,
    update,
    value: () => ticked()[0] || "",
    ticked,
    get focus() {
      return inputs().find((input) => input.checked) || inputs()[0] || null;
    },
  };
}

/** The options under the headings they name, in the order they come. @param {FieldData} field @returns {HTMLElement[]} */
function grouped(field) {
  /** @type {HTMLElement[]} */
  const made = [];
  let heading = "";
  let target = element("div", { class: "group" });
  field.options.forEach((option, index) => {
    const name = option.group ? option.group.text : "";
    if (index === 0 || name !== heading) {
      heading = name;
      const id = `${field.name}-group-${index}`;
      target = element("div", name ? { class: "group", role: "group", "aria-labelledby": id } : { class: "group" });
      if (name) target.append(element("p", { id, class: "heading" }, name));
      made.push(target);
    }
    target.append(makeChoice(field, option, index));
  });
  return made;
}

/** @param {FieldData} field @param {Option} option @param {number} index */
function makeChoice(field, option, index) {
  const id = `${field.name}-${index}`;
  const input = element("input", {
    id,
    type: field.kind,
    name: field.name,
    value: option.value,
    checked: option.checked,
  });
  return element(
    "label",
    { class: "choice", for: id },
    input,
    element(
      "span",
      { class: "line" },
      element("span", { class: "name", dir: "auto" }, option.title ? option.title.text : option.label),
      option.note ? element("span", { class: "note", dir: "auto" }, option.note) : null,
    ),
  );
}
