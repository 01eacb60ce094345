/** What the program can do, for whoever loads it as a library: tests in node, and other sites' developers. */

export { judgeFiles } from "./cases.ts";
export * as bundle from "./proof/bundle.ts";
export { compare, embedded } from "./proof/paper.ts";
export * as trust from "./proof/trust.ts";
export { verify, verifyFork } from "./proof/verify.ts";
export * as award from "./records/award.ts";
export * as canonical from "./records/canonical.ts";
export * as offer from "./records/offer.ts";
export * as procedure from "./records/procedure.ts";
