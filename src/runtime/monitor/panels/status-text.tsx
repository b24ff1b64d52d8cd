import type { ElectionStatus } from "../../core/election.js";
import { statusMark } from "../state/status.js";
import { Inked, useGlyphs } from "../terminal/theme.js";

/** "● Unofficial, counting": label, icon and colour. */
export function Status({ status }: { readonly status: ElectionStatus }) {
  const mark = statusMark(status, useGlyphs());
  return <Inked color={mark.color} bold>{`${mark.icon} ${mark.label}`}</Inked>;
}
