import { type TranscriptLine, transcriptLineSchema } from "../../contracts/load/transcript.js";
import { check } from "../../contracts/schema/check.js";
import { VoteError } from "../../core/errors.js";

/** What a load tool knows of one ballot. */
export interface TranscriptBallot {
  readonly candidate: string;
  /** Undefined until it was answered: it may be in the log or not. */
  answer?: "acknowledged" | "refused";
  code?: string;
  /** How often it was sent. */
  tries: number;
}

/**
 * What other load tools have sent and what they were answered, ballot by ballot. An acknowledgement
 * stands, whatever another try of the same ballot was answered.
 */
export class Transcript {
  /** By ballot id. */
  readonly ballots = new Map<string, TranscriptBallot>();
  /** Ballots sent again. */
  resent = 0;

  /**
   * Takes a line of a file.
   *
   * @param text  a record; or a line of k6's log, which may hold one or not
   * @param place the file and the line, for errors
   * @throws VoteError `invalid-usage` for a record that is damaged or contradicts an earlier one
   */
  take(text: string, place: string): void {
    const record = recordIn(text);
    if (record !== undefined) this.#add(parsed(record, place), place);
  }

  #add(line: TranscriptLine, place: string): void {
    if ("sent" in line) {
      for (const [id, candidate] of Object.entries(line.sent)) this.#send(id, candidate, place);
    } else if ("acknowledged" in line) {
      for (const id of line.acknowledged) this.#known(id, place).answer = "acknowledged";
    } else {
      for (const [id, code] of Object.entries(line.refused)) {
        const ballot = this.#known(id, place);
        // It says nothing about an earlier try without an answer.
        if (ballot.answer !== undefined || ballot.tries > 1) continue;
        ballot.answer = "refused";
        ballot.code = code;
      }
    }
  }

  #send(id: string, candidate: string, place: string): void {
    const earlier = this.ballots.get(id);
    if (earlier === undefined) {
      this.ballots.set(id, { candidate, tries: 1 });
      return;
    }
    this.resent++;
    earlier.tries++;
    if (earlier.candidate === candidate) return;
    throw damaged(place, `ballot ${id} was for ${earlier.candidate} before`);
  }

  #known(id: string, place: string): TranscriptBallot {
    const ballot = this.ballots.get(id);
    if (ballot !== undefined) return ballot;
    throw damaged(place, `ballot ${id} is answered and was not sent before`);
  }
}

const recordStart = /^\{"(?:sent|acknowledged|refused)"/;
/** As k6 writes what a script prints, to a file or to its standard error. */
const message = /^time=\S+ level=\S+ msg=("(?:[^"\\]|\\.)*"?)/;

/** The record that a line is, or that a line of k6's log holds. */
function recordIn(text: string): string | undefined {
  const quoted = message.exec(text)?.[1];
  const record = quoted === undefined ? text : unquoted(quoted);
  return recordStart.test(record) ? record : undefined;
}

/** A message that is cut off stays as it is, up to its quotes: it is no record then. */
function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1).replaceAll('\\"', '"');
  }
}

function parsed(record: string, place: string): TranscriptLine {
  let value: unknown;
  try {
    value = JSON.parse(record);
  } catch {
    throw damaged(place, "the record is cut off");
  }
  return check(transcriptLineSchema, value, (_field, _detail, hint) => damaged(place, hint));
}

function damaged(place: string, what: string): VoteError {
  return new VoteError("invalid-usage", `${place}: ${what}.`, {
    hint: "Let the load tool write each record whole, as the scripts in scenarios/k6 do.",
  });
}
