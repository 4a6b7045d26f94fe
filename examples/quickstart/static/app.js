// The page: opens Link, then shows what the app's server read. It never sees an access token.

/** @typedef {{id: string, name: string, mask: string | null, kind: string, current: number | null,
 *    available: number | null, currency: string, owed: boolean}} Account */
/** @typedef {{id: string, account: string, date: string, name: string, category: string, amount: number,
 *    currency: string, pending: boolean}} Transaction */

/** How far the history is, in words and out of three. @type {Record<string, [string, number]>} */
const PROGRESS = {
  NOT_READY: ["Asking the bank for transactions", 1],
  INITIAL_UPDATE_COMPLETE: ["The last 30 days are here; fetching two years", 2],
  HISTORICAL_UPDATE_COMPLETE: ["", 3],
};
const POLL_MILLISECONDS = 1500;

/** The connected bank's name; empty while there is none. */
let institution = document.body.dataset["institution"] ?? "";
/** What the button beside a problem does. */
let remedy = showBank;
/** @type {Map<string, Account>} */
let accounts = new Map();
/** @type {Transaction[]} */
let transactions = [];
/** Raised by one whenever a bank comes or goes, so that an answer that was on its way is dropped. */
let visit = 0;

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const search = /** @type {HTMLInputElement} */ (at("search"));
const progress = /** @type {HTMLProgressElement} */ (at("progress"));

/** @param {string} tag @param {string} className @param {...(string | Node)} children */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** Ask the app's own server. @param {string} path @param {object} [body] @returns {Promise<any>} */
async function ask(path, body) {
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, body && init).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok && said) return said;
  throw said ?? { code: "", message: "This app’s server does not answer." };
}

/** @param {{code?: string, message?: string}} problem */
function showProblem(problem) {
  if (problem.code === "NOT_CONNECTED" || problem.code === "ITEM_NOT_FOUND") showWelcome();
  const expired = problem.code === "ITEM_LOGIN_REQUIRED";
  remedy = expired ? openLink : showBank;
  const words = expired ? "Your bank asks you to sign in again." : problem.message;
  at("problem-message").textContent = words || "Something went wrong.";
  at("problem-code").textContent = problem.code || "";
  at("problem-action").textContent = expired ? "Sign in again" : "Try again";
  at("problem-action").hidden = !institution;
  at("problem").hidden = false;
  at("status").textContent = "";
  progress.hidden = true;
  if (at("history").hidden) at("accounts").replaceChildren();
  at("accounts").ariaBusy = "false";
}

/** Run what a button starts: one at a time, with the button busy, problems shown.
 * @param {string} id @param {() => Promise<void>} action */
function onPress(id, action) {
  const button = /** @type {HTMLButtonElement} */ (at(id));
  button.addEventListener("click", async () => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    at("problem").hidden = true;
    await action().catch(showProblem);
    button.ariaDisabled = "false";
  });
}

/** Open Link: for a new bank, or for the connected one when its sign-in has run out. */
async function openLink() {
  const { link_token: token } = await ask("/api/link-token", {});
  const { Plaid } = /** @type {any} */ (window);
  if (!Plaid) throw { code: "", message: "Link could not be loaded. Is the server running?" };
  const handler = Plaid.create({
    token,
    onSuccess: async (/** @type {string} */ public_token) => {
      try {
        if (!institution) institution = (await ask("/api/exchange", { public_token })).institution;
        await showBank();
      } catch (problem) {
        showProblem(/** @type {object} */ (problem));
      }
      handler.destroy();
    },
    onExit: (/** @type {any} */ error) => {
      if (error) showProblem({ code: error.error_code, message: error.display_message || error.error_message });
      handler.destroy();
    },
  });
  handler.open();
}

function showWelcome() {
  visit += 1;
  institution = "";
  at("bank").hidden = true;
  at("welcome").hidden = false;
}

async function showBank() {
  visit += 1;
  const mine = visit;
  at("bank-title").textContent = institution;
  // Until the accounts are here, blank cards keep their place; what follows them comes after them, so nothing jumps.
  at("accounts").ariaBusy = "true";
  at("accounts").replaceChildren(...Array.from({ length: 4 }, () => element("li", "account waiting")));
  at("history").hidden = true;
  transactions = [];
  showTransactions();
  showProgress("NOT_READY");
  at("problem").hidden = true;
  at("welcome").hidden = true;
  at("bank").hidden = false;
  at("bank-title").focus({ preventScroll: true });
  /** @type {Account[]} */
  const read = (await ask("/api/accounts")).accounts;
  if (mine !== visit) return;
  accounts = new Map(read.map((account) => [account.id, account]));
  at("accounts").replaceChildren(...read.map(accountCard));
  at("accounts").ariaBusy = "false";
  at("history").hidden = false;
  readTransactions(mine).catch((problem) => mine === visit && showProblem(problem));
}

