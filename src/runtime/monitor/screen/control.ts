/**
 * Opens and closes elections for the monitor.
 *
 * Both throw VoteError with what the admin API said, or that it cannot be reached.
 */
export interface ElectionControl {
  open(election: string): Promise<unknown>;
  close(election: string): Promise<unknown>;
}
