/** The offers of this browser: their copies, their receipts, and the party's key. */

import { utf8 } from "../bytes.ts";
import { type KeptOffer, keptOffers } from "../keys.ts";
import { answerOf, deliver, receiptButtons } from "./deliver.ts";
import { button, h, save } from "./dom.ts";
import { keyPanel } from "./party.ts";
import { words } from "./words.ts";

/** `data-huella="receipts"`: a list, and the key. */
export async function fillReceipts(element: HTMLElement): Promise<void> {
  const [key, kept] = await Promise.all([keyPanel(element.dataset.key), keptOffers()]);
  const rows = kept
    .sort((one, other) => (one.sealedAt < other.sealedAt ? 1 : -1))
    .map(each => row(each, element.dataset));
  element.replaceChildren(
    key,
    rows.length ? h("ul", { class: "kept-offers results" }, ...rows) : h("p", {}, words("no-offers")),
  );
}

function row(kept: KeptOffer, settings: DOMStringMap): HTMLElement {
  const answer = answerOf(kept);
  const state = answer === null ? words("not-handed-in") : words("handed-in", answer.index);
  const told = h("div", { "aria-live": "polite" });
  const send = button(words("send"), () => deliver(kept, settings, told), "primary");
  const copy = button(words("save-copy"), () => save(`${kept.code}.copy.json`, utf8(kept.copy)), "second");
  return h(
    "li",
    { "data-code": kept.code },
    h("strong", { class: "wrap-any" }, kept.code),
    h("div", { class: "soft" }, `${kept.requirement} · ${state}`),
    h("div", { class: "soft small" }, `${kept.sealedAt.slice(0, 16).replace("T", " ")} UTC`),
    answer === null ? "" : receiptButtons(kept, settings),
    h("div", { class: "actions" }, answer === null && settings.post ? send : "", copy),
    told,
  );
}
