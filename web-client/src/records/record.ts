/** Record: the bytes of one fact about one subject (docs/spec/record.md). */

import { equal, hex } from "../bytes.ts";
import { InputError } from "../errors.ts";
import { isObject, type Json, type JsonObject, object } from "../json.ts";
import { sha256 } from "../proof/merkle.ts";
import * as canonical from "./canonical.ts";

export const FORMAT = "huella/record/1";
export const MAX_RECORD = 65_535;

const HEX = /^[0-9a-f]{64}$/;
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const TIME = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** A party's own signature: `ed25519` or `es256`, base64url key and signature. */
export interface Act {
  readonly alg: string;
  readonly key: string;
  readonly sig: string;
}

export interface Annex {
  readonly sha256: string;
  readonly size: number;
}

export interface FileRef extends Annex {
  readonly media_type: string;
  readonly name: string;
}

export interface Record_ {
  readonly kind: string;
  readonly prev: string | null;
  readonly recorded_at: string;
  readonly recorded_by: string;
  readonly seq: number;
  readonly subject: string;
  readonly data: JsonObject;
  readonly act: Act | null;
  readonly annexes: readonly Annex[];
  readonly files: readonly FileRef[];
  readonly sealed: Readonly<Record<string, string>>;
  /** The members as they stand. */
  readonly members: JsonObject;
}

const NEEDED = ["data", "format", "kind", "prev", "recorded_at", "recorded_by", "seq", "subject"];
const OPTIONAL = ["act", "annexes", "files", "sealed"];

/** Read a record's bytes strictly. InputError with the field where they are not a canonical record. */
export function parse(raw: Uint8Array): Record_ {
  if (raw.length > MAX_RECORD) {
    throw new InputError("", "a record is at most {} bytes, this one has {}", MAX_RECORD, raw.length);
  }
  const value = canonical.read(raw);
  if (!isObject(value)) throw notRecord("");
  if (!equal(canonical.encode(value), raw)) {
    throw new InputError("", "the record is not in canonical form (RFC 8785)");
  }
  const names = Object.keys(value);
  const strange = names.find(name => ![...NEEDED, ...OPTIONAL].includes(name));
  const missing = NEEDED.find(name => !names.includes(name));
  if (strange !== undefined || missing !== undefined) throw notRecord(`/${strange ?? missing}`);
  const found = typedMembers(value);
  canonical.checkValues(found.data);
  checkFrame(found);
  return found;
}

/** `data` with the annexes' members in place; `bodies` are the annexes' exact bytes in the record's order. */
export function effectiveData(of: Record_, bodies: readonly Uint8Array[]): JsonObject {
  if (!of.annexes.length) return of.data;
  if (bodies.length !== of.annexes.length) {
    throw new InputError(
      "/annexes",
      "the record names {} annexes, {} were given",
      of.annexes.length,
      bodies.length,
    );
  }
  const data = Object.assign(object(), of.data);
  of.annexes.forEach((annex, at) => {
    const where = `/annexes/${at}`;
    const body = bodies[at] as Uint8Array;
    if (body.length !== annex.size || hex(sha256(body)) !== annex.sha256) {
      throw new InputError(where, "the annex's bytes do not have the digest and size that the record names");
    }
    const content = canonical.decode(body);
    if (!isObject(content) || Object.keys(content).length !== 2) throw notAnnex(where);
    const { member, value } = content;
    if (typeof member !== "string" || value === undefined) throw notAnnex(where);
    if (member in data) {
      throw new InputError(where, "the annex names {}, which stands in the record", member);
    }
    data[member] = value;
  });
  return data;
}

/** Whether a value is a file reference in its form. */
export function isFileRef(value: Json | undefined): value is Json & FileRef {
  return (
    hasShape(value, { media_type: "string", name: "string", sha256: "string", size: "number" }) &&
    Number.isSafeInteger((value as unknown as FileRef).size)
  );
}