/** Read until the whole history is there. @param {number} mine */
async function readTransactions(mine) {
  for (;;) {
    const said = await ask("/api/transactions");
    if (mine !== visit) return;
    transactions = said.transactions;
    showTransactions();
    showProgress(said.status);
    if (said.status === "HISTORICAL_UPDATE_COMPLETE") return;
    await new Promise((wake) => setTimeout(wake, POLL_MILLISECONDS));
    if (mine !== visit) return;
  }
}

/** @param {string} status */
function showProgress(status) {
  const [words, value] = PROGRESS[status] ?? ["Waiting for the bank", 1];
  progress.value = value;
  progress.hidden = value === 3;
  at("status").textContent = words || count(transactions.length);
}

/** @param {number} many */
const count = (many) => (many === 1 ? "1 transaction" : `${many.toLocaleString()} transactions`);

/** With a minus sign, not a hyphen. @param {number} amount @param {string} currency @param {Intl.NumberFormatOptions} [more] */
const money = (amount, currency, more) =>
  amount.toLocaleString(undefined, { style: "currency", currency, ...more }).replace("-", "\u2212");

/** @param {string} name CHECKING or FOOD_AND_DRINK */
const words = (name) => name.slice(0, 1).toUpperCase() + name.slice(1).toLowerCase().replaceAll("_", " ");

/** @param {Account} account */
function accountCard(account) {
  const { name, mask, kind, currency, current, available } = account;
  const balance = current ?? available;
  const spare = available !== null && available !== balance ? `${money(available, currency)} available` : "";
  const what = [kind.length > 3 ? words(kind) : kind.toUpperCase(), mask && `•••• ${mask}`].filter(Boolean).join(" ");
  const sum = element("p", "balance", balance === null ? "Unknown" : money(balance, currency));
  return element(
    "li",
    "account",
    element("div", "", element("h3", "", name), element("p", "soft", what)),
    element("div", "", sum, element("p", "soft", account.owed ? "owed" : spare)),
  );
}

function showTransactions() {
  const sought = search.value.trim().toLowerCase();
  const found = transactions.filter((row) => `${row.name} ${words(row.category)}`.toLowerCase().includes(sought));
  const months = grouped(found, (row) => row.date.slice(0, 7));
  at("months").replaceChildren(...months.map(([month, rows]) => monthTable(month, rows)));
  if (!progress.hidden) return;
  if (sought && !found.length) at("status").textContent = `Nothing matches “${search.value.trim()}”.`;
  else at("status").textContent = sought ? `${count(found.length)} found` : count(found.length);
}

/** @param {Transaction[]} rows @param {(row: Transaction) => string} key @returns {[string, Transaction[]][]} */
function grouped(rows, key) {
  /** @type {Map<string, Transaction[]>} */
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return [...groups];
}

/** @param {string} month 2025-11 @param {Transaction[]} rows */
function monthTable(month, rows) {
  const name = new Date(`${month}-01T00:00`).toLocaleDateString(undefined, { month: "long", year: "numeric" });
  const body = element("tbody", "", ...rows.map(transactionRow));
  const caption = element("caption", "", element("h3", "", name), element("span", "soft", flow(rows)));
  const heads = ["Date", "Description", "Category", "Account", "Amount"].map((head) => {
    const cell = /** @type {HTMLTableCellElement} */ (element("th", "", head));
    cell.scope = "col";
    return cell;
  });
  return element("table", "month", caption, element("thead", "unseen", element("tr", "", ...heads)), body);
}

/** What came in and went out, by currency. @param {Transaction[]} rows */
function flow(rows) {
  const sums = grouped(rows, (row) => row.currency).map(([currency, some]) => {
    const sum = (/** @type {number} */ sign) =>
      money(some.reduce((total, row) => total + Math.max(sign * row.amount, 0), 0), currency);
    return `${sum(-1)} in, ${sum(1)} out`;
  });
  return sums.join("; ");
}

/** @param {Transaction} row */
function transactionRow(row) {
  const date = new Date(`${row.date}T00:00`).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  const name = element("td", "payee", row.name);
  if (row.pending) name.append(" ", element("span", "tag", "Pending"));
  return element(
    "tr",
    "",
    element("td", "soft date", date),
    name,
    element("td", "soft category", row.category && words(row.category)),
    element("td", "soft mask", accounts.get(row.account)?.mask ?? ""),
    // The API counts money out as positive; people read it the other way round.
    element("td", row.amount < 0 ? "amount in" : "amount", money(-row.amount, row.currency, { signDisplay: "always" })),
  );
}

onPress("connect", openLink);
onPress("problem-action", () => remedy());
onPress("disconnect", async () => {
  await ask("/api/disconnect", {});
  showWelcome();
  at("connect").focus();
});
search.addEventListener("input", showTransactions);

if (institution) showBank().catch(showProblem);
else showWelcome();
