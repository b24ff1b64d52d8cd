/** How a command names this program, and the data that it was about. */
export interface Speaker {
  /** `npm run vote --` */
  readonly called: string;
  /** What a command needs to find the same data from any directory: `--data-dir /srv/vote`. */
  readonly place: string;
}

/** These take no data directory. */
const elsewhere = /^(services|load agent|load compare|bench|completion|plan|demo|restore)\b|--help/;

/** The command to type: `npm run vote -- election open mascot --data-dir /srv/vote`. */
export function commandText(command: string, { called, place }: Speaker): string {
  const settled = place === "" || elsewhere.test(command) || /--(data-dir|dev)\b/.test(command);
  return [called, command, ...(settled ? [] : [place])].join(" ");
}

/**
 * Turns the commands of a hint, which are written as `` `vote election list` ``, into the ones that
 * its reader can type.
 */
export function spoken(hint: string, speaker: Speaker): string {
  return hint.replace(/`vote ([^`]+)`/g, (_, command: string) => {
    return `\`${commandText(command, speaker)}\``;
  });
}
