/** Checks 2 to 5: whether the file agrees with itself, from the record to the checkpoint's root. */

import { hex } from "../bytes.ts";
import { InputError } from "../errors.ts";
import { isObject, type JsonObject } from "../json.ts";
import * as act from "../records/act.ts";
import * as disclosure from "../records/disclosure.ts";
import { effectiveData, type FileRef, isFileRef, parse, type Record_ } from "../records/record.ts";
import type { Evidence } from "./evidence.ts";
import { leafHash, sha256, verifyInclusion } from "./merkle.ts";
import { compare } from "./paper.ts";
import { type Check, check } from "./verdict.ts";

const PDF = "application/pdf";
const DOCUMENT = /^\/documents\/(0|[1-9][0-9]{0,5})$/;

/** Check 2's outcome and what it read: the record and its data with annexes in place, null where it could not. */
export interface Read {
  readonly check: Check;
  readonly record: Record_ | null;
  readonly data: JsonObject | null;
}

/** Check 3's outcome and the data with what is disclosed, null where it does not hold. */
export interface Opened {
  readonly check: Check;
  readonly data: JsonObject | null;
}

/** 2: the record is canonical, its annexes have their digests and sizes, its act verifies. */
export function checkRecord(evidence: Evidence): Read {
  const done = (found: Check, record: Record_ | null = null, data: JsonObject | null = null): Read => ({
    check: found,
    record,
    data,
  });
  try {
    const found = parse(evidence.record);
    const bodies = annexesInOrder(found, evidence.annexes);
    if (bodies === null) return done(check(2, "failed", "annex-changed"));
    if (found.act && !act.check(found, found.act)) return done(check(2, "failed", "act-wrong"));
    if (bodies.length < found.annexes.length) return done(check(2, "unknown", "annex-absent"), found);
    return done(check(2, "passed"), found, effectiveData(found, bodies));
  } catch (error) {
    if (error instanceof InputError) return done(check(2, "failed", "record-form", place(error)));
    throw error;
  }
}

/** 3: each disclosure is sealed at its pointer; an act inside the disclosed bidder verifies. */
export function checkDisclosures(evidence: Evidence, read: Read): Opened {
  if (!evidence.disclosures.length) {
    return { check: check(3, "not asked", "none-disclosed"), data: read.data };
  }
  if (read.record === null) return { check: check(3, "unknown", "not-reached"), data: null };
  if (read.data === null) return { check: check(3, "unknown", "annex-absent"), data: null };
  try {
    const opened = disclosure.apply(read.data, read.record.sealed, evidence.disclosures);
    const bidder = "/bidder" in read.record.sealed ? opened.bidder : undefined;
    if (isObject(bidder) && "act" in bidder && !act.checkBidder(read.record, bidder)) {
      return { check: check(3, "failed", "bidder-act-wrong"), data: null };
    }
    return { check: check(3, "passed"), data: opened };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { check: check(3, "failed", "disclosure-wrong", place(error)), data: null };
  }
}

/** 4: the document is one of the record's files, or begins with one and only signatures or attachments follow. */
export async function checkDocument(document: Uint8Array | null, read: Read, opened: Opened): Promise<Check> {
  if (document === null) return check(4, "not asked", "no-document");
  if (read.record === null) return check(4, "unknown", "not-reached");
  const [disclosed, hidden] = documents(read.record, opened.data);
  const files = [...read.record.files, ...disclosed];
  // a sealed document that is not disclosed may be this one, or not
  if (!files.length)
    return hidden ? check(4, "unknown", "document-sealed") : check(4, "not asked", "no-files");
  const digest = hex(sha256(document));
  if (files.some(named => named.size === document.length && named.sha256 === digest)) {
    return check(4, "passed", "document-whole");
  }
  // the longest first: a file may itself be an earlier one with signatures after it
  for (const named of files.sort((one, other) => other.size - one.size)) {
    if (named.size <= 0 || named.size >= document.length) continue;
    if (hex(sha256(document.subarray(0, named.size))) === named.sha256) return checkTail(document, named);
  }
  return hidden ? check(4, "unknown", "document-sealed") : check(4, "failed", "document-other");
}

/** 5: the audit path leads from the record's leaf hash to the checkpoint's root. */
export function checkInclusion(evidence: Evidence): Check {
  const { index, path, checkpoint } = evidence.proof;
  const leaf = leafHash(evidence.record);
  return verifyInclusion(leaf, index, checkpoint.size, path, checkpoint.root)
    ? check(5, "passed")
    : check(5, "failed", "inclusion-wrong");
}

async function checkTail(document: Uint8Array, named: FileRef): Promise<Check> {
  if (named.media_type !== PDF) return check(4, "failed", "document-other");
  const found = await compare(document, named.size);
  if (found.status === "unchanged") return check(4, "passed", "document-added");
  if (found.status === "changed") return check(4, "failed", "document-changed", found.place);
  return check(4, "unknown", "document-unread", found.place);
}

/** The given annexes in the record's order; null where one given is not named by the record. */
function annexesInOrder(found: Record_, given: readonly Uint8Array[]): Uint8Array[] | null {
  const byName = new Map(given.map(body => [`${hex(sha256(body))} ${body.length}`, body]));
  const named = found.annexes.map(annex => `${annex.sha256} ${annex.size}`);
  if ([...byName.keys()].some(name => !named.includes(name))) return null;
  return named.flatMap(name => byName.get(name) ?? []);
}

/** The documents sealed at /documents/N that are disclosed, and whether others are not. */
function documents(found: Record_, data: JsonObject | null): [FileRef[], boolean] {
  const positions = Object.keys(found.sealed).flatMap(pointer => DOCUMENT.exec(pointer)?.[1] ?? []);
  const list = data?.documents;
  if (!Array.isArray(list)) return [[], positions.length > 0];
  const values = positions
    .map(Number)
    .filter(at => at < list.length)
    .map(at => list[at]);
  return [values.filter(isFileRef), values.includes(null) || values.length < positions.length];
}

/** Where an input error lies. Its message may quote a value, so only the place is told. */
function place(error: InputError): string {
  return error.field || "input";
}
