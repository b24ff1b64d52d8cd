import { type ErrorCode, VoteError } from "../core/errors.js";
import { closest } from "./closest.js";

interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** Reads the fields of one group of a YAML file, and names file, field and rule when one is off. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #path: string;
  readonly #code: ErrorCode;
  readonly #known = new Set<string>();

  /**
   * @param path what stands before a field's name in errors: "streams[0]."
   * @param code of the errors
   */
  constructor(source: unknown, file: string, path: string, code: ErrorCode = "invalid-scenario") {
    this.#file = file;
    this.#path = path;
    this.#code = code;
    if (typeof source !== "object" || source === null || Array.isArray(source)) {
      const group = path.replace(/\.$/, "");
      throw invalid(code, file, group, "is not a group of fields", "Write name: value.");
    }
    this.#values = source as Record<string, unknown>;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.#wrong(name, "is missing", "Allowed is any text.");
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    throw this.#wrong(name, `is ${show(value)}`, "Allowed is any text.");
  }

  identifier(name: string, maxLength: number): string {
    const value = this.#take(name);
    const valid = typeof value === "string" && /^[a-z0-9][a-z0-9-]*$/.test(value);
    if (valid && value.length <= maxLength) return value;
    const hint = `Allowed are 1 to ${maxLength} of a-z, 0-9 and "-", the first not a "-".`;
    throw this.#wrong(name, value === undefined ? "is missing" : `is ${show(value)}`, hint);
  }

  number(name: string, rule: NumberRule): number {
    const value = this.optionalNumber(name, rule);
    if (value === undefined) throw this.#wrong(name, "is missing", allowedNumbers(rule));
    return value;
  }

  optionalNumber(name: string, rule: NumberRule): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const valid =
      typeof value === "number" &&
      value >= rule.min &&
      value <= rule.max &&
      (rule.whole !== true || Number.isInteger(value));
    if (valid) return value;
    throw this.#wrong(name, `is ${show(value)}`, allowedNumbers(rule));
  }

  /** Texts of a list, or of one text with commas between them. */
  optionalTexts(name: string): string[] | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const texts = typeof value === "string" ? value.split(",") : value;
    const valid =
      Array.isArray(texts) &&
      texts.length > 0 &&
      texts.every((text: unknown) => typeof text === "string" && text.trim() !== "");
    if (valid) return (texts as string[]).map((text) => text.trim());
    throw this.#wrong(name, `is ${show(value)}`, "Allowed is a list of texts.");
  }

  optionalOneOf<const Choice extends string>(
    name: string,
    choices: readonly Choice[],
  ): Choice | undefined {
    const value = this.#values[name];
    if (value !== undefined && value !== null) return this.oneOf(name, choices);
    this.#known.add(name);
    return undefined;
  }

  /** `true` is a group without fields, `false` no group at all. */
  optionalSwitch(name: string): Fields | undefined {
    const value = this.#values[name];
    if (typeof value !== "boolean") return this.optionalGroup(name);
    this.#known.add(name);
    return value ? new Fields({}, this.#file, `${this.#path}${name}.`, this.#code) : undefined;
  }

  /** The error for a value that only the caller can judge. */
  refuse(name: string, detail: string, hint: string): VoteError {
    return this.#wrong(name, detail, hint);
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.#take(name);
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    const detail = value === undefined ? "is missing" : `is ${show(value)}`;
    throw this.#wrong(name, detail, `Allowed are ${choices.join(", ")}.`);
  }

  optionalGroup(name: string): Fields | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    return new Fields(value, this.#file, `${this.#path}${name}.`, this.#code);
  }

  /** Empty when the field is missing. */
  optionalList(name: string, maxLength: number): Fields[] {
    const value = this.#take(name);
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length < 1 || value.length > maxLength) {
      const detail = Array.isArray(value) ? `has ${value.length} entries` : `is ${show(value)}`;
      throw this.#wrong(name, detail, `Allowed is a list of 1 to ${maxLength} entries.`);
    }
    const at = (index: number) => `${this.#path}${name}[${index}].`;
    return value.map((item: unknown, index) => new Fields(item, this.#file, at(index), this.#code));
  }

  /** A misspelt field would otherwise be ignored in silence. */
  requireNoOthers(): void {
    const other = Object.keys(this.#values).find((name) => !this.#known.has(name));
    if (other === undefined) return;
    const known = [...this.#known];
    const near = closest(other, known);
    const meant = near === undefined ? "" : `Did you mean ${near}? `;
    throw this.#wrong(other, "is not known", `${meant}Allowed are ${known.join(", ")}.`);
  }

  #take(name: string): unknown {
    this.#known.add(name);
    const value = this.#values[name];
    return value === null ? undefined : value;
  }

  #wrong(name: string, detail: string, hint: string): VoteError {
    return invalid(this.#code, this.#file, `${this.#path}${name}`, detail, hint);
  }
}

function invalid(
  code: ErrorCode,
  file: string,
  field: string,
  detail: string,
  hint: string,
): VoteError {
  const place = field === "" ? file : `${file}: ${field}`;
  return new VoteError(code, `${place} ${detail}.`, { hint });
}

function allowedNumbers({ min, max, whole }: NumberRule): string {
  return `Allowed are ${whole === true ? "whole numbers" : "numbers"} from ${min} to ${max}.`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
