/** Values of offers and procedures in their one form: unknown members and empty optional ones are refused. */

import { InputError } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { isAct, isFileRef } from "./record.ts";

export type Check = (value: Json) => boolean;
export interface Shape {
  readonly needed: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
}

const PLAIN = /^(0|[1-9]\d{0,12})(\.\d{1,6})?$/;
const MONEY = /^(0|[1-9]\d{0,12})\.\d{2}$/;
const HEX = /^[0-9a-f]{64}$/;

export const isText: Check = value => typeof value === "string";
export const isHex: Check = value => typeof value === "string" && HEX.test(value);
export const isCount: Check = value => typeof value === "number" && Number.isSafeInteger(value);
/** A quantity or price: up to six decimals, no sign, no exponent. */
export const isScaled: Check = value => typeof value === "string" && PLAIN.test(value);
export const isPositive: Check = value => isScaled(value) && /[1-9]/.test(value as string);
/** An amount with exactly two decimals. */
export const isMoney: Check = value => typeof value === "string" && MONEY.test(value);
export const isTexts: Check = value => isListOf(isText)(value);
export const isTrue: Check = value => value === true;
/** Where false is the default and so left out, true is the only value; a flag that is always there is either. */
export const isFlag: Check = value => typeof value === "boolean";
export const isMap: Check = value => isObject(value) && Object.keys(value).length > 0;
export const isDigests: Check = value => isMap(value) && Object.values(value as JsonObject).every(isText);

export function isListOf(check: Check): Check {
  return value => Array.isArray(value) && value.length > 0 && value.every(check);
}

export function isShape(shape: Shape): Check {
  return value => isObject(value) && fault(value, shape) === null;
}

/** The value where it has the shape; InputError names the member that is missing, unknown or not in its form. */
export function readAs<T>(value: Json | undefined, shape: Shape, field: string): T {
  if (!isObject(value)) throw new InputError(field, "a member is empty or not in its canonical form");
  const wrong = fault(value, shape);
  if (wrong !== null) {
    throw new InputError(`${field}/${wrong}`, "a member is empty or not in its canonical form");
  }
  return value as unknown as T;
}

function fault(value: JsonObject, shape: Shape): string | null {
  const optional = shape.optional ?? {};
  for (const [name, check] of Object.entries(shape.needed)) {
    const member = value[name];
    if (member === undefined || !check(member)) return name;
  }
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(shape.needed, name)) continue;
    const check = Object.hasOwn(optional, name) ? optional[name] : undefined;
    if (check === undefined || !check(member)) return name;
  }
  return null;
}

const CONTACT: Shape = { needed: {}, optional: { name: isText, email: isText, telephone: isText } };
export const TIE: Shape = { needed: { subject: isText, leaf: isHex } };
export const BIDDER: Shape = {
  needed: { act: isAct },
  optional: { ruc: isText, name: isText, address: isText, contact: isShape(CONTACT), sealed: isDigests },
};
export const QUOTE: Shape = {
  needed: { product: isCount, quantity: isPositive, unit_price: isPositive },
  optional: { sheet: isText },
};
export const FREIGHT: Shape = { needed: { product: isCount, destination: isCount, cost: isMoney } };
export const CONTENT: Shape = {
  needed: { requirement: isHex },
  optional: {
    currency: isText,
    exchange_rate: isScaled,
    minimum: isMoney,
    declined: value => value === "restricted" || value === "not_quoted",
    products: isListOf(isShape(QUOTE)),
    shipping: isListOf(isShape(FREIGHT)),
    documents: isListOf(isFileRef),
    confidential: isMap,
    sealed: isDigests,
  },
};
export const QUOTATION: Shape = {
  needed: { currency: isText, products: isListOf(isShape(QUOTE)) },
  optional: {
    shipping: isListOf(isShape(FREIGHT)),
    exchange_rate: isPositive,
    minimum: isMoney,
    documents: isListOf(isFileRef),
    confidential: isMap,
  },
};
