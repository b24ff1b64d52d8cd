import { describe, expect, it } from "vitest";
import { negotiateLocale } from "../../../../src/runtime/serve/page/negotiate-locale.js";

describe("negotiateLocale", () => {
  it.each([
    [undefined, undefined, "en", "en"],
    ["pt-BR,pt;q=0.9,en;q=0.8", undefined, "pt", "pt-BR"],
    ["en;q=0.5,pt-PT", undefined, "pt", "pt-PT"],
    ["de-CH", undefined, "en", "de-CH"],
    ["de,pt;q=0.1", undefined, "pt", "de"],
    ["en-GB", "pt", "pt", "pt"],
    ["pt-BR,en-GB;q=0.5", "en", "en", "en-GB"],
    ["en-GB", "xx", "en", "en-GB"],
    ["pt;q=0,en", undefined, "en", "en"],
    ["!!,*,;;q=,en-u-nu-arab", undefined, "en", "en"],
  ])("Accept-Language %s, ?lang=%s: texts in %s, numbers as in %s", (...row) => {
    const [accepted, chosen, language, locale] = row;
    expect(negotiateLocale(accepted, chosen)).toEqual({ language, locale });
  });
});
