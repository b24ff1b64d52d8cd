import { configureGlobal } from "fast-check";

// A mutant is found by the first counterexample; nobody reads the smallest.
configureGlobal({ endOnFailure: true });
