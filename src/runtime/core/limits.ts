/** Every limit of the system, named once. Changing one changes what the system promises. */

/** Ballots in one frame: two full frames fit into one segment. */
export const maxBallotsPerFrame = 4_096;

/** One segment with its header and hash. DynamoDB's item limit is 400 KB. */
export const maxSegmentBytes = 350 * 1_024;

/** Candidates of one election: every segment's header carries their counts. */
export const maxCandidates = 256;

export const maxPartitions = 1_024;

/**
 * Partitions of an election that names no number. DynamoDB takes 1,000 write units a second for
 * each: 8 of them end near 195,000 votes a second.
 */
export const defaultPartitions = { embedded: 8, cluster: 32 } as const;

/** Election, candidate and key ids: the formats' fixed fields hold no more. */
export const maxIdBytes = 32;

/** Keys that one election trusts: each change of it holds them all. */
export const maxSigners = 256;

/** Records of one election that are void: each change of it holds them all, too. */
export const maxVoided = 256;

/** Gateways that one election has ever suspended: each change of it holds them all. */
export const maxJudgedGateways = 64;

/**
 * An election's record as JSON, with the reasons that its admins give. DynamoDB's item limit is 400
 * KB: what is left is for keys that are trusted or destroyed later, and for the close.
 */
export const maxElectionBytes = 320 * 1_024;

/** Voter ids as asserted by a token's `sub` or by a gateway, in UTF-8 bytes. */
export const maxVoterIdBytes = 256;

/** How long a challenge for a proof of work is good. */
export const proofValidMs = 300_000;

/** One HTTP ballot. */
export const maxBodyBytes = 4 * 1_024;

/** One batch of a trusted gateway. */
export const maxBatchBodyBytes = 4 * 1_024 * 1_024;
export const maxBatchBallots = 10_000;

/**
 * A close by hand sets the closing time this far ahead, and as much further as clocks may differ,
 * so that every ingest knows in time by its own clock.
 */
export const announceMs = 1_000;
/** So much of that is left for every ingest to read the record again; an older one is no use. */
export const learnMs = announceMs / 2;

/**
 * An end that was set so long ahead was set in time, whoever saw it: a request to the registry that
 * arrives later than this is refused there, since its signature has expired.
 */
export const longNoticeMs = 300_000;

/** How long after the closing time ingest still answers 202 for ballots that came in before it. */
export const drainMs = 2_000;

/**
 * How far apart the clocks of two processes may be. On one host they share one. Twice the distance
 * that each may have from the stores' clock.
 */
export const clockErrorMs = { embedded: 0, cluster: 1_000 } as const;
