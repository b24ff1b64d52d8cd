import { readFile } from "node:fs/promises";
import { Fields } from "../contracts/fields.js";
import { VoteError } from "../core/errors.js";
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
  const root = new Fields(await readJson(file), file, "", "invalid-configuration");
  root.optionalText("measuredAt");
  root.optionalGroup("host");
  const group = root.optionalGroup("constants");
  root.requireNoOthers();
  if (group === undefined) throw root.refuse("constants", "is missing", "Write name: {value}.");
  const constants: Record<string, Constants[ConstantName]> = { ...defaultConstants };
  for (const name of names) {
    const one = group.optionalGroup(name);
    if (one === undefined) continue;
    const { unit } = defaultConstants[name];
    const max = name.endsWith("Share") ? maxShare : 1e15;
    constants[name] = {
      value: one.number("value", { min: mayBeZero.test(name) ? 0 : 1e-6, max }),
      unit: one.optionalText("unit") ?? unit,
      source: one.optionalText("source") ?? file,
      measured: one.optionalText("measured") ?? "given",
    };
    one.requireNoOthers();
  }
  group.requireNoOthers();
  return constants as Constants;
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new VoteError("invalid-configuration", `${file}: it cannot be read: ${reason}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new VoteError("invalid-configuration", `${file}: it is not JSON: ${reason}`, {
      hint: "`vote plan --measure FILE` writes one.",
      cause: error,
    });
  }
}
