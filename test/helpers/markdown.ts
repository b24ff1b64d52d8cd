/** A fenced block: its language, or "", and its lines. */
export interface Block {
  readonly language: string;
  readonly lines: readonly string[];
}

const fence = /^```([a-z]*)[^\n]*\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a Markdown text, and those that are set in by four spaces. */
export function blocksOf(markdown: string): Block[] {
  const fenced = [...markdown.matchAll(fence)].map(([, language, text]) => ({
    language,
    lines: text.trimEnd().split("\n"),
  }));
  const setIn = markdown
    .replaceAll(fence, "")
    .split("\n")
    .filter((line) => /^ {4}\S/.test(line));
  return [...fenced, { language: "", lines: setIn.map((line) => line.trim()) }];
}

/** The text between backticks, outside of blocks. */
export function codeSpansOf(markdown: string): string[] {
  return [...markdown.replaceAll(fence, "").matchAll(/`([^`\n]+)`/g)].map(([, text]) => text);
}

/** Where links and pictures point, without those to other sites. */
export function linksOf(markdown: string): string[] {
  const text = markdown.replaceAll(fence, "").replaceAll(/`[^`\n]+`/g, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  const sources = [...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map(([, target]) => target);
  return [...links, ...sources].filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub makes of a text's headings. */
export function anchorsOf(markdown: string): string[] {
  const headings = markdown.replaceAll(fence, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
