// Link's page: one session between the host page's loader, the server, and the person.
//
// What it keeps, it keeps in memory: the session_token, and an action until it is answered. Messages: `open` is taken once,
// from the window that embeds this page; its origin is then the only one that is heard and the only one that is told.

import { PHONE } from "./dom.js";
import { createStage } from "./pane.js";
import { leaveApp, tellApp } from "./webview.js";

/** @typedef {import("./types").Action} Action */
/** @typedef {import("./types").LinkError} LinkError */
/** @typedef {import("./types").State} State */

const asked = new URLSearchParams(location.search);
const number = (asked.get("uniqueId") || "").replace(/\W/g, "") || "1";
const prefix = `plaid_link-${number}::`;

/** The end of this page's own address, when Link is not part of another page (Plaid docs: Hosted Link). */
const hosted = location.pathname.startsWith("/link/hosted/") ? location.pathname.slice(13) : "";

/** Link is the whole page of an app's webview. */
const webview = window.parent === window && /^true$/i.test(asked.get("isWebview") || asked.get("isWebView") || "");

/** The server holds a question for 20 s before it answers "nothing new"; then it is lost. Milliseconds. */
const TIMEOUT = 30_000;

/** @type {LinkError} */
const UNREACHABLE = {
  error_type: "API_ERROR",
  error_code: "INTERNAL_SERVER_ERROR",
  error_message: "the server could not be reached",
  display_message: null,
};

/** Its origin, once the host has spoken; "null" for pages without one, such as files. @type {string | null} */
let host = null;
let sessionToken = "";
/** @type {State | null} */
let state = null;
let finished = false;
/** What is on its way to the server, and what goes next. @type {Action | null} */
let current = null;
/** @type {{action: Action, pressed: HTMLElement | null} | null} */
let next = null;
let polling = 0;
/** How many events of the session the host has heard: an answer that was lost or crosses another costs none and repeats none. */
let told = 0;

/** The bank's window, while the person is in it. @type {Window | null} */
let bank = null;
let watching = 0;
/** The host page is about to leave for the bank: the frame goes with it, but the session does not end. */
let departing = false;

const stage = createStage((action, pressed) => (action.type === "open_oauth" ? goToBank(pressed) : act(action, pressed)));

// --- the host page ----------------------------------------------------------------------------------------------------

/** @param {string} type @param {object} [data] */
function tell(type, data) {
  if (webview) tellApp(type, data);
  if (hosted || webview) return;
  // A page without an origin cannot be addressed by one. The parent cannot change while this frame lives.
  if (host !== null) window.parent.postMessage({ action: prefix + type, ...data }, host === "null" ? "*" : host);
}

/** @param {LinkError | null} error @param {object} [metadata] */
function leave(error, metadata) {
  if (finished) return;
  finished = true;
  if (hosted) location.replace("?over");
  tell("exit", { error, metadata });
}

/** @param {MessageEvent} message */
function hear({ source, origin, data }) {
  if (source !== window.parent || !data || typeof data.action !== "string") return;
  if (host !== null && origin !== host) return;
  if (data.action === `${prefix}open` && host === null) {
    host = origin;
    tell("acknowledged");
    stage.raise();
    const link_token = typeof data.token === "string" ? data.token : ""; // the server says what is wrong with it
    void start({ link_token, received_redirect_uri: data.received_redirect_uri, institution_id: data.institution_id });
  } else if (data.action === `${prefix}exit` && host !== null) {
    act({ type: data.force ? "force_exit" : "close" }, null);
  }
}

// --- a page of its own ------------------------------------------------------------------------------------------------

/** Goes on where this tab was, when it was reloaded; else begins. What a tab keeps, only this server's own pages can read. */
async function arrive() {
  host = location.origin;
  stage.raise();
  const back = asked.has("oauth_state_id");
  const received_redirect_uri = back ? location.href : undefined;
  // The address without the bank's answer, which is good for once, can be opened again.
  if (back) history.replaceState(null, "", location.pathname);
  sessionToken = (!back && sessionStorage.getItem(location.pathname)) || "";
  if (sessionToken) {
    try {
      const answer = await ask("get", { session_token: sessionToken });
      if (!answer.result) return accept(answer, null);
    } catch {
      // An old session cannot be had any more: a new one begins.
    }
  }
  await start({ hosted, received_redirect_uri });
}

