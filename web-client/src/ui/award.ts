/** "Recompute the award": every record of the procedure checked here, and the announced rule run again. */

import { HuellaError } from "../errors.ts";
import { type Checked, check, type Fault, parse } from "../proof/bundle.ts";
import type { Award, Place } from "../records/award.ts";
import { button, fetchBytes, h } from "./dom.ts";
import { say, Trusted } from "./trusted.ts";
import { type Key, words } from "./words.ts";

const AWARD: Readonly<Record<Checked["award"], Key>> = {
  same: "award-same",
  differs: "award-differs",
  "not decided": "award-none",
};

/** `data-huella="award"`: a button, and the ranking as it was computed here. */
export function fillAward(element: HTMLElement): void {
  const trusted = new Trusted(element.dataset.trust);
  const results = h("div", { class: "results", "aria-live": "polite" });
  const run = async (): Promise<void> => {
    results.replaceChildren(h("p", { role: "status" }, words("computing")));
    const [raw, trust] = await Promise.all([fetchBytes(element.dataset.bundle), trusted.get()]);
    if (raw === null) {
      results.replaceChildren(h("p", { role: "alert" }, words("no-bundle")));
      return;
    }
    try {
      results.replaceChildren(show(await check(parse(raw), trust)));
    } catch (error) {
      if (!(error instanceof HuellaError)) throw error;
      results.replaceChildren(h("p", { role: "alert" }, say(error)));
    }
  };
  const start = h("div", { class: "actions" }, button(words("recompute"), run, "primary"));
  element.replaceChildren(
    start,
    results,
    trusted.field(() => void run()),
  );
}

function show(found: Checked): HTMLElement {
  const word = {
    authentic: "authentic",
    altered: "altered",
    forked: "altered",
    lost: "unknown",
    unknown: "unknown",
  }[found.overall];
  const sound = found.verdicts.filter(verdict => verdict.overall === "authentic").length;
  const shown = h(
    "section",
    { class: `verdict verdict-${word}`, "data-overall": found.overall, "data-award": found.award },
    h("h3", { class: "verdict-sentence" }, words(AWARD[found.award])),
    h("p", {}, words("records-sound", sound, found.verdicts.length)),
  );
  if (found.faults.length) shown.append(h("ul", { class: "faults" }, ...found.faults.map(fault)));
  const codes = new Map(found.case?.claims.map(claim => [claim.leaf, claim.offer]));
  if (found.computed) shown.append(...rankings(found.computed, codes));
  return shown;
}

function fault(of: Fault): HTMLElement {
  return h("li", {}, `${of.place}: ${say(of.error)} (${of.rule})`);
}

function rankings(award: Award, codes: ReadonlyMap<string, string>): HTMLElement[] {
  return (award.ranking ?? []).map(ranking => {
    const heads = [words("rank"), words("offer"), words("total"), words("why")];
    return h(
      "table",
      { class: "ranking" },
      h("caption", {}, words("ranking-of", ranking.products.join(", "), award.currency)),
      h("thead", {}, h("tr", {}, ...heads.map(head => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...(ranking.places ?? []).map(place => placeRow(place, codes))),
    );
  });
}

function placeRow(place: Place, codes: ReadonlyMap<string, string>): HTMLElement {
  const why = place.excluded ? words(`excluded-${place.excluded}` as Key) : "";
  return h(
    "tr",
    {},
    h("td", {}, place.rank === undefined ? "—" : String(place.rank)),
    h("th", { scope: "row", class: "offer-code", title: place.offer }, codes.get(place.offer) ?? place.offer),
    h("td", { class: "number" }, grouped(place.total ?? "")),
    h("td", {}, why),
  );
}

/** A decimal with its thousands apart, as the portal writes amounts. */
function grouped(amount: string): string {
  const [whole = "", ...cents] = amount.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...cents].join(".");
}
