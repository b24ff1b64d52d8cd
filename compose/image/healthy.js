/**
 * The image's health check: a container runs one role, so one of the roles' ports answers. It asks
 * whether the process lives, not whether it is ready: a store that is down is no reason to restart.
 */
const ports = { ingest: 4000, serve: 4001, admin: 4002, tally: 4003, certify: 4004 };

/** @param {number} port */
async function isLive(port) {
  const { ok } = await fetch(`http://127.0.0.1:${port}/livez`, {
    signal: AbortSignal.timeout(4_000),
  });
  if (!ok) throw new Error(`port ${port} is not live`);
}

try {
  await Promise.any(Object.values(ports).map(isLive));
  process.exit(0);
} catch {
  process.stderr.write("No role answers at its port.\n");
  process.exit(1);
}
