/** JSON read strictly (RFC 8259): no key twice, no byte order mark, nothing after the value, bounded nesting. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [name: string]: Json };

/** Why a text is not JSON: `duplicate`, `deep`, or `syntax` at a character. */
export class JsonError extends Error {
  readonly fault: "duplicate" | "deep" | "syntax";
  readonly at: number;

  constructor(fault: "duplicate" | "deep" | "syntax", at: number) {
    super(fault);
    this.fault = fault;
    this.at = at;
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids control characters in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;

/** Objects made here have no prototype: a key such as `__proto__` is a key like any other. */
export function object(): JsonObject {
  return Object.create(null) as JsonObject;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that a text is. JsonError where it is not JSON, or nested deeper than `depth`. */
export function parse(text: string, depth: number): Json {
  const reader = new Reader(text, depth);
  const value = reader.value(1);
  reader.end();
  return value;
}

class Reader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly depth: number,
  ) {}

  end(): void {
    this.space();
    if (this.at !== this.text.length) throw this.syntax();
  }

  value(level: number): Json {
    this.space();
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      if (level > this.depth) throw new JsonError("deep", this.at);
      return first === "{" ? this.members(level) : this.elements(level);
    }
    if (first === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return Number(this.match(NUMBER));
  }

  private members(level: number): JsonObject {
    const found = object();
    this.at++;
    if (this.next("}")) return found;
    do {
      this.space();
      if (this.text[this.at] !== '"') throw this.syntax();
      const name = this.string();
      if (Object.hasOwn(found, name)) throw new JsonError("duplicate", this.at);
      this.must(":");
      found[name] = this.value(level + 1);
    } while (this.next(","));
    this.must("}");
    return found;
  }

  private elements(level: number): Json[] {
    const found: Json[] = [];
    this.at++;
    if (this.next("]")) return found;
    do found.push(this.value(level + 1));
    while (this.next(","));
    this.must("]");
    return found;
  }

  private string(): string {
    return JSON.parse(this.match(STRING)) as string;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) throw this.syntax();
    this.at = pattern.lastIndex;
    return found[0];
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  private next(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private must(mark: string): void {
    if (!this.next(mark)) throw this.syntax();
  }

  private syntax(): JsonError {
    return new JsonError("syntax", this.at);
  }
}

const WORDS: readonly (readonly [string, Json])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
];
