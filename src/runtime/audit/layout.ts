/** The files of an export, below its directory. */
export const manifestFile = "manifest.json";
export const registryFiles = {
  record: "registry/election.json",
  trail: "registry/trail.ndjson",
  certificate: "registry/certificate.json",
} as const;

export type PartKind = "segments" | "frames";

/** The file of a partition's segments or frames. */
export function partitionFile(kind: PartKind, partition: number): string {
  return `${kind}/${String(partition).padStart(4, "0")}.bin`;
}
