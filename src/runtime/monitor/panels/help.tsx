import { Box } from "ink";
import { Inked } from "../terminal/theme.js";
import { Column } from "./labelled.js";

const helpLines = [
  ["Tab, 1-6", "the panels: overview, tallies, pipeline, health, events, elections"],
  ["s", "sort the candidates: as on the ballot, by votes, votes/s, name"],
  ["/", "show only lines that contain a text; Esc shows all again"],
  ["e", "elections: arrows choose one, Enter watches it"],
  ["o, c", "open or close the election, once you have typed its id"],
  ["p", "pause and go on: the screen stands still, nothing is read"],
  ["+, -", "refresh more often, less often"],
  ["?", "this help, and back"],
  ["q", "quit (Ctrl+C too)"],
  ["", ""],
  ["/s", "per second, over the last 5 seconds"],
  ["behind", "records of the log that no segment decides yet, and for how long"],
  ["sealed", "partitions that are closed and fully counted"],
  ["Unofficial", "votes are still being counted"],
  ["Closed", "no more votes; the recount has not confirmed the count yet"],
  ["Official", "the recount agreed and certified the result"],
] as const;

/** The keys, and what the words on the screen mean. */
export function Help() {
  return (
    <Box flexDirection="column">
      {helpLines.map(([key, meaning]) => (
        <Box key={key} height={1}>
          <Column width={12} text={key} left bold />
          <Inked>{meaning}</Inked>
        </Box>
      ))}
    </Box>
  );
}
