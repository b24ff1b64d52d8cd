/**
 * Does `work` for 0 up to `count`, `atOnce` of them at a time.
 *
 * @returns the results in order
 * @throws the first failure; what is under way goes on, and nothing more begins
 */
export async function mapAtOnce<T>(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      try {
        results[index] = await work(index);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}
