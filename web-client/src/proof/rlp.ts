/** RLP (Ethereum yellow paper, appendix B), strictly: one item, canonical lengths, bounded nesting. */

import { bigEndian, concat } from "../bytes.ts";
import { ProofError } from "../errors.ts";

export type Item = Uint8Array | Item[];

const MAX_DEPTH = 16;

/** Read exactly one item. ProofError names the place where it is not canonical RLP. */
export function decode(raw: Uint8Array, place: string): Item {
  const [found, end] = item(raw, 0, raw.length, place, 0);
  if (end !== raw.length) throw new ProofError("{} has bytes after its RLP", place);
  return found;
}

/** The RLP of bytes, or of a list of items. */
export function encode(of: Item): Uint8Array {
  if (Array.isArray(of)) {
    const body = concat(...of.map(encode));
    return concat(head(body.length, 0xc0), body);
  }
  return of.length === 1 && (of[0] as number) < 0x80 ? of : concat(head(of.length, 0x80), of);
}

function head(length: number, base: number): Uint8Array {
  if (length < 56) return new Uint8Array([base + length]);
  const width = Math.ceil(length.toString(16).length / 2);
  return concat(new Uint8Array([base + 55 + width]), bigEndian(length, width));
}

/** The item that starts here and the place after it; it may not reach beyond `limit`. */
function item(raw: Uint8Array, start: number, limit: number, place: string, depth: number): [Item, number] {
  const first = raw[start];
  if (start >= limit || depth > MAX_DEPTH || first === undefined)
    throw new ProofError("{} is not RLP", place);
  if (first < 0x80) return [raw.subarray(start, start + 1), start + 1];
  const base = first < 0xc0 ? 0x80 : 0xc0;
  const [begin, length] = extent(raw, start, first - base, place);
  const end = begin + length;
  if (end > limit) throw new ProofError("{} is cut off", place);
  if (base === 0x80) {
    if (length === 1 && (raw[begin] as number) < 0x80) throw new ProofError("{} is not canonical RLP", place);
    return [raw.subarray(begin, end), end];
  }
  const found: Item[] = [];
  let at = begin;
  while (at < end) {
    const [inner, next] = item(raw, at, end, place, depth + 1);
    found.push(inner);
    at = next;
  }
  return [found, end];
}

/** Where the content begins, and how long it is. */
function extent(raw: Uint8Array, start: number, short: number, place: string): [number, number] {
  if (short < 56) return [start + 1, short];
  const width = short - 55;
  const digits = raw.subarray(start + 1, start + 1 + width);
  const length = digits.reduce((sum, byte) => sum * 256 + byte, 0);
  if (digits.length !== width || digits[0] === 0 || length < 56) {
    throw new ProofError("{} is not canonical RLP", place);
  }
  return [start + 1 + width, length];
}
