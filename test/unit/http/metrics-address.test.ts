import { expect, it, onTestFinished } from "vitest";
import { createHttpServer } from "../../../src/runtime/http/server.js";
import { addStatus, listenAndTell } from "../../../src/runtime/http/status.js";
import { eventually } from "../../helpers/temporary.js";

const anywhere = { host: "127.0.0.1", port: 0 };

/** Opens a server, and another address for Prometheus. */
function open(address = anywhere) {
  const server = createHttpServer();
  const scrape = addStatus(server, { role: "admin", metrics: () => ({}) });
  return listenAndTell(server, address, anywhere, scrape);
}

const listening = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === "TCPServerWrap").length;

it("listens for Prometheus nowhere if it cannot listen for clients", async () => {
  const { port, stop } = await open();
  onTestFinished(() => stop());
  const before = listening();
  expect(before).toBeGreaterThan(1);
  await expect(open({ host: "127.0.0.1", port })).rejects.toMatchObject({ code: "port-in-use" });
  await eventually("the end of both", () => listening() === before);
});

it("stops listening for Prometheus if the server stops with an error", async () => {
  const { metricsUrl = "", stop } = await open();
  expect((await fetch(metricsUrl)).status).toBe(200);
  const broken = () => Promise.reject(new Error("not drained"));
  await expect(stop(broken, 100)).rejects.toThrow("not drained");
  await expect(fetch(metricsUrl)).rejects.toThrow();
});
