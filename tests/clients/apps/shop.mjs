// A Node.js app as anybody would write it, with the official client and its default host. Prints its port.

import { createServer } from "node:http";
import { Configuration, PlaidApi, PlaidEnvironments } from "plaid";

const plaid = new PlaidApi(
  new Configuration({
    basePath: PlaidEnvironments.sandbox,
    baseOptions: {
      headers: { "PLAID-CLIENT-ID": process.env.PLAID_CLIENT_ID, "PLAID-SECRET": process.env.PLAID_SECRET },
    },
  }),
);

async function accounts() {
  const token = await plaid.linkTokenCreate({
    client_name: "Shop",
    language: "en",
    country_codes: ["US"],
    products: ["auth"],
    user: { client_user_id: "user-1" },
  });
  const asked = { institution_id: "ins_109508", initial_products: ["auth"] };
  const { public_token } = (await plaid.sandboxPublicTokenCreate(asked)).data;
  const { access_token } = (await plaid.itemPublicTokenExchange({ public_token })).data;
  const answer = await plaid.accountsGet({ access_token });
  return { link_token: token.data.link_token, accounts: answer.data.accounts.map((account) => account.name) };
}

const server = createServer(async (_, response) => {
  try {
    response.end(JSON.stringify(await accounts()));
  } catch (problem) {
    response.writeHead(500).end(String(problem));
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
