import { english, type Texts } from "./texts-en.js";
import { portuguese } from "./texts-pt.js";

export const languages = ["en", "pt"] as const;
export type Language = (typeof languages)[number];

export const texts: Readonly<Record<Language, Texts>> = { en: english, pt: portuguese };
