/** A strict reader of PDF files (ISO 32000-2, 7.3 to 7.5): the objects that the cross-reference names, and nothing else.
 *
 * Nothing is repaired: what readers could take in two ways is `Unreadable`. Streams stay as they are stored.
 */

import { Lexer } from "./pdf_lexer.ts";
import {
  Dict,
  inflate,
  isInteger,
  Name,
  type Num,
  type Pdf,
  Ref,
  Stream,
  Unreadable,
  type Value,
} from "./pdf_values.ts";

const MAX_SECTIONS = 512;
const MAX_OBJECTS = 1_000_000;
const MAX_OBJECT_STREAM = 67_108_864;
const START = /startxref[\r\n\t ]+(\d{1,15})[\r\n\t ]+%%EOF[\r\n\t \0]*$/;
const ENTRY = /^(\d{10}) (\d{5}) ([nf])(?: \n| \r|\r\n)$/;

type Place =
  | { readonly free: true }
  | { readonly free: false; readonly offset: number; readonly generation: number }
  | { readonly free: false; readonly inside: number; readonly index: number };

/** Read a file's cross-references; objects are read as they are asked for. Unreadable where anything is unclear. */
export async function open(raw: Uint8Array): Promise<Pdf> {
  if (latin1(raw.subarray(0, 5)) !== "%PDF-") throw new Unreadable("%PDF-");
  const tail = latin1(raw.subarray(Math.max(0, raw.length - 2048)));
  const found = START.exec(tail);
  if (found === null) throw new Unreadable("startxref");
  const file = new File(raw);
  await file.readSections(Number(found[1]));
  return file;
}

class File implements Pdf {
  private readonly places = new Map<number, Place>();
  private readonly read = new Map<number, Value>();
  private readonly reading = new Set<number>();
  private readonly packed = new Map<number, Map<number, Value>>();
  trailer = new Dict(new Map());

  constructor(private readonly raw: Uint8Array) {}

  get root(): Dict {
    const found = this.resolve(this.trailer.get("Root"));
    if (!(found instanceof Dict)) throw new Unreadable("Root");
    return found;
  }

  /** The object that a value is or refers to; null where the file has none. */
  resolve(value: Value | undefined): Value {
    for (let steps = 0; value instanceof Ref; steps++) {
      if (steps > 32) throw new Unreadable("indirect");
      value = this.object(value);
    }
    return value ?? null;
  }

  /** All cross-reference sections from the newest on: what the newest says of an object counts. */
  async readSections(start: number): Promise<void> {
    const seen = new Set<number>();
    let offset: number | null = start;
    while (offset !== null) {
      if (seen.has(offset) || seen.size > MAX_SECTIONS || offset >= this.raw.length) {
        throw new Unreadable("xref");
      }
      seen.add(offset);
      const section: Dict = await this.section(offset);
      if (seen.size === 1) this.trailer = section;
      if (section.get("XRefStm") !== undefined || section.get("Encrypt") !== undefined) {
        throw new Unreadable(section.get("Encrypt") === undefined ? "XRefStm" : "Encrypt");
      }
      const previous = section.get("Prev");
      if (previous !== undefined && !isInteger(previous)) throw new Unreadable("Prev");
      offset = previous === undefined ? null : previous.value;
    }
    await this.unpackAll();
  }

  private section(offset: number): Promise<Dict> | Dict {
    const lexer = new Lexer(this.raw, offset);
    return lexer.word("xref") ? this.table(lexer) : this.crossReferenceStream(offset);
  }

  private table(lexer: Lexer): Dict {
    for (;;) {
      if (lexer.word("trailer")) break;
      const [first, count] = [lexer.integer(), lexer.integer()];
      lexer.lineEnd();
      if (first + count > MAX_OBJECTS) throw new Unreadable("xref");
      for (let number = first; number < first + count; number++) {
        const entry = ENTRY.exec(latin1(lexer.take(20)));
        if (entry === null) throw new Unreadable("xref");
        const place = { free: false, offset: Number(entry[1]), generation: Number(entry[2]) } as const;
        this.place(number, entry[3] === "f" ? { free: true } : place);
      }
    }
    const trailer = lexer.value();
    if (!(trailer instanceof Dict)) throw new Unreadable("trailer");
    return trailer;
  }

