/** The log's tree: RFC 6962 hashes and roots; verification as in RFC 9162, section 2.1. All hashes are 32 bytes. */

import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, equal } from "../bytes.ts";

export function sha256(raw: Uint8Array): Bytes {
  return nobleSha256(raw) as Bytes;
}

export const EMPTY_ROOT = sha256(new Uint8Array());
const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

/** SHA-256(0x00 || record). */
export function leafHash(record: Uint8Array): Bytes {
  return sha256(concat(LEAF, record));
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  return sha256(concat(NODE, left, right));
}

/** The RFC 6962 root over leaf hashes in order. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  let row = [...leaves];
  if (row.length === 0) return EMPTY_ROOT;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += 2) {
      const left = row[at] as Uint8Array;
      const right = row[at + 1];
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    row = above;
  }
  return row[0] as Uint8Array;
}

/** Whether the path leads from the leaf hash at `index` to the root of `size` leaves (RFC 9162, 2.1.3.2). */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  expected: Uint8Array,
): boolean {
  if (!(index >= 0 && index < size)) return false;
  const climb = new Climb(BigInt(index), BigInt(size) - 1n);
  let result = leaf;
  for (const sibling of path) {
    const side = climb.step();
    if (side === null) return false;
    result = side === "left" ? nodeHash(sibling, result) : nodeHash(result, sibling);
  }
  return climb.atTop && equal(result, expected);
}

/** Whether the path shows that `size` leaves extend `old` leaves, with these roots (RFC 9162, 2.1.4.2). */
export function verifyConsistency(
  old: number,
  size: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!(old >= 0 && old <= size)) return false;
  if (old === size) return path.length === 0 && equal(oldRoot, newRoot);
  if (old === 0) return path.length === 0 && equal(oldRoot, EMPTY_ROOT);
  if (path.length === 0) return false;
  const [first, ...rest] = isPowerOfTwo(BigInt(old)) ? [oldRoot, ...path] : path;
  let [position, last] = [BigInt(old) - 1n, BigInt(size) - 1n];
  while (position & 1n) {
    position >>= 1n;
    last >>= 1n;
  }
  const climb = new Climb(position, last);
  let [fromOld, fromNew] = [first as Uint8Array, first as Uint8Array];
  for (const sibling of rest) {
    const side = climb.step();
    if (side === null) return false;
    if (side === "left") {
      fromOld = nodeHash(sibling, fromOld);
      fromNew = nodeHash(sibling, fromNew);
    } else {
      fromNew = nodeHash(fromNew, sibling);
    }
  }
  return climb.atTop && equal(fromOld, oldRoot) && equal(fromNew, newRoot);
}

/** The way from a leaf to the root: on which side the next sibling stands. */
class Climb {
  constructor(
    private position: bigint,
    private last: bigint,
  ) {}

  get atTop(): boolean {
    return this.last === 0n;
  }

  /** Where the sibling of this level stands, null above the root; goes one level up. */
  step(): "left" | "right" | null {
    if (this.last === 0n) return null;
    const left = (this.position & 1n) === 1n || this.position === this.last;
    if (left) {
      while (!(this.position & 1n) && this.position) this.up();
    }
    this.up();
    return left ? "left" : "right";
  }

  private up(): void {
    this.position >>= 1n;
    this.last >>= 1n;
  }
}

function isPowerOfTwo(value: bigint): boolean {
  return (value & (value - 1n)) === 0n;
}
