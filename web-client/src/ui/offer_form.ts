/** The form of an offer: its fields out of the requirement, and the quotation that it holds. */

import type * as offers from "../records/offer.ts";
import type { QuotationRequest } from "../records/procedure.ts";
import { h } from "./dom.ts";
import { words } from "./words.ts";

export const AMOUNT = { inputmode: "decimal", pattern: "[0-9]{1,13}([.][0-9]{1,2})?" };
const PRICE = { inputmode: "decimal", pattern: "[0-9]{1,13}([.][0-9]{1,6})?" };

/** Fields of one product; `places` are destinations in words, by their number. */
export function productFields(
  request: QuotationRequest,
  number: number,
  places: Readonly<Record<number, string>> = {},
): HTMLElement {
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
      const where = places[place.number] ?? `${place.number} ${place.district ?? place.ubigeo ?? ""}`.trim();
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

export function field(
  label: string,
  name: string,
  attributes: Record<string, string | boolean | undefined>,
): HTMLElement {
  const input = h("input", { name, required: true, autocomplete: "off", ...attributes });
  return h("label", {}, label, input, h("span", { class: "field-error", "data-of": name }));
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

/** A price in its one spelling: no zeros in front. */
function plain(text: string): string {
  return text.replace(",", ".").replace(/^0+(?=\d)/, "");
}

function cents(text: string): string {
  const [whole, fraction = ""] = plain(text).split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

/** The field that an error names: `/products/0/unit_price` is the price of the first product quoted. */
export function fieldOf(
  form: HTMLFormElement,
  request: QuotationRequest,
  pointer: string,
): HTMLElement | null {
  const find = (name: string) => form.querySelector<HTMLElement>(`[name="${name}"]`);
  const last = pointer.split("/").pop() ?? "";
  if (pointer.startsWith("/bidder") || last === "ruc" || last === "name") {
    return find(last === "ruc" ? "ruc" : "name");
  }
  if (pointer === "/minimum") return find("minimum");
  const { products, destinations } = request.requirement;
  const quoted = products.filter(each => typed(find(`price-${each.number}`)));
  if (pointer.startsWith("/shipping")) {
    const places = quoted.flatMap(each => destinations.map(to => `freight-${each.number}-${to.number}`));
    return find(places.find(name => !typed(find(name))) ?? places[0] ?? "");
  }
  const product = quoted[Number(/^\/products\/(\d+)/.exec(pointer)?.[1] ?? 0)] ?? products[0];
  return find(`${last === "sheet" ? "sheet" : "price"}-${product?.number}`);
}

function typed(field: HTMLElement | null): string {
  return field instanceof HTMLInputElement ? field.value.trim() : "";
}
