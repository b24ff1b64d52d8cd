const plain = /^[\w@%+=:,./-]+$/;

/**
 * The command line that does the same again, as a shell takes it.
 *
 * @param words the command and its arguments, as they were given
 * @param seed  added unless one was given
 */
export function repeatCommand(words: readonly string[], seed: number): string {
  const hasSeed = words.some((word) => word === "--seed" || word.startsWith("--seed="));
  const all = hasSeed ? words : [...words, "--seed", String(seed)];
  return all.map(quoted).join(" ");
}

function quoted(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
