// Draws panes. One stage stands for the life of the page: header, body, footer and live region never move; only the body's
// content changes from pane to pane.

import { PHONE, element, icon, logo, say } from "./dom.js";
import { dress } from "./dress.js";
import { closeSheet, disclosureLine } from "./sheet.js";
import { makeField } from "./fields.js";

/** @typedef {import("./types").Pane} Pane */
/** @typedef {import("./types").State} State */
/** @typedef {import("./types").Action} Action */
/** @typedef {import("./types").Words} Words */

/** English, until the server has said them in the session's language. @type {Words} */
const WORDS = {
  back: "Back",
  close: "Close",
  show: "Show",
  hide: "Hide",
  working: "Working",
  unreachable: "We can’t reach the server. Check your connection, then try again.",
  try_again: "Try again",
};

/** A request that takes longer than this shows progress in what was pressed, in milliseconds. */
const PATIENCE = 300;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {(action: Action, pressed: HTMLElement | null) => void} act sends an action; ignores it while another is on its way
 */
export function createStage(act) {
  const dialog = byId("link");
  const form = byId("form");
  const header = byId("header");
  const back = byId("back");
  const close = byId("close");
  const scroller = byId("scroller");
  const footer = byId("footer");
  const announcer = byId("announcer");

  let words = WORDS;
  /** @type {string | null} */
  let ownLogo = null;
  /** @type {Pane | null} */
  let pane = null;
  /** @type {import("./fields").Made[]} */
  let fields = [];
  let body = byId("body");
  let trouble = element("div", { class: "notice bad", role: "alert", hidden: true });
  /** @type {Map<string, string>} */
  const typed = new Map();
  let typedAt = "";
  let progress = 0;
  /** @type {HTMLElement | null} */
  let working = null;

  back.append(icon("back"));
  close.append(icon("close"));

  const announce = (/** @type {string} */ text) => {
    announcer.textContent = text;
  };

  const context = {
    word: (/** @type {keyof Words} */ key) => words[key],
    typed,
    announce,
    search: (/** @type {string} */ query) => act({ type: "search", query }, null),
    select: (/** @type {string} */ id, /** @type {HTMLElement} */ tile) =>
      act({ type: "select_institution", institution_id: id }, tile),
  };

  /** @param {import("./types").Button} button @returns {Action} */
  const actionOf = ({ action, fill }) => {
    if (!pane) return { type: action };
    const data = pane.fields;
    if (fill === "values")
      return { type: action, values: Object.fromEntries(fields.map((field, i) => [data[i]?.name, field.value()])) };
    if (fill === "answers") return { type: action, answers: fields.map((field) => field.value()) };
    if (fill === "accounts") return { type: action, accounts: fields.flatMap((field) => field.ticked()) };
    return { type: action };
  };

  // --- what the person does -------------------------------------------------------------------------------------------

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const main = pane && pane.buttons.find((button) => button.role === "primary");
    if (main) act(actionOf(main), document.getElementById("aut-button"));
  });
  back.addEventListener("click", () => act({ type: "back" }, null));
  close.addEventListener("click", () => act({ type: "close" }, null));

  const reachable = () =>
    Array.from(dialog.querySelectorAll("button, input, a[href], [tabindex='0']")).filter(
      (node) => node instanceof HTMLElement && node.offsetParent !== null,
    );

  document.addEventListener("keydown", (event) => {
    if (dialog.hidden || event.isComposing) return;
    const at = document.activeElement;
    const searching = at instanceof HTMLInputElement && at.type === "search" && at.value !== "";
    if (event.key === "Escape" && !searching) {
      event.preventDefault();
      if (closeSheet()) return;
      // Asked whether to leave, Escape means no.
      if (!close.hidden) act({ type: "close" }, null);
      else if (pane && pane.buttons.some((button) => button.action === "resume")) act({ type: "resume" }, null);
    }
    if (event.key !== "Tab") return;
    const nodes = reachable();
    const first = nodes[0];
    const last = nodes[nodes.length - 1];
    // Focus goes round inside the dialog: the page behind it is out of reach until Link closes.
    const leaving = event.shiftKey ? at === first || !dialog.contains(at) : at === last || !dialog.contains(at);
    const target = event.shiftKey ? last : first;
    if (leaving && target instanceof HTMLElement) {
      event.preventDefault();
      target.focus();
    }
  });

  const edges = () => {
    const { scrollTop, clientHeight, scrollHeight } = scroller;
    header.classList.toggle("edge", scrollTop > 1);
    footer.classList.toggle("edge", scrollTop + clientHeight < scrollHeight - 1);
    // A text that scrolls must be reachable by keyboard when it holds nothing that is.
    const bare = scrollHeight > clientHeight + 1 && !scroller.querySelector("button, input");
    if (bare) scroller.setAttribute("tabindex", "0");
    else scroller.removeAttribute("tabindex");
  };
  scroller.addEventListener("scroll", edges, { passive: true });
  new ResizeObserver(edges).observe(scroller);

  // --- drawing --------------------------------------------------------------------------------------------------------

  /** @param {Pane} next @param {string} environment */
  const drawHeader = (next, environment) => {
    back.hidden = !next.can_go_back;
    close.hidden = !next.can_close;
    back.setAttribute("aria-label", words.back);
    close.setAttribute("aria-label", words.close);
    const chosen = next.institution;
    const mark = byId("mark");
    const shown = chosen ? chosen.institution_id : environment;
    if (mark.dataset.shown === shown) return;
    mark.dataset.shown = shown;
    if (chosen)
      mark.replaceChildren(
        logo(chosen.logo) || element("span", { class: "logo gingham" }),
        element("span", { class: "bank", dir: "auto" }, chosen.name),
      );
    else
      mark.replaceChildren(
        element("span", { class: "weave gingham" }),
        environment === "production" ? "" : element("span", { class: "environment" }, environment),
      );
  };

  /** @param {Pane} next */
  const drawFooter = (next) => {
    const rank = { link: 0, secondary: 1, primary: 2 };
    const sorted = [...next.buttons].sort((a, b) => rank[a.role] - rank[b.role]);
    const held = footer.contains(document.activeElement) && document.activeElement ? document.activeElement.id : "";
    footer.replaceChildren(
      ...sorted.map((button) => {
        const main = button.role === "primary" && button === next.buttons.find((other) => other.role === "primary");
        const second = button === next.buttons.find((other) => other.role !== "primary");
        const made = element(
          "button",
          {
            id: main ? "aut-button" : second ? "aut-secondary-button" : `aut-button-${button.action}`,
            type: main ? "submit" : "button",
            class: `button ${button.role}`,
            "data-action": button.action,
          },
          element("span", { class: "spinner", "aria-hidden": "true" }),
          element("span", {}, button.label.text),
        );
        if (!main) made.addEventListener("click", () => act(actionOf(button), made));
        return made;
      }),
    );
    footer.hidden = sorted.length === 0;
    if (held) document.getElementById(held)?.focus();
  };

  /** @param {Pane} next */
  const emblem = (next) => {
    if (next.name === "consent")
      return element(
        "div",
        { class: "emblems", "aria-hidden": "true" },
        logo(ownLogo),
        element("div", { class: "emblem gingham" }),
      );
    if (next.name === "connected")
      return element(
        "div",
        { class: "band gingham", "aria-hidden": "true" },
        element("span", { class: "seal good" }, icon("check")),
      );
    if (next.scan && !PHONE) return null;
    if (next.busy) return element("div", { class: "emblem gingham weaving", "aria-hidden": "true" });
    if (next.name === "error")
      return element("div", { class: `seal ${next.tone}`, "aria-hidden": "true" }, icon("warn"));
    if (next.name === "done")
      return element("div", { class: `seal ${next.tone}`, "aria-hidden": "true" }, icon(next.tone === "good" ? "check" : "leave"));
    if (next.name === "exit") return element("div", { class: "seal", "aria-hidden": "true" }, icon("leave"));
    return null;
  };

  /** Whoever holds the phone has nothing to read the code with. @param {Pane} next */
  const code = ({ scan }) =>
    scan &&
    !PHONE &&
    element(
      "figure",
      { class: "scan" },
      element("img", { src: scan.image, alt: scan.alt.text }),
      element("figcaption", {}, scan.help.text),
    );

  /** @param {Pane} next */
  const drawTexts = (next) => {
    say(byId("title"), next.title.text);
    say(byId("help"), next.help && next.help.text);
    say(byId("notice-text"), next.notice && next.notice.text);
    const notice = byId("notice");
    notice.hidden = !next.notice;
    notice.className = `notice ${next.tone}`;
    const marked = notice.querySelector(".icon");
    if (marked) marked.replaceWith(icon(next.tone === "good" ? "check" : next.tone === "info" ? "info" : "warn"));
    body.classList.toggle("listing", next.fields.some((field) => field.kind === "search" && field.value !== ""));
    byId("points").replaceChildren(
      ...next.points.map((point) => element("li", {}, icon("check"), element("span", {}, point.text))),
    );
    byId("details").replaceChildren(...next.details.map((detail) => element("p", {}, detail.text)));
    if (next.disclosure && !byId("disclosure").firstChild)
      byId("disclosure").append(disclosureLine(next.disclosure, words.close, () => act({ type: "view_data_types" }, null)));
  };

  /** @param {Pane} next */
  const drawBody = (next) => {
    let position = 0;
    fields = next.fields.map((field) => {
      const made = makeField(field, { ...context, position });
      if (made.focus instanceof HTMLInputElement && made.root.matches("div.field")) position += 1;
      return made;
    });
    trouble = element("div", { class: "notice bad", role: "alert", hidden: true });
    const notice = element(
      "div",
      { id: "notice", role: next.tone === "bad" ? "alert" : "status" },
      icon("info"),
      element("p", { id: "notice-text" }),
    );
    const roots = fields.map((field) => field.root);
    // What a search says of itself stands under it, so that the box does not jump while someone types.
    roots.splice(next.fields[0]?.kind === "search" ? 1 : 0, 0, notice);
    const made = element(
      "div",
      { id: "body", class: `pane-${next.name}`, "data-pane": next.name, "data-view": next.view },
      emblem(next),
      element("h1", { id: "title", tabindex: "-1", "aria-describedby": "help" }),
      element("p", { id: "help" }),
      element("ul", { id: "points", role: "list" }),
      code(next),
      ...roots,
      trouble,
      element("div", { id: "details" }),
      element("div", { id: "disclosure" }),
    );
    closeSheet();
    body.replaceWith(made);
    body = made;
  };

  /** Moves focus where the new pane begins. @param {Pane} next */
  const settle = (next) => {
    const typing = fields.find((field, i) => field.root.matches("div.field") && !next.fields[i]?.optional);
    const search = fields.find((field) => field.root.matches(".search"));
    const invalid = fields.find((_, i) => next.fields[i]?.error);
    const comfortable = matchMedia("(pointer: fine)").matches; // no keyboard slides over the tiles
    const target = (invalid || typing || (comfortable ? search : undefined))?.focus || byId("title");
    target.focus({ preventScroll: target.id === "title" });
    body.querySelector(".error:not(.unseen, [hidden])")?.scrollIntoView({ block: "nearest" });
    if (target.id !== "title") announce([next.title.text, next.help ? next.help.text : ""].join(". "));
    else announce("");
  };

  return {
    /** The empty dialog, while the first pane is on its way. */
    raise() {
      dialog.hidden = false;
      dialog.focus();
      progress = window.setTimeout(() => {
        body.replaceChildren(element("div", { class: "emblem gingham weaving", "aria-hidden": "true" }));
        body.className = "pane-loading";
        announce(words.working);
      }, PATIENCE);
    },

    /** @param {State} state @param {"forward" | "back"} direction */
    show(state, direction) {
      const next = state.pane;
      if (!next) return;
      clearTimeout(progress);
      document.documentElement.lang = state.language;
      document.documentElement.dir = state.direction;
      if (state.look !== undefined) {
        dress(state.look);
        ownLogo = state.look && state.look.logo;
      }
      if (state.texts) words = { ...WORDS, ...state.texts };
      const place = next.institution ? next.institution.institution_id : "";
      if (place && place !== typedAt) typed.clear();
      if (place) typedAt = place;
      /** @param {Pane} p */
      const shape = (p) => [p.name, p.institution?.institution_id, p.busy, ...p.fields.map((field) => `${field.kind} ${field.name} ${field.text}`)].join("|");
      const same = pane && shape(pane) === shape(next);
      const before = JSON.stringify(pane && pane.buttons);
      pane = next;
      drawHeader(next, state.environment);
      const failed = next.fields.some((field) => field.error) || (next.notice !== null && next.tone === "bad");
      if (same) {
        fields.forEach((field, i) => {
          const data = next.fields[i];
          if (data) field.update(data, failed);
        });
        trouble.hidden = true;
      } else {
        drawBody(next);
        body.classList.add(direction);
        scroller.scrollTop = 0;
      }
      // One text for two fields, such as a refused username and password, is read once, under the later one. A text that
      // is about each of them, such as an empty field's, stands at each.
      next.fields.forEach((field, i) => {
        const shared = field.error && !field.error.key.startsWith("field.");
        const repeated = shared && next.fields.slice(i + 1).some((other) => other.error?.text === field.error?.text);
        fields[i]?.root.querySelector(".error")?.classList.toggle("unseen", Boolean(repeated));
      });
      drawTexts(next);
      if (!same || before !== JSON.stringify(next.buttons)) drawFooter(next);
      if (!same || next.fields.some((field) => field.error)) settle(next);
      edges();
      // What is shown, for programs that drive this page (docs/testing-link.md). It holds nothing that was typed.
      Object.assign(dialog, { shown: { ...next, revision: state.revision } });
    },

    /** @param {HTMLElement | null} pressed what shows progress if the answer takes its time; null ends it */
    wait(pressed) {
      clearTimeout(progress);
      if (working) {
        working.classList.remove("working");
        working.removeAttribute("aria-busy");
        working = null;
      }
      if (!pressed) return;
      trouble.hidden = true;
      progress = window.setTimeout(() => {
        working = pressed;
        pressed.classList.add("working");
        pressed.setAttribute("aria-busy", "true");
        announce(words.working);
      }, PATIENCE);
    },

    /** The server did not answer: says so, calmly, and offers to ask again. @param {() => void} again */
    unreachable(again) {
      clearTimeout(progress);
      const button = element("button", { type: "button", class: pane ? "again" : "button primary" }, words.try_again);
      button.addEventListener("click", () => {
        trouble.hidden = true;
        if (!pane) {
          body.replaceChildren();
          footer.replaceChildren();
        }
        byId(pane ? "title" : "link").focus();
        again();
      });
      if (pane) {
        trouble.replaceChildren(icon("warn"), element("p", {}, words.unreachable, " ", button));
      } else {
        // Nothing is drawn yet: a pane of its own, with its button where every pane has it.
        trouble = element("div", { role: "alert" }, element("h1", { id: "title" }, words.unreachable));
        body.className = "pane-error";
        body.replaceChildren(element("div", { class: "seal bad", "aria-hidden": "true" }, icon("warn")), trouble);
        footer.replaceChildren(button);
      }
      trouble.hidden = false;
      trouble.scrollIntoView({ block: "nearest" });
    },

    /** This page was opened by itself, not by an app. */
    alone() {
      byId("alone").hidden = false;
    },
  };
}
