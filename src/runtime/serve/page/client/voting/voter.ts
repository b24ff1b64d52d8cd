import { recall, remember } from "./session.js";

/** Whoever the page's link belongs to. */
export interface Voter {
  readonly token: string;
  /** The voter id that the token names, for display only: the ingest verifies the token. */
  readonly id: string | undefined;
}

/** Takes the token from the address's fragment and removes it, so that nobody copies it. */
export function takeVoter(election: string): Voter | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  const place = `vote:${election}:token`;
  if (given !== null) {
    remember(place, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  const token = given ?? recall<string>(place);
  return token === undefined ? undefined : { token, id: subjectOf(token) };
}

function subjectOf(jsonWebToken: string): string | undefined {
  try {
    const payload = jsonWebToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}