/** Begins in an app's webview, as its address says. Public keys alone are of the time before link_tokens. */
function arriveInApp() {
  host = location.origin;
  document.documentElement.className = "hosted";
  stage.raise();
  const link_token = asked.get("token") || "";
  const received_redirect_uri = asked.get("receivedRedirectUri") || undefined;
  if (link_token || received_redirect_uri || !asked.has("key")) return void start({ link_token, received_redirect_uri });
  leave({
    error_type: "INVALID_INPUT",
    error_code: "PUBLIC_KEY_NOT_ENABLED",
    error_message: "public keys are not enabled on this server: create a link_token and pass it as token",
    display_message: null,
  });
}

/** @param {State} answer the last one of the session */
function depart(answer) {
  sessionStorage.removeItem(location.pathname);
  stage.show(answer, "forward");
  if (answer.redirect_to) location.assign(answer.redirect_to);
  else window.close(); // works where a script has opened this window
}

// --- the server -------------------------------------------------------------------------------------------------------

class Refused extends Error {
  /** @param {LinkError} error */
  constructor(error) {
    super(error.error_code);
    this.error = error;
  }
}

/**
 * @param {"start" | "act" | "get"} name
 * @param {object} body
 * @returns {Promise<State>} rejects with `Refused` when the server says no, with anything else when it does not say
 */
