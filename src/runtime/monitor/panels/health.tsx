import { Box } from "ink";
import { formatDuration, formatLatency } from "../../text/numbers.js";
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
  return 2 + Math.max(1, roles.length) + Math.max(1, stores.length);
}

/** The health of each role and store on a line of its own, with the reasons. */
export function HealthTables({ state, width }: HealthProps) {
  const { roles = [], stores = [], at = 0 } = state.snapshot ?? {};
  return (
    <Box flexDirection="column" width={width}>
      <Section title="Roles" width={width}>
        {roles.length === 0 ? <Inked dim>no role answers</Inked> : null}
        {roles.map((role) => (
          <RoleLine key={`${role.role} ${role.url}`} role={role} at={at} />
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

function RoleLine({ role, at }: { readonly role: RoleHealth; readonly at: number }) {
  const mark = roleMark(role.state, useGlyphs());
  const took = role.latencyMs === null ? "" : ` in ${formatDuration(role.latencyMs)}`;
  const since = role.startedAt === null ? "" : `up ${formatDuration(at - role.startedAt)}`;
  const who = role.pid === null ? "" : `  pid ${role.pid}`;
  const facts = role.detail === "" ? `${since}${who}  ${role.url}` : oneLine(role.detail);
  return (
    <Box height={1}>
      <Column width={8} text={role.role} left />
      <Column width={19} text={`${mark.icon} ${mark.label}${took}`} left color={mark.color} />
      <Inked dim>{facts.trim()}</Inked>
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
