export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export const fallbackSize: Size = { columns: 80, rows: 24 };

/** What is needed of a terminal to follow its size. */
export interface Resizable {
  readonly columns?: number;
  readonly rows?: number;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** A pty of 0 columns or rows has no size yet: it is taken for the classic one. */
export function sizeOf(stream: Pick<Resizable, "columns" | "rows">): Size {
  return {
    columns: stream.columns || fallbackSize.columns,
    rows: stream.rows || fallbackSize.rows,
  };
}

/**
 * The same stream as ink may see it. Ink clears the terminal together with the person's scrollback
 * (ESC[3J) whenever its last frame is as high as the terminal: on a pty without a size that is
 * every frame, on a terminal made smaller the next one. Frames here are cut to the real size
 * anyway, so ink is told of a terminal that always has room below.
 *
 * @param unicode false: what ink cuts a line off with, "…", is written as "~"
 */
export function forInk(stream: NodeJS.WriteStream, unicode: boolean): NodeJS.WriteStream {
  const asciiOnly = (text: string) => stream.write(text.replaceAll("…", "~"));
  return new Proxy(stream, {
    get(target, property) {
      if (property === "write" && !unicode) return asciiOnly;
      if (property === "columns") return sizeOf(target).columns;
      if (property === "rows") return Number.MAX_SAFE_INTEGER;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
