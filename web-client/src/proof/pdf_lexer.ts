/** A PDF's tokens and direct objects (ISO 32000-2, 7.2 and 7.3), strictly. */

import { Dict, Name, Num, Ref, Text, Unreadable, type Value } from "./pdf_values.ts";

const MAX_DEPTH = 200;
const SPACE = new Set([0, 9, 10, 12, 13, 32]);
const DELIMITER = new Set([..."()<>[]{}/%"].map(mark => mark.charCodeAt(0)));
const NUMBER = /^[+-]?(?:\d+|\d+\.\d*|\.\d+)$/;
const REFERENCE = /^\d{1,10}$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

export class Lexer {
  constructor(
    private readonly raw: Uint8Array,
    private at: number,
  ) {}

  /** Whether this keyword stands here; it is taken where it does. */
  word(text: string): boolean {
    this.space();
    const end = this.at + text.length;
    for (let place = 0; place < text.length; place++) {
      if (this.raw[this.at + place] !== text.charCodeAt(place)) return false;
    }
    if (!this.isEnd(end)) return false;
    this.at = end;
    return true;
  }

  /** An unsigned integer. */
  integer(): number {
    const text = this.regular();
    if (!REFERENCE.test(text)) throw new Unreadable("integer");
    return Number(text);
  }

  /** So many bytes as they stand. */
  take(length: number): Uint8Array {
    if (this.at + length > this.raw.length) throw new Unreadable("end");
    this.at += length;
    return this.raw.subarray(this.at - length, this.at);
  }

  /** The end of a line, with spaces before it. */
  lineEnd(): void {
    while (this.raw[this.at] === 32) this.at++;
    if (this.raw[this.at] === 13) this.at++;
    if (this.raw[this.at] === 10) this.at++;
  }

  /** The one line end that must follow the keyword `stream`. */
  streamStart(): void {
    if (this.raw[this.at] === 13) this.at++;
    if (this.raw[this.at] !== 10) throw new Unreadable("stream");
    this.at++;
  }

  /** One direct object, or a reference. */
  value(depth = 0): Value {
    if (depth > MAX_DEPTH) throw new Unreadable("depth");
    this.space();
    const mark = String.fromCharCode(this.raw[this.at] ?? 0);
    if (mark === "/") return this.name();
    if (mark === "(") return this.literal();
    if (mark === "[") return this.array(depth);
    if (mark === "<") return this.raw[this.at + 1] === 60 ? this.dictionary(depth) : this.hexadecimal();
    return this.plain();
  }

  private array(depth: number): Value[] {
    this.at++;
    const found: Value[] = [];
    for (;;) {
      this.space();
      if (this.raw[this.at] === 93) break;
      found.push(this.value(depth + 1));
    }
    this.at++;
    return found;
  }

  private dictionary(depth: number): Dict {
    this.at += 2;
    const found = new Map<string, Value>();
    for (;;) {
      this.space();
      if (this.raw[this.at] === 62 && this.raw[this.at + 1] === 62) break;
      if (this.raw[this.at] !== 47) throw new Unreadable("dictionary");
      const { text } = this.name();
      // readers do not agree on which of two counts
      if (found.has(text)) throw new Unreadable(`/${text}`);
      found.set(text, this.value(depth + 1));
    }
    this.at += 2;
    return new Dict(found);
  }

  private name(): Name {
    this.at++;
    const text = this.bare().replaceAll(/#([0-9a-fA-F]{2})/g, (_all, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
    return new Name(text);
  }

  private plain(): Value {
    const text = this.regular();
    if (text === "null") return null;
    if (text === "true" || text === "false") return text === "true";
    if (!NUMBER.test(text)) throw new Unreadable(`token ${text.slice(0, 20)}`);
    return (REFERENCE.test(text) && this.reference(Number(text))) || numberOf(text);
  }

  /** `number generation R`, where that is what stands here. */
  private reference(number: number): Ref | null {
    const before = this.at;
    this.space();
    const generation = this.bare();
    if (/^\d{1,5}$/.test(generation)) {
      this.space();
      if (this.bare() === "R") return new Ref(number, Number(generation));
    }
    this.at = before;
    return null;
  }

  private literal(): Text {
    let [found, open] = ["", 1];
    this.at++;
    for (;;) {
      const mark = this.next();
      if (mark === "\\") {
        found += this.escaped();
        continue;
      }
      if (mark === "(") open++;
      if (mark === ")" && --open === 0) return new Text(found);
      if (mark === "\r") {
        if (this.raw[this.at] === 10) this.at++;
        found += "\n";
      } else {
        found += mark;
      }
    }
  }

  private escaped(): string {
    const mark = this.next();
    if (/[0-7]/.test(mark)) {
      let digits = mark;
      while (digits.length < 3 && /[0-7]/.test(String.fromCharCode(this.raw[this.at] ?? 0)))
        digits += this.next();
      return String.fromCharCode(Number.parseInt(digits, 8) & 255);
    }
    if (mark === "\r") {
      if (this.raw[this.at] === 10) this.at++;
      return "";
    }
    return mark === "\n" ? "" : (ESCAPES[mark] ?? mark);
  }

  private hexadecimal(): Text {
    this.at++;
    let digits = "";
    for (let mark = this.next(); mark !== ">"; mark = this.next()) {
      if (SPACE.has(mark.charCodeAt(0))) continue;
      if (!/[0-9a-fA-F]/.test(mark)) throw new Unreadable("string");
      digits += mark;
    }
    if (digits.length % 2) digits += "0";
    return new Text(digits.replaceAll(/../g, pair => String.fromCharCode(Number.parseInt(pair, 16))));
  }

  private next(): string {
    const byte = this.raw[this.at++];
    if (byte === undefined) throw new Unreadable("end");
    return String.fromCharCode(byte);
  }

  private regular(): string {
    this.space();
    const text = this.bare();
    if (!text) throw new Unreadable("token");
    return text;
  }

  /** Regular characters up to the next space or delimiter. */
  private bare(): string {
    let text = "";
    while (!this.isEnd(this.at)) text += String.fromCharCode(this.raw[this.at++] as number);
    return text;
  }

  private isEnd(at: number): boolean {
    const byte = this.raw[at];
    return byte === undefined || SPACE.has(byte) || DELIMITER.has(byte);
  }

  private space(): void {
    for (;;) {
      const byte = this.raw[this.at];
      if (byte === undefined) return;
      if (byte === 37) {
        while (this.at < this.raw.length && this.raw[this.at] !== 10 && this.raw[this.at] !== 13) this.at++;
      } else if (!SPACE.has(byte)) {
        return;
      } else {
        this.at++;
      }
    }
  }
}

/** A number in the one spelling that says its value: `+01.50` is `1.5`, and stays no integer. */
function numberOf(text: string): Num {
  const [, sign, whole, , fraction] = /^([+-]?)(\d*)(\.(\d*))?$/.exec(text) as RegExpExecArray;
  const integer = !text.includes(".");
  const digits = `${(whole ?? "").replace(/^0+(?=\d)/, "") || "0"}.${(fraction ?? "").replace(/0+$/, "")}`;
  const plain = digits.endsWith(".") ? digits.slice(0, -1) : digits;
  return new Num(sign === "-" && plain !== "0" ? `-${plain}` : plain, integer);
}
