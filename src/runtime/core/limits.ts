/** Every bound of the system, named once. A change here is a change of what is promised. */

/** Ballots in one frame: two full frames fit into one segment. */
export const maxBallotsPerFrame = 4_096;

/** One segment, header and hash included. DynamoDB's item limit is 400 KB. */
export const maxSegmentBytes = 350 * 1_024;

/** Candidates of one election: their counts ride in every segment's header. */
export const maxCandidates = 256;

export const maxPartitions = 1_024;

/** Election, candidate and key ids: what fits the formats' fixed fields. */
export const maxIdBytes = 32;

/** Voter ids as asserted by a token's `sub` or by a gateway, in UTF-8 bytes. */
export const maxVoterIdBytes = 256;

/** One HTTP ballot. */
export const maxBodyBytes = 4 * 1_024;

/** One batch of a trusted gateway. */
export const maxBatchBodyBytes = 4 * 1_024 * 1_024;
export const maxBatchBallots = 10_000;
