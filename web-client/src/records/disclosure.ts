/** Sealed fields: salted digests in the record, disclosures that open them (docs/spec/record.md, Sealed members). */

import { equal, unurl64, url64, utf8 } from "../bytes.ts";
import { InputError } from "../errors.ts";
import { isObject, type Json, type JsonObject, object } from "../json.ts";
import { sha256 } from "../proof/merkle.ts";
import * as canonical from "./canonical.ts";

export const SALT_BYTES = 16;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked for
const ASCII = /^[\x00-\x7f]*$/;
const INDEX = /^(0|[1-9]\d{0,5})$/;

/** What opens one sealed field: salt (base64url of 16 bytes), JSON pointer (relative to `data`), value. */
export interface Disclosure {
  readonly salt: string;
  readonly pointer: string;
  readonly value: Json;
}

export type Salt = () => Uint8Array;
export type Digests = Record<string, string>;

/** The disclosure's text for a value, with 16 bytes of fresh randomness as salt. */
export function make(salt: Uint8Array, pointer: string, value: unknown): string {
  if (salt.length !== SALT_BYTES) throw new InputError(pointer, "a salt has {} bytes", SALT_BYTES);
  return url64(canonical.encode([url64(salt), pointer, value]));
}

/** What stands in the record for a disclosure: base64url of SHA-256 over its ASCII characters. */
export function digest(text: string): string {
  if (!ASCII.test(text)) {
    throw new InputError("/disclosures", "a disclosure is base64url of a JSON array");
  }
  return url64(sha256(utf8(text)));
}

/** Read a disclosure. InputError where it is not [salt, pointer, value] under the record rules. */
export function parse(text: string): Disclosure {
  const raw = unurl64(text);
  if (raw === null) throw new InputError("", "a disclosure is base64url of a JSON array");
  const parts = canonical.read(raw);
  if (!Array.isArray(parts) || parts.length !== 3)
    throw new InputError("", "a disclosure is [salt, pointer, value]");
  const [salt, pointer, value] = parts;
  if (typeof salt !== "string" || typeof pointer !== "string" || value === undefined) {
    throw new InputError("", "a disclosure is [salt, pointer, value]");
  }
  if (unurl64(salt)?.length !== SALT_BYTES) {
    throw new InputError(pointer, "a disclosure's salt is 16 bytes in base64url");
  }
  if (!equal(canonical.encode(parts), raw)) {
    throw new InputError(pointer, "a disclosure's JSON is canonical (no duplicate keys, no spaces)");
  }
  canonical.checkValues(value, pointer);
  return { salt, pointer, value };
}

/** Replace the fields at `pointers` of a copy: public data, pointer to digest, disclosures in the same order. A member
 * is removed, an array element becomes null; the parent stays, even empty. */
export function seal(
  data: JsonObject,
  pointers: readonly string[],
  salt: Salt,
): { data: JsonObject; sealed: Digests; texts: string[] } {
  const open = copy(data) as JsonObject;
  const sealed = object() as Digests;
  const texts = pointers.map(pointer => {
    const [parent, key] = locate(open, pointer, false);
    const text = make(salt(), pointer, Reflect.get(parent, key));
    if (Array.isArray(parent)) parent[Number(key)] = null;
    else delete parent[key];
    sealed[pointer] = digest(text);
    return text;
  });
  return { data: open, sealed, texts };
}

/** Public data with the disclosed values back in place; what is not disclosed stays away. InputError where a digest is
 * not the one sealed at its pointer, a disclosure comes twice, or its place is taken. A value that holds `sealed` itself
 * is opened by disclosures whose pointers start at that object. */
export function apply(data: JsonObject, sealed: Readonly<Digests>, texts: readonly string[]): JsonObject {
  const opened = copy(data) as JsonObject;
  const waiting = new Map<string, string>();
  for (const text of texts) {
    if (!ASCII.test(text) || waiting.has(digest(text))) {
      throw new InputError("", "a disclosure is ASCII and comes once");
    }
    waiting.set(digest(text), text);
  }
  open(opened, sealed, waiting, 0);
  for (const text of waiting.values()) {
    throw new InputError(parse(text).pointer, "a disclosure matches no sealed field");
  }
  return opened;
}

function open(
  target: JsonObject,
  sealed: Readonly<Record<string, Json>>,
  waiting: Map<string, string>,
  depth: number,
): void {
  if (depth > 64) throw new InputError("", "nested deeper than {} levels", 64);
  for (const [pointer, wanted] of Object.entries(sealed)) {
    const text = typeof wanted === "string" ? waiting.get(wanted) : undefined;
    if (text === undefined) continue;
    waiting.delete(wanted as string);
    const found = parse(text);
    if (found.pointer !== pointer) {
      throw new InputError(pointer, "the disclosure belongs to {}", found.pointer);
    }
    const [parent, key] = locate(target, pointer, true);
    if (Array.isArray(parent)) parent[Number(key)] = found.value;
    else parent[key] = found.value;
    if (isObject(found.value) && isObject(found.value.sealed)) {
      open(found.value, found.value.sealed, waiting, depth + 1);
    }
  }
}

/** The parent of a JSON pointer (RFC 6901) and the key in it. `absent`: the place must be free. */
function locate(root: JsonObject, pointer: string, absent: boolean): [JsonObject | Json[], string] {
  if (!pointer.startsWith("/")) throw new InputError(pointer, "a pointer starts with a slash");
  const steps = pointer
    .slice(1)
    .split("/")
    .map(step => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() as string;
  let here: Json = root;
  for (const step of steps) here = follow(here, step, pointer);
  if (Array.isArray(here)) {
    const at = position(here, last, pointer);
    if (absent && here[at] !== null) throw new InputError(pointer, "the sealed element is taken");
    return [here, last];
  }
  if (!isObject(here) || last in here === absent) {
    throw absent
      ? new InputError(pointer, "the sealed member's place is taken")
      : new InputError(pointer, "no such place");
  }
  return [here, last];
}

function follow(here: Json, step: string, pointer: string): Json {
  const found = Array.isArray(here)
    ? here[position(here, step, pointer)]
    : isObject(here)
      ? here[step]
      : undefined;
  if (found === undefined) throw new InputError(pointer, "no such place");
  return found;
}

function position(here: readonly Json[], step: string, pointer: string): number {
  if (!INDEX.test(step) || Number(step) >= here.length) {
    throw new InputError(pointer, "no such array element");
  }
  return Number(step);
}

/** A copy without prototypes that shares nothing with the value. */
function copy(value: Json): Json {
  return canonical.read(canonical.encode(value));
}
