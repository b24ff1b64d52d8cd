import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { addProblem, group, oneOf, text, wholeNumber } from "../schema/field-types.js";
import { issuersSchema } from "./issuers.js";

const engineNames = ["embedded", "cluster"] as const;
export type EngineName = (typeof engineNames)[number];

/** How this program proves to the brokers who it is, by a password. */
const passwordMechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** A secret's own value, which belongs into a file or a variable. */
function literal(name: string) {
  const error = `Put it into a file and write ${name}File, or write ${name}Variable.`;
  const params = { detail: "is a secret and must not stand here" };
  return z
    .unknown()
    .refine(() => false, { error, params })
    .meta({ not: {} })
    .optional();
}

const tls = z
  .preprocess(
    (value) => (typeof value === "boolean" ? (value ? {} : undefined) : value),
    group({
      caFile: text().optional(),
      caVariable: text().optional(),
      ca: literal("ca"),
      certificateFile: text().optional(),
      certificateVariable: text().optional(),
      certificate: literal("certificate"),
      keyFile: text().optional(),
      keyVariable: text().optional(),
      key: literal("key"),
      serverName: text().optional(),
    }).optional(),
  )
  .meta({ type: ["boolean", "object"] })
  .optional();
export type TlsFields = NonNullable<Contract<typeof tls>>;

const sasl = z.discriminatedUnion(
  "mechanism",
  [
    group({
      mechanism: oneOf(passwordMechanisms),
      username: text(),
      passwordFile: text().optional(),
      passwordVariable: text().optional(),
      password: literal("password"),
    })
      .superRefine(({ passwordFile, passwordVariable }, context) => {
        if (passwordFile !== undefined || passwordVariable !== undefined) return;
        const hint = "Write passwordFile or passwordVariable.";
        addProblem(context, ["password"], "is missing", hint);
      })
      .meta({ anyOf: [{ required: ["passwordFile"] }, { required: ["passwordVariable"] }] }),
    group({
      mechanism: z.literal("oauthbearer"),
      tokenFile: text().optional(),
      tokenModule: text().optional(),
    })
      .superRefine(({ tokenFile, tokenModule }, context) => {
        if ((tokenFile === undefined) !== (tokenModule === undefined)) return;
        const detail = "or tokenModule has to be there, one of them";
        const hint = "tokenFile is read, or tokenModule's token() called, at every new connection.";
        addProblem(context, ["tokenFile"], detail, hint);
      })
      .meta({ oneOf: [{ required: ["tokenFile"] }, { required: ["tokenModule"] }] }),
  ],
  { error: `Allowed are ${[...passwordMechanisms, "oauthbearer"].join(", ")}.` },
);
export type SaslFields = Contract<typeof sasl>;

const broker = z
  .string({ error: "Write each as host:port." })
  .trim()
  .regex(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, { error: "Write each as host:port." });
const listError = "Allowed is a list of texts.";

const kafka = group({
  brokers: z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",") : value),
      z.array(broker, { error: listError }).min(1, { error: listError }),
    )
    .meta({ type: ["string", "array"] })
    .optional(),
  clientId: text().optional(),
  groupId: text().optional(),
  replicationFactor: wholeNumber(1, 9).optional(),
  minInsyncReplicas: wholeNumber(1, 9).optional(),
  tls,
  sasl: sasl.optional(),
});
export type KafkaFields = Contract<typeof kafka>;

const redis = group({
  url: text()
    .refine((url) => !/:\/\/[^/]*:[^/]*@/.test(url), {
      error: "Write passwordFile or passwordVariable.",
      params: { detail: "holds a password" },
    })
    .meta({ not: { pattern: "://[^/]*:[^/]*@" } })
    .optional(),
  username: text().optional(),
  passwordFile: text().optional(),
  passwordVariable: text().optional(),
  password: literal("password"),
  tls,
  cluster: z.boolean({ error: "Allowed are true and false." }).default(false),
});
export type RedisFields = Contract<typeof redis>;

/** A configuration file: which engine, and where the cluster's parts are. */
export const voteYamlSchema = group({
  engine: oneOf(engineNames).optional(),
  kafka: kafka.optional(),
  dynamodb: group({
    endpoint: text().optional(),
    region: text().optional(),
    segmentsTable: text().optional(),
    registryTable: text().optional(),
  }).optional(),
  redis: redis.optional(),
  issuers: issuersSchema.optional(),
}).meta({ $id: "urn:vote:configuration", title: "vote.yaml, the configuration of vote" });
export type VoteYaml = Contract<typeof voteYamlSchema>;

/** The file's JSON Schema, by which editors check and complete it. */
export function voteYamlJsonSchema(): object {
  return jsonSchemaOf(voteYamlSchema);
}

function jsonSchemaOf(schema: z.core.$ZodType): object {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      // A field that also has a shorter form names its types itself.
      const { def } = zodSchema._zod;
      if (def.type !== "pipe" || def.in._zod.def.type !== "transform") return;
      Object.assign(jsonSchema, { ...jsonSchemaOf(def.out), ...jsonSchema, $schema: undefined });
    },
  });
}
