/** What a PDF's objects are (ISO 32000-2, 7.3), and the one filter that is read. */

/** The file cannot be read in one way only; the message names the place, in the PDF's own words. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

/** A name, its `#xx` read. */
export class Name {
  constructor(readonly text: string) {}
}

/** A number: whether it is an integer, and its digits without what means nothing. */
export class Num {
  readonly value: number;

  constructor(
    readonly digits: string,
    readonly integer: boolean,
  ) {
    this.value = Number(digits);
  }
}

/** A string's bytes, one character a byte. */
export class Text {
  constructor(readonly bytes: string) {}
}

export class Ref {
  constructor(
    readonly number: number,
    readonly generation: number,
  ) {}

  get key(): string {
    return `${this.number} ${this.generation}`;
  }
}

/** A dictionary; a member whose value is null is no member. */
export class Dict {
  constructor(private readonly members: ReadonlyMap<string, Value>) {}

  get(name: string): Value | undefined {
    return this.members.get(name) ?? undefined;
  }

  get keys(): string[] {
    return [...this.members].filter(([, value]) => value !== null).map(([name]) => name);
  }
}

/** A stream: its dictionary and its bytes as they are stored. */
export class Stream {
  constructor(
    readonly dict: Dict,
    readonly data: Uint8Array,
  ) {}
}

export type Value = null | boolean | Num | Text | Name | Ref | Dict | Stream | Value[];

export interface Pdf {
  readonly trailer: Dict;
  readonly root: Dict;
  resolve(value: Value | undefined): Value;
  content(stream: Stream, limit: number): Promise<Uint8Array>;
}

export function isInteger(value: Value | undefined): value is Num {
  return value instanceof Num && value.integer && value.value >= 0 && Number.isSafeInteger(value.value);
}

/** zlib's data as bytes, at most `limit` of them; Unreadable where it is damaged or longer. */
export async function inflate(raw: Uint8Array, limit: number): Promise<Uint8Array> {
  const source = new Blob([raw as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > limit) throw new Unreadable("FlateDecode");
      parts.push(value);
    }
  } catch {
    await reader.cancel().catch(() => undefined);
    throw new Unreadable("FlateDecode");
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
