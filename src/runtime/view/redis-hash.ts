import type { ElectionView, OfficialResult, PartitionView } from "./port.js";

/** The field of the official result, beside those of the partitions, which are numbers. */
export const officialField = "official";

/**
 * KEYS: the election's hash. ARGV: field, sequence, figures, channel. Returns 1 if they were newer.
 * Sequences are compared as numbers. What cannot be read is replaced.
 */
export const setIfNewer = `
local current = redis.call('HGET', KEYS[1], ARGV[1])
if current then
  local readable, figures = pcall(cjson.decode, current)
  local stands = readable and type(figures) == 'table' and tonumber(figures.sequence)
  if stands and stands >= tonumber(ARGV[2]) then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1`;

/** @throws SyntaxError when a field holds no JSON */
export function electionViewOf(hash: Readonly<Record<string, string>>): ElectionView {
  const { [officialField]: official, ...partitions } = hash;
  return {
    partitions: Object.values(partitions)
      .map((value) => JSON.parse(value) as PartitionView)
      .sort((one, other) => one.partition - other.partition),
    official: official === undefined ? undefined : (JSON.parse(official) as OfficialResult),
  };
}
