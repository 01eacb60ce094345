/** Sealing an offer in the browser: what is typed here leaves only sealed, encrypted and signed. */

import { fromUtf8, utf8 } from "../bytes.ts";
import { HuellaError } from "../errors.ts";
import { keepOffer, makePartyKey, partySigner } from "../keys.ts";
import { parse } from "../proof/bundle.ts";
import * as offers from "../records/offer.ts";
import { placed, type QuotationRequest, quotationRequest } from "../records/procedure.ts";
import { button, fetchBytes, h, save } from "./dom.ts";
import { say } from "./trusted.ts";
import { words } from "./words.ts";

/** `data-huella="offer"`: the form of one requirement. */
export async function fillOffer(element: HTMLElement): Promise<void> {
  const raw = await fetchBytes(element.dataset.bundle);
  const told = h("div", { class: "results", "aria-live": "polite" });
  try {
    if (raw === null) throw new Error("no bundle");
    const request = quotationRequest(placed(parse(raw).procedure));
    element.replaceChildren(form(request, element.dataset, told), told);
  } catch (error) {
    const why = error instanceof HuellaError ? say(error) : words("no-bundle");
    element.replaceChildren(h("p", { role: "alert" }, why));
  }
}

function form(request: QuotationRequest, settings: DOMStringMap, told: HTMLElement): HTMLFormElement {
  const wanted = request.requirement;
  const party = JSON.parse(settings.party ?? "{}") as Partial<offers.Party>;
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
    ...wanted.products.map(product => productFields(request, product.number)),
    field(words("minimum", wanted.currency), "minimum", { ...AMOUNT, required: false }),
    h("p", { class: "hint" }, words("seal-hint")),
    h("button", { type: "submit", class: "button primary" }, words("seal")),
  );
  made.addEventListener("submit", async event => {
    event.preventDefault();
    const submit = made.querySelector<HTMLButtonElement>("button[type=submit]");
    if (submit) submit.disabled = true;
    try {
      told.replaceChildren(await sealed(request, new FormData(made), settings));
    } catch (error) {
      if (!(error instanceof HuellaError)) throw error;
      const where = "field" in error && error.field ? ` (${String(error.field)})` : "";
      told.replaceChildren(h("p", { role: "alert" }, say(error) + where));
    } finally {
      if (submit) submit.disabled = false;
    }
  });
  return made;
}

const AMOUNT = { inputmode: "decimal", pattern: "[0-9]{1,13}([.][0-9]{1,2})?" };
const PRICE = { inputmode: "decimal", pattern: "[0-9]{1,13}([.][0-9]{1,6})?" };

function productFields(request: QuotationRequest, number: number): HTMLElement {
  const { products, needs_freight, destinations, currency } = request.requirement;
  const product = products.find(each => each.number === number);
  const set = h(
    "fieldset",
    {},
    h(
      "legend",
      {},
      `${number}. ${product?.description ?? ""} — ${product?.quantity ?? ""} ${product?.unit ?? ""}`,
    ),
    field(words("unit-price", currency), `price-${number}`, { ...PRICE, required: false }),
  );
  if (product?.sheets?.length) {
    const choices = product.sheets.map(sheet => h("option", { value: sheet }, sheet));
    set.append(h("label", {}, words("sheet"), h("select", { name: `sheet-${number}` }, ...choices)));
  }
  if (needs_freight) {
    for (const place of destinations) {
      const where = `${place.number} ${place.district ?? place.ubigeo ?? ""}`.trim();
      set.append(
        field(words("freight-to", where), `freight-${number}-${place.number}`, {
          ...AMOUNT,
          required: false,
        }),
      );
    }
  }
  return set;
}

function field(
  label: string,
  name: string,
  attributes: Record<string, string | boolean | undefined>,
): HTMLElement {
  return h("label", {}, label, h("input", { name, required: true, autocomplete: "off", ...attributes }));
}

/** The quotation that a form holds: products without a price are not quoted. */
export function quotationOf(request: QuotationRequest, given: FormData): offers.Quotation {
  const text = (name: string) => String(given.get(name) ?? "").trim();
  const wanted = request.requirement;
  const quoted = wanted.products.filter(product => text(`price-${product.number}`));
  const products = quoted.map(product => {
    const sheet = text(`sheet-${product.number}`);
    const quote = {
      product: product.number,
      quantity: product.quantity,
      unit_price: plain(text(`price-${product.number}`)),
    };
    return sheet ? { ...quote, sheet } : quote;
  });
  const places = wanted.needs_freight ? wanted.destinations : [];
  // a freight that is left empty is missing, not free: sealing then says so
  const shipping = quoted.flatMap(product =>
    places.flatMap(place => {
      const cost = text(`freight-${product.number}-${place.number}`);
      return cost ? { product: product.number, destination: place.number, cost: cents(cost) } : [];
    }),
  );
  const minimum = text("minimum");
  return {
    currency: wanted.currency,
    products,
    ...(shipping.length ? { shipping } : {}),
    ...(minimum ? { minimum: cents(minimum) } : {}),
  };
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
  const kept = {
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
      button(words("save-copy"), () => save(`${code}.copy.json`, utf8(kept.copy))),
      button(words("save-file"), () => save(`${code}.offer.json`, file)),
      settings.post ? send : "",
    ),
    h("p", { class: "hint" }, words("your-key", signer.alg), " ", h("code", {}, signer.key)),
    told,
  );
}

type Kept = Parameters<typeof keepOffer>[0];

/** Hand the file in, and keep what the registry answers. */
async function deliver(kept: Kept, settings: DOMStringMap, told: HTMLElement): Promise<void> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "idempotency-key": kept.code,
  };
  if (settings.csrf) headers["x-csrf-token"] = settings.csrf;
  const answer = await fetch(settings.post ?? "", { method: "POST", headers, body: kept.file }).catch(
    () => null,
  );
  const said: unknown = await answer?.json().catch(() => null);
  if (!answer?.ok) {
    const detail = said && typeof said === "object" && "detail" in said ? String(said.detail) : "";
    told.replaceChildren(h("p", { role: "alert" }, words("not-sent"), " ", detail));
    return;
  }
  await keepOffer({ ...kept, answer: said });
  told.replaceChildren(h("p", { class: "received" }, words("received")));
}

/** A price in its one spelling: no zeros in front. */
function plain(text: string): string {
  return text.replace(",", ".").replace(/^0+(?=\d)/, "");
}

function cents(text: string): string {
  const [whole, fraction = ""] = plain(text).split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}
