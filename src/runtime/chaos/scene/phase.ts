/** A part of a run: from one fault until the next. */
export class Phase {
  /** Ballots, repeated ones included. */
  sent = 0;
  /** The longest time between two acknowledgements, of whichever client. */
  longestStallMs = 0;
}