  private async crossReferenceStream(offset: number): Promise<Dict> {
    const [, , found] = this.at(offset);
    if (!(found instanceof Stream) || !isName(found.dict.get("Type"), "XRef")) throw new Unreadable("xref");
    const rows = await this.content(found, MAX_OBJECT_STREAM);
    const widths = numbers(found.dict.get("W"));
    const [one, two, three] = widths;
    if (widths.length !== 3 || one === undefined || two === undefined || three === undefined) {
      throw new Unreadable("W");
    }
    const size = found.dict.get("Size");
    if (!isInteger(size)) throw new Unreadable("Size");
    const index = found.dict.get("Index") === undefined ? [0, size.value] : numbers(found.dict.get("Index"));
    let at = 0;
    const field = (width: number, otherwise: number) => {
      if (width > 6 || at + width > rows.length) throw new Unreadable("xref");
      const bytes = rows.subarray(at, at + width);
      at += width;
      return width ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : otherwise;
    };
    for (let pair = 0; pair < index.length; pair += 2) {
      const [first, count] = [index[pair] as number, index[pair + 1] ?? 0];
      if (first + count > MAX_OBJECTS) throw new Unreadable("xref");
      for (let number = first; number < first + count; number++) {
        const [type, second, third] = [field(one, 1), field(two, 0), field(three, 0)];
        this.place(number, entryOf(type, second, third));
      }
    }
    return found.dict;
  }

  private place(number: number, place: Place): void {
    if (!this.places.has(number)) this.places.set(number, place);
  }

  private object(ref: Ref): Value {
    const place = this.places.get(ref.number);
    if (place === undefined || place.free) return null;
    if ("inside" in place)
      return ref.generation === 0 ? (this.packed.get(place.inside)?.get(ref.number) ?? null) : null;
    if (place.generation !== ref.generation) return null;
    const known = this.read.get(ref.number);
    if (known !== undefined) return known;
    if (this.reading.has(ref.number)) throw new Unreadable("Length");
    this.reading.add(ref.number);
    const [number, generation, value] = this.at(place.offset);
    this.reading.delete(ref.number);
    if (number !== ref.number || generation !== ref.generation) throw new Unreadable(`${ref.number} 0 obj`);
    this.read.set(ref.number, value);
    return value;
  }

  /** The indirect object that stands at this byte: number, generation, value. */
  private at(offset: number): [number, number, Value] {
    const lexer = new Lexer(this.raw, offset);
    const [number, generation] = [lexer.integer(), lexer.integer()];
    if (!lexer.word("obj")) throw new Unreadable("obj");
    const value = lexer.value();
    if (!(value instanceof Dict) || !lexer.word("stream")) {
      if (!lexer.word("endobj")) throw new Unreadable("endobj");
      return [number, generation, value];
    }
    const length = this.resolve(value.get("Length"));
    if (!isInteger(length)) throw new Unreadable("Length");
    lexer.streamStart();
    const data = lexer.take(length.value);
    if (!lexer.word("endstream") || !lexer.word("endobj")) throw new Unreadable("endstream");
    return [number, generation, new Stream(value, data)];
  }

  /** Object streams are opened once, at the start, so that everything else needs no waiting. */
  private async unpackAll(): Promise<void> {
    const wanted = new Set<number>();
    for (const place of this.places.values()) if (!place.free && "inside" in place) wanted.add(place.inside);
    for (const number of wanted) this.packed.set(number, await this.unpack(number));
  }

