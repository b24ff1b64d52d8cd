export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const fallbackSize: Size = { columns: 80, rows: 24 };

/** The part of a terminal that is needed to follow its size. */
export interface Resizable {
  readonly columns?: number;
  readonly rows?: number;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** The size of a terminal; a pty of 0 columns or rows, which has none yet, counts as 80 by 24. */
export function sizeOf(stream: Pick<Resizable, "columns" | "rows">): Size {
  return {
    columns: stream.columns || fallbackSize.columns,
    rows: stream.rows || fallbackSize.rows,
  };
}

/**
 * Wraps a stream for ink. Ink clears the terminal and the person's scrollback (ESC[3J) whenever its
 * last frame is as high as the terminal: on a pty without a size every time, on one made smaller
 * with the next frame. Frames here are cut to the real size anyway, so ink gets to see a terminal
 * that always has room below.
 *
 * @param unicode false: "…", with which ink cuts off lines, is written as "~"
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
