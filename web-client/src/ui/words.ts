/** The words of the pages' own elements, Spanish first. What the verifier says stands in texts.json. */

import { fill, type Word } from "../errors.ts";
import type { Language } from "../proof/verdict.ts";

const WORDS = {
  closed: ["cerrado", "closed"],
  "days-hours": ["{} d {} h {} min", "{} d {} h {} min"],
} as const satisfies Record<string, readonly [string, string]>;

export type Key = keyof typeof WORDS;

/** The page's language. */
export function language(): Language {
  return document.documentElement.lang.startsWith("en") ? "en" : "es";
}

/** A text in the page's language, with its values. */
export function words(key: Key, ...values: Word[]): string {
  return fill(WORDS[key][language() === "es" ? 0 : 1], values);
}
