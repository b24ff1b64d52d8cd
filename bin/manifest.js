// The last step of a build: lists the commands with their flags. Without that list, each start of
// `vote` loads the files of all commands.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Plugin } from "@oclif/core";

const root = fileURLToPath(new URL("..", import.meta.url));
const plugin = new Plugin({
  root,
  type: "core",
  ignoreManifest: true,
  errorOnManifestCreate: true,
});
await plugin.load();
await writeFile(
  new URL("../oclif.manifest.json", import.meta.url),
  JSON.stringify(plugin.manifest),
);
