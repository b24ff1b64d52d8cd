import type { RetryOptions } from "../time/backoff.js";

export type RetryBounds = Pick<RetryOptions, "firstMs" | "maxMs" | "giveUpAfterMs">;

export interface DynamoDbOptions {
  /** Of DynamoDB Local, or of a private endpoint. By default the region's own. */
  readonly endpoint?: string;
  /** By default as the AWS tools find it: AWS_REGION, then the shared config file. */
  readonly region?: string;
  readonly segmentsTable?: string;
  readonly registryTable?: string;
  /** Connections, kept alive: the most requests under way at once. */
  readonly maxSockets?: number;
  readonly connectTimeoutMs?: number;
  /** Until an answer must have begun; the outcome is unknown then, and the call made again. */
  readonly requestTimeoutMs?: number;
  readonly retry?: Partial<RetryBounds>;
}

/** What the SDK's client is made with. */
export function clientSettings(
  options: DynamoDbOptions,
  environment: NodeJS.ProcessEnv = process.env,
) {
  const { endpoint, maxSockets = 64, connectTimeoutMs = 1_000, requestTimeoutMs = 8_000 } = options;
  const local = endpoint !== undefined && isLoopback(new URL(endpoint).hostname);
  const region = options.region ?? (local && !environment.AWS_REGION ? "us-east-1" : undefined);
  // The SDK's word on next year's Node would stand in every command's output.
  environment.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const agent = { keepAlive: true, maxSockets };
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    // DynamoDB Local wants credentials but does not look at them.
    ...(local && !namesCredentials(environment)
      ? { credentials: { accessKeyId: "local", secretAccessKey: "local" } }
      : {}),
    // Retries are counted, bounded and jittered here, in one place.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // By default, the time-out only prints a warning.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/** Where the environment names credentials, the default chain finds them. */
const namesCredentials = (environment: NodeJS.ProcessEnv) =>
  [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ].some((name) => environment[name]);
