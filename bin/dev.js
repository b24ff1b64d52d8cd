#!/usr/bin/env -S node --import tsx
// Development: runs the sources without a build. `node --import tsx bin/dev.js COMMAND`
import { execute } from "@oclif/core";

await execute({ development: true, dir: import.meta.url });
