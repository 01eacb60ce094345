/** A procedure's requirement as its records tell it, and what an offer answers (docs/spec/procedure.md). */

import { hex } from "../bytes.ts";
import { InputError, RuleError } from "../errors.ts";
import { isObject, type JsonObject, object } from "../json.ts";
import type { Evidence } from "../proof/evidence.ts";
import { leafHash } from "../proof/merkle.ts";
import { limaDate } from "./identifiers.ts";
import * as record from "./record.ts";

export interface Product {
  readonly number: number;
  readonly description: string;
  readonly quantity: string;
  readonly unit?: string;
  readonly sheets?: readonly string[];
}

export interface Rate {
  readonly currency: string;
  readonly rate: string;
}

/** The members that an offer and the award need; the others stay as they are. */
export interface Requirement {
  readonly contracting_type: string;
  readonly currency: string;
  readonly products: readonly Product[];
  readonly destinations: readonly {
    readonly number: number;
    readonly district?: string;
    readonly ubigeo?: string;
  }[];
  readonly needs_freight: boolean;
  readonly rates?: readonly Rate[];
  readonly closes_at: string;
  readonly opening_key: string;
  readonly auditor_key?: string;
  readonly sealing: string;
  readonly rule: { readonly name: string; readonly version: number };
}

/** What an offer answers: the procedure's number, the leaf hash (hex) of its `requirement.published`, the Lima date on
 * which it closes now, and the requirement in force. */
export interface QuotationRequest {
  readonly subject: string;
  readonly leaf: string;
  readonly closesOn: string;
  readonly requirement: Requirement;
}

/** One record where it stands in the log. */
export interface Placed {
  readonly index: number;
  readonly leaf: string;
  readonly record: record.Record_;
  readonly data: JsonObject;
}

const CHANGES = ["closes_at", "destinations", "deliveries"];

/** The records of evidence files, read. InputError where one is no record. */
export function placed(own: readonly Evidence[]): Placed[] {
  return own.map(each => {
    const found = record.parse(each.record);
    const data = record.effectiveData(found, each.annexes);
    return { index: each.proof.index, leaf: hex(leafHash(each.record)), record: found, data };
  });
}

/** InputError unless these are a subject's records from the first on: linked, without gaps, in the log's order. */
export function checkChain(subject: string, own: readonly Placed[]): void {
  own.forEach((each, seq) => {
    const before = own[seq - 1];
    const { record: found } = each;
    if (found.subject !== subject || found.seq !== seq || found.prev !== (before?.leaf ?? null)) {
      throw new InputError(`/${seq}/prev`, "record {} of {} is missing or another", seq, subject);
    }
    if (before && each.index <= before.index) {
      throw new InputError(`/${seq}`, "record {} of {} stands before the one it follows", seq, subject);
    }
  });
}

/** The requirement in force out of a procedure's records. */
export function inForce(own: readonly Placed[]): Requirement {
  const [first, ...rest] = own;
  if (first?.record.kind !== "requirement.published") {
    throw new InputError("", "a requirement has at least its first record");
  }
  const wanted = Object.assign(object(), first.data);
  for (const each of rest) {
    if (each.record.kind !== "requirement.amended") continue;
    for (const name of CHANGES) {
      const value = each.data[name];
      if (value !== undefined) wanted[name] = value;
    }
  }
  return checkRequirement(wanted);
}

/** What an offer answers. RuleError `late` where the procedure takes no offers any more. */
export function quotationRequest(own: readonly Placed[]): QuotationRequest {
  const [first] = own;
  if (!first) throw new InputError("", "a requirement has at least its first record");
  checkChain(first.record.subject, own);
  const requirement = inForce(own);
  const ended = own.find(each => !each.record.kind.startsWith("requirement."));
  if (ended) throw new RuleError("late", "the procedure takes no offers: it is {}", "closed");
  const { subject } = first.record;
  return { subject, leaf: first.leaf, closesOn: limaDate(requirement.closes_at), requirement };
}

function checkRequirement(wanted: JsonObject): Requirement {
  const text = (name: string) => typeof wanted[name] === "string";
  const { products, destinations, rule } = wanted;
  const sound =
    ["contracting_type", "currency", "closes_at", "opening_key", "sealing"].every(text) &&
    Array.isArray(products) &&
    products.every(isObject) &&
    Array.isArray(destinations) &&
    destinations.every(isObject) &&
    isObject(rule);
  if (!sound) throw new InputError("/data", "a member is empty or not in its canonical form");
  return wanted as unknown as Requirement;
}
