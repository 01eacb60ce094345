/** The signature schemes of records, heads and blocks, by the noble libraries. Nothing here decides what a check means. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Bytes } from "../bytes.ts";
import { toBigInt } from "../bytes.ts";

/** Keccak-256 as Ethereum uses it. */
export function keccak(raw: Uint8Array): Bytes {
  return keccak_256(raw) as Bytes;
}

/** Whether this is the key's Ed25519 signature (RFC 8032) over the message. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

/** Whether these 65 bytes are a point of P-256. */
export function isP256(key: Uint8Array): boolean {
  try {
    p256.Point.fromBytes(key).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** Whether r‖s is the key's ES256 signature (ECDSA, P-256, SHA-256) over the message; a high s counts too. */
export function verifyEs256(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return p256.verify(signature, message, key, { lowS: false, prehash: true });
  } catch {
    return false;
  }
}

/** The 20-byte address that made a seal of 65 bytes (r, s, v; v is 0 or 1) over a digest, or null. */
export function recover(digest: Uint8Array, seal: Uint8Array): Bytes | null {
  const parity = seal[64];
  if (seal.length !== 65 || parity === undefined || parity > 1) return null;
  try {
    const [r, s] = [toBigInt(seal.subarray(0, 32)), toBigInt(seal.subarray(32, 64))];
    const point = new secp256k1.Signature(r, s).addRecoveryBit(parity).recoverPublicKey(digest);
    return keccak(point.toBytes(false).subarray(1)).slice(12) as Bytes;
  } catch {
    return null;
  }
}
