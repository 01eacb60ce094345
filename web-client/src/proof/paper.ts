/** Check 4 for PDFs: whether what follows the original bytes leaves everything that the document shows as it was.
 *
 * The objects that are reached in the original are compared with those reached in the whole file (docs/spec/evidence.md,
 * What may follow a PDF). What cannot be read strictly is `unreadable`: neither altered nor intact.
 */

import { latin1, open } from "./pdf.ts";
import {
  Dict,
  inflate,
  Name,
  Num,
  type Pdf,
  Ref,
  Stream,
  Text,
  Unreadable,
  type Value,
} from "./pdf_values.ts";

const MAX_STEPS = 2_000_000;
const MAX_ATTACHMENT = 16_777_216;
const END = /startxref[\r\n\t ]+(\d{1,15})[\r\n\t ]+%%EOF[\r\n\t ]*$/;
const BLANK = new Set([0, 9, 10, 13, 32]);
/** What the root may gain or change without showing anything else. */
const FREE_ROOT = ["AcroForm", "AF", "DSS", "Extensions", "Metadata", "Names", "Perms", "Version"];
const FREE_FORM = ["Fields", "SigFlags"];
/** What a signature field without extent may hold: nothing that acts or draws elsewhere. */
const FIELD_KEYS = "AP DA F FT Ff Lock MK P Rect SV Subtype T TM TU Type V".split(" ");

export interface Comparison {
  readonly status: "unchanged" | "changed" | "unreadable";
  /** Where, in the PDF's own words. */
  readonly place: string;
}

class Changed extends Error {}

type Member = Value | undefined;

/** Compare the first `size` bytes with the whole document. The caller has checked the digest of those bytes. */
export async function compare(document: Uint8Array, size: number): Promise<Comparison> {
  if (document.subarray(size).every(byte => BLANK.has(byte))) return { status: "unchanged", place: "" };
  try {
    checkEnding(document, size);
    new Graphs(await open(document.subarray(0, size)), await open(document)).compare();
  } catch (error) {
    if (error instanceof Changed) return { status: "changed", place: error.message };
    if (error instanceof Unreadable) return { status: "unreadable", place: error.message };
    if (error instanceof RangeError) return { status: "unreadable", place: "PDF" };
    throw error;
  }
  return { status: "unchanged", place: "" };
}

/** The PDF's attachments of at most 16 MiB each, by name; empty where the PDF cannot be read or has none. */
export async function embedded(document: Uint8Array): Promise<[string, Uint8Array][]> {
  const found: [string, Uint8Array][] = [];
  try {
    const pdf = await open(document);
    const names = pdf.resolve(pdf.root.get("Names"));
    const tree = nameTree(pdf, names instanceof Dict ? names.get("EmbeddedFiles") : undefined);
    for (const [name, value] of [...tree].sort()) {
      const file = pdf.resolve(value);
      if (!(file instanceof Dict)) continue;
      const body = await attachment(pdf, file);
      if (body !== null) found.push([fileName(pdf, file, name), body]);
    }
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof RangeError)) throw error;
  }
  return found;
}

/** Whether a PDF says of itself that it is signed; cheap, without reading it. */
export function isSigned(document: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(document).includes("/ByteRange");
}

/** The last cross-reference must stand in what was added, or readers may not agree on what the file is. */
function checkEnding(document: Uint8Array, size: number): void {
  const end = END.exec(latin1(document.subarray(Math.max(size, document.length - 2048))));
  const offset = Number(end?.[1] ?? -1);
  if (!(offset >= size && offset < document.length)) throw new Unreadable("startxref");
}

/** Two object graphs walked side by side; a pair of indirect objects is looked at once. */
class Graphs {
  private readonly seen = new Set<string>();
  private readonly waiting: [Member, Member, string][] = [];

  constructor(
    private readonly original: Pdf,
    private readonly whole: Pdf,
  ) {}

  /** Throws Changed at the first difference that is not an allowed addition. */
  compare(): void {
    const [before, after] = [this.original.root, this.whole.root];
    this.members(before, after, "", FREE_ROOT);
    this.names(this.old(before.get("Names")), this.new(after.get("Names")));
    this.form(this.old(before.get("AcroForm")), this.new(after.get("AcroForm")));
    this.kept(
      this.list(this.old(before.get("AF")), "/AF"),
      this.list(this.new(after.get("AF")), "/AF"),
      "/AF",
    );
    for (let steps = 0; this.waiting.length; steps++) {
      if (steps > MAX_STEPS) throw new Unreadable("too many objects");
      const [one, other, place] = this.waiting.pop() as [Member, Member, string];
      this.pair(one, other, place);
    }
  }

