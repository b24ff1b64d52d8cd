/**
 * How a call reaches an in-memory store: at once, or late, twice or never, as a simulation has it.
 * The store changes when `apply` is called, and what that returns is the store's answer.
 */
export type Wire = <T>(operation: string, apply: (attempt: number) => T) => Promise<T>;

/** Reaches the store at once. */
export const directWire: Wire = async (_operation, apply) => apply(1);
