// Mimic's Plaid adapter behind its mock server, as `mimic host` puts it together.
//
// The command itself is not used: it ends whatever listens on the ports it is given, listens on all interfaces, and
// wants data that a language model makes. /sandbox/public_token/create makes what this benchmark reads.

import { MockServer } from "@mimicai/core";
import { PlaidAdapter } from "@mimicai/adapter-plaid";

const mock = new MockServer();
const adapter = new PlaidAdapter();
await adapter.init({}, { config: {}, blueprints: new Map(), logger: console });
await mock.registerAdapter(adapter, new Map(), { basePath: adapter.basePath });

const fastify = mock.getFastifyInstance();
const listen = fastify.listen.bind(fastify);
fastify.listen = () => listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
await mock.start();
