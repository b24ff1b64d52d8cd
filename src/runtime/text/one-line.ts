/**
 * Titles and names come from whoever made the election: nothing in them may move the cursor or
 * change a colour, so control and invisible characters become spaces.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
