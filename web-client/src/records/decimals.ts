/** Plain decimal numbers, exactly: integers of a millionth (docs/spec/award.md, What goes in). */

const PLAIN = /^(-?)(\d{1,40})(?:\.(\d{1,6}))?$/;
const MILLION = 1_000_000n;
const MAX_MONEY = 9_999_999_999_999_990_000n;

/** A plain number in millionths; null where it has an exponent, more than six decimals or is too large. */
export function micro(text: string): bigint | null {
  const found = PLAIN.exec(text);
  if (found === null) return null;
  const size = BigInt(found[2] as string) * MILLION + BigInt((found[3] ?? "").padEnd(6, "0"));
  return size > MAX_MONEY ? null : found[1] ? -size : size;
}

/** Rounded half up (away from zero) to cents, of a value in units of 10^-`scale`. */
export function toCents(value: bigint, scale: number): bigint {
  const unit = 10n ** BigInt(scale - 2);
  const size = value < 0n ? -value : value;
  const rounded = (2n * size + unit) / (2n * unit);
  return value < 0n ? -rounded : rounded;
}

/** Cents as money: exactly two decimals. */
export function money(cents: bigint): string {
  const size = (cents < 0n ? -cents : cents).toString().padStart(3, "0");
  return `${cents < 0n ? "-" : ""}${size.slice(0, -2)}.${size.slice(-2)}`;
}