/** Whether a value is an act in its form. */
export function isAct(value: Json | undefined): value is Json & Act {
  return hasShape(value, { alg: "string", key: "string", sig: "string" });
}

/** Whether a value is an object with exactly these members, of these types. */
export function hasShape(value: Json | undefined, shape: Readonly<Record<string, string>>): boolean {
  if (!isObject(value) || Object.keys(value).length !== Object.keys(shape).length) return false;
  return Object.entries(shape).every(([name, type]) => typeof value[name] === type);
}

function typedMembers(value: JsonObject): Record_ {
  const text = (name: string): string => {
    const found = value[name];
    if (typeof found !== "string") throw notRecord(`/${name}`);
    return found;
  };
  const { data, prev, seq, act, sealed } = value;
  if (!isObject(data)) throw notRecord("/data");
  if (prev !== null && typeof prev !== "string") throw notRecord("/prev");
  if (typeof seq !== "number" || !Number.isSafeInteger(seq)) throw notRecord("/seq");
  if (act !== undefined && !isAct(act)) throw notRecord("/act");
  return {
    kind: text("kind"),
    prev: prev ?? null,
    recorded_at: text("recorded_at"),
    recorded_by: text("recorded_by"),
    seq,
    subject: text("subject"),
    data,
    act: act ?? null,
    annexes: list(value.annexes, "/annexes", isAnnex),
    files: list(value.files, "/files", isFileRef),
    sealed: digests(sealed),
    members: value,
  };
}

function list<T>(value: Json | undefined, field: string, is: (each: Json) => boolean): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(is)) throw notRecord(field);
  if (!value.length) throw new InputError(field, "a member without content is left out");
  return value as unknown as T[];
}

function isAnnex(value: Json): boolean {
  return hasShape(value, { sha256: "string", size: "number" });
}

function digests(value: Json | undefined): Record<string, string> {
  if (value === undefined) return object() as Record<string, string>;
  if (!isObject(value)) throw notRecord("/sealed");
  if (!Object.keys(value).length) throw new InputError("/sealed", "a member without content is left out");
  for (const [pointer, digest] of Object.entries(value)) match(digest, DIGEST, `/sealed${pointer}`);
  return value as Record<string, string>;
}

function checkFrame(of: Record_): void {
  if (of.members.format !== FORMAT)
    throw new InputError("/format", "unknown format {}", String(of.members.format));
  if (of.seq < 0 || (of.seq === 0) !== (of.prev === null)) {
    throw new InputError("/seq", "seq counts from 0, and prev is null only with seq 0");
  }
  match(of.recorded_at, TIME, "/recorded_at");
  if (of.prev !== null) match(of.prev, HEX, "/prev");
  for (const named of [...of.annexes, ...of.files]) {
    match(named.sha256, HEX, "/annexes or /files/sha256");
    if (!(named.size >= 0 && Number.isSafeInteger(named.size))) {
      throw new InputError("/annexes or /files/size", "a size is a count of bytes");
    }
  }
  checkPointers(Object.keys(of.sealed));
}

/** Pointers are absolute, and none is a prefix of another. */
function checkPointers(pointers: readonly string[]): void {
  let before = "\0";
  for (const pointer of pointers.map(each => `${each}/`).sort()) {
    if (!pointer.startsWith("/") || pointer === "//" || pointer.startsWith(before)) {
      throw new InputError(
        `/sealed${pointer.slice(0, -1)}`,
        "no sealed pointer may be empty or a prefix of another",
      );
    }
    before = pointer;
  }
}

function match(value: Json, pattern: RegExp, field: string): void {
  if (typeof value !== "string" || !pattern.test(value)) {
    throw new InputError(field, "{} is not in the form that this field has", String(value).slice(0, 80));
  }
}

function notRecord(field: string): InputError {
  return new InputError(field, "not a record: {}", field);
}

function notAnnex(field: string): InputError {
  return new InputError(field, "an annex holds `member` and `value` and nothing else");
}
