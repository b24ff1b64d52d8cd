import { type MetricDefinition, single } from "./definition.js";

/** What a certifier has besides. */
export const certifyMetrics: readonly MetricDefinition<"certify">[] = [
  {
    name: "vote_certify_election_state",
    help:
      "1, of each closed election that is not official yet, with what the certifier does " +
      "about it; `stopped`: something does not agree.",
    type: "gauge",
    labels: ["election", "state"],
    acrossProcesses: "max",
    read: ({ elections }) =>
      elections.map(({ election, state }) => ({ value: 1, labels: { election, state } })),
  },
  {
    name: "vote_certify_certificates_total",
    help: "Elections that this certifier has made official.",
    type: "counter",
    read: ({ certified }) => single(certified),
  },
  {
    name: "vote_certify_mismatches_total",
    help: "Elections at which it has stopped, because something did not agree.",
    type: "counter",
    read: ({ mismatches }) => single(mismatches),
  },
  {
    name: "vote_certify_failures_total",
    help: "Attempts that failed and are repeated.",
    type: "counter",
    read: ({ failures }) => single(failures),
  },
];
