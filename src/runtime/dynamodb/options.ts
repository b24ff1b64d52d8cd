import type { RetryOptions } from "../time/backoff.js";

export type RetryBounds = Pick<RetryOptions, "firstMs" | "maxMs" | "giveUpAfterMs">;

export interface DynamoDbOptions {
  /** DynamoDB Local or a private endpoint. Default: the region's endpoint. */
  readonly endpoint?: string;
  /** Default: as the AWS tools find it, AWS_REGION, then the shared config file. */
  readonly region?: string;
  readonly segmentsTable?: string;
  readonly registryTable?: string;
  /** The number of kept-alive connections, and so of concurrent requests. Default 64. */
  readonly maxSockets?: number;
  readonly connectTimeoutMs?: number;
  /**
   * Time allowed until an answer begins. After that the outcome is unknown, and the call is
   * retried.
   */
  readonly requestTimeoutMs?: number;
  readonly retry?: Partial<RetryBounds>;
}

/** The options of the SDK's client. */
export function clientSettings(
  options: DynamoDbOptions,
  environment: NodeJS.ProcessEnv = process.env,
) {
  const { endpoint, maxSockets = 64, connectTimeoutMs = 1_000, requestTimeoutMs = 8_000 } = options;
  const local = endpoint !== undefined && isLoopback(new URL(endpoint).hostname);
  const region = options.region ?? (local && !environment.AWS_REGION ? "us-east-1" : undefined);
  // Otherwise the SDK's warning about old Node versions appears in every command's output.
  environment.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const agent = { keepAlive: true, maxSockets };
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    // DynamoDB Local requires credentials but ignores their values.
    ...(local && !namesCredentials(environment)
      ? { credentials: { accessKeyId: "local", secretAccessKey: "local" } }
      : {}),
    // We retry ourselves, in one place: counted, bounded, with jitter.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // By default the time-out only logs a warning.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/** Whether the environment names credentials for the default chain to find. */
const namesCredentials = (environment: NodeJS.ProcessEnv) =>
  [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ].some((name) => environment[name]);
