import { readFile } from "node:fs/promises";
import { planConstantsSchema } from "../contracts/config/plan-constants.js";
import { check, refuseIn } from "../contracts/schema/check.js";
import { messageOf, VoteError } from "../core/errors.js";
import { type ConstantName, type Constants, defaultConstants } from "../plan/constants.js";

const names = Object.keys(defaultConstants) as ConstantName[];
/** Nothing is divided by these. */
const mayBeZero =
  /^(dollars|receipt|recordOverhead|memorySpare|secondVoteShare|event|response|batchLine|request)/;
const maxShare = 0.9;

/**
 * The default constants with those of a file in their place: `{"constants": {NAME: {"value": 1,
 * "unit"?, "source"?, "measured"?}}}`.
 *
 * @throws VoteError `invalid-configuration` with the file, the name and what is allowed there
 */
export async function readConstants(file: string): Promise<Constants> {
  const schema = planConstantsSchema(boundsByName());
  const refuse = refuseIn(file, "invalid-configuration");
  const { constants: given } = check(schema, await readJson(file), refuse);
  const constants: Record<string, Constants[ConstantName]> = { ...defaultConstants };
  for (const name of names) {
    const { unit } = defaultConstants[name];
    const one = given[name];
    if (one !== undefined) constants[name] = { unit, source: file, measured: "given", ...one };
  }
  return constants as Constants;
}

function boundsByName() {
  const boundsOf = (name: ConstantName) => ({
    min: mayBeZero.test(name) ? 0 : 1e-6,
    max: name.endsWith("Share") ? maxShare : 1e15,
  });
  return Object.fromEntries(names.map((name) => [name, boundsOf(name)])) as Record<
    ConstantName,
    ReturnType<typeof boundsOf>
  >;
}

async function readJson(file: string): Promise<unknown> {
  const refuse = (what: string, cause: unknown, hint?: string) => {
    const reason = messageOf(cause);
    const detail = `${file}: it ${what}: ${reason}`;
    return new VoteError("invalid-configuration", detail, { hint, cause });
  };
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw refuse("cannot be read", cause);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse("is not JSON", cause, "`vote plan --measure FILE` writes one.");
  }
}
