// The client's own look: colours, background, logo. The server has made the colours readable; here they are only put on.

/** @typedef {import("./types").Look} Look */

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

/** @type {Look | null} */
let worn = null;

function wear() {
  if (!worn) return;
  const { appearance, background, veil } = worn;
  const dark = appearance ? appearance === "DARK" : system.matches;
  /** @type {Record<string, string | null>} */
  const colours = { veil, backdrop: background, ...worn[dark ? "dark" : "light"] };
  for (const [name, colour] of Object.entries(colours)) if (colour) root.style.setProperty(`--${name}`, colour);
}

/** @param {Look | null} look */
export function dress(look) {
  worn = look;
  if (!look) return;
  root.classList.toggle("branded", "brand" in look.light);
  const dialog = document.getElementById("link");
  if (look.appearance && dialog) {
    // Not on the root: a frame whose scheme is not that of the page around it is painted opaque.
    dialog.style.colorScheme = look.appearance.toLowerCase();
    for (const sheet of document.styleSheets)
      for (const rule of sheet.cssRules)
        if (rule instanceof CSSMediaRule && rule.conditionText === system.media)
          rule.media.mediaText = look.appearance === "DARK" ? "all" : "not all";
  }
  wear();
}

system.addEventListener("change", wear);
