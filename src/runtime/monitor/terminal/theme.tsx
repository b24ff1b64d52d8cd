import { Text } from "ink";
import { createContext, type ReactNode, useContext } from "react";
import { asciiGlyphs, type Glyphs, unicodeGlyphs } from "./glyphs.js";

/** What the terminal can show. */
export interface Theme {
  /** False also switches off bold and dim: only text is written. */
  readonly color: boolean;
  readonly unicode: boolean;
}

export const ThemeContext = createContext<Theme>({ color: true, unicode: true });

/** Reads NO_COLOR, FORCE_COLOR, TERM and the locale in the usual way. */
export function themeOf(environment: Readonly<Record<string, string | undefined>>): Theme {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const color = !NO_COLOR && FORCE_COLOR !== "0" && FORCE_COLOR !== "false" && TERM !== "dumb";
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG;
  // Without any locale (as in containers), assume what nearly all terminals are.
  const unicode = TERM !== "linux" && (!locale || /utf-?8/i.test(locale));
  return { color, unicode };
}

/** The glyphs that the terminal can show. */
export function useGlyphs(): Glyphs {
  return useContext(ThemeContext).unicode ? unicodeGlyphs : asciiGlyphs;
}

type Paint = "gray" | "yellow" | "cyan" | "green" | "red" | "blue";

/** How a text is painted. */
export interface InkedProps {
  readonly color?: Paint;
  readonly bold?: boolean;
  readonly dim?: boolean;
  /** Shown in brackets where there are no colours. */
  readonly inverse?: boolean;
  readonly children?: ReactNode;
}

/** One line of text, cut off at the edge, coloured only if the theme has colours. */
export function Inked({ color, bold = false, dim = false, inverse = false, children }: InkedProps) {
  const theme = useContext(ThemeContext);
  const style = theme.color ? { color, bold, dimColor: dim, inverse } : {};
  return (
    <Text wrap="truncate" {...style}>
      {inverse && !theme.color ? `[${children}]` : children}
    </Text>
  );
}
