import { Box } from "ink";
import { formatBytes, formatDuration, formatLatency, formatPercent } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import type { MonitorState } from "../state/reducer.js";
import type { RoleHealth, StoreState } from "../state/snapshot.js";
import { roleMark, type StatusMark, storeMark } from "../terminal/marks.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { Column, type PanelProps, Section } from "./labelled.js";
import { Metrics } from "./metrics.js";

type HealthProps = Omit<PanelProps, "maxLines">;

/** How many lines `HealthStrip` takes: its title, the roles, and the stores that they need. */
export const healthStripLines = 3;

/** The health of roles and stores at a glance. */
export function HealthStrip({ state, width }: HealthProps) {
  const { snapshot } = state;
  const glyphs = useGlyphs();
  const roles = grouped(snapshot?.roles ?? []).map(({ name, worst }) => {
    const mark = roleMark(worst.state, glyphs);
    const took = worst.latencyMs === null ? "" : ` ${formatDuration(worst.latencyMs)}`;
    return { name, mark, said: worst.state === "ready" ? took : ` ${mark.label}` };
  });
  const stores = (snapshot?.stores ?? []).map((store) => {
    const mark = storeMark(store.reachable, glyphs);
    const took = store.latencyMs === null ? "" : ` ${formatLatency(store.latencyMs)}`;
    const said = store.reachable === true ? took : ` ${mark.label}`;
    return { name: `${store.store} (${store.part})`, mark, said };
  });
  return (
    <Section title="Health" width={width}>
      <Marked items={roles} none="no role answers" />
      <Marked items={stores} none="no role reports on the engine" />
    </Section>
  );
}

/** Several tallies share one entry, which shows the state of the worst. */
function grouped(roles: readonly RoleHealth[]) {
  const names = [...new Set(roles.map(({ role }) => role))];
  return names.map((role) => {
    const same = roles.filter((one) => one.role === role);
    const ready = same.filter(({ state }) => state === "ready").length;
    const worst = same.find(({ state }) => state !== "ready") ?? same[0];
    return { name: same.length === 1 ? role : `${role} ${ready}/${same.length}`, worst };
  });
}

interface MarkedProps {
  readonly items: readonly {
    readonly name: string;
    readonly mark: StatusMark;
    readonly said: string;
  }[];
  readonly none: string;
}

function Marked({ items, none }: MarkedProps) {
  return (
    <Box height={1} flexShrink={0} overflow="hidden">
      {items.length === 0 ? <Inked dim>{none}</Inked> : null}
      {items.map(({ name, mark, said }) => (
        <Box key={name} marginRight={3} flexShrink={0}>
          <Inked color={mark.color}>{`${mark.icon} `}</Inked>
          <Inked>{name}</Inked>
          <Inked dim={mark.color === "green"} color={mark.color === "green" ? undefined : "red"}>
            {said}
          </Inked>
        </Box>
      ))}
    </Box>
  );
}

/** The tables, and below them the roles' metrics. */
export function HealthPanel({ state, width, maxLines }: PanelProps) {
  const left = maxLines - healthLines(state);
  return (
    <Box flexDirection="column">
      <HealthTables state={state} width={width} />
      <Metrics snapshot={state.snapshot} width={width} maxLines={left} />
    </Box>
  );
}

/** How many lines `HealthTables` takes. */
export function healthLines({ snapshot }: MonitorState): number {
  const { roles = [], stores = [] } = snapshot ?? {};
  return 2 + (roles.length === 0 ? 1 : 1 + roles.length) + Math.max(1, stores.length);
}

/** The health of each role and store on a line of its own, with the reasons. */
export function HealthTables({ state, width }: HealthProps) {
  const { roles = [], stores = [] } = state.snapshot ?? {};
  return (
    <Box flexDirection="column" width={width}>
      <Section title="Roles" width={width}>
        {roles.length === 0 ? <Inked dim>no role answers</Inked> : <RoleHeads width={width} />}
        {roles.map((role) => (
          <RoleLine key={`${role.role} ${role.url}`} role={role} state={state} width={width} />
        ))}
      </Section>
      <Section title="Engine" width={width}>
        {stores.length === 0 ? <Inked dim>no role reports on it</Inked> : null}
        {stores.map((store) => (
          <StoreLine key={`${store.part} ${store.store}`} store={store} width={width} />
        ))}
      </Section>
    </Box>
  );
}

