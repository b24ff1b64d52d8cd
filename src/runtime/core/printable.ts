/** Control characters, line breaks, half characters, and marks that reverse the text (bidi). */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Whether a text has only characters that people see as they are. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text);
}