  private async unpack(number: number): Promise<Map<number, Value>> {
    const place = this.places.get(number);
    if (place === undefined || place.free || "inside" in place) throw new Unreadable("ObjStm");
    const stream = this.object(new Ref(number, place.generation));
    if (!(stream instanceof Stream) || !isName(stream.dict.get("Type"), "ObjStm"))
      throw new Unreadable("ObjStm");
    const [count, first] = [this.resolve(stream.dict.get("N")), this.resolve(stream.dict.get("First"))];
    if (!isInteger(count) || !isInteger(first)) throw new Unreadable("ObjStm");
    const body = await this.content(stream, MAX_OBJECT_STREAM);
    const heads = new Lexer(body, 0);
    const found = new Map<number, Value>();
    for (let index = 0; index < count.value; index++) {
      const [own, offset] = [heads.integer(), heads.integer()];
      const mine = this.places.get(own);
      // an older copy inside a stream that the newest cross-reference does not name is not the object
      if (mine === undefined || mine.free || !("inside" in mine)) continue;
      if (mine.inside !== number || mine.index !== index) continue;
      found.set(own, new Lexer(body, first.value + offset).value());
    }
    return found;
  }

  /** A stream's content, decoded; only Flate with the predictors of cross-reference streams. */
  async content(stream: Stream, limit: number): Promise<Uint8Array> {
    const [filters, parameters] = [
      list(this.resolve(stream.dict.get("Filter"))),
      list(this.resolve(stream.dict.get("DecodeParms"))),
    ];
    if (!filters.length) return stream.data;
    if (filters.length > 1 || !isName(this.resolve(filters[0]), "FlateDecode"))
      throw new Unreadable("Filter");
    const body = await inflate(stream.data, limit);
    const how = this.resolve(parameters[0]);
    if (!(how instanceof Dict)) return body;
    const [predictor, columns] = [this.resolve(how.get("Predictor")), this.resolve(how.get("Columns"))];
    if (predictor === null || (isInteger(predictor) && predictor.value === 1)) return body;
    if (!isInteger(predictor) || predictor.value < 10 || !isInteger(columns) || !columns.value) {
      throw new Unreadable("Predictor");
    }
    return unpredict(body, columns.value);
  }
}

/** PNG's row filters none, sub and up, for rows of one byte a column (ISO 32000-2, 7.4.4.4). */
function unpredict(body: Uint8Array, columns: number): Uint8Array {
  const rows = body.length / (columns + 1);
  if (!Number.isInteger(rows)) throw new Unreadable("Predictor");
  const out = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const source = body.subarray(row * (columns + 1), (row + 1) * (columns + 1));
    const [above, here] = [(row - 1) * columns, row * columns];
    const kind = source[0] as number;
    if (kind > 2) throw new Unreadable("Predictor");
    for (let at = 0; at < columns; at++) {
      const left = kind === 1 && at ? (out[here + at - 1] as number) : 0;
      const up = kind === 2 && row ? (out[above + at] as number) : 0;
      out[here + at] = ((source[at + 1] as number) + left + up) & 255;
    }
  }
  return out;
}

function entryOf(type: number, second: number, third: number): Place {
  if (type === 0) return { free: true };
  if (type === 1) return { free: false, offset: second, generation: third };
  if (type === 2) return { free: false, inside: second, index: third };
  throw new Unreadable("xref");
}

function numbers(value: Value | undefined): number[] {
  if (!Array.isArray(value) || !value.every(isInteger)) throw new Unreadable("xref");
  const found = value.map(each => (each as Num).value);
  if (found.length % 2 && found.length !== 3) throw new Unreadable("xref");
  return found;
}

function list(value: Value): Value[] {
  if (value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function isName(value: Value | undefined, text: string): boolean {
  return value instanceof Name && value.text === text;
}

export function latin1(raw: Uint8Array): string {
  let text = "";
  for (let at = 0; at < raw.length; at += 0x8000)
    text += String.fromCharCode(...raw.subarray(at, at + 0x8000));
  return text;
}
