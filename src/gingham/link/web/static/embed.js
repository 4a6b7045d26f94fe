// A few banks inside a host's page (Plaid docs: Embedded Institution Search). A choice goes to the loader, which opens Link at
// that bank; no session begins before.

import { element, icon, logo } from "./dom.js";

const number = (new URLSearchParams(location.search).get("uniqueId") || "").replace(/\W/g, "");
const prefix = `plaid_embedded-${number}::`;
const MOST = 15;
const FEWEST = 2;

/** @type {string | null} */
let host = null;

/** @param {string} type @param {object} [data] */
const tell = (type, data) => {
  if (host !== null) window.parent.postMessage({ action: prefix + type, ...data }, host === "null" ? "*" : host);
};

/** @param {unknown} token */
async function show(token) {
  try {
    const answer = await fetch("/gingham/v1/link/embedded", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ link_token: typeof token === "string" ? token : "" }),
      credentials: "omit",
    });
    const data = await answer.json();
    if (!answer.ok) throw data;
    draw(data);
    tell("loaded");
  } catch (/** @type {any} */ failure) {
    const { error_type, error_code, error_message, display_message = null } = failure;
    tell("exit", {
      error: error_code
        ? { error_type, error_code, error_message, display_message }
        : {
            error_type: "API_ERROR",
            error_code: "INTERNAL_SERVER_ERROR",
            error_message: "the server could not be reached",
            display_message: null,
          },
    });
  }
}

/** @param {import("./types").Embedded} data */
function draw({ language, direction, title, search, institutions }) {
  document.documentElement.lang = language;
  document.documentElement.dir = direction;
  const tiles = institutions.slice(0, MOST).map(({ institution_id, name, logo: path }) => {
    const tile = element(
      "button",
      { type: "button", class: "tile", id: `aut-${institution_id}`, "aria-label": name },
      logo(path),
      element("span", { class: "name", dir: "auto" }, name),
    );
    tile.addEventListener("click", () => tell("chosen", { institution_id }));
    return tile;
  });
  const grid = element("div", { class: "tiles" }, ...tiles);
  const more = element("button", { type: "button", class: "more", id: "search-button" }, icon("search"), search);
  more.addEventListener("click", () => tell("chosen"));
  document.getElementById("embed")?.replaceChildren(element("h2", {}, title), grid, more);
  new ResizeObserver(() => {
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const columns = Math.max(1, Math.floor((grid.clientWidth + 12) / (108 * scale + 12)));
    let rows = Math.max(1, Math.floor((grid.clientHeight + 12) / (84 * scale + 12)));
    grid.style.setProperty("--columns", String(columns));
    const fill = () => tiles.forEach((tile, place) => (tile.hidden = place >= Math.max(FEWEST, columns * rows)));
    fill();
    // Names on two lines make taller tiles.
    for (; rows > 1 && grid.scrollHeight > grid.clientHeight; fill()) rows -= 1;
  }).observe(grid);
}

window.addEventListener("message", ({ source, origin, data }) => {
  if (source !== window.parent || host !== null || !data || data.action !== `${prefix}open`) return;
  host = origin;
  void show(data.token);
});
if (window.parent !== window) window.parent.postMessage({ action: `${prefix}ready` }, "*");
