// A receiver of webhooks as Plaid's guide has it for Node, with jose: the key by its id through the official client, the
// algorithm, the age, and the hash of the exact bytes. Tells its port, then a line for each webhook; ends with its stdin.
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { Configuration, PlaidApi } from "plaid";

const [origin, clientId, secret] = process.argv.slice(2);
const client = new PlaidApi(
  new Configuration({
    basePath: origin,
    baseOptions: { headers: { "PLAID-CLIENT-ID": clientId, "PLAID-SECRET": secret } },
  }),
);
const keys = new Map();

async function verify(body, token) {
  const { alg, kid } = decodeProtectedHeader(token);
  if (alg !== "ES256") return "alg";
  if (!keys.has(kid)) keys.set(kid, (await client.webhookVerificationKeyGet({ key_id: kid })).data.key);
  const { payload } = await jwtVerify(token, await importJWK(keys.get(kid)), { maxTokenAge: "5 min" });
  const told = Buffer.from(payload.request_body_sha256);
  const hash = Buffer.from(createHash("sha256").update(body).digest("hex"));
  return told.length === hash.length && timingSafeEqual(told, hash) ? "genuine" : "hash";
}

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const verdict = await verify(body, request.headers["plaid-verification"]).catch((error) => error.message);
  response.writeHead(verdict === "genuine" ? 200 : 400).end();
  console.log(JSON.stringify({ verdict, code: JSON.parse(body).webhook_code }));
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.on("end", () => process.exit()).resume();
