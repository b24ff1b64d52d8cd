import { z } from "zod";
import { group, number, text } from "../schema/field-types.js";

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function constant({ min, max }: Bounds) {
  return group({
    value: number(min, max),
    unit: text().optional(),
    source: text().optional(),
    measured: text().optional(),
  });
}

/**
 * A file of plan constants: `vote plan --measure` writes it, `vote plan --constants` reads it.
 *
 * @param bounds what each constant's value may be, by name
 */
export function planConstantsSchema<Name extends string>(bounds: Readonly<Record<Name, Bounds>>) {
  const names = Object.keys(bounds) as Name[];
  const constants = Object.fromEntries(
    names.map((name) => [name, constant(bounds[name]).optional()]),
  ) as Record<Name, z.ZodOptional<ReturnType<typeof constant>>>;
  return group({
    measuredAt: text().optional(),
    host: z.looseObject({}, { error: "Write name: value." }).optional(),
    constants: group(constants),
  });
}
