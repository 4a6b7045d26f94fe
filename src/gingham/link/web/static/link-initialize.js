// Link's loader: the one script a host page includes. It puts a frame of this server over the page, tells it which
// link_token to open, and turns what the frame says into the page's callbacks. It needs no inline style or script, so a host's
// Content-Security-Policy needs only script-src and frame-src.
//
// Trust: the page learns the public_token and metadata, nothing else. The link_token goes to the frame in a message to the
// exact origin of this server, never in an address; messages count only when both window and origin are the frame's.
//
// A frame serves one session: when the session ends, however it ends, the frame is removed. The frame itself tells the server
// when it goes while a session is running.
"use strict";
(() => {
  if (typeof window === "undefined" || typeof document === "undefined") return; // rendered on a server: nothing to do

  /** @typedef {import("./types").Config} Config */
  /** @typedef {import("./types").Exit} Exit */
  /** @typedef {import("./types").LinkError} LinkError */

  const OURS = Symbol.for("gingham.link");
  if (window.Plaid && OURS in window.Plaid) {
    console.warn("link-initialize.js is included more than once on this page; the first copy stays in charge.");
    return;
  }

  const VERSION = "2.0.0";

  /** How long a page stays covered while Link's own page does not come, in milliseconds. */
  const PATIENCE = 20_000;

  // The server writes its public origin here when it serves this file. The address of the script tag is only a fallback: the
  // tag may name another host, or be gone (bundlers, loaders that move the element).
  const written = "__GINGHAM_ORIGIN__";
  const script = document.currentScript;
  const origin = /^https?:/.test(written)
    ? written
    : script instanceof HTMLScriptElement && script.src
      ? new URL(script.src).origin
      : location.origin;

  /** Inline and important, since a host's stylesheet may say anything about iframes. `all` first: the rest refine it. */
  const STYLE = {
    all: "initial",
    position: "fixed",
    top: "0",
    left: "0",
    width: "100%",
    height: "100%",
    border: "0",
    "z-index": "9999999999",
    // A frame whose scheme differs from its element's is painted opaque, and the page under the veil would vanish.
    "color-scheme": "light dark",
    background: "transparent",
  };

  /** @type {Set<number>} Numbers of the living handlers; a new one takes the lowest that is free. */
  const numbers = new Set();

  /** @param {() => void} task */
  const whenBodyExists = (task) => {
    if (document.body) task();
    else document.addEventListener("DOMContentLoaded", task, { once: true });
  };

  /** Where a frame has to be to be usable: all but the topmost modal dialog is inert, and that one has the focus. */
  const place = () => {
    if (!CSS.supports("selector(:modal)")) return document.body;
    const open = document.querySelectorAll("dialog:modal");
    const own = document.activeElement && document.activeElement.closest("dialog:modal");
    return own || open[open.length - 1] || document.body;
  };

  // A page's callback may throw; that is the page's error to see, and must not stop the flow.
  /** @template {unknown[]} A @param {unknown} callback @param {A} args */
  const call = (callback, ...args) => {
    if (typeof callback !== "function") return;
    try {
      callback(...args);
    } catch (error) {
      setTimeout(() => {
        throw error;
      });
    }
  };

  /** What every event has, null where it does not apply (Plaid docs: Link Web, onEvent). */
  const NOTHING_KNOWN = Object.fromEntries(
    (
      "account_number_mask brand_name error_code error_message error_type exit_status institution_id institution_name " +
      "institution_search_query is_update_mode issue_description issue_detected_at issue_id match_reason mfa_type " +
      "routing_number selection view_name view_variant"
    )
      .split(" ")
      .map((key) => [key, null]),
  );

  /** Pages of the time before link_tokens (until January 2025) pass a public key alone. */
  const PUBLIC_KEY_ALONE = {
    error_type: "INVALID_INPUT",
    error_code: "PUBLIC_KEY_NOT_ENABLED",
    error_message: "public keys are not enabled on this server: create a link_token and pass it as token",
    display_message: null,
  };

  /** A session that never reached the server still gets ids of its own: hosts store them, some as unique. */
  const blankMetadata = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return {
      institution: null,
      status: null,
      link_session_id: hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5"),
      request_id: hex.slice(0, 15),
    };
  };

  // The page behind must not scroll while any handler is open. What it had is read at open, not at create, and put back
  // exactly when the last one closes.
  let locks = 0;
  /** @type {string | null} */
  let bodyStyle = null;
  let overflow = { value: "", priority: "" };
  const lockScroll = () => {
    if (locks++ > 0) return;
    const { style } = document.body;
    bodyStyle = document.body.getAttribute("style");
    overflow = { value: style.getPropertyValue("overflow"), priority: style.getPropertyPriority("overflow") };
    style.setProperty("overflow", "hidden", "important");
  };
  const unlockScroll = () => {
    if (--locks > 0) return;
    const { style } = document.body;
    if (overflow.value) style.setProperty("overflow", overflow.value, overflow.priority);
    else style.removeProperty("overflow");
    // Reading it first matters: browsers write the attribute late, and would write an empty one after it was removed.
    if (bodyStyle === null && document.body.getAttribute("style") === "") document.body.removeAttribute("style");
  };

  /** @param {Config | null} [config] */
  const create = (config) => handle(config);

  /** @param {Config | null | undefined} config @param {string} [institution_id] chosen before Link opens @returns {import("./types").Handler} */
  const handle = (config, institution_id) => {
    const { key, token, receivedRedirectUri, onSuccess, onExit, onEvent, onLoad } = config || {};
    let number = 1;
    while (numbers.has(number)) number += 1;
    numbers.add(number);
    const prefix = `plaid_link-${number}::`;
    // Some pages pass their address whether they come back from a bank or not.
    const comesBack = typeof receivedRedirectUri === "string" && /[?&]oauth_state_id=/.test(receivedRedirectUri);
    const returned = comesBack ? receivedRedirectUri : undefined;
    if (receivedRedirectUri && !comesBack)
      console.error("Plaid Link: receivedRedirectUri has no oauth_state_id query parameter; Link begins anew.");
    const outdated = Boolean(key && !token && !returned);
    if (outdated) console.error(`Plaid Link: ${PUBLIC_KEY_ALONE.error_message}.`);

    /** @type {HTMLIFrameElement | null} */
    let frame = null;
    let ready = false;
    let loaded = false;
    let destroyed = false;
    let covering = false;
    /** @type {Element | null} */
    let focused = null;
    /** @type {Element | null} The page's modal dialog that Link is in. */
    let dialog = null;
    /** @type {{exit: Exit | null, connected: boolean, timer: number} | null} The session being shown, from open() to its end. */
    let session = null;

    const mount = () => {
      const parent = place();
      if (frame && frame.isConnected && frame.closest("dialog") === parent.closest("dialog")) return;
      unmount(); // a frame that is moved loads anew
      frame = document.createElement("iframe");
      frame.id = `plaid-link-iframe-${number}`;
      frame.className = "plaid-link-iframe";
      frame.title = "Plaid Link";
      frame.popover = "manual"; // the top layer: over whatever the page puts above, and free of its transforms
      frame.referrerPolicy = "no-referrer"; // the host's address may carry an oauth_state_id
      for (const [name, value] of Object.entries(STYLE)) frame.style.setProperty(name, value, "important");
      frame.style.setProperty("display", "none", "important");
      frame.src = `${origin}/link/v2/stable/link.html?isWebview=false&uniqueId=${number}&version=${VERSION}`;
      parent.appendChild(frame);
    };

    const unmount = () => {
      if (frame) frame.remove();
      frame = null;
      ready = false;
    };

    /** While Link covers the page, Escape belongs to Link, also when focus has not moved in. @param {KeyboardEvent} event */
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault(); // else it would close the page's own dialog
      handler.exit();
    };

    /** The page's dialog was closed, and Link with it. */
    const gone = () => handler.exit({ force: true });

    const cover = () => {
      if (!frame) return;
      covering = true;
      window.addEventListener("keydown", escape, true);
      focused = document.activeElement;
      lockScroll();
      dialog = frame.closest("dialog");
      if (dialog) dialog.addEventListener("close", gone);
      frame.style.setProperty("display", "block", "important");
      if (frame.showPopover) frame.showPopover(); // browsers since 2024 (Safari 17, Firefox 125); without it, z-index has to do
      if (ready) frame.focus({ preventScroll: true });
    };

    const uncover = () => {
      if (!covering) return;
      covering = false;
      window.removeEventListener("keydown", escape, true);
      unlockScroll();
      if (dialog) dialog.removeEventListener("close", gone);
      dialog = null;
      const inside = document.activeElement === frame || document.activeElement === document.body;
      if (frame) frame.style.setProperty("display", "none", "important");
      if (inside && focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
      focused = null;
    };

    /** @param {string} type @param {object} [data] */
    const tell = (type, data) => {
      if (frame && frame.contentWindow) frame.contentWindow.postMessage({ action: prefix + type, ...data }, origin);
    };

    const begin = () => {
      if (session) clearTimeout(session.timer);
      tell("open", { token, received_redirect_uri: returned, institution_id });
    };

    /** Ends the session: first the page is as it was, then the page hears of it. @param {() => void} deliver */
    const end = (deliver) => {
      if (!session) return;
      clearTimeout(session.timer);
      session = null;
      uncover();
      unmount();
      deliver();
    };

    /** Ends the session from this side, with what the frame said last about leaving. @param {LinkError | null} [error] */
    const leave = (error = null) => {
      const known = session && session.exit;
      end(() => {
        if (known && known.event) call(onEvent, "EXIT", known.event);
        call(onExit, known ? known.error : error, { ...blankMetadata(), ...(known ? known.metadata : null) });
      });
    };

    /** Nothing may cover the page for ever. */
    const watch = () =>
      window.setTimeout(
        () =>
          leave({
            error_type: "API_ERROR",
            error_code: "INTERNAL_SERVER_ERROR",
            error_message: "Link could not be loaded",
            display_message: null,
          }),
        PATIENCE,
      );

    /** @param {MessageEvent} message */
    const hear = ({ origin: from, source, data }) => {
      if (!frame || source !== frame.contentWindow || from !== origin || !data || typeof data.action !== "string") return;
      if (!data.action.startsWith(prefix)) return;
      const type = data.action.slice(prefix.length);
      if (type === "ready") {
        ready = true;
        // Not before: a frame that is focused while its page is on the way may show a cursor and get no keys (Chromium).
        if (covering) frame.focus({ preventScroll: true });
        if (session) begin();
        if (!loaded) {
          loaded = true;
          call(onLoad);
        }
      } else if (!session) {
        return;
      } else if (type === "event") {
        call(onEvent, data.eventName, data.metadata);
      } else if (type === "standing") {
        session.exit = data.exit;
        session.connected = data.connected;
      } else if (type === "navigate") {
        // To the bank's own pages, where no window could be opened; the page comes back with an oauth_state_id.
        if (/^https?:\/\//.test(data.url)) window.location.assign(data.url);
      } else if (type === "connected") {
        end(() => call(onSuccess, data.public_token, data.metadata));
      } else if (type === "exit") {
        end(() => call(onExit, data.error, { ...blankMetadata(), ...data.metadata }));
      }
    };
    window.addEventListener("message", hear);
    whenBodyExists(() => {
      if (!destroyed) mount();
    });

    const handler = {
      // An argument is ignored: it may be a MouseEvent, when the page says `button.onclick = handler.open`.
      open() {
        if (destroyed || session) return;
        session = { exit: null, connected: false, timer: watch() };
        if (outdated) {
          setTimeout(leave, 0, PUBLIC_KEY_ALONE);
          return;
        }
        whenBodyExists(() => {
          if (destroyed || !session || covering) return;
          mount();
          cover();
          if (ready) begin();
        });
      },

      /** @param {unknown} [options] */
      exit(options) {
        if (!session) return;
        const force = typeof options === "object" && options !== null && "force" in options && options.force === true;
        if (session.connected) {
          // The Item exists and the person has seen it: leaving the last pane is success, also in a hurry.
          if (force) {
            uncover();
            clearTimeout(session.timer);
            session.timer = watch();
          }
          tell("exit", { force });
        } else if (force || !ready) {
          leave();
        } else {
          tell("exit");
        }
      },

      /**
       * Layer is not offered: every number and every date of birth gets the honest answer, on which apps fall back to
       * their own form (Plaid docs: Layer).
       * @param {{date_of_birth?: unknown} | null} [data]
       */
      submit(data) {
        const name = data && data.date_of_birth ? "LAYER_AUTOFILL_NOT_AVAILABLE" : "LAYER_NOT_AVAILABLE";
        const { link_session_id, request_id } = blankMetadata();
        const metadata = { link_session_id, request_id, timestamp: new Date().toISOString() };
        setTimeout(() => destroyed || call(onEvent, name, { ...NOTHING_KNOWN, ...metadata }));
      },

      destroy() {
        if (destroyed) return;
        destroyed = true;
        numbers.delete(number);
        window.removeEventListener("message", hear);
        if (session) clearTimeout(session.timer);
        session = null;
        uncover();
        unmount();
      },
    };
    return handler;
  };

  let embedded = 0;

  /** Banks inside the host's element; a choice opens Link over the page. @param {Config | null} [config] @param {Element | null} [element] */
  const createEmbedded = (config, element) => {
    const { token, receivedRedirectUri, onExit, onLoad } = config || {};
    const number = (embedded += 1);
    const prefix = `plaid_embedded-${number}::`;
    /** @type {import("./types").Handler | null} */
    let link = null;
    const frame = document.createElement("iframe");
    frame.id = `plaid-embedded-link-iframe-${number}`;
    frame.className = "plaid-embedded-link-iframe";
    frame.title = "Plaid Link";
    frame.referrerPolicy = "no-referrer";
    const style = { ...STYLE, position: "static", "z-index": "auto", display: "block", "min-width": "300px", "min-height": "300px" };
    for (const [name, value] of Object.entries(style)) frame.style.setProperty(name, value, "important");
    frame.src = `${origin}/link/v2/stable/embed.html?uniqueId=${number}`;

    /** @param {string} [institution_id] */
    const open = (institution_id) => {
      if (link) link.destroy();
      link = handle({ ...config, onLoad: null }, institution_id);
      link.open();
    };

    /** @param {MessageEvent} message */
    const hear = ({ origin: from, source, data }) => {
      if (source !== frame.contentWindow || from !== origin || !data || typeof data.action !== "string") return;
      const type = data.action.startsWith(prefix) && data.action.slice(prefix.length);
      if (type === "ready") frame.contentWindow?.postMessage({ action: `${prefix}open`, token }, origin);
      else if (type === "loaded") call(onLoad);
      else if (type === "chosen") open(data.institution_id);
      else if (type === "exit") call(onExit, data.error, blankMetadata());
    };

    if (element && typeof element.appendChild === "function") {
      window.addEventListener("message", hear);
      element.appendChild(frame);
      if (receivedRedirectUri) open();
    } else {
      console.error("Plaid Link: createEmbedded needs the element to fill as its second argument.");
    }
    return {
      destroy() {
        window.removeEventListener("message", hear);
        frame.remove();
        if (link) link.destroy();
        link = null;
      },
    };
  };

  const plaid = { create, createEmbedded, version: VERSION };
  Object.defineProperty(plaid, OURS, { value: true });
  window.Plaid = plaid;
})();
