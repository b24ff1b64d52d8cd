import { type Browser, chromium } from "playwright-core";

export const executablePath = process.env.VOTE_CHROMIUM ?? "/usr/bin/chromium";

export function launchBrowser(): Promise<Browser> {
  // The sandbox of Chromium needs more than a container usually grants.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
