/** Sealing an offer in the browser: what is typed here leaves only sealed, encrypted and signed. */

import { fromUtf8, utf8 } from "../bytes.ts";
import { HuellaError } from "../errors.ts";
import { type KeptOffer, keepOffer, makePartyKey, partySigner } from "../keys.ts";
import { parse } from "../proof/bundle.ts";
import * as offers from "../records/offer.ts";
import { placed, type QuotationRequest, quotationRequest } from "../records/procedure.ts";
import { deliver } from "./deliver.ts";
import { button, fetchBytes, h, save } from "./dom.ts";
import { AMOUNT, field, fieldOf, productFields, quotationOf } from "./offer_form.ts";
import { keyPanel } from "./party.ts";
import { say } from "./trusted.ts";
import { words } from "./words.ts";

/** `data-huella="offer"`: the form of one requirement. */
export async function fillOffer(element: HTMLElement): Promise<void> {
  const raw = await fetchBytes(element.dataset.bundle);
  const told = h("div", { class: "sealed-here", "aria-live": "polite" });
  try {
    if (raw === null) throw new Error("no bundle");
    const request = quotationRequest(placed(parse(raw).procedure));
    // without an address that knows keys (data-key) there is nothing to say of this browser's
    const key = element.dataset.key ? [await keyPanel(element.dataset.key)] : [];
    element.replaceChildren(...key, form(request, element.dataset, told), told);
  } catch (error) {
    const why = error instanceof HuellaError ? say(error) : words("no-bundle");
    element.replaceChildren(h("p", { role: "alert" }, why));
  }
}

function form(request: QuotationRequest, settings: DOMStringMap, told: HTMLElement): HTMLFormElement {
  const wanted = request.requirement;
  const party = JSON.parse(settings.party ?? "{}") as Partial<offers.Party>;
  const places = JSON.parse(settings.places ?? "{}") as Record<number, string>;
  const made = h(
    "form",
    { class: "offer-form", novalidate: false },
    h(
      "fieldset",
      {},
      h("legend", {}, words("who-offers")),
      field(words("ruc"), "ruc", { value: party.ruc, pattern: "[0-9]{11}", inputmode: "numeric" }),
      field(words("name"), "name", { value: party.name }),
    ),
    ...wanted.products.map(product => productFields(request, product.number, places)),
    field(words("minimum", wanted.currency), "minimum", { ...AMOUNT, required: false }),
    h("p", { class: "hint" }, words("seal-hint")),
    h("button", { type: "submit", class: "button primary" }, words("seal")),
  );
  made.addEventListener("submit", async event => {
    event.preventDefault();
    const submit = made.querySelector<HTMLButtonElement>("button[type=submit]");
    if (submit) submit.disabled = true;
    clear(made);
    try {
      told.replaceChildren(await sealed(request, new FormData(made), settings));
    } catch (error) {
      if (!(error instanceof HuellaError)) throw error;
      told.replaceChildren(h("p", { class: "errors", role: "alert" }, say(error)));
      mark(fieldOf(made, request, "field" in error ? String(error.field) : ""), say(error));
    } finally {
      if (submit) submit.disabled = false;
    }
  });
  return made;
}

/** An error at its field, which takes the focus; what was typed stays. */
function mark(input: HTMLElement | null, why: string): void {
  if (input === null) return;
  input.setAttribute("aria-invalid", "true");
  const beside = input.parentElement?.querySelector(".field-error");
  if (beside) beside.textContent = why;
  input.focus();
}

function clear(made: HTMLFormElement): void {
  for (const each of made.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  for (const each of made.querySelectorAll(".field-error")) each.textContent = "";
}

async function sealed(
  request: QuotationRequest,
  given: FormData,
  settings: DOMStringMap,
): Promise<HTMLElement> {
  const signer = (await partySigner()) ?? (await makePartyKey());
  const party = { ruc: String(given.get("ruc") ?? "").trim(), name: String(given.get("name") ?? "").trim() };
  const salt = () => crypto.getRandomValues(new Uint8Array(16));
  const copy = await offers.compose(request, { party, signer, salt }, quotationOf(request, given));
  const file = await offers.offerFile(copy, request);
  const code = copy.offer.subject;
  const kept: KeptOffer = {
    code,
    requirement: request.subject,
    sealedAt: new Date().toISOString(),
    copy: fromUtf8(offers.write(copy)) ?? "",
    file: fromUtf8(file) ?? "",
  };
  await keepOffer(kept);
  const told = h("div", { class: "sent", "aria-live": "polite" });
  const send = button(words("send"), () => deliver(kept, settings, told), "primary");
  return h(
    "section",
    { class: "sealed-offer", "data-code": code },
    h("h3", {}, words("sealed-as", code)),
    h("p", {}, words("keep-copy")),
    h(
      "div",
      { class: "actions" },
      button(words("save-copy"), () => save(`${code}.copy.json`, utf8(kept.copy)), "second"),
      button(words("save-file"), () => save(`${code}.offer.json`, file), "second"),
      settings.post ? send : "",
    ),
    h("p", { class: "hint" }, words("your-key", signer.alg), " ", h("code", {}, signer.key)),
    told,
  );
}
