/** The time until a procedure closes, told every second; screen readers are told once a minute. */

import { words } from "./words.ts";

const SECOND = 1000;

/** Fill `<time data-huella="countdown" datetime="…">` with the time that is left. */
export function fillCountdown(element: HTMLElement): void {
  const end = Date.parse(element.getAttribute("datetime") ?? "");
  if (Number.isNaN(end)) return;
  element.setAttribute("role", "timer");
  const tick = (): void => {
    const left = Math.ceil((end - Date.now()) / SECOND);
    element.textContent = left > 0 ? remaining(left) : (element.dataset.done ?? words("closed"));
    if (left > 0 && element.isConnected) setTimeout(tick, SECOND - (Date.now() % SECOND));
  };
  tick();
}

/** Days, hours, minutes and seconds; from a day on without seconds. */
export function remaining(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const [hours, minutes] = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  if (days) return words("days-hours", days, hours, minutes);
  return `${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
}
