import path from "node:path";
import { describe, expect, it } from "vitest";
import { commandText, spoken } from "../../../src/cli/hints/spoken.js";
import { isTypeScript, readTree } from "../../helpers/architecture/source-tree.js";

const speaker = { called: "npm run vote --", place: "--data-dir /srv/vote" };

describe("the commands of a hint", () => {
  it("are spelled as the reader called the program, and name the data", () => {
    expect(spoken("`vote election list` shows them; or start `vote dev`.", speaker)).toBe(
      "`npm run vote -- election list --data-dir /srv/vote` shows them; or start " +
        "`npm run vote -- dev --data-dir /srv/vote`.",
    );
  });

  it("name it once, and only where it means something", () => {
    expect(commandText("services up", speaker)).toBe("npm run vote -- services up");
    expect(commandText("load --help", speaker)).toBe("npm run vote -- load --help");
    expect(commandText("dev --data-dir x", speaker)).toBe("npm run vote -- dev --data-dir x");
    expect(commandText("dev", { called: "vote", place: "" })).toBe("vote dev");
  });

  // Only what stands between backticks is spelled for the reader.
  it("stand between backticks in every hint of the sources", () => {
    const commands =
      "admin|audit|bench|demo|dev|election|ingest|key|load|monitor|plan|recount|serve|services|" +
      "tally|token";
    const bare = new RegExp(`[^\`]\\bvote (${commands})\\b`);
    const hints = readTree(path.resolve(import.meta.dirname, "../../../src"))
      .filter(isTypeScript)
      .flatMap((file) => [...file.text.matchAll(/\bhint(:| =)[^;{}]*/g)].map(([hint]) => hint));
    expect(hints.length).toBeGreaterThan(50);
    expect(hints.filter((hint) => bare.test(hint.replaceAll(/`vote [^`]*`/g, "")))).toEqual([]);
  });
});
