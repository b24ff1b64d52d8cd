// `npm run docs`: writes the files that are generated from the contracts.
import { writeFile } from "node:fs/promises";

const { scenarioJsonSchema } = await import("../dist/runtime/contracts/scenario-file.js");

const schema = new URL("../scenarios/scenario.schema.json", import.meta.url);
await writeFile(schema, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
