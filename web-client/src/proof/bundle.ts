/** The bundle (`huella/bundle/1`): one procedure and the offers it claims, checked and its award computed again.
 *
 * parse ─► every record's verdict ─► chains ─► claims against the offers' records ─► award recomputed (proof/bundle.py)
 */

import { equal, hex, unhex } from "../bytes.ts";
import { HuellaError, InputError, ProofError } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import * as awards from "../records/award.ts";
import * as canonical from "../records/canonical.ts";
import * as disclosure from "../records/disclosure.ts";
import { limaDate } from "../records/identifiers.ts";
import {
  bidOf,
  type Claim,
  checkForm,
  checkOpened,
  demandOf,
  type OfferOpened,
  readTie,
} from "../records/opening.ts";
import { checkChain, inForce, type Placed, placed } from "../records/procedure.ts";
import { follow } from "../records/procedure_life.ts";
import { isCount, isFlag, isHex, isListOf, isText, isTrue, readAs } from "../records/shapes.ts";
import { type Evidence, fromValue } from "./evidence.ts";
import { items, member, readObject, typed } from "./form.ts";
import { rootOf } from "./merkle.ts";
import type { Trust } from "./trust.ts";
import type { Overall, Verdict } from "./verdict.ts";
import { verify } from "./verify.ts";

export const FORMAT = "huella/bundle/1";
const MAX_FILE = 134_217_728;
const MAX_RECORDS = 8_192;
const MEMBERS = ["format", "requirement", "procedure", "offers"];
const CLOSING = ["offers.closed", "procedure.cancelled"];
const SEALED_KINDS = /^offer\.(received|replaced|withdrawn|declined)$/;

export interface Bundle {
  readonly requirement: string;
  readonly procedure: readonly Evidence[];
  readonly offers: readonly (readonly Evidence[])[];
}

/** What does not fit: where (`procedure`, `award` or an offer's code), the rule or field, and why. */
export interface Fault {
  readonly place: string;
  readonly rule: string;
  readonly error: HuellaError;
}

/** A procedure folded from its records. */
export interface Case {
  readonly number: string;
  readonly own: readonly Placed[];
  readonly claims: readonly Claim[];
  readonly ties: ReadonlyMap<string, string>;
  readonly openings: ReadonlyMap<string, OfferOpened>;
  readonly offers: ReadonlyMap<string, readonly Placed[]>;
  readonly closed: number | null;
  /** The award on record, as it stands. */
  readonly recorded: JsonObject | null;
}

export interface Checked {
  readonly verdicts: readonly Verdict[];
  readonly faults: readonly Fault[];
  readonly case: Case | null;
  readonly computed: awards.Award | null;
  readonly award: "same" | "differs" | "not decided";
  readonly overall: Overall;
}

/** Read a bundle strictly. ProofError names the member that is missing, unknown or not in its form. */
export function parse(raw: Uint8Array): Bundle {
  const value = readObject(raw, MAX_FILE, "the bundle");
  if (value.format !== FORMAT) throw new ProofError("the bundle's format is not {}", FORMAT);
  const unknown = Object.keys(value).find(name => !MEMBERS.includes(name));
  if (unknown !== undefined) throw new ProofError("/{} is no member of a bundle", unknown.slice(0, 40));
  const requirement = member(value, "requirement", "string", "");
  const offers = items(value, "offers", "array", MAX_RECORDS, "");
  return {
    requirement,
    procedure: evidence(member(value, "procedure", "array", ""), "/procedure"),
    offers: offers.map((own, at) => evidence(own, `/offers/${at}`)),
  };
}

