import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { VoteError } from "../../core/errors.js";
import { loopback } from "../../processes/ports.js";
import type { Classpath } from "./classpath.js";
import { probeDynamo } from "./probes.js";
import type { ServerSpec } from "./server-process.js";

export interface DynamoOptions {
  readonly dir: string;
  readonly java: string;
  readonly javaFlags: readonly string[];
  readonly classpath: Classpath;
  readonly port: number;
  /** Keeps everything in memory, where it is lost when the process ends. */
  readonly inMemory?: boolean;
}

/**
 * Describes DynamoDB Local over a file, which survives a kill. Its own main class listens on every
 * network interface, so this starts Jetty around its request handler, on the loopback address.
 */
export async function dynamoServer(options: DynamoOptions): Promise<ServerSpec> {
  const { dir, java, javaFlags, classpath, port, inMemory = false } = options;
  const cwd = join(dir, "dynamodb");
  const data = join(cwd, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(join(cwd, "server.xml"), jetty(port, inMemory ? undefined : data));
  const library = dirname(nativeLibrary(classpath));
  return {
    name: "dynamodb",
    service: "dynamodb",
    port,
    command: java,
    args: [
      "-Xms128m",
      "-Xmx768m",
      ...javaFlags,
      `-Dsqlite4java.library.path=${library}`,
      // Leaves out the DOCTYPE, which would name an address, and so cannot be validated.
      "-Dorg.eclipse.jetty.xml.XmlParser.Validating=false",
      "-Dslf4j.internal.verbosity=ERROR",
      "-cp",
      classpath.join(delimiter),
      "org.eclipse.jetty.xml.XmlConfiguration",
      "server.xml",
    ],
    cwd,
    log: join(dir, "logs", "dynamodb.log"),
    probe: () => probeDynamo(port),
  };
}

const libraries: Readonly<Record<string, RegExp>> = {
  "linux-x64": /libsqlite4java-linux-amd64-[^/]*\.so$/,
  "linux-arm64": /libsqlite4java-linux-(arm64|aarch64)-[^/]*\.so$/,
  "darwin-x64": /libsqlite4java-osx-[0-9][^/]*\.dylib$/,
  "darwin-arm64": /libsqlite4java-osx-(arm64|aarch64)-[^/]*\.dylib$/,
};

function nativeLibrary(classpath: Classpath): string {
  const machine = `${process.platform}-${process.arch}`;
  const pattern = libraries[machine];
  const path = pattern && classpath.find((one) => pattern.test(one));
  if (path !== undefined) return path;
  throw new VoteError("dependency-missing", `DynamoDB Local has no SQLite for ${machine}.`, {
    hint: "Run compose/compose.yaml with Docker instead, or name a DynamoDB in vote.yaml.",
  });
}

const xml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** The arguments that its main class derives from `-sharedDb`, with `-dbPath` or `-inMemory`. */
const jetty = (port: number, data: string | undefined): string => `<?xml version="1.0"?>
<Configure id="Server" class="org.eclipse.jetty.server.Server">
  <Call name="addConnector"><Arg>
    <New class="org.eclipse.jetty.server.ServerConnector">
      <Arg name="server"><Ref refid="Server"/></Arg>
      <Set name="host">${loopback}</Set>
      <Set name="port">${port}</Set>
    </New>
  </Arg></Call>
  <Set name="handler">
    <New class="org.eclipse.jetty.server.handler.ContextHandler">
      <Set name="handler">
        <New class="com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler">
          <Arg>
            <New class="com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler">
              <Arg type="int">0</Arg>
              <Arg type="boolean">${data === undefined}</Arg>
              <Arg>${xml(data ?? "")}</Arg>
              <Arg type="boolean">true</Arg>
              <Arg type="boolean">false</Arg>
            </New>
          </Arg>
          <Arg/>
        </New>
      </Set>
    </New>
  </Set>
</Configure>
`;
