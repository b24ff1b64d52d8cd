const plain = /^[\w@%+=:,./-]+$/;

/** Quotes a word for a POSIX shell if it needs that. */
export function quoted(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
