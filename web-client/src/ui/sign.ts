/** Forms whose act is signed here: where this browser has the party's authorised key, the form is not sent as it stands
 * but sealed and signed, and its photograph stays (docs/design/browser.md). */

import { hex } from "../bytes.ts";
import { type Json, type JsonObject, object } from "../json.ts";
import { partySigner } from "../keys.ts";
import { sha256 } from "../proof/merkle.ts";
import { signedFact } from "../records/fact.ts";
import type { Signer } from "../records/offer.ts";
import { h } from "./dom.ts";
import { standing } from "./party.ts";
import { words } from "./words.ts";

const LARGEST = 12_000_000;
const TYPES: readonly [readonly number[], string, string][] = [
  [[0xff, 0xd8, 0xff], "image/jpeg", "acta.jpg"],
  [[0x89, 0x50, 0x4e, 0x47], "image/png", "acta.png"],
  [[0x25, 0x50, 0x44, 0x46], "application/pdf", "acta.pdf"],
];

/** `data-huella="sign"` on a form. A field's `data-member` names the member of the data, `data-as` how it is read. */
export async function fillSign(element: HTMLElement): Promise<void> {
  if (!(element instanceof HTMLFormElement)) return;
  const signer = await partySigner();
  const state = signer === null ? "unknown" : await standing(element.dataset.key, signer);
  const told = h("div", { class: "told", "aria-live": "polite" });
  element.prepend(told);
  const always = element.dataset.always !== undefined;
  if (signer === null || state !== "live") {
    if (always) told.replaceChildren(h("p", { class: "errors" }, words("cannot-sign")));
    if (always) for (const each of element.querySelectorAll("button")) each.disabled = true;
    return;
  }
  element.dataset.signing = "";
  element.append(h("p", { class: "hint" }, words("will-sign")));
  element.addEventListener("submit", event => {
    event.preventDefault();
    void send(element, signer, told);
  });
}

async function send(form: HTMLFormElement, signer: Signer, told: HTMLElement): Promise<void> {
  const submit = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (submit) submit.disabled = true;
  try {
    const why = await handIn(form, signer);
    if (why !== null) told.replaceChildren(h("p", { class: "errors", role: "alert" }, why));
  } finally {
    if (submit) submit.disabled = false;
  }
}

/** Sign and hand in; in words why it was refused, null where it was taken and the page goes on. */
async function handIn(form: HTMLFormElement, signer: Signer): Promise<string | null> {
  const data = await dataOf(form);
  if (data === null) return words("bad-photo", LARGEST / 1_000_000);
  const { kind = "", subject = "", prev, post = "", csrf = "", done = "", personal = "" } = form.dataset;
  const sealed = personal.split(" ").filter(pointer => isThere(data, pointer));
  const salt = () => crypto.getRandomValues(new Uint8Array(16));
  const draft = await signedFact({ kind, subject, data, personal: sealed }, prev || null, signer, salt);
  const headers = { "content-type": "application/json", "x-csrf-token": csrf };
  const body = JSON.stringify(draft);
  const answer = await fetch(post, { method: "POST", headers, body }).catch(() => null);
  const said: unknown = await answer?.json().catch(() => null);
  const member = (name: string) =>
    said && typeof said === "object" && name in said ? String(Reflect.get(said, name)) : "";
  if (!answer?.ok) return `${words("not-accepted")} ${member("detail")} ${member("advice")}`;
  location.assign(`${done}?sealed=${member("index")}`);
  return null;
}

function isThere(data: JsonObject, pointer: string): boolean {
  const [, name = "", place] = pointer.split("/");
  const value = data[name];
  return place === undefined ? value !== undefined : Array.isArray(value) && value.length > Number(place);
}

/** The members that the form's fields tell; empty ones are left out. Null where a file cannot be taken. */
async function dataOf(form: HTMLFormElement): Promise<JsonObject | null> {
  const data = object();
  for (const field of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("[data-member]")) {
    const name = field.dataset.member ?? "";
    if (field instanceof HTMLInputElement && field.type === "file") {
      const file = field.files?.[0];
      if (!file) continue;
      const named = await reference(file);
      if (named === null) return null;
      data[name] = [named];
      continue;
    }
    const text = field.value.trim().replaceAll("\r\n", "\n");
    if (text) data[name] = read(text, field.dataset.as);
  }
  return data;
}

function read(text: string, as: string | undefined): Json {
  if (as === "number") return Number(text);
  // the form's time is Lima's, which keeps UTC-5 the whole year
  if (as === "lima") return new Date(`${text.length === 16 ? `${text}:00` : text}-05:00`).toISOString();
  return text;
}

/** A document's reference: digest and size, its name by its first bytes; the file itself goes nowhere. */
async function reference(file: File): Promise<JsonObject | null> {
  if (file.size > LARGEST) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const found = TYPES.find(([start]) => start.every((byte, at) => bytes[at] === byte));
  if (!found) return null;
  const [, media_type, name] = found;
  return { media_type, name, sha256: hex(sha256(bytes)), size: bytes.length };
}
