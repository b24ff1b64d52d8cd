import { z } from "zod";
import { type ErrorCode, errorCatalogue } from "../../core/errors.js";
import { type BodyName, bodies } from "../bodies.js";
import type { RoleName } from "../http/status.js";
import { adminOperations } from "./admin.js";
import { ingestOperations } from "./ingest.js";
import type { Answer, Operation, Operations } from "./operation.js";
import { serveOperations } from "./serve.js";

type Json = Readonly<Record<string, unknown>>;

/** The parts of an OpenAPI document by which it is found what it has. */
interface OpenApi extends Json {
  /** By address, then by method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Json; readonly securitySchemes: Json };
}

const operationsOf: Readonly<Record<RoleName, Operations>> = {
  ingest: ingestOperations,
  tally: {},
  serve: serveOperations,
  admin: adminOperations,
  certify: {},
};

/** What any request may meet, whatever it asks for. */
const anywhere = [
  "bad-request",
  "request-timeout",
  "expectation-failed",
  "unsupported-media-type",
  "internal-error",
] as const;

const about =
  "Every refusal is application/problem+json (RFC 9457); docs/reference/errors.md explains its " +
  "codes. An address that there is not answers 404, another method than those here 405 with " +
  "Allow. A GET takes HEAD, too. Bodies gain fields within a version, and never lose any.";

/** Returns what a role takes and answers, as an OpenAPI 3.1 document. */
export function openApiOf(role: RoleName): OpenApi {
  const operations = { ...limited(operationsOf[role]), ...probes(role) };
  const paths: Record<string, Record<string, Json>> = {};
  const used = new Set<BodyName>(["problem"]);
  for (const [name, operation] of Object.entries(operations)) {
    const [method, path] = name.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: described(operation, path, used) };
  }
  const schemas = [...used].map((name) => [componentName(name), schemaOf(name)]);
  return {
    openapi: "3.1.0",
    info: { title: `vote ${role}`, version: "1", description: about },
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

/** Whoever asks too often is refused, but for those who watch over the role. */
function limited(operations: Operations): Operations {
  const entries = Object.entries(operations).map(([name, operation]) => {
    return [name, { ...operation, refusals: [...operation.refusals, "too-many-requests"] }];
  });
  return Object.fromEntries(entries);
}

/** Roles whose address no voter reaches: it answers Prometheus, too. */
const operators: readonly RoleName[] = ["tally", "admin", "certify"];

function probes(role: RoleName): Operations {
  const all: readonly ErrorCode[] = Object.entries(errorCatalogue)
    .filter(([, { status }]) => status === 503)
    .map(([code]) => code as ErrorCode);
  return {
    "GET /livez": {
      summary: "Whether the process lives.",
      answers: { 200: { description: "It does.", body: "probe" } },
      refusals: [],
    },
    "GET /readyz": {
      summary: "Whether the process takes work.",
      answers: { 200: { description: "It does.", body: "probe" } },
      refusals: [...all, "corrupt-registry"],
    },
    "GET /statusz": {
      summary: "What the process says about itself: for operators.",
      answers: { 200: { description: "Its status.", body: `${role} status` } },
      refusals: [],
    },
    ...(operators.includes(role) && {
      "GET /metrics": {
        summary: "What Prometheus scrapes.",
        answers: { 200: { description: "Text, version 0.0.4.", type: "text/plain" } },
        refusals: [],
      },
    }),
    "GET /openapi.json": {
      summary: "This document.",
      answers: { 200: { description: "OpenAPI 3.1.", type: "application/json" } },
      refusals: role === "tally" ? [] : ["too-many-requests"],
    },
  };
}

function described(operation: Operation, path: string, used: Set<BodyName>): Json {
  const { summary, scope, parameters = [], answers } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { in: "path", name, required: true, schema: { type: "string" } };
  });
  const others = parameters.map(({ values, pattern, ...parameter }) => {
    const limits = { ...(values && { enum: values }), ...(pattern && { pattern }) };
    return { ...parameter, schema: { type: "string", ...limits } };
  });
  const good = Object.entries(answers).map(([status, one]) => [status, answer(one, used)]);
  return {
    summary,
    ...(scope && { security: [{ token: [scope] }] }),
    ...(inPath.length + others.length > 0 && { parameters: [...inPath, ...others] }),
    ...(operation.request && { requestBody: requestBody(operation.request, operation, used) }),
    responses: { ...Object.fromEntries(good), ...refusals(operation) },
  };
}

function requestBody(name: BodyName, { lines }: Operation, used: Set<BodyName>): Json {
  const body = reference(name, used);
  if (lines === undefined)
    return { required: true, content: { "application/json": { schema: body } } };
  const description = `JSON, one ${componentName(name)} a line`;
  const schema = { type: "string", description, contentSchema: body };
  return { required: true, content: { [lines]: { schema } } };
}

function answer({ description, body, type, headers }: Answer, used: Set<BodyName>): Json {
  const names = typeof body === "string" ? [body] : (body ?? []);
  const schemas = names.map((name) => reference(name, used));
  const schema = schemas.length > 1 ? { anyOf: schemas } : schemas[0];
  const content =
    schema === undefined ? type && { [type]: {} } : { "application/json": { schema } };
  return { description, ...(headers && headersOf(headers)), ...(content && { content }) };
}

/** The refusals by status, each with its codes. */
function refusals({ refusals: own, isPage = false }: Operation): Json {
  const all = [...new Set<ErrorCode>([...own, ...anywhere])];
  const statuses = new Set(all.map((code) => errorCatalogue[code].status));
  const entries = [...statuses].map((status) => {
    const codes = all.filter((code) => errorCatalogue[code].status === status);
    const schema = {
      allOf: [{ $ref: referenceTo("problem") }],
      properties: { status: { const: status }, code: { enum: codes } },
    };
    const headers = refusalHeaders[status];
    return [
      status,
      {
        description: `${codes.map((code) => errorCatalogue[code].title).join("; ")}.`,
        ...(headers && headersOf(headers)),
        content: { "application/problem+json": { schema }, ...(isPage && { "text/html": {} }) },
      },
    ];
  });
  return Object.fromEntries(entries);
}

const refusalHeaders: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "WWW-Authenticate": "Bearer, and what is wrong with the token" },
  429: {
    "Retry-After": "in seconds",
    "RateLimit-Policy": "the limit's name, the most at once (q), and within how many seconds (w)",
    RateLimit: "the limit's name, what is left (r), and in how many seconds all is (t)",
  },
  503: { "Retry-After": "in seconds" },
};

function headersOf(headers: Readonly<Record<string, string>>): Json {
  const entries = Object.entries(headers).map(([name, description]) => {
    return [name, { description, required: true, schema: { type: "string" } }];
  });
  return { headers: Object.fromEntries(entries) };
}

function schemaOf(name: BodyName): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(bodies[name], { io: "input" });
  return schema;
}

function reference(name: BodyName, used: Set<BodyName>): Json {
  used.add(name);
  return { $ref: referenceTo(name) };
}

function referenceTo(name: BodyName): string {
  return `#/components/schemas/${componentName(name)}`;
}

/** `voter's election` becomes `VotersElection`. */
function componentName(name: BodyName): string {
  return name
    .replace(/'/g, "")
    .replace(/(?:^| )(\w)/g, (_, letter: string) => letter.toUpperCase());
}
