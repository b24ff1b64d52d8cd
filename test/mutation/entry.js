// Vitest takes its runner as a default export, which is no way to export from TypeScript here.
import { MutationRunner } from "./runner.ts";

export default MutationRunner;