/** Check every record's evidence, then what the records say together, and run the award's rule again. */
export async function check(bundle: Bundle, trust: Trust | null): Promise<Checked> {
  const verdicts: Verdict[] = [];
  for (const each of [bundle.procedure, ...bundle.offers].flat()) verdicts.push(await verify(each, trust));
  const faults: Fault[] = [];
  const attempt = <T>(place: string, work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof HuellaError)) throw error;
      faults.push(faultOf(place, error));
      return null;
    }
  };
  const found = attempt("procedure", () => read(bundle));
  let computed: awards.Award | null = null;
  if (found) {
    faults.push(...claimFaults(found, bundle));
    computed = attempt("award", () => decide(found));
  }
  let award: Checked["award"] = "not decided";
  if (found?.recorded && computed) {
    award = equal(canonical.encode(found.recorded), awards.encode(computed)) ? "same" : "differs";
    if (award === "differs") {
      const error = new InputError("", "the rule gives another award than the one on record");
      faults.push({ place: "award", rule: "award-differs", error });
    }
  }
  return { verdicts, faults, case: found, computed, award, overall: overallOf(verdicts, faults) };
}

/** Fold a procedure's records, first to last. InputError names what does not follow. */
export function read(bundle: Bundle): Case {
  const own = placed(bundle.procedure);
  checkChain(bundle.requirement, own);
  follow(own);
  const openings = new Map<string, OfferOpened>();
  let closing: Placed | null = null;
  let recorded: JsonObject | null = null;
  for (const each of own) {
    const { kind } = each.record;
    if (CLOSING.includes(kind) && closing === null && "root" in each.data) closing = each;
    if (kind === "offers.opened") {
      const opened = readAs<OfferOpened>(each.data, OPENED, "/data");
      openings.set(opened.offer, opened);
    }
    if (kind === "award.decided") recorded = each.data;
  }
  const [claims, ties] = closing === null ? [[], []] : claimsOf(closing.data, bundle.requirement);
  const offers = new Map(bundle.offers.map(placed).map(list => [list[0]?.record.subject ?? "", list]));
  const tied = new Map(claims.map((claim, at) => [claim.offer, ties[at] as string]));
  const closed = closing?.index ?? null;
  return { number: bundle.requirement, own, claims, ties: tied, openings, offers, closed, recorded };
}

/** The award that the announced rule gives for the claimed offers. */
export function decide(of: Case): awards.Award {
  const wanted = inForce(of.own);
  const bids = of.claims.map(claim => {
    const opened = of.openings.get(claim.offer);
    const { offer: _, ...rest } = claim;
    const plain: awards.Bid = { ...rest, offer: claim.leaf };
    if (opened === undefined) return { offer: plain.offer, index: plain.index, withdrawn: claim.withdrawn };
    const before = (of.offers.get(claim.offer) ?? []).filter(each => each.index <= claim.index);
    try {
      return bidOf(claim, checkOpened(before, opened, of.ties.get(claim.offer) ?? ""), !opened.unproven);
    } catch (error) {
      if (!(error instanceof HuellaError)) throw error;
      const { offer, index } = plain;
      return { offer, index, opened: true, malformed: true, withdrawn: claim.withdrawn };
    }
  });
  return awards.decide(wanted.rule.name, wanted.rule.version, demandOf(wanted), bids);
}

const CLAIM = { needed: { offer: isText, leaf: isHex, index: isCount, withdrawn: isFlag } };
const OPENED = {
  needed: { offer: isText, leaf: isHex, disclosures: isListOf(isText) },
  optional: { unproven: isTrue },
};

/** The claims of a closing record and their ties: in index order, none twice, with their count and root. */
function claimsOf(data: JsonObject, subject: string): [Claim[], string[]] {
  const list = Array.isArray(data.claims) ? data.claims : [];
  const claims = list.map((each, at) => readAs<Claim>(each, CLAIM, `/claims/${at}`));
  const ties = (Array.isArray(data.ties) ? data.ties : []).filter(each => typeof each === "string");
  if (claims.some((claim, at) => claim.index <= (claims[at - 1]?.index ?? -1))) {
    throw new InputError("/claims", "claims stand in the order of their indexes");
  }
  if (new Set(claims.map(claim => claim.offer)).size !== claims.length) {
    throw new InputError("/claims", "an offer is claimed twice");
  }
  const root = rootOf(claims.map(claim => unhex(claim.leaf) as Uint8Array));
  if (data.count !== claims.length || data.root !== hex(root)) {
    throw new InputError("/root", "count and root are not those of the claims");
  }
  if (ties.length !== claims.length) throw new InputError("/ties", "each claim has its tie");
  for (const tie of ties) {
    if (readTie(tie).subject !== subject)
      throw new InputError("/ties", "the tie belongs to {}", readTie(tie).subject);
  }
  return [claims, ties];
}

