/** The digest under which an offer, or any other file, was lodged on the chain: computed here, the file is sent nowhere. */

import { fromUtf8, hex } from "../bytes.ts";
import { isObject, type JsonObject, parse } from "../json.ts";
import { sha256 } from "../proof/merkle.ts";
import { signedBytes } from "../records/act.ts";
import { COPY_FORMAT, FILE_FORMAT } from "../records/offer.ts";
import { h } from "./dom.ts";
import { words } from "./words.ts";

const DEPTH = 32;
const MOST = 30_000_000;

/** Of an offer's file, or its supplier's copy, the SHA-256 of what its own key signs; of any other file its SHA-256. */
export function digestOf(raw: Uint8Array): { digest: string; offer: boolean } {
  const offer = offerIn(raw);
  return { digest: hex(sha256(offer === null ? raw : signedBytes(offer))), offer: offer !== null };
}

function offerIn(raw: Uint8Array): JsonObject | null {
  const text = fromUtf8(raw);
  if (text === null || !text.trimStart().startsWith("{")) return null;
  try {
    const told = parse(text, DEPTH);
    if (!isObject(told) || (told.format !== FILE_FORMAT && told.format !== COPY_FORMAT)) return null;
    return isObject(told.offer) ? told.offer : null;
  } catch {
    return null;
  }
}

/** `data-huella="digest"`: a file chooser that fills the field whose id is in `data-for`. */
export function fillDigest(element: HTMLElement): void {
  const told = h("p", { class: "hint", role: "status" }, words("digest-here"));
  const chooser = h("input", { type: "file", id: "digest-file" });
  chooser.addEventListener("change", async () => {
    const file = chooser.files?.[0];
    const field = document.getElementById(element.dataset.for ?? "");
    if (file === undefined || !(field instanceof HTMLInputElement)) return;
    if (file.size > MOST) {
      told.textContent = words("digest-large");
      return;
    }
    const found = digestOf(new Uint8Array(await file.arrayBuffer()));
    field.value = found.digest;
    told.textContent = words(found.offer ? "digest-offer" : "digest-file");
  });
  const label = h("label", { for: "digest-file" }, words("digest-choose"));
  element.replaceChildren(h("div", { class: "field" }, label, chooser, told));
}
