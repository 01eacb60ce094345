/** Bytes and their spellings: hex, base64 (RFC 4648, section 4), base64url without padding (section 5), UTF-8. */

export type Bytes = Uint8Array<ArrayBuffer>;

const HEX = /^(?:[0-9a-f]{2})*$/;
const B64 = /^[A-Za-z0-9+/]*={0,2}$/;
const URL64 = /^[A-Za-z0-9_-]+$/;
const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return encoder.encode(text) as Bytes;
}

/** The text that these bytes are; null where they are no UTF-8. A byte order mark stays. */
export function fromUtf8(raw: Uint8Array): string | null {
  try {
    return strict.decode(raw);
  } catch {
    return null;
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export function isZero(raw: Uint8Array): boolean {
  return raw.every(byte => byte === 0);
}

export function hex(raw: Uint8Array): string {
  return Array.from(raw, byte => byte.toString(16).padStart(2, "0")).join("");
}

/** Lower-case hex as bytes; null where it is none. */
export function unhex(text: string): Bytes | null {
  if (!HEX.test(text)) return null;
  const raw = new Uint8Array(text.length / 2);
  for (let at = 0; at < raw.length; at++) raw[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return raw;
}

export function b64(raw: Uint8Array): string {
  let text = "";
  for (let at = 0; at < raw.length; at += 0x8000)
    text += String.fromCharCode(...raw.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Canonical base64 as bytes; null where it is none. */
export function unb64(text: string): Bytes | null {
  if (!B64.test(text) || text.length % 4) return null;
  const read = Uint8Array.from(atob(text), character => character.charCodeAt(0));
  return b64(read) === text ? read : null;
}

export function url64(raw: Uint8Array): string {
  return b64(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Canonical base64url without padding as bytes; null where it is none. */
export function unurl64(text: string): Bytes | null {
  if (!URL64.test(text) || text.length % 4 === 1) return null;
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  const read = Uint8Array.from(atob(plain + "=".repeat(-text.length & 3)), character =>
    character.charCodeAt(0),
  );
  return url64(read) === text ? read : null;
}

/** An unsigned integer in so many bytes, big-endian. */
export function bigEndian(value: number | bigint, width: number): Bytes {
  const raw = new Uint8Array(width);
  let rest = BigInt(value);
  for (let at = width - 1; at >= 0; at--) {
    raw[at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return raw;
}

export function toBigInt(raw: Uint8Array): bigint {
  return raw.length ? BigInt(`0x${hex(raw)}`) : 0n;
}
