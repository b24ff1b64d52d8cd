import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * What takes long, longest first, by the beginnings of its paths. The suites over real servers and
 * processes mostly wait, and a long file that starts last runs alone.
 */
const longest = [
  ["test/cluster/faults/faults"],
  ["test/cli/damage", "test/invariant/crash"],
  // Mixed, so that seldom three workers start servers at once.
  ["test/cluster/", "test/cli/"],
  ["test/invariant/", "test/edge/", "test/contract/"],
  ["test/browser/"],
];

/** Starts the long files first, so that all workers end at about the same time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const path = relative(this.ctx.config.root, moduleId);
      const found = longest.findIndex((paths) => paths.some((start) => path.startsWith(start)));
      return found === -1 ? longest.length : found;
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
