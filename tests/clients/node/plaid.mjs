// The official Node client with nothing changed but its host: node plaid.mjs ADDRESS CLIENT_ID SECRET
//
// Runs every case once and prints one JSON object: case -> {"answer": …} or {"refusal": {status, body}} or, when
// the client itself gave up, {"failure": text}. What is right is said in test_plaid_node.py.

import { setTimeout as pause } from "node:timers/promises";
import { Configuration, PlaidApi } from "plaid";

const [address, clientId, secret] = process.argv.slice(2);
const BANK = "ins_109508";
const NOBODY = "access-sandbox-00000000-0000-4000-8000-000000000000";

/** @param {string} key */
function clientWith(key) {
  const headers = { "PLAID-CLIENT-ID": clientId, "PLAID-SECRET": key };
  return new PlaidApi(new Configuration({ basePath: address, baseOptions: { headers } }));
}

const plaid = clientWith(secret);
const stranger = clientWith("a-secret-of-somebody-else");

async function publicToken(initial_products = ["auth", "transactions"], options = {}) {
  const asked = { institution_id: BANK, initial_products, options };
  return (await plaid.sandboxPublicTokenCreate(asked)).data.public_token;
}

/** The access_token of a new Item. */
async function item(...products) {
  const public_token = await publicToken(products.length ? products : undefined);
  return (await plaid.itemPublicTokenExchange({ public_token })).data.access_token;
}

async function broken() {
  const access_token = await item();
  await plaid.sandboxItemResetLogin({ access_token });
  return access_token;
}

/** Every page from the beginning, once the whole history is there. */
async function history(access_token, count) {
  for (let tries = 0; tries < 1000; tries++) {
    const { data } = await plaid.transactionsSync({ access_token });
    if (data.transactions_update_status === "HISTORICAL_UPDATE_COMPLETE") break;
    await pause(20);
  }
  const pages = [];
  let cursor;
  do {
    pages.push((await plaid.transactionsSync({ access_token, cursor, count })).data);
    cursor = pages.at(-1).next_cursor;
  } while (pages.at(-1).has_more);
  return pages;
}

const linkRequest = {
  client_name: "Ledger",
  language: "en",
  country_codes: ["US"],
  products: ["transactions"],
  user: { client_user_id: "user-1" },
};

