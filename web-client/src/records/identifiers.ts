/** Numbers and names that the field gives to things (docs/spec/procedure.md, records/identifiers.py). */

import { toBigInt } from "../bytes.ts";
import { InputError } from "../errors.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const OFFER = /^OFE-[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const RUC = /^(10|15|16|17|20)[0-9]{9}$/;
const WEIGHTS = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
/** Lima keeps UTC-5 the whole year, since 1994. */
const LIMA = 5 * 3_600_000;

/** An offer's code out of 16 bytes: `OFE-` and 26 characters of Crockford's base32, most significant first. */
export function offerCode(raw: Uint8Array): string {
  if (raw.length !== 16) throw new InputError("", "{} has {} bytes", "an offer's code", 16);
  const number = toBigInt(raw);
  let text = "OFE-";
  for (let place = 25n; place >= 0n; place--) text += CROCKFORD[Number((number >> (5n * place)) & 31n)];
  return text;
}

export function isOfferCode(text: string): boolean {
  return OFFER.test(text);
}

/** Whether a RUC has a known prefix and the right check digit (SUNAT's modulus 11). */
export function isRuc(text: string): boolean {
  if (!RUC.test(text)) return false;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(text[at]), 0);
  return String((11 - (sum % 11)) % 10) === text[10];
}

/** Whether the RUC is a natural person's. */
export function isNatural(ruc: string): boolean {
  return /^1[0567]/.test(ruc);
}

/** The Lima calendar date of a record's moment. */
export function limaDate(moment: string): string {
  return new Date(Date.parse(moment) - LIMA).toISOString().slice(0, 10);
}