interface RoleColumn {
  readonly head: string;
  readonly width: number;
  /** Empty if unknown. */
  readonly text: (role: RoleHealth, state: MonitorState) => string;
}

const sized = (bytes: number | null) => (bytes === null ? "" : formatBytes(bytes));

/** What a role uses; the later ones only where there is room. */
const roleColumns: readonly RoleColumn[] = [
  {
    head: "CPU",
    width: 7,
    text: ({ url }, { flow }) => {
      const cores = flow.cpuCores[url];
      return cores === undefined ? "" : formatPercent(cores, 0);
    },
  },
  { head: "memory", width: 8, text: ({ memoryBytes }) => sized(memoryBytes) },
  { head: "disk free", width: 10, text: ({ diskFreeBytes }) => sized(diskFreeBytes) },
  {
    head: "answers in",
    width: 12,
    text: ({ latencyMs }) => (latencyMs === null ? "" : formatDuration(latencyMs)),
  },
  {
    head: "up",
    width: 9,
    text: ({ startedAt }, { snapshot }) =>
      startedAt === null || snapshot === undefined ? "" : formatDuration(snapshot.at - startedAt),
  },
  { head: "process", width: 10, text: ({ pid }) => (pid === null ? "" : String(pid)) },
];

const roleWidth = 7;
const stateWidth = 14;

function fittingColumns(width: number): readonly RoleColumn[] {
  let left = width - roleWidth - stateWidth;
  return roleColumns.filter((column) => {
    left -= column.width;
    return left >= 0;
  });
}

function RoleHeads({ width }: { readonly width: number }) {
  return (
    <Box height={1}>
      <Column width={roleWidth + stateWidth} text="" />
      {fittingColumns(width).map(({ head, width: columnWidth }) => (
        <Column key={head} width={columnWidth} text={head} dim />
      ))}
    </Box>
  );
}

interface RoleLineProps extends HealthProps {
  readonly role: RoleHealth;
}

function RoleLine({ role, state, width }: RoleLineProps) {
  const mark = roleMark(role.state, useGlyphs());
  const columns = role.detail === "" ? fittingColumns(width) : [];
  const address = role.detail === "" ? role.url : oneLine(role.detail);
  return (
    <Box height={1}>
      <Column width={roleWidth} text={role.role} left />
      <Column width={stateWidth} text={`${mark.icon} ${mark.label}`} left color={mark.color} />
      {columns.map(({ head, width: columnWidth, text }) => (
        <Column key={head} width={columnWidth} text={text(role, state)} />
      ))}
      <Box marginLeft={columns.length === 0 ? 0 : 2}>
        <Inked dim>{address}</Inked>
      </Box>
    </Box>
  );
}

/** In fewer columns, only trouble is explained. */
const roomyColumns = 70;

function StoreLine({ store, width }: { readonly store: StoreState; readonly width: number }) {
  const mark = storeMark(store.reachable, useGlyphs());
  const took = store.latencyMs === null ? "" : ` in ${formatLatency(store.latencyMs)}`;
  const missed = store.missedBy.length === 0 ? "" : `missed by ${store.missedBy.join(", ")}: `;
  const needed = width < roomyColumns ? "" : `needed by ${store.neededBy.join(", ")}`;
  const facts = store.reachable === false ? `${missed}${oneLine(store.detail)}` : needed;
  return (
    <Box height={1}>
      <Column width={8} text={store.part} left />
      <Column width={10} text={oneLine(store.store)} left />
      <Column width={24} text={`${mark.icon} ${mark.label}${took}`} left color={mark.color} />
      <Inked dim>{facts}</Inked>
    </Box>
  );
}
