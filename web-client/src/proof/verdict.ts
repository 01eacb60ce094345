/** Verdict: what a verification found, check by check, and what follows from it (docs/spec/evidence.md). */

import type { HuellaError } from "../errors.ts";
import { fill, type Word } from "../fill.ts";
import texts from "../texts.json" with { type: "json" };

export type Status = "passed" | "failed" | "unknown" | "not asked";
export type Overall = "authentic" | "altered" | "forked" | "lost" | "unknown";
export type Language = "es" | "en";
type Pair = readonly string[];

/** What a reason tells: numbers and names, or a message that can be said in both languages. */
export type Detail = Word | HuellaError;

const INTEGRITY = [2, 3, 4, 5, 7, 11, 12];
const names = texts.names as Readonly<Record<string, Pair>>;
const reasons = texts.reasons as Readonly<Record<string, Pair>>;
/** What only the browser has to say. */
const OWN: Readonly<Record<string, Pair>> = {
  "paper-browser": [
    "el navegador no comprueba firmas de PDF; se comprueban con huella verify",
    "the browser does not check signatures of PDFs; huella verify does",
  ],
};
const overalls = texts.overall as Readonly<Record<string, Pair>>;

/** One numbered check: its status and the stable code of its reason. */
export interface Check {
  readonly number: number;
  readonly status: Status;
  readonly code: string;
  readonly details: readonly Detail[];
}

export interface Verdict {
  readonly checks: readonly Check[];
  readonly overall: Overall;
  /** False on a network without validators (`consensus: none`). */
  readonly attested: boolean;
}

export function check(number: number, status: Status, code = "ok", ...details: Detail[]): Check {
  return { number, status, code, details };
}

/** What a check asks, as a statement. */
export function title(of: Check, language: Language): string {
  return names[String(of.number)]?.[language === "es" ? 1 : 2] ?? "";
}

/** Why the status is what it is; empty where there is nothing to say. */
export function reason(of: Check, language: Language): string {
  const template = (OWN[of.code] ?? reasons[of.code])?.[language === "es" ? 0 : 1] ?? of.code;
  return fill(
    template,
    of.details.map(detail => say(detail, language)),
  );
}

/** The verdict in one sentence, without a full stop; offline it ends in "state not checked". */
export function sentence(of: Verdict, language: Language): string {
  const place = language === "es" ? 0 : 1;
  const because = of.checks.find(each => decides(each, of.overall));
  const parts = [fill(overalls[of.overall]?.[place] ?? "", [because ? reason(because, language) : ""])];
  if (!of.attested) parts.push(texts.not_attested[place] ?? "");
  const state = of.checks.find(each => each.number === 10);
  if (state) parts.push(reason(state, language));
  return parts.filter(Boolean).join("; ");
}

/** Whether a check is a reason for the overall word `altered`, `lost` or `unknown`. */
export function decides(of: Check, overall: Overall): boolean {
  if (of.number === 10) return false;
  if (overall === "lost") return of.code === "lost";
  if (overall === "altered") {
    return of.status === "failed" && (INTEGRITY.includes(of.number) || of.code === "signature-wrong");
  }
  return overall === "unknown" && (isOpen(of) || of.code === "no-contradiction");
}

/** The overall word over ten checks: `forked` before `altered`; `lost` needs an entry that 7 says was lost, issued (the
 * log's key signed the head) and whole; `authentic` needs every asked check of 1 to 9 passed,
 * and 2, 5, 6, 7 and 8 asked. 10 changes nothing. */
export function judge(checks: readonly Check[], attested: boolean, forked = false, issued = false): Verdict {
  const passed = (number: number) => checks[number - 1]?.status === "passed";
  let overall: Overall = "unknown";
  if (passed(1)) {
    if (forked) overall = "forked";
    else if (checks.some(each => decides(each, "altered"))) overall = "altered";
    else if (issued && checks[6]?.code === "lost")
      overall = checks.slice(1, 5).some(isOpen) ? "unknown" : "lost";
    else if (!checks.slice(0, 9).some(isOpen) && [2, 5, 6, 7, 8].every(passed)) overall = "authentic";
  }
  return { checks, overall, attested };
}

function isOpen(of: Check): boolean {
  return of.status === "failed" || of.status === "unknown";
}

function say(detail: Detail, language: Language): Word {
  if (typeof detail !== "object") return detail;
  return language === "es" ? detail.spanish() : detail.message;
}
