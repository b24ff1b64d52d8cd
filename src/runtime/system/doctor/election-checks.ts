import { join } from "node:path";
import type { DoctorCheck } from "../../contracts/config/doctor-report.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { type KeyUse, keyUses } from "../../core/signers.js";
import { requireTrusted } from "../../core/trust.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import { countedText } from "../../text/numbers.js";
import { exists } from "./directory-checks.js";
import { ok, warning } from "./finding.js";

/** The keys of this host, and where their files lie. Looking at them makes none. */
export interface HostKeys {
  readonly keys: KeyDirectory;
  readonly folder: string;
}

/**
 * Looks whether this host could take ballots of each election that is to come or open, and close
 * it: with the election's voter key, and with keys of its own that the election trusts.
 */
export async function electionChecks(
  elections: readonly Election[],
  host: HostKeys,
): Promise<DoctorCheck[]> {
  const ahead = elections.filter(({ status }) => status === "draft" || status === "open");
  const checks: DoctorCheck[] = [];
  for (const election of ahead) {
    const [trouble] = await troublesOf(election, host);
    if (trouble !== undefined) checks.push(trouble);
  }
  if (checks.length > 0) return checks;
  const detail =
    ahead.length === 0
      ? "none is open or to come"
      : `${countedText(ahead.length, "election")}, each with the keys that this host needs`;
  return [ok("elections", detail)];
}

/** What a host cannot do without each of its own keys. */
const cannot: Readonly<Record<KeyUse, string>> = {
  frames: "No ingest can run on this host",
  admin: "This host cannot close or certify",
};

async function troublesOf(election: Election, { keys, folder }: HostKeys): Promise<DoctorCheck[]> {
  const troubles: DoctorCheck[] = [];
  const look = async (consequence: string, work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof VoteError)) throw error;
      troubles.push(asWarning(election, consequence, error));
    }
  };
  await look(cannot.frames, () => keys.electionKey(election));
  for (const use of keyUses) {
    const isThere = await exists(join(folder, `${use}.key`));
    await look(cannot[use], async () => {
      if (isThere) requireTrusted(election, await keys.signingKey(use), use);
      else throw noKey(use);
    });
  }
  return troubles;
}

const noKey = (use: string) =>
  new VoteError("untrusted-key", `This host has no ${use} key yet.`, {
    hint: "Run `vote key show`, which makes it, and trust it with `vote election trust`.",
  });

/** Elsewhere other roles may be in order: here it is only known what this host could not do. */
function asWarning({ id }: Election, consequence: string, { message, hint }: VoteError) {
  const detail = `${consequence}: ${message}`;
  return warning(`election ${id}`, detail, hint ?? "Import its key with `vote key import`.");
}
