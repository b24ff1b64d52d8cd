/** The files of a published transparency log besides its tiles, below its directory. */
export const publishedFiles = {
  checkpoint: "checkpoint",
  certificate: "certificate.json",
  keys: "vote-keys.json",
} as const;
