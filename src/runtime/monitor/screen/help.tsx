import { Box } from "ink";
import { Column } from "../panels/labelled.js";
import { Inked } from "../terminal/theme.js";

const helpLines = [
  ["Tab, 1-6", "the panels: overview, tallies, pipeline, health, events, elections"],
  ["s", "sort the candidates: as on the ballot, by votes, votes/s, name"],
  ["/", "show only lines that contain a text; Esc shows all again"],
  ["e", "elections: arrows choose one, Enter watches it"],
  ["o, c", "open or close the election, once you have typed its id: neither can be undone"],
  ["p", "pause and go on: the screen stands still, nothing is read"],
  ["+, -", "refresh more often, less often"],
  ["?", "this help, and back"],
  ["q", "quit (Ctrl+C too)"],
  ["", ""],
  ["/s", "per second, over the last 5 seconds"],
  ["CPU", "in the last 5 seconds; 100 % is one core"],
  ["since start", "counted since the process started: a restart begins at 0"],
  ["behind", "records of the log that no segment decides yet, and for how long"],
  ["sealed", "partitions that are closed and fully counted"],
  ["Unofficial", "votes are still being counted"],
  ["Voting over", "no more votes; the last ones are still being counted"],
  ["Closed", "all votes are counted; the recount has not confirmed it yet"],
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
