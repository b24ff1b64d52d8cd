/** What one half of the picture shows from a moment on. */
export interface Moment<T> {
  readonly atMs: number;
  readonly shows: T;
}

export interface MovingPicture {
  /** The terminal's lines. */
  readonly terminal: readonly Moment<string>[];
  /** The page, as JPEG. */
  readonly page: readonly Moment<Buffer>[];
  readonly columns: number;
  readonly rows: number;
  /** The size of the page's pictures, in pixels. */
  readonly pageSize: { readonly width: number; readonly height: number };
  readonly lengthMs: number;
  readonly title: string;
}

const lineHeight = 16;
const columnWidth = 7.25;
const padding = 14;

/** One SVG that moves by itself, also within an `img`: loads nothing, runs no script. */
export function movingPicture(picture: MovingPicture): string {
  const { columns, rows, pageSize, title, lengthMs } = picture;
  const left = Math.ceil(columns * columnWidth) + 2 * padding;
  const height = Math.max(rows * lineHeight + 2 * padding, pageSize.height);
  const width = left + pageSize.width;
  const texts = inTurn(picture.terminal, lengthMs, "t", (text) => terminalText(text, columns));
  const pages = inTurn(picture.page, lengthMs, "p", (jpeg) => {
    const size = `width="${pageSize.width}" height="${pageSize.height}"`;
    return `<image x="${left}" ${size} href="data:image/jpeg;base64,${jpeg.toString("base64")}"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    "<style>",
    "text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}",
    "text{fill:#d6deeb;white-space:pre}",
    `.f{opacity:0;animation:${lengthMs}ms step-end infinite}`,
    "@media(prefers-reduced-motion:reduce){.f{animation:none!important}.last{opacity:1}}",
    ...texts.keyframes,
    ...pages.keyframes,
    "</style>",
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<rect width="${left}" height="${height}" fill="#0b1021"/>`,
    ...texts.frames,
    ...pages.frames,
    "</svg>",
    "",
  ].join("\n");
}

/** Frames that are seen one after the other, each until the next one. */
function inTurn<T>(
  moments: readonly Moment<T>[],
  lengthMs: number,
  prefix: string,
  draw: (shows: T) => string,
): { keyframes: string[]; frames: string[] } {
  const percent = (ms: number) => `${((100 * ms) / lengthMs).toFixed(2)}%`;
  const keyframes: string[] = [];
  const frames: string[] = [];
  for (const [index, { atMs, shows }] of moments.entries()) {
    const name = `${prefix}${index}`;
    const from = index === 0 ? "0%{opacity:1}" : `0%{opacity:0}${percent(atMs)}{opacity:1}`;
    const until = moments[index + 1]?.atMs;
    const to = until === undefined ? "" : `${percent(until)}{opacity:0}`;
    keyframes.push(`@keyframes ${name}{${from}${to}}`);
    const last = until === undefined ? " last" : "";
    frames.push(`<g class="f${last}" style="animation-name:${name}">${draw(shows)}</g>`);
  }
  return { keyframes, frames };
}

function terminalText(text: string, columns: number): string {
  return text
    .split("\n")
    .map((line, row) => {
      const shown = [...line.trimEnd()].slice(0, columns);
      if (shown.length === 0) return "";
      const y = padding + (row + 0.8) * lineHeight;
      // The same width with any font.
      const length = `textLength="${(shown.length * columnWidth).toFixed(1)}"`;
      return `<text x="${padding}" y="${y}" ${length}>${coloured(escaped(shown.join("")))}</text>`;
    })
    .join("");
}

/** Marks and bars, as the terminal has them in colour. */
function coloured(text: string): string {
  return text
    .replaceAll(/✓( pass)?/g, (mark) => `<tspan fill="#7fdb8a">${mark}</tspan>`)
    .replaceAll(/✗( fail)?/g, (mark) => `<tspan fill="#ff7b72">${mark}</tspan>`)
    .replaceAll(/[█▉▊▋▌▍▎▏]+/g, (bar) => `<tspan fill="#6cb6ff">${bar}</tspan>`);
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
