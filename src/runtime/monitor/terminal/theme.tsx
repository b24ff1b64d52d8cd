import { Text } from "ink";
import { createContext, type ReactNode, useContext } from "react";
import { asciiGlyphs, type Glyphs, unicodeGlyphs } from "./format.js";

/** What this terminal can show. */
export interface Theme {
  /** False takes bold and dim away as well: nothing but text is written. */
  readonly color: boolean;
  readonly unicode: boolean;
}

export const ThemeContext = createContext<Theme>({ color: true, unicode: true });

/** From NO_COLOR, FORCE_COLOR, TERM and the locale, as the field reads them. */
export function themeOf(environment: Readonly<Record<string, string | undefined>>): Theme {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const color = !NO_COLOR && FORCE_COLOR !== "0" && FORCE_COLOR !== "false" && TERM !== "dumb";
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG;
  // Without any locale (containers) a terminal is taken to be what nearly all of them are.
  const unicode = TERM !== "linux" && (!locale || /utf-?8/i.test(locale));
  return { color, unicode };
}

export function glyphsOf(theme: Theme): Glyphs {
  return theme.unicode ? unicodeGlyphs : asciiGlyphs;
}

export function useGlyphs(): Glyphs {
  return glyphsOf(useContext(ThemeContext));
}

export type Paint = "gray" | "yellow" | "cyan" | "green" | "red" | "blue";

export interface InkedProps {
  readonly color?: Paint;
  readonly bold?: boolean;
  readonly dim?: boolean;
  /** Where there are no colours, in brackets. */
  readonly inverse?: boolean;
  readonly children?: ReactNode;
}

/** One line of text, cut where there is no room, coloured only if the theme has colours. */
export function Inked({ color, bold = false, dim = false, inverse = false, children }: InkedProps) {
  const theme = useContext(ThemeContext);
  const style = theme.color ? { color, bold, dimColor: dim, inverse } : {};
  return (
    <Text wrap="truncate" {...style}>
      {inverse && !theme.color ? `[${children}]` : children}
    </Text>
  );
}
