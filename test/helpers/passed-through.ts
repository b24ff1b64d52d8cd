/** The original, with some members of its own instead: all others are called on the original. */
export function passedThrough<T extends object>(original: T, instead: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      if (Object.hasOwn(instead, name)) return Reflect.get(instead, name);
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
