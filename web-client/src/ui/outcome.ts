/** A verdict as a page shows it: one plain sentence, what it speaks of, the checks below. */

import type { Outcome } from "../cases.ts";
import { type Check, reason, type Status, sentence, title } from "../proof/verdict.ts";
import { h } from "./dom.ts";
import { type Key, language, words } from "./words.ts";

const MARKS: Readonly<Record<Status, string>> = { passed: "✔", failed: "✘", unknown: "?", "not asked": "·" };
const SPOKEN: Readonly<Record<Status, Key>> = {
  passed: "passed",
  failed: "failed",
  unknown: "unknown",
  "not asked": "not-asked",
};

export function showOutcome(of: Outcome): HTMLElement {
  const { overall, checks } = of.verdict;
  const shown = h(
    "section",
    { class: `verdict verdict-${overall}`, "data-overall": overall },
    h("p", { class: "verdict-file" }, of.name),
    h("h2", { class: "verdict-sentence" }, `${sentence(of.verdict, language())}.`),
  );
  if (of.about) {
    const { subject, index, origin, leaf } = of.about;
    shown.append(
      h("p", { class: "verdict-about" }, words("about", subject, index, origin)),
      h("p", { class: "verdict-leaf" }, h("code", {}, leaf)),
    );
  }
  if (checks[5]?.code === "no-trust") shown.append(h("p", { class: "verdict-advice" }, words("give-trust")));
  if (checks.some(each => each.code === "document-unread" || each.code === "paper-browser")) {
    shown.append(h("p", { class: "verdict-advice" }, words("use-command"), " ", command(of.name)));
  }
  const list = h("ol", { class: "checks" }, ...checks.map(showCheck));
  shown.append(h("details", { open: overall !== "authentic" }, h("summary", {}, words("checks")), list));
  return shown;
}

/** The command that does the same on one's own machine. */
export function command(name: string): HTMLElement {
  const quoted = /^[\w.@%+=:,/-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  return h("code", { class: "command" }, `huella verify ${quoted} --trust trust.json`);
}

function showCheck(of: Check): HTMLElement {
  const why = reason(of, language());
  return h(
    "li",
    { class: `check check-${of.status.replace(" ", "-")}`, value: String(of.number) },
    h("span", { class: "check-mark", "aria-hidden": "true" }, MARKS[of.status]),
    h("span", { class: "visually-hidden" }, `${words(SPOKEN[of.status])}: `),
    ` ${title(of, language())}`,
    why ? h("span", { class: "check-reason" }, ` — ${why}`) : "",
  );
}