async function ask(name, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const answer = await fetch(`/gingham/v1/link/session/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: abort.signal,
      credentials: "omit",
      cache: "no-store",
    });
    const data = await answer.json();
    if (answer.ok && !data.error_code) return data; // 208 is an error of its own
    if (answer.status >= 500 || answer.status === 429 || !data.error_code) throw new Error(`status ${answer.status}`);
    if (data.error_code_reason) console.error(`Link: ${data.error_code} (${data.error_code_reason})`);
    const { error_type, error_code, error_message, display_message = null } = data;
    throw new Refused({ error_type, error_code, error_message, display_message });
  } finally {
    clearTimeout(timer);
  }
}

/** Takes in one answer. @param {State} answer @param {Action | null} cause */
function accept(answer, cause) {
  if (finished) return;
  const late = state !== null && answer.revision < state.revision;
  const before = answer.events_seen - answer.events.length;
  for (const event of answer.events.slice(Math.max(0, told - before)))
    tell("event", { eventName: event.event_name, metadata: event.metadata });
  told = Math.max(told, answer.events_seen);
  if (answer.result) {
    finished = true;
    const { result } = answer;
    closeBank();
    if (hosted) depart(answer);
    if (result.kind === "success") tell("connected", { public_token: result.public_token, metadata: result.metadata });
    else tell("exit", { error: result.error, metadata: result.metadata });
    return;
  }
  if (late) return;
  state = answer;
  tell("standing", { exit: answer.exit, connected: !answer.exit || answer.pane?.name === "connected" });
  if (answer.pane?.name !== "oauth") closeBank();
  stage.show(answer, cause && ["back", "choose_another", "resume"].includes(cause.type) ? "back" : "forward");
  if (answer.pane && changes(answer.pane)) void poll();
}

/** @param {unknown} failure @param {() => void} again */
function fail(failure, again) {
  if (failure instanceof Refused) leave(failure.error, state && state.exit ? state.exit.metadata : undefined);
  else if (!finished) stage.unreachable(again);
}

/** @param {object} body */
async function start(body) {
  current = { type: "open" };
  try {
    const answer = await ask("start", body);
    sessionToken = answer.session_token || "";
    if (hosted) sessionStorage.setItem(location.pathname, sessionToken);
    current = null;
    accept(answer, null);
    proceed();
  } catch (failure) {
    current = null;
    const leaving = next;
    next = null;
    fail(failure, () => {
      stage.raise();
      void start(body);
    });
    if (leaving) leave(UNREACHABLE);
  }
}

/**
 * Sends one action at a time. While one is on its way a second click does nothing; only the latest search, a choice among the
 * results, and the wish to leave wait their turn.
 *
 * @param {Action} action
 * @param {HTMLElement | null} pressed
 */
function act(action, pressed) {
  if (finished || host === null) return;
  if (current) {
    const urgent = (action.type === "close" && current.type !== "close") || (current.type === "search" && action.type !== "search");
    const search = action.type === "search" && current.type === "search" && (!next || next.action.type === "search");
    if (urgent || search) next = { action, pressed };
    return;
  }
  if (state) void send(action, pressed, state.revision);
  else if (action.type === "close") leave(UNREACHABLE); // the session never began: there is nobody to ask
}

/** @param {Action} action @param {HTMLElement | null} pressed @param {number} revision */
async function send(action, pressed, revision) {
  current = action;
  polling += 1;
  stage.wait(pressed);
  try {
    const answer = await ask("act", { session_token: sessionToken, revision, action, events_seen: told });
    current = null;
    stage.wait(null);
    accept(answer, action);
    proceed();
  } catch (failure) {
    current = null;
    next = null;
    stage.wait(null);
    const exit = state && state.exit;
    const leaving = action.type === "close" || action.type === "confirm_exit";
    // Nobody is kept inside by a lost connection. On the last pane the Item exists, so its token is worth another try.
    if (!(failure instanceof Refused) && leaving && exit && state?.pane?.name !== "connected") {
      leave(exit.error, exit.metadata);
    } else {
      fail(failure, () => {
        if (!current) void send(action, pressed, revision);
      });
    }
  }
}

// --- the bank's own pages ---------------------------------------------------------------------------------------------

/** How often a window is looked at, how long a closed one may still have an answer under way, and when to give up. */
const LOOK = 400;
const GRACE = 1_500;
const LONGEST_VISIT = 600_000;

/**
 * Goes to the bank in a window of its own; where that is kept from opening, takes the host page there, if it can come back.
 * Must run within the click, or browsers take the window for an advertisement.
 *
 * @param {HTMLElement | null} pressed
 */
function goToBank(pressed) {
  const pane = state?.pane;
  if (!pane?.url || current || finished) return;
  closeBank();
  const url = (PHONE && pane.app_url) || pane.url;
  // An app comes back to an address, not to the page that has opened it.
  const redirects = hosted || webview || (url !== pane.url && pane.can_redirect);
  bank = redirects ? null : window.open("", `gingham-bank-${number}`, "popup,width=480,height=760");
  if (bank) {
    bank.opener = null; // the bank's pages need no way back into this one
    bank.location.replace(url);
    void send({ type: "open_oauth", mode: "popup" }, null, state?.revision ?? 0);
    watchBank(bank);
  } else if (pane.can_redirect) {
    void leaveForBank(url, pressed);
  } else {
    void send({ type: "open_oauth", mode: "popup" }, pressed, state?.revision ?? 0).then(() =>
      act({ type: "fail_oauth" }, null),
    );
  }
}

/** @param {string} url @param {HTMLElement | null} pressed */
async function leaveForBank(url, pressed) {
  await send({ type: "open_oauth", mode: "redirect" }, pressed, state?.revision ?? 0);
  departing = true;
  if (hosted) location.assign(url);
  else if (webview) leaveApp(url);
  else tell("navigate", { url });
}

/** @param {Window} visited */
function watchBank(visited) {
  const until = Date.now() + LONGEST_VISIT;
  clearInterval(watching);
  watching = window.setInterval(() => {
    const late = Date.now() > until;
    if (bank !== visited || (!visited.closed && !late)) return;
    clearInterval(watching);
    if (late) closeBank();
    // The answer may have been given just before the window closed; then this pane is already another one.
    setTimeout(() => {
      if (state?.pane?.name === "oauth") act({ type: late ? "fail_oauth" : "close_oauth" }, null);
    }, GRACE);
  }, LOOK);
}

function closeBank() {
  clearInterval(watching);
  if (bank && !bank.closed) bank.close();
  bank = null;
}

function proceed() {
  const waiting = next;
  next = null;
  if (waiting) act(waiting.action, waiting.pressed);
}

/** The pane may become another without this page's doing. @param {import("./types").Pane} pane */
const changes = (pane) => pane.busy || Boolean(pane.scan);

/** While the bank thinks, asks the server to answer when there is something new. */
async function poll() {
  const mine = ++polling;
  while (mine === polling && state && state.pane && changes(state.pane) && !finished) {
    try {
      const known = { session_token: sessionToken, after_revision: state.revision, events_seen: told };
      const answer = await ask("get", known);
      accept(answer, null);
    } catch (failure) {
      if (mine === polling) fail(failure, () => void poll());
      return;
    }
  }
}

// The frame goes: the host has force-closed or removed it, or the tab is closed. The server learns that the session is over.
window.addEventListener("pagehide", (event) => {
  if (hosted || event.persisted || finished || departing || !state || !sessionToken) return;
  finished = true;
  const body = { session_token: sessionToken, revision: state.revision, action: { type: "force_exit" } };
  navigator.sendBeacon("/gingham/v1/link/session/act", new Blob([JSON.stringify(body)], { type: "application/json" }));
});

if (hosted) {
  void arrive();
} else if (webview) {
  arriveInApp();
} else if (window.parent === window) {
  stage.alone();
} else {
  window.addEventListener("message", hear);
  window.parent.postMessage({ action: `${prefix}ready` }, "*"); // says nothing but that somebody listens
}