  private old(value: Member): Value {
    return this.original.resolve(value);
  }

  private new(value: Member): Value {
    return this.whole.resolve(value);
  }

  private pair(one: Member, other: Member, place: string): void {
    if (one instanceof Ref && other instanceof Ref) {
      const key = `${one.key}/${other.key}`;
      if (this.seen.has(key)) return;
      this.seen.add(key);
    }
    const [before, after] = [this.old(one), this.new(other)];
    if (before instanceof Stream && after instanceof Stream) {
      if (!sameBytes(before.data, after.data)) throw new Changed(place);
      this.members(before.dict, after.dict, place, ["Length"]);
    } else if (before instanceof Dict && after instanceof Dict) {
      this.dictionary(before, after, place);
    } else if (Array.isArray(before) && Array.isArray(after)) {
      if (before.length !== after.length) throw new Changed(place);
      before.forEach((value, at) => {
        this.waiting.push([value, after[at], `${place}/${at}`]);
      });
    } else if (!isSame(before, after)) {
      throw new Changed(place);
    }
  }

  private dictionary(before: Dict, after: Dict, place: string): void {
    if (isName(this.old(before.get("Type")), "Page")) {
      this.annotations(before.get("Annots"), after.get("Annots"), `${place}/Annots`);
      this.members(before, after, place, ["Annots"]);
    } else if (isName(this.old(before.get("FT")), "Sig")) {
      // signing an empty field sets its value; its look stays as it is unless it has no extent
      const free = withoutExtent(this.original, before) ? ["V", "AP", "F", "Lock", "MK"] : ["V", "Lock"];
      this.members(before, after, place, before.get("V") === undefined ? free : []);
    } else {
      this.members(before, after, place, []);
    }
  }

  private members(before: Dict, after: Dict, place: string, free: readonly string[]): void {
    for (const key of new Set([...before.keys, ...after.keys])) {
      if (!free.includes(key)) this.waiting.push([before.get(key), after.get(key), `${short(place)}/${key}`]);
    }
  }

  /** The page's annotations are the same, but for signature fields without extent that were added. */
  private annotations(one: Member, other: Member, place: string): void {
    const [before, after] = [this.list(this.old(one), place), this.list(this.new(other), place)];
    const added = after.slice(before.length).filter(item => !isAddedSignature(this.whole, item));
    if (after.length < before.length || added.length) throw new Changed(place);
    before.forEach((value, at) => {
      this.waiting.push([value, after[at], place]);
    });
  }

  /** The form's fields are kept; what is added are signature fields without extent. */
  private form(before: Value, after: Value): void {
    if (before === null && after === null) return;
    const place = "/AcroForm";
    if (!(after instanceof Dict) || !(before === null || before instanceof Dict)) throw new Changed(place);
    const form = before ?? new Dict(new Map());
    this.members(form, after, place, FREE_FORM);
    const fields = [
      this.list(this.old(form.get("Fields")), place),
      this.list(this.new(after.get("Fields")), place),
    ];
    const [old, now] = fields as [Value[], Value[]];
    if (!now.slice(old.length).every(item => isAddedSignature(this.whole, item))) {
      throw new Changed(`${place}/Fields`);
    }
    this.kept(old, now, `${place}/Fields`);
  }

  /** Name trees are the same; attachments are kept and may be added to. */
  private names(before: Value, after: Value): void {
    if (before === null && after === null) return;
    if (!(after instanceof Dict) || !(before === null || before instanceof Dict)) throw new Changed("/Names");
    const names = before ?? new Dict(new Map());
    this.members(names, after, "/Names", ["EmbeddedFiles"]);
    const now = nameTree(this.whole, after.get("EmbeddedFiles"));
    for (const [name, file] of nameTree(this.original, names.get("EmbeddedFiles"))) {
      if (!now.has(name)) throw new Changed("/Names/EmbeddedFiles");
      this.waiting.push([file, now.get(name), "/Names/EmbeddedFiles"]);
    }
  }

  /** Every element of the first array stands in the second at the same place. */
  private kept(before: readonly Value[], after: readonly Value[], place: string): void {
    if (after.length < before.length) throw new Changed(place);
    before.forEach((value, at) => {
      this.waiting.push([value, after[at], place]);
    });
  }

