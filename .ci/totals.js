/**
 * Prints the totals of a vitest JSON report as one line, and ends with 1 unless everything passed.
 *
 *   node .ci/totals.js REPORT EXIT-CODE-OF-VITEST
 */
import { readFileSync } from "node:fs";

const [, , reportFile, exitCode] = process.argv;
const report = read(reportFile);

const passed = report.numPassedTests;
const skipped = report.numPendingTests + report.numTodoTests;
// A file that does not load has no tests that could fail, so it is counted here.
const unloaded = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed"),
).length;
let failed = report.numFailedTests + unloaded;
// Errors outside of tests, or no tests at all, are failures too.
if (failed === 0 && (exitCode !== "0" || passed === 0)) failed = 1;

// What failed once more, by name, next to the totals: the details above may be long.
for (const { name, status, assertionResults } of report.testResults) {
  const file = name.slice(name.lastIndexOf("/test/") + 1);
  const lost = assertionResults.filter((test) => test.status === "failed");
  for (const test of lost) process.stdout.write(`FAILED ${file} > ${test.fullName}\n`);
  if (status === "failed" && lost.length === 0) process.stdout.write(`FAILED ${file}\n`);
}

const rest = skipped === 0 ? "" : `, ${skipped} skipped`;
process.stdout.write(`\n${passed} passed, ${failed} failed${rest}\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** @param {string} file */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    process.stderr.write(`The tests left no report: ${error.message}\n`);
    return {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
    };
  }
}