const cases = {
  linkTokenCreate: () => plaid.linkTokenCreate(linkRequest),
  linkTokenGet: async () => {
    const { link_token } = (await plaid.linkTokenCreate(linkRequest)).data;
    return plaid.linkTokenGet({ link_token });
  },
  sandboxPublicTokenCreate: () =>
    plaid.sandboxPublicTokenCreate({ institution_id: BANK, initial_products: ["auth"] }),
  itemPublicTokenExchange: async () => plaid.itemPublicTokenExchange({ public_token: await publicToken() }),
  itemGet: async () => plaid.itemGet({ access_token: await item() }),
  itemGetBroken: async () => plaid.itemGet({ access_token: await broken() }),
  itemWebhookUpdate: async () =>
    plaid.itemWebhookUpdate({ access_token: await item(), webhook: "http://127.0.0.1:9/other" }),
  itemAccessTokenInvalidate: async () => plaid.itemAccessTokenInvalidate({ access_token: await item() }),
  itemCreatePublicToken: async () => plaid.itemCreatePublicToken({ access_token: await item() }),
  itemRemove: async () => plaid.itemRemove({ access_token: await item() }),
  accountsGet: async () => plaid.accountsGet({ access_token: await item() }),
  accountsGetSome: async () => {
    const access_token = await item();
    const { accounts } = (await plaid.accountsGet({ access_token })).data;
    return plaid.accountsGet({ access_token, options: { account_ids: [accounts.at(-1).account_id] } });
  },
  accountsBalanceGet: async () => plaid.accountsBalanceGet({ access_token: await item() }),
  authGet: async () => plaid.authGet({ access_token: await item() }),
  identityGet: async () => plaid.identityGet({ access_token: await item("identity") }),
  transactionsSync: async () => ({ data: await history(await item("transactions"), 10) }),
  transactionsGet: async () => {
    const access_token = await item("transactions");
    const dates = (await history(access_token, 500)).flatMap((page) => page.added.map(({ date }) => date)).sort();
    return plaid.transactionsGet({
      access_token,
      start_date: dates[0],
      end_date: dates.at(-1),
      options: { count: 5, offset: 1 },
    });
  },
  transactionsRefresh: async () => {
    const access_token = await item("transactions");
    await history(access_token, 500);
    return plaid.transactionsRefresh({ access_token });
  },
  categoriesGet: () => plaid.categoriesGet({}),
  institutionsGet: () => plaid.institutionsGet({ count: 3, offset: 1, country_codes: ["US"] }),
  institutionsGetById: () =>
    plaid.institutionsGetById({
      institution_id: BANK,
      country_codes: ["US"],
      options: { include_optional_metadata: true, include_status: true },
    }),
  institutionsSearch: () => plaid.institutionsSearch({ query: "platypus", country_codes: ["US"], products: null }),

  "an access_token that is none": () => plaid.itemGet({ access_token: "notreal" }),
  "an access_token that nobody has": () => plaid.accountsGet({ access_token: NOBODY }),
  "an access_token that was replaced": async () => {
    const access_token = await item();
    await plaid.itemAccessTokenInvalidate({ access_token });
    return plaid.authGet({ access_token });
  },
  "an empty access_token": () => plaid.identityGet({ access_token: "" }),
  "a public_token that is none": () => plaid.itemPublicTokenExchange({ public_token: "bad" }),
  "a public_token for the second time": async () => {
    const public_token = await publicToken();
    await plaid.itemPublicTokenExchange({ public_token });
    return plaid.itemPublicTokenExchange({ public_token });
  },
  "a link_token that is none": () => plaid.linkTokenGet({ link_token: "junk" }),
  "a product that a link_token cannot have": () => plaid.linkTokenCreate({ ...linkRequest, products: ["balance"] }),
  "a request without its required fields": () => plaid.linkTokenCreate({}),
  "a field that does not exist": () => plaid.linkTokenCreate({ ...linkRequest, colour: "blue" }),
  "an institution that does not exist": () =>
    plaid.institutionsGetById({ institution_id: "ins_0", country_codes: ["US"] }),
  "a search for nothing": () => plaid.institutionsSearch({ query: "", country_codes: ["US"], products: null }),
  "an account that is no account": async () =>
    plaid.accountsGet({ access_token: await item(), options: { account_ids: ["x"] } }),
  "a webhook that is no address": async () =>
    plaid.itemWebhookUpdate({ access_token: await item(), webhook: "nowhere" }),
  "a password that fails at the bank": () => publicToken(["auth"], { override_password: "error_ITEM_LOCKED" }),
  "transactions before the first pull": async () =>
    plaid.transactionsGet({ access_token: await item("auth"), start_date: "2026-01-01", end_date: "2026-01-31" }),
  "a removed Item": async () => {
    const access_token = await item();
    await plaid.itemRemove({ access_token });
    return plaid.itemGet({ access_token });
  },
  "balances of a broken Item": async () => plaid.accountsBalanceGet({ access_token: await broken() }),
  "a wrong secret": () => stranger.institutionsGet({ count: 1, offset: 0, country_codes: ["US"] }),
};

const outcomes = {};
for (const [name, run] of Object.entries(cases)) {
  try {
    outcomes[name] = { answer: (await run()).data };
  } catch (problem) {
    outcomes[name] = problem.response
      ? { refusal: { status: problem.response.status, body: problem.response.data } }
      : { failure: String(problem) };
  }
}
process.stdout.write(JSON.stringify(outcomes));
