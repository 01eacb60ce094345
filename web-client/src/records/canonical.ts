/** Canonical bytes: RFC 8785 (JSON Canonicalization Scheme) under the rules of a record (docs/spec/record.md, Bytes). */

import { type Bytes, equal, fromUtf8, utf8 } from "../bytes.ts";
import { InputError } from "../errors.ts";
import { isObject, type Json, parse } from "../json.ts";
import { isWellFormed } from "../proof/form.ts";

export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;
const MAX_DEPTH = 32;
/** What is parsed before its depth is judged: more than any value may have, and no risk to the stack. */
const PARSED = 128;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** The canonical bytes of a value that obeys the record rules. Members of `undefined` are left out. */
export function encode(value: unknown): Bytes {
  return utf8(write(value));
}

/** Read canonical bytes strictly. InputError where they are not JSON, not canonical, or hold what no record may. */
export function decode(raw: Uint8Array): Json {
  const value = read(raw);
  checkValues(value);
  if (!equal(encode(value), raw)) {
    throw new InputError(
      "",
      "not in canonical form (RFC 8785): key order, duplicate key, spaces or escapes differ",
    );
  }
  return value;
}

/** The JSON value that bytes are; nothing is said about its form. */
export function read(raw: Uint8Array): Json {
  const text = fromUtf8(raw);
  if (text === null) throw new InputError("", "not JSON: {}", "UTF-8");
  try {
    return parse(text, PARSED);
  } catch (error) {
    throw new InputError("", "not JSON: {}", String((error as Error).message));
  }
}

/** Refuse what no record may hold: floats, integers over 2^53-1, keys outside printable ASCII, deep nesting. */
export function checkValues(value: Json, pointer = "", depth = 0): void {
  if (typeof value === "number" && !(Number.isSafeInteger(value) && !Object.is(value, -0))) {
    throw new InputError(pointer, "floating point is not allowed; write decimals as text");
  }
  if (typeof value === "string" && !isWellFormed(value)) {
    throw new InputError(pointer, "{} holds half a surrogate pair", pointer);
  }
  if (typeof value !== "object" || value === null) return;
  if (depth >= MAX_DEPTH) throw new InputError(pointer, "nested deeper than {} levels", MAX_DEPTH);
  if (isObject(value) && !Object.keys(value).every(name => PRINTABLE.test(name))) {
    throw new InputError(pointer, "an object key must be printable ASCII");
  }
  for (const [name, member] of Object.entries(value)) checkValues(member, `${pointer}/${name}`, depth + 1);
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (isObject(value)) {
    const names = Object.keys(value).filter(name => value[name] !== undefined);
    return `{${names
      .sort(byBytes)
      .map(name => `${JSON.stringify(name)}:${write(value[name])}`)
      .join(",")}}`;
  }
  return JSON.stringify(value);
}

function byBytes(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
