import type { Log } from "./port.js";

/**
 * A log that is opened at its first call, for roles that can start without it. A failed opening is
 * retried at the next call.
 *
 * @param open throws VoteError `log-unavailable`, which every method then throws
 */
export function lazyLog(open: () => Promise<Log>): Log {
  let opening: Promise<Log> | undefined;
  const opened = () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    createTopic: async (topic) => (await opened()).createTopic(topic),
    append: async (frames) => (await opened()).append(frames),
    read: async (...where) => (await opened()).read(...where),
    partitions: async (election) => (await opened()).partitions(election),
    end: async (...where) => (await opened()).end(...where),
    subscribe: async (...what) => (await opened()).subscribe(...what),
    members: async (election) => (await opened()).members(election),
    async close() {
      const log = await opening?.catch(() => undefined);
      await log?.close();
    },
  };
}
