// `npm run docs`: writes the files that are generated from the contracts.
import { readFile, writeFile } from "node:fs/promises";

const { withContracts } = await import("../dist/runtime/contracts/documentation.js");
const { scenarioJsonSchema } = await import("../dist/runtime/contracts/load/scenario-file.js");

const schema = new URL("../scenarios/scenario.schema.json", import.meta.url);
await writeFile(schema, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);

const bodies = new URL("../docs/json.md", import.meta.url);
await writeFile(bodies, withContracts(await readFile(bodies, "utf8")));
