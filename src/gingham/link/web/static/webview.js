// Link as the whole page of an app's webview: what a host page would hear in messages, the app reads from addresses that it
// keeps from being opened: plaidlink://event?…, then plaidlink://connected?… or plaidlink://exit?… (Plaid docs: Webview).
//
// Keys are those of today together with those of before 2020, each of them once: apps take a missing one, or a repeated one, for
// a reason to crash. Older wrappers replace `window.postMessage` and read JSON text there, so that is spoken too.

/** Between two addresses, in milliseconds: a webview that is still thinking about one loses the next. */
const PACE = 40;

/** @type {Promise<void>} */
let told = Promise.resolve();

/** @param {unknown} value */
const text = (value) => (value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));

/** @param {string} host @param {[string, unknown][]} pairs @param {boolean} [bare] an empty value loses its sign as well */
const address = (host, pairs, bare) =>
  `plaidlink://${host}?` +
  pairs
    .map(([key, value]) => (bare && !text(value) ? key : `${key}=${encodeURIComponent(text(value))}`))
    .join("&");

/** @param {any} data */
const connected = ({ public_token, metadata }) => {
  const { institution, accounts = [], account, account_id, link_session_id, transfer_status } = metadata;
  return address("connected", [
    ["public_token", public_token],
    ["institution_id", institution?.institution_id],
    ["institution_name", institution?.name],
    ["institution_type", institution?.institution_id],
    [
      "accounts",
      JSON.stringify(
        accounts.map((/** @type {any} */ { id, name, mask, ...rest }) => ({ _id: id, meta: { name, number: mask }, ...rest })),
      ),
    ],
    ["account_id", account_id],
    ["account_name", account?.name],
    ["transfer_status", transfer_status],
    ["link_session_id", link_session_id],
  ]);
};

/** @param {any} data */
const exit = ({ error, metadata }) =>
  address("exit", [
    ["status", metadata?.status],
    ["error_type", error?.error_type],
    ["error_code", error?.error_code],
    ["error_message", error?.error_message],
    ["display_message", error?.display_message],
    ["error_display_message", error?.display_message],
    ["institution_id", metadata?.institution?.institution_id],
    ["institution_name", metadata?.institution?.name],
    ["institution_type", metadata?.institution?.institution_id],
    ["link_session_id", metadata?.link_session_id],
    ["link_request_id", metadata?.link_session_id],
    ["request_id", metadata?.request_id],
    ["plaid_api_request_id", metadata?.request_id],
  ]);

/** @param {any} data */
const event = ({ eventName, metadata }) =>
  address(
    "event",
    Object.entries({ ...metadata, event_name: eventName }).sort(([a], [b]) => (a < b ? -1 : 1)),
    true,
  );

/** @type {Record<string, (data: any) => string>} */
const ADDRESSES = { connected, exit, event };

/** @param {string} type @param {object} [data] */
export function tellApp(type, data) {
  const written = ADDRESSES[type]?.(data);
  if (!written) return;
  window.postMessage(JSON.stringify({ action: `plaid_link-undefined::${type}`, ...data }), "*");
  told = told.then(() => {
    location.href = written;
    return new Promise((done) => setTimeout(done, PACE));
  });
}

/** Leaves for a bank's own pages, once all is told. @param {string} url */
export function leaveApp(url) {
  void told.then(() => location.assign(url));
}
