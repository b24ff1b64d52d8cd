import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { voteYamlSchema } from "../../src/runtime/contracts/config/vote-yaml.js";
import { readTree } from "../helpers/architecture/source-tree.js";
import { offenceOf, variablesOfFlags } from "../helpers/command-lines.js";

const root = join(import.meta.dirname, "../..");
const text = (path: string) => readFileSync(join(root, path), "utf8");

/** A container that runs a command of ours, of whichever manifest. */
interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly variables: readonly string[];
  /** Container ports that others reach. */
  readonly ports: readonly number[];
}

/** Where each line is one flag, the flag is one word with its value. */
const flagAndValue = (word: string) => (word.startsWith("--") ? word.split("=") : [word]);

interface ComposeService {
  readonly image: string;
  readonly build?: unknown;
  readonly pull_policy?: string;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
}

const compose = parse(text("compose/compose.yaml"), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};
const composed: Container[] = Object.entries(compose.services)
  .filter(([, { image }]) => image === "vote")
  .map(([name, { command = [], environment = {}, ports = [] }]) => ({
    name: `compose.yaml: ${name}`,
    command: command.flatMap(flagAndValue),
    variables: Object.keys(environment),
    ports: ports.map((port) => Number(port.split(":").at(-1))),
  }));

type Probe = { readonly httpGet: { readonly path: string; readonly port: string } };
interface PodContainer {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly [probe: `${string}Probe`]: Probe | undefined;
}

/** What the Go types cannot know of compose/kubernetes; test/kubernetes holds it against those. */
interface Manifest {
  readonly kind: string;
  readonly metadata?: { readonly name: string };
  readonly spec?: {
    readonly template?: { readonly spec: PodSpec };
    readonly metrics?: readonly HpaMetric[];
  };
}
interface PodSpec {
  readonly serviceAccountName: string;
  readonly containers: readonly PodContainer[];
}
type Named = { readonly metric: { readonly name: string } };
type HpaMetric = { readonly pods?: Named; readonly external?: Named };

const manifestsOf = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".yaml"))
    .flatMap((name) => parseAllDocuments(text(`${folder}/${name}`)))
    .map((document) => document.toJS() as Manifest);
const manifests = manifestsOf("compose/kubernetes/base");
const podContainers = manifests.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
const containers: Container[] = [
  ...composed,
  ...podContainers.map(({ name, args, env, ports = [] }) => ({
    name: `kubernetes: ${name}`,
    command: args.flatMap(flagAndValue),
    variables: env.map((variable) => variable.name),
    ports: ports.map((port) => port.containerPort),
  })),
];

/** The port that each role listens on when nothing else is said. */
const usualPorts: Readonly<Record<string, number>> = { ingest: 4000, serve: 4001, admin: 4002 };

function portGiven(command: readonly string[], flag: string): readonly number[] {
  return command.includes(flag) ? [Number(command[command.indexOf(flag) + 1])] : [];
}

/** Where a role's probes are: its own port, or that of its status. */
function probePortOf(command: readonly string[]): number | undefined {
  const [given] = ["--status-port", "--port"].flatMap((flag) => portGiven(command, flag));
  return given ?? usualPorts[command[0] ?? ""];
}

/** Read by the AWS SDK and not by us. */
const variablesOfSdk = ["AWS_SECRET_ACCESS_KEY"];
const sources = readTree(root)
  .filter(({ path }) => path.startsWith("src/"))
  .map((file) => file.text)
  .join("\n");
const isRead = (name: string) =>
  variablesOfFlags.has(name) ||
  variablesOfSdk.includes(name) ||
  new RegExp(`\\b${name}\\b`).test(sources);

describe.each(containers)("$name", ({ command, variables, ports }) => {
  it("runs a command that there is, with flags that it takes", () => {
    expect(offenceOf(["vote", ...command].join(" "))).toBeUndefined();
  });

  it("sets only variables that the program reads", () => {
    expect(variables.filter((name) => !isRead(name))).toEqual([]);
  });

  it("opens the ports that the role listens on, for others than itself", () => {
    const port = probePortOf(command);
    const metricsPort = portGiven(command, "--metrics-port");
    expect(ports).toEqual(port === undefined ? [] : [port, ...metricsPort]);
    if (port !== undefined) expect(command.join(" ")).toContain("--host 0.0.0.0");
    if (metricsPort.length > 0) expect(command.join(" ")).toContain("--metrics-host 0.0.0.0");
  });
});

const roles = podContainers.filter(({ ports }) => ports !== undefined);

describe.each(roles)("the probes of $name", (container) => {
  const api = JSON.parse(text(`docs/reference/openapi/${container.name}.json`)) as {
    readonly paths: object;
  };

  it("ask at the role's own port, for what the role answers", () => {
    for (const [probe, path] of [
      ["startupProbe", "/livez"],
      ["livenessProbe", "/livez"],
      ["readinessProbe", "/readyz"],
    ] as const) {
      expect(container[probe]?.httpGet).toEqual({ path, port: "http" });
      expect(Object.keys(api.paths)).toContain(path);
    }
  });

  it("leave the metrics to a port of their own, where voters come in", () => {
    const at = container.args.indexOf("--metrics-host=0.0.0.0");
    const port = container.ports?.find(({ name }) => name === "metrics")?.containerPort;
    const wanted = ["ingest", "serve"].includes(container.name);
    expect(at >= 0).toBe(wanted);
    if (wanted) expect(container.args).toContain(`--metrics-port=${port}`);
    else expect(port).toBeUndefined();
  });
});

