/** How fast votes were dealt with, by time and by CPU time. */
export interface Throughput {
  readonly seconds: number;
  readonly votesPerSecond: number;
  readonly cpuSeconds: number;
  readonly votesPerCpuSecond: number;
}

/**
 * Times work on votes.
 *
 * @param cpuNow the CPU seconds of all processes that take part. Default: of this one
 */
export async function timed<T>(
  votes: number,
  work: () => Promise<T>,
  cpuNow = async () => ownCpuSeconds(),
): Promise<Throughput & { readonly result: T }> {
  const cpuBefore = await cpuNow();
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuSeconds = (await cpuNow()) - cpuBefore;
  const [votesPerSecond, votesPerCpuSecond] = [votes / seconds, votes / cpuSeconds];
  return { result, seconds, votesPerSecond, cpuSeconds, votesPerCpuSecond };
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