  private list(value: Value, place: string): Value[] {
    return elements(value, place);
  }
}

/** Whether an annotation or field is a signature field that shows nothing and does nothing. */
function isAddedSignature(pdf: Pdf, item: Member): boolean {
  const field = pdf.resolve(item);
  if (!(field instanceof Dict)) return false;
  const subtype = pdf.resolve(field.get("Subtype"));
  return (
    isName(pdf.resolve(field.get("FT")), "Sig") &&
    (subtype === null || isName(subtype, "Widget")) &&
    field.keys.every(key => FIELD_KEYS.includes(key)) &&
    (subtype === null || withoutExtent(pdf, field))
  );
}

function withoutExtent(pdf: Pdf, field: Dict): boolean {
  const corners = pdf.resolve(field.get("Rect"));
  if (!Array.isArray(corners) || corners.length !== 4) return false;
  const [left, bottom, right, top] = corners.map(corner => {
    const found = pdf.resolve(corner);
    return found instanceof Num ? found.digits : null;
  });
  return left !== null && bottom !== null && left === right && bottom === top;
}

function elements(value: Value, place: string): Value[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Unreadable(place);
  return value;
}

/** A name tree (ISO 32000-2, 7.9.6) as name to value; refuses one with a cycle or a name twice. */
function nameTree(pdf: Pdf, root: Member): Map<string, Value> {
  const found = new Map<string, Value>();
  const waiting: Member[] = [root];
  for (let steps = 0; waiting.length; steps++) {
    const here = pdf.resolve(waiting.pop());
    if (here === null) continue;
    if (!(here instanceof Dict) || steps > 10_000) throw new Unreadable("/EmbeddedFiles");
    waiting.push(...elements(pdf.resolve(here.get("Kids")), "/EmbeddedFiles"));
    const pairs = elements(pdf.resolve(here.get("Names")), "/EmbeddedFiles");
    if (pairs.length % 2) throw new Unreadable("/EmbeddedFiles");
    for (let at = 0; at < pairs.length; at += 2) {
      const name = pdf.resolve(pairs[at]);
      if (!(name instanceof Text) || found.has(textOf(name))) throw new Unreadable("/EmbeddedFiles");
      found.set(textOf(name), pairs[at + 1] ?? null);
    }
  }
  return found;
}

/** The bytes of a file specification's embedded file, null where it has none that can be read within bounds. */
async function attachment(pdf: Pdf, file: Dict): Promise<Uint8Array | null> {
  const files = pdf.resolve(file.get("EF"));
  const stream = files instanceof Dict ? pdf.resolve(files.get("F") ?? files.get("UF")) : null;
  if (!(stream instanceof Stream)) return null;
  let filter = pdf.resolve(stream.dict.get("Filter"));
  if (Array.isArray(filter) && filter.length < 2) filter = pdf.resolve(filter[0]);
  if (filter === null) return stream.data.length <= MAX_ATTACHMENT ? stream.data : null;
  if (!isName(filter, "FlateDecode") || stream.dict.get("DecodeParms") !== undefined) return null;
  return inflate(stream.data, MAX_ATTACHMENT).catch(() => null);
}

function fileName(pdf: Pdf, file: Dict, fallback: string): string {
  const found = pdf.resolve(file.get("UF") ?? file.get("F"));
  return found instanceof Text ? textOf(found) : fallback;
}

/** A text string's characters (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 behind their marks, else one byte each. */
function textOf(of: Text): string {
  const raw = Uint8Array.from(of.bytes, character => character.charCodeAt(0));
  if (of.bytes.startsWith("\xfe\xff")) return new TextDecoder("utf-16be").decode(raw);
  return of.bytes.startsWith("\xef\xbb\xbf") ? new TextDecoder().decode(raw) : of.bytes;
}

function isName(value: Member, text: string): boolean {
  return value instanceof Name && value.text === text;
}

function isSame(one: Value, other: Value): boolean {
  if (one instanceof Num && other instanceof Num)
    return one.digits === other.digits && one.integer === other.integer;
  if (one instanceof Name && other instanceof Name) return one.text === other.text;
  if (one instanceof Text && other instanceof Text) return one.bytes === other.bytes;
  return one === other;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** The first steps of a place: enough to find it, and no endless line for a deep one. */
function short(place: string): string {
  return place.length < 120 ? place : `${place.slice(0, 117)}...`;
}
