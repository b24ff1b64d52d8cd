import { count } from "../schema/json-types.js";

/** Where something is wrong, as far as it is known. */
export const disputedPlace = {
  change: count("of the election's trail, from 1").optional(),
  partition: count().optional(),
  segment: count("in the partition's chain").optional(),
  ballot: count("in the segment, from 0").optional(),
  position: count("in the log").optional(),
};
