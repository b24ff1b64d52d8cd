import { parse } from "yaml";
import { type ErrorCode, messageOf, VoteError } from "../../core/errors.js";

/**
 * A YAML (or JSON) file's content. A field without a value is as good as none.
 *
 * @param file named in the error
 * @throws VoteError with this code, and the first thing that is not YAML
 */
export function parseYaml(text: string, file: string, code: ErrorCode): unknown {
  try {
    return parse(text, (_key, value: unknown) => value ?? undefined);
  } catch (cause) {
    const reason = messageOf(cause).split("\n")[0];
    throw new VoteError(code, `${file} is not YAML: ${reason}`, { cause });
  }
}
