/** Signed notes, checkpoints and tlog-proofs, as C2SP writes them, and witnesses' cosignatures. */

import { type Bytes, concat, hex, unb64 as plainB64, toBigInt, utf8 } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import { isWellFormed } from "./form.ts";
import { sha256 } from "./merkle.ts";
import { verifyEd25519 } from "./signatures.ts";

/** Signature types of C2SP signed-note: plain Ed25519, timestamped cosignature/v1. */
export const ED25519 = 1;
export const COSIGNATURE = 4;
export const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
export const MAX_NOTE = 262_144;
export const MAX_SIGNATURES = 64;
export const MAX_HASHES = 64;
const MAX_TIME = 253_402_300_799n;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a note has none but newlines
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;
const KEY_ID = /^[0-9a-f]{8}$/;
// Unicode's White_Space property and the plus sign: what a key name may not hold
const NOT_IN_NAME = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]/;

export interface VerifierKey {
  readonly name: string;
  readonly keyId: string;
  readonly publicKey: Bytes;
  readonly text: string;
}

export interface Signature {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Bytes;
}

export interface Note {
  /** What is signed, its final newline included. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
  readonly note: Note;
  readonly raw: string;
}

export interface LogProof {
  readonly index: number;
  readonly path: readonly Bytes[];
  readonly checkpoint: Checkpoint;
  readonly extra: Bytes | null;
}

export type Signed = "good" | "wrong" | "untrusted" | "other origin";

/** What trusted witnesses say: each one's earliest time (seconds since 1970), and whether a line of theirs is false. */
export interface Attested {
  readonly times: ReadonlyMap<VerifierKey, number>;
  readonly wrong: boolean;
}

/** Read `name+hex8+base64` of this signature type; ProofError where it is none, or its id is not that of its key. */
export function parseVerifierKey(text: string, kind = ED25519): VerifierKey {
  const [name, keyId, ...rest] = text.split("+");
  if (name === undefined || keyId === undefined || !rest.length || !KEY_ID.test(keyId)) {
    throw new ProofError("a verifier key is name+8 hex digits+base64");
  }
  const encoded = unb64(rest.join("+"), "the verifier key");
  if (encoded[0] !== kind || encoded.length !== 33) {
    if (kind === COSIGNATURE) {
      throw new ProofError("a witness's verifier key is one of cosignature/v1 (signature type 4)");
    }
    throw new ProofError("only Ed25519 verifier keys are known here");
  }
  if (!name || NOT_IN_NAME.test(name) || CONTROL.test(name)) {
    throw new ProofError("a key name is not empty and has no space and no plus sign: {}", name);
  }
  const own = hex(sha256(concat(utf8(`${name}\n`), encoded)).subarray(0, 4));
  if (own !== keyId) throw new ProofError("the verifier key's id is not that of its name and key");
  return { name, keyId, publicKey: encoded.slice(1) as Bytes, text };
}

/** Read a signed note strictly; says nothing about whether its signatures hold. */
export function parseNote(raw: string): Note {
  if (!isWellFormed(raw)) throw new ProofError("a note is UTF-8 text");
  if (utf8(raw).length > MAX_NOTE) throw new ProofError("a note is at most {} bytes", MAX_NOTE);
  if (CONTROL.test(raw)) throw new ProofError("a note has no control characters but newlines");
  const blank = raw.lastIndexOf("\n\n");
  if (blank < 1 || !raw.endsWith("\n") || raw.length === blank + 2) {
    throw new ProofError("a note is text, an empty line and signature lines");
  }
  const lines = raw.slice(blank + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw new ProofError("a note has at most {} signatures", MAX_SIGNATURES);
  return { text: raw.slice(0, blank + 1), signatures: lines.map(parseSignature) };
}

/** Read a checkpoint strictly: origin, size, base64 root, extension lines that are not empty. */
export function parseCheckpoint(raw: string): Checkpoint {
  const note = parseNote(raw);
  const [origin, size, root, ...more] = note.text.slice(0, -1).split("\n");
  if (!origin || !size || !root || !more.every(Boolean)) {
    throw new ProofError("a checkpoint is origin, size and root, a line each");
  }
  const hash = unb64(root, "the checkpoint's root");
  if (hash.length !== 32) throw new ProofError("a checkpoint's root has 32 bytes");
  return { origin, size: decimal(size, "the checkpoint's size"), root: hash, note, raw };
}

/** Read a tlog-proof strictly. That the index lies below the size is not syntax and is not checked here. */
export function parseProof(raw: string): LogProof {
  const blank = raw.indexOf("\n\n");
  const rest = (blank < 0 ? raw : raw.slice(0, blank)).split("\n");
  if (blank < 0 || rest.shift() !== PROOF_HEADER) {
    throw new ProofError(
      "a log proof begins with {} and holds a checkpoint after an empty line",
      PROOF_HEADER,
    );
  }
  const extra = rest[0]?.startsWith("extra ")
    ? unb64((rest.shift() as string).slice(6), "the proof's extra line")
    : null;
  const line = rest.shift();
  if (!line?.startsWith("index ")) throw new ProofError("a log proof names its index");
  const index = decimal(line.slice(6), "the proof's index");
  if (rest.length > MAX_HASHES) throw new ProofError("a log proof has at most {} hashes", MAX_HASHES);
  const path = rest.map(each => unb64(each, "the proof's path"));
  if (path.some(value => value.length !== 32)) {
    throw new ProofError("a log proof's path holds hashes of 32 bytes");
  }
  return { index, path, checkpoint: parseCheckpoint(raw.slice(blank + 2)), extra };
}

/** What the trusted keys say of a checkpoint; lines of other keys, such as witnesses', are passed over. */
export function checkSignatures(head: Checkpoint, keys: readonly VerifierKey[], origin: string): Signed {
  const message = utf8(head.note.text);
  let found: Signed = "untrusted";
  for (const line of head.note.signatures) {
    for (const key of keys.filter(each => isOf(line, each))) {
      if (!verifyEd25519(line.signature, message, key.publicKey)) return "wrong";
      if (key.name === head.origin && key.name === origin) found = "good";
      else if (found === "untrusted") found = "other origin";
    }
  }
  return found;
}

/** What these witnesses say of a checkpoint. A line under a trusted name and id that is not sound is false. */
export function attested(head: Checkpoint, witnesses: readonly VerifierKey[]): Attested {
  const times = new Map<VerifierKey, number>();
  let wrong = false;
  for (const line of head.note.signatures) {
    for (const witness of witnesses.filter(each => isOf(line, each))) {
      const time = timeOf(head, line, witness);
      if (time === null) wrong = true;
      else times.set(witness, Math.min(time, times.get(witness) ?? time));
    }
  }
  return { times, wrong };
}

/** The moment by which so many (at least one) of them had seen the head; null where there are fewer. */
export function attestedBy(found: Attested, needed: number): number | null {
  const ranked = [...found.times.values()].sort((one, other) => one - other);
  return ranked[Math.max(needed, 1) - 1] ?? null;
}

function parseSignature(line: string): Signature {
  const [dash, name, text, ...more] = line.split(" ");
  if (dash !== "\u2014" || !name || text === undefined || more.length || NOT_IN_NAME.test(name)) {
    throw new ProofError("a signature line is an em dash, a key name and base64");
  }
  const encoded = unb64(text, "a signature line");
  if (encoded.length < 5) throw new ProofError("a signature line holds a 4-byte key id and a signature");
  return { name, keyId: hex(encoded.subarray(0, 4)), signature: encoded.slice(4) as Bytes };
}

function isOf(line: Signature, key: VerifierKey): boolean {
  return line.name === key.name && line.keyId === key.keyId;
}

/** The time of a sound cosignature, null where it is false. */
function timeOf(head: Checkpoint, line: Signature, witness: VerifierKey): number | null {
  const time = toBigInt(line.signature.subarray(0, 8));
  if (line.signature.length !== 72 || time <= 0n || time > MAX_TIME) return null;
  const message = utf8(`cosignature/v1\ntime ${time}\n${head.note.text}`);
  return verifyEd25519(line.signature.subarray(8), message, witness.publicKey) ? Number(time) : null;
}

function decimal(text: string, place: string): number {
  if (!DECIMAL.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new ProofError("{} is a decimal number of at most 2**53 - 1 without leading zeros", place);
  }
  return Number(text);
}

function unb64(text: string, place: string): Bytes {
  const raw = plainB64(text);
  if (raw === null) throw new ProofError("{} is not canonical base64", place);
  return raw;
}
