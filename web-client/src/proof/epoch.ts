/** Epochs of a log that ended because sealed entries were lost for good (docs/spec/log.md, Epochs). */

import { ProofError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import {
  type Checkpoint,
  checkSignatures,
  parseCheckpoint,
  parseVerifierKey,
  type VerifierKey,
} from "./checkpoint.ts";
import { items, member } from "./form.ts";

const MAX_EPOCHS = 64;

/** An epoch that ended: how many of its entries were kept, its last known head, the Lima date of the recovery. */
export interface Epoch {
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
  readonly kept: number;
  readonly head: Checkpoint;
  readonly date: string;
}

/** The trust file's `epochs`. ProofError names what is not in its form, or not signed by the epoch's own key. */
export function readEpochs(value: JsonObject, origin: string): Epoch[] {
  if (!("epochs" in value)) return [];
  const found = items(value, "epochs", "object", MAX_EPOCHS, "").map((named, at) =>
    readEpoch(named, `/epochs/${at}`),
  );
  const origins = new Set([origin, ...found.map(each => each.origin)]);
  const ascends = found.every((each, at) => at === 0 || each.kept >= (found[at - 1] as Epoch).kept);
  if (!ascends || origins.size !== found.length + 1) {
    throw new ProofError("/epochs stands in ascending order of kept, each with an origin of its own");
  }
  return found;
}

function readEpoch(named: JsonObject, place: string): Epoch {
  const logKeys = items(named, "log_keys", "string", 64, place).map(text => parseVerifierKey(text));
  const date = member(named, "date", "string", place);
  if (!isDate(date)) throw new ProofError("{}/date is a date such as 2026-11-25", place);
  const head = parseCheckpoint(member(named, "head", "string", place));
  const origin = member(named, "origin", "string", place);
  const kept = member(named, "kept", "integer", place);
  if (!logKeys.length || logKeys.some(key => key.name !== origin)) {
    throw new ProofError("{}/log_keys bear the epoch's origin as their name", place);
  }
  if (checkSignatures(head, logKeys, origin) !== "good" || kept >= head.size) {
    throw new ProofError("{}/head is signed by the epoch's key, and longer than what was kept", place);
  }
  return { origin, logKeys, kept, head, date };
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const read = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(text);
}