/** Claims held against the offers' own records; exactly the claimed offers are there, each chained. */
function claimFaults(of: Case, bundle: Bundle): Fault[] {
  const faults: Fault[] = [];
  const claimed = of.claims.map(claim => claim.offer);
  if ([...of.offers.keys()].join() !== claimed.join() || bundle.offers.length !== claimed.length) {
    const error = new InputError("", "the offers are not those of the claims, in order");
    faults.push({ place: "procedure", rule: "bundle-offers", error });
  }
  for (const [code, own] of of.offers) {
    try {
      checkChain(code, own);
    } catch (error) {
      if (!(error instanceof HuellaError)) throw error;
      faults.push(faultOf(code, error));
    }
  }
  if (of.closed === null || faults.length) return faults;
  const dates = datesOf(of);
  for (const claim of of.claims) {
    const rule = claimFault(of, claim, dates);
    const error = new InputError("", "the claim does not fit the offer's records");
    if (rule) faults.push({ place: claim.offer, rule, error });
  }
  return faults;
}

function claimFault(of: Case, claim: Claim, dates: ReadonlySet<Json | undefined>): string {
  const before = (of.offers.get(claim.offer) ?? []).filter(each => each.index < (of.closed ?? 0));
  const counted = before.filter(each => SEALED_KINDS.test(each.record.kind));
  const last = counted[counted.length - 1];
  const matching = counted.find(each => each.leaf === claim.leaf);
  if (matching === undefined || matching.index !== claim.index) return "claim-in-log";
  if (last !== matching) return "claim-last-record";
  if ((last.record.kind === "offer.withdrawn") !== claim.withdrawn) return "claim-withdrawn";
  try {
    checkForm(last.record);
    const digest = disclosure.digest(of.ties.get(claim.offer) ?? "");
    if (digest !== last.record.sealed["/requirement"]) return "claim-tied";
  } catch (error) {
    if (error instanceof InputError) return "claim-tied";
    throw error;
  }
  return dates.has(last.data.closes_on) ? "" : "claim-date";
}

/** Every Lima date that was ever announced for the close. */
function datesOf(of: Case): ReadonlySet<Json | undefined> {
  const announced = of.own.filter(each => each.record.kind.startsWith("requirement."));
  return new Set(
    announced.flatMap(each => (typeof each.data.closes_at === "string" ? limaDate(each.data.closes_at) : [])),
  );
}

function evidence(values: readonly Json[], place: string): Evidence[] {
  if (!values.length || values.length > MAX_RECORDS) {
    throw new ProofError("{} holds 1 to {} records", place, MAX_RECORDS);
  }
  return values.map((value, at) =>
    fromValue(typed(isObject(value) ? value : null, "object", `${place}/${at}`)),
  );
}

function overallOf(verdicts: readonly Verdict[], faults: readonly Fault[]): Overall {
  const found = new Set(verdicts.map(verdict => verdict.overall));
  if (found.has("forked")) return "forked";
  if (faults.length || found.has("altered")) return "altered";
  if (found.has("lost")) return "lost";
  return found.has("unknown") ? "unknown" : "authentic";
}

function faultOf(place: string, error: HuellaError): Fault {
  const rule = "rule" in error ? String(error.rule) : "field" in error ? String(error.field) : "";
  return { place, rule, error };
}
