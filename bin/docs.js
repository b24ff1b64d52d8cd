// `npm run docs`: writes the files that are generated from the contracts.
import { readFile, writeFile } from "node:fs/promises";

const { withContracts } = await import("../dist/runtime/contracts/documentation.js");
const { scenarioJsonSchema } = await import("../dist/runtime/contracts/load/scenario-file.js");
const { voteYamlJsonSchema } = await import("../dist/runtime/contracts/config/vote-yaml.js");
const { openApiOf } = await import("../dist/runtime/contracts/openapi/document.js");

const roles = ["ingest", "tally", "serve", "admin", "certify"];
const schemas = {
  "../scenarios/scenario.schema.json": scenarioJsonSchema(),
  "../docs/reference/vote-yaml.schema.json": voteYamlJsonSchema(),
  ...Object.fromEntries(
    roles.map((role) => [`../docs/reference/openapi/${role}.json`, openApiOf(role)]),
  ),
};
for (const [path, schema] of Object.entries(schemas)) {
  await writeFile(new URL(path, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}

const bodies = new URL("../docs/reference/json.md", import.meta.url);
await writeFile(bodies, withContracts(await readFile(bodies, "utf8")));
