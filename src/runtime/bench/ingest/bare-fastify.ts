/**
 * The process that `bench ingest` forks: the least that a Fastify server can do for the same
 * request. Its rate is the bound that framework and machine set.
 */
import { fastify } from "fastify";

const app = fastify({ logger: false });
app.post("/v1/elections/:id/ballots", (_request, reply) => {
  reply.code(202).send({ ok: true });
});
await app.listen({ host: "127.0.0.1", port: 0 });
const address = app.server.address();
process.send?.({ port: typeof address === "object" ? address?.port : undefined });
process.once("disconnect", () => process.exit(0));
