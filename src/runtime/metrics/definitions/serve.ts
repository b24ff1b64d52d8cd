import { type MetricDefinition, seconds, single } from "./definition.js";

/** What a serve has besides. */
export const serveMetrics: readonly MetricDefinition<"serve">[] = [
  {
    name: "vote_serve_clients",
    help: "Clients connected for live results.",
    type: "gauge",
    labels: ["transport"],
    read: ({ eventStreams, webSockets }) => [
      { value: eventStreams, labels: { transport: "event-stream" } },
      { value: webSockets, labels: { transport: "web-socket" } },
    ],
  },
  {
    name: "vote_serve_messages_sent_total",
    help: "Updates delivered to connected clients.",
    type: "counter",
    read: ({ messagesSent }) => single(messagesSent),
  },
  {
    name: "vote_serve_message_bytes_total",
    help: "Bytes of those updates.",
    type: "counter",
    read: ({ bytesSent }) => single(bytesSent),
  },
  {
    name: "vote_serve_view_age_seconds",
    help: "How old the newest reading of the view is; absent before the first one.",
    type: "gauge",
    acrossProcesses: "max",
    read: ({ viewAgeMs }) => seconds(viewAgeMs),
  },
  {
    name: "vote_serve_view_stale",
    help: "1 while the view cannot be read, and readers see the last results.",
    type: "gauge",
    acrossProcesses: "max",
    read: ({ stale }) => single(Number(stale)),
  },
];
