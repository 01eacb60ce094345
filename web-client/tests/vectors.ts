/** The vectors that the Python verifier is held to as well (tests/vectors, its README tells the members). */

import { readdirSync, readFileSync } from "node:fs";
import { utf8 } from "../src/bytes.ts";
import * as trusts from "../src/proof/trust.ts";

const FOLDER = new URL("../../tests/vectors/", import.meta.url);

/** Every vector file's name. */
export const files = readdirSync(FOLDER).filter(name => name.endsWith(".json"));

// biome-ignore lint/suspicious/noExplicitAny: vectors are data, read by tests that know their members
export type Case = any;

export function load(name: string): Case {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

export function named(cases: Case[]): [string, Case][] {
  return cases.map((each, at) => [each.name ?? `${at}`, each]);
}

/** The trust of a case: the file's own with the case's changes; null where it says `false`. */
export function trustOf(each: Case, file: Case): trusts.Trust | null {
  if (each.trust === false) return null;
  const value = Object.fromEntries(
    Object.entries({ ...file.trust, ...each.trust }).filter(([, found]) => found !== null),
  );
  return trusts.parse(utf8(JSON.stringify(value)));
}

const LETTERS: Record<string, string> = { p: "passed", f: "failed", u: "unknown", n: "not asked" };

export function statuses(letters: string): string[] {
  return [...letters].map(letter => LETTERS[letter] ?? letter);
}

/** Bytes of hex that may begin with 0x. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/^0x/, ""), "hex"));
}
