/** What every page loads: it looks for elements that ask for more, and fetches only that (docs/design/browser.md). */

type Fill = (element: HTMLElement) => void | Promise<void>;

/** `data-huella` to what fills the element. */
const FILLS: Readonly<Record<string, () => Promise<Fill>>> = {
  countdown: async () => (await import("./ui/countdown.ts")).fillCountdown,
  verify: async () => (await import("./ui/verify.ts")).fillVerify,
  drop: async () => (await import("./ui/verify.ts")).fillDrop,
  check: async () => (await import("./ui/check.ts")).fillCheck,
  award: async () => (await import("./ui/award.ts")).fillAward,
  offer: async () => (await import("./ui/offer.ts")).fillOffer,
  receipts: async () => (await import("./ui/receipts.ts")).fillReceipts,
  sign: async () => (await import("./ui/sign.ts")).fillSign,
  digest: async () => (await import("./ui/lodged.ts")).fillDigest,
  passkey: async () => (await import("./ui/passkey.ts")).fillPasskey,
  "opening-key": async () => (await import("./ui/opening.ts")).fillOpeningKey,
};

/** Fill what stands in a part of the page. What cannot be fetched leaves the page as it was written. */
function enhance(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-huella]:not([data-filled])")) {
    element.dataset.filled = "";
    start(element, FILLS[element.dataset.huella ?? ""]);
  }
  const charts = root.querySelectorAll<HTMLElement>("figure[data-chart]:not([data-filled])");
  for (const figure of charts) {
    figure.dataset.filled = "";
    whenSeen(figure, () => start(figure, async () => (await import("./ui/chart.ts")).fillChart));
  }
}

function start(element: HTMLElement, load: (() => Promise<Fill>) | undefined): void {
  void load?.()
    .then(fill => fill(element))
    .catch(error => {
      element.classList.add("huella-unavailable");
      console.error(error);
    });
}

/** Charts are heavy: they are fetched when the first one comes near the screen. */
function whenSeen(element: HTMLElement, work: () => void): void {
  const observer = new IntersectionObserver(
    entries => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      observer.disconnect();
      work();
    },
    { rootMargin: "200px" },
  );
  observer.observe(element);
}

enhance(document);
if (document.querySelector("[hx-get],[hx-post],[hx-boost]")) void import("./ui/htmx.ts");
document.addEventListener("htmx:afterSwap", event => {
  if (event.target instanceof HTMLElement) enhance(event.target);
});
