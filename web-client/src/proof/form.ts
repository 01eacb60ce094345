/** Strict reading of the JSON files around a proof: evidence, trust, fork proof (docs/spec/evidence.md, Reading JSON). */

import { type Bytes, fromUtf8, unhex as plainHex } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import { isObject, type Json, JsonError, type JsonObject, parse } from "../json.ts";

export const MAX_DEPTH = 64;
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

interface Kinds {
  string: string;
  integer: number;
  array: Json[];
  object: JsonObject;
}
export type Kind = keyof Kinds;

/** Read one JSON object of at most `limit` bytes; ProofError where it is not JSON as every reader sees it. */
export function readObject(raw: Uint8Array, limit: number, what: string): JsonObject {
  if (raw.length > limit) throw new ProofError("{} is at most {} bytes", what, limit);
  if (raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf) {
    throw new ProofError("{} begins with a byte order mark", what);
  }
  const text = fromUtf8(raw);
  if (text === null) throw new ProofError("{} is not UTF-8", what);
  try {
    const value = parse(text, MAX_DEPTH);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.fault === "duplicate") throw new ProofError("a JSON object has the same key twice");
    if (error.fault === "deep") throw new ProofError("{} is nested deeper than {} levels", what, MAX_DEPTH);
    throw new ProofError("{} is not JSON", what);
  }
  throw new ProofError("{} has the wrong type", what);
}

/** The member of that name and type; ProofError names its place. */
export function member<K extends Kind>(holder: JsonObject, name: string, kind: K, place: string): Kinds[K] {
  const value = holder[name];
  if (value === undefined) throw new ProofError("{}/{} is missing", place, name);
  return typed(value, kind, `${place}/${name}`);
}

/** The value itself where it has this type and, as text, stands for bytes in UTF-8. */
export function typed<K extends Kind>(value: Json, kind: K, place: string): Kinds[K] {
  if (!isKind(value, kind)) throw new ProofError("{} has the wrong type", place);
  if (typeof value === "number" && !(value >= 0 && value <= MAX_INTEGER)) {
    throw new ProofError("{} is not an integer from 0 to 2**53 - 1", place);
  }
  if (typeof value === "string" && !isWellFormed(value)) {
    throw new ProofError("{} holds half a surrogate pair", place);
  }
  return value as Kinds[K];
}

/** The array of that name, every element of one type, at most `limit` of them. */
export function items<K extends Kind>(
  holder: JsonObject,
  name: string,
  kind: K,
  limit: number,
  place: string,
): Kinds[K][] {
  const found = member(holder, name, "array", place);
  if (found.length > limit) throw new ProofError("{}/{} has more than {} elements", place, name, limit);
  return found.map((value, at) => typed(value, kind, `${place}/${name}/${at}`));
}

/** Lower-case hex after a prefix as bytes; `width` bytes where one is given. */
export function unhex(text: string, width: number | null, place: string, prefix = ""): Bytes {
  const raw = text.startsWith(prefix) ? plainHex(text.slice(prefix.length)) : null;
  if (raw === null) {
    throw new ProofError("{} is not lower-case hex{}", place, prefix ? " after 0x" : "");
  }
  if (width !== null && raw.length !== width) throw new ProofError("{} has {} bytes", place, width);
  return raw;
}

/** Whether every surrogate of a text stands in a pair. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

function isKind(value: Json, kind: Kind): boolean {
  if (kind === "integer") return Number.isInteger(value);
  if (kind === "array") return Array.isArray(value);
  return kind === "object" ? isObject(value) : typeof value === "string";
}
