/** Acts: a party's own signature over what a record says (docs/spec/record.md, Acts). */

import { type Bytes, unurl64 } from "../bytes.ts";
import { InputError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { isP256, verifyEd25519, verifyEs256 } from "../proof/signatures.ts";
import * as canonical from "./canonical.ts";
import { type Act, isAct, type Record_ } from "./record.ts";

const SIGNED = ["annexes", "data", "files", "kind", "prev", "sealed", "subject"];
/** Where the act stands inside the sealed bidder, these two digests are not signed: one holds the act itself. */
export const OFFER_SEALED = ["/bidder", "/requirement"];

/** The members of a record that an act signs. */
export type Members = Readonly<Record<string, unknown>>;

/** The bytes that an act signs; `without` names sealed pointers that are left out. */
export function signedBytes(members: Members, without: readonly string[] = []): Bytes {
  const chosen: Record<string, unknown> = {};
  for (const name of SIGNED) {
    let value = members[name];
    if (name === "sealed" && value) {
      value = Object.fromEntries(Object.entries(value).filter(([pointer]) => !without.includes(pointer)));
    }
    if (name === "prev" || !isEmpty(value)) chosen[name] = value;
  }
  return canonical.encode(chosen);
}

/** Whether the record's own act verifies. InputError where it cannot be read. */
export function check(of: Record_, by: Act): boolean {
  return verify(by, signedBytes(of.members));
}

/** Whether the act inside a disclosed `/bidder` value verifies over the record without the digests that tie it. */
export function checkBidder(of: Record_, bidder: JsonObject): boolean {
  if (!isAct(bidder.act)) throw new InputError("/bidder/act", "the bidder's act has alg, key and sig");
  return verify(bidder.act, signedBytes(of.members, OFFER_SEALED));
}

/** Whether the signature is this key's over these bytes. InputError where they have no such form. */
export function verify(by: Act, message: Uint8Array): boolean {
  const [key, signature] = [unurl64(by.key), unurl64(by.sig)];
  if (key === null || signature === null) {
    throw new InputError("/act", "an act's key and signature are base64url");
  }
  if (by.alg === "ed25519" && key.length === 32 && signature.length === 64) {
    return verifyEd25519(signature, message, key);
  }
  if (by.alg === "es256" && key.length === 65 && signature.length === 64) {
    if (!isP256(key)) throw new InputError("/act/key", "an act's key is not a point of its curve");
    return verifyEs256(signature, message, key);
  }
  throw new InputError(
    "/act",
    "an act is ed25519 (32-byte key) or es256 (65-byte point), its signature 64 bytes",
  );
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value;
}
