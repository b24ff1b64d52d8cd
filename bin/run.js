#!/usr/bin/env node
import { ensure } from "./ensure.js";

await ensure();

// chalk 5 does not know NO_COLOR; it has to hear of it before it is imported.
if (process.env.NO_COLOR) process.env.FORCE_COLOR = "0";
// React's development build keeps timings of every render; the terminal screens need none.
process.env.NODE_ENV ??= "production";

const { execute, settings } = await import("@oclif/core");
// With NODE_ENV=development it would load src/*.ts, which only bin/dev.js can.
settings.enableAutoTranspile = false;
await execute({ dir: import.meta.url });
