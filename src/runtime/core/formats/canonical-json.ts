/** What canonical JSON can hold here: RFC 8785 has more, but the formats use no other numbers. */
export type CanonicalValue =
  | string
  | number
  | boolean
  | null
  | readonly CanonicalValue[]
  | { readonly [name: string]: CanonicalValue | undefined };

/**
 * Writes a value as RFC 8785 does: no white space, object members sorted by the UTF-16 units of
 * their names, strings escaped as little as JSON allows. Members that are undefined are left out.
 *
 * @throws Error for numbers that are not safe integers, and for lone surrogates
 */
export function canonicalJson(value: CanonicalValue): string {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new Error(`${value} is not a safe integer`);
  }
  if (typeof value === "string" && !isWellFormed(value)) throw new Error("a lone surrogate");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map((one) => canonicalJson(one)).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((name) => {
      const member = value[name];
      return member === undefined ? [] : [`${canonicalJson(name)}:${canonicalJson(member)}`];
    });
  return `{${members.join(",")}}`;
}

function isList(value: object): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}

/** `String.prototype.isWellFormed` is newer than the TypeScript library that we compile against. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
