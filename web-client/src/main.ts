/** What every page loads: it looks for elements that ask for more, and fetches only that (docs/design/browser.md). */

import { fillCountdown } from "./ui/countdown.ts";

type Fill = (element: HTMLElement) => void | Promise<void>;

/** `data-huella` to what fills the element. */
const FILLS: Readonly<Record<string, () => Promise<Fill>>> = {
  countdown: async () => fillCountdown,
};

/** Fill what stands in a part of the page. What cannot be fetched leaves the page as it was written. */
function enhance(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-huella]:not([data-filled])")) {
    element.dataset.filled = "";
    const load = FILLS[element.dataset.huella ?? ""];
    void load?.()
      .then(fill => fill(element))
      .catch(() => element.classList.add("huella-unavailable"));
  }
}

enhance(document);
document.addEventListener("htmx:afterSwap", event => {
  if (event.target instanceof HTMLElement) enhance(event.target);
});