it("Kubernetes runs the four roles, with a configuration that the program takes", () => {
  expect(roles.map(({ name }) => name)).toEqual(["certify", "ingest", "serve", "tally"]);
  const config: unknown = parse(text("compose/kubernetes/base/vote.yaml"));
  expect(voteYamlSchema.safeParse(config).error).toBeUndefined();
});

const guide = text("docs/how-to/deploy.md");

it("each pod has its own service account, which the guide gives a policy that there is", () => {
  const accounts = manifests.filter(({ kind }) => kind === "ServiceAccount");
  const pods = manifests.flatMap(({ spec }) => spec?.template?.spec ?? []);
  expect(pods.map(({ serviceAccountName }) => serviceAccountName).sort()).toEqual(
    accounts.map(({ metadata }) => metadata?.name).sort(),
  );
  for (const { serviceAccountName, containers } of pods) {
    expect(serviceAccountName).toBe(`vote-${containers[0]?.name}`);
    const row = new RegExp(`^\\| \`${serviceAccountName}\` +\\| \`(\\S+)\` +\\|$`, "m");
    const policy = row.exec(guide)?.[1] ?? "none";
    expect(existsSync(join(root, "compose/dynamodb", policy)), serviceAccountName).toBe(true);
  }
});

it("every metric to scale by has a rule for the adapter in the guide", () => {
  interface Rule {
    readonly seriesQuery: string;
    readonly name: { readonly matches: string; readonly as: string };
  }
  const block = /```yaml\n(rules:.+?)```/s.exec(guide)?.[1] ?? "";
  const { rules, externalRules } = parse(block) as Record<"rules" | "externalRules", Rule[]>;
  const made = ({ seriesQuery, name: { matches, as } }: Rule) =>
    seriesQuery.replace(/\{.*/, "").replace(new RegExp(matches), as.replace(/\$\{(\d)\}/g, "$$$1"));
  const wanted = manifestsOf("compose/kubernetes/production").flatMap(
    ({ spec }) => spec?.metrics ?? [],
  );
  const names = (kind: keyof HpaMetric) => wanted.flatMap((one) => one[kind]?.metric.name ?? []);
  expect(rules.map(made)).toEqual(names("pods"));
  expect(externalRules.map(made)).toEqual(names("external"));
});

describe("the image", () => {
  const dockerfile = text("compose/image/Dockerfile");

  it("is built under the version's name, by which Kubernetes runs it", () => {
    const { version } = JSON.parse(text("package.json")) as { readonly version: string };
    const { images } = parse(text("compose/kubernetes/base/kustomization.yaml")) as {
      readonly images: unknown;
    };
    expect(images).toEqual([{ name: "vote", newTag: version }]);
    const build = `docker build -f compose/image/Dockerfile -t vote:${version} .\n`;
    expect(guide).toContain(build);
    expect(dockerfile).toContain(build);
  });

  it("is built once by Compose, before the roles that run it", () => {
    const { prepare, ...others } = Object.fromEntries(
      Object.entries(compose.services).filter(([, { image }]) => image === "vote"),
    );
    expect(prepare?.build).toBeDefined();
    for (const { build, pull_policy, depends_on } of Object.values(others)) {
      expect([build, pull_policy]).toEqual([undefined, "never"]);
      expect(depends_on).toHaveProperty("prepare");
    }
  });

  it("asks for a role's life at every port that a role may have in it", () => {
    const asked = [...text("compose/image/healthy.js").matchAll(/(\w+): (40\d\d)/g)];
    const found = Object.fromEntries(asked.map(([, role, port]) => [role, Number(port)]));
    const own = composed.filter(({ ports }) => ports.length > 0);
    expect(found).toEqual(
      Object.fromEntries(own.map(({ command, ports }) => [command[0], ports[0]])),
    );
    const exposed = /^EXPOSE (.+)$/m.exec(dockerfile)?.[1]?.split(" ").map(Number);
    expect(exposed).toEqual(Object.values(found));
  });

  it("copies what is there, and what its ignore file lets through", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) =>
      paths.split(" "),
    );
    const ignored = text("compose/image/Dockerfile.dockerignore");
    const through = [...ignored.matchAll(/^!(.+)$/gm)].map(([, path]) => path);
    expect(copied.length).toBeGreaterThan(3);
    expect([...copied].sort()).toEqual(through.sort());
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
  });
});

it("sees a command, a flag and a variable that there are not", () => {
  expect(offenceOf("vote ingest --bort 1")).toBe("no flag --bort");
  expect(isRead("VOTE_KAFKA_BROKER")).toBe(false);
  expect(isRead("VOTE_TALLY_STATUS_PORT")).toBe(true);
});

it("Prometheus asks each role of compose.yaml where it is", () => {
  const targets = parse(text("compose/observability/targets.yml")) as {
    readonly labels: { readonly job: string };
    readonly targets: readonly string[];
  }[];
  for (const {
    labels,
    targets: [target],
  } of targets) {
    const role = composed.find(({ name }) => labels.job === `vote-${name.split(": ")[1]}`);
    expect([labels.job, role?.ports.at(-1)]).toEqual([labels.job, Number(target.split(":")[1])]);
  }
});
