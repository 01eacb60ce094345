/** The QR by the camera: the browser's own reader where it has one, else ZXing (WebAssembly from this site). */

import { button, h } from "./dom.ts";
import { words } from "./words.ts";

type Reader = (video: HTMLVideoElement) => Promise<string | null>;

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const PAUSE = 150;

/** What a QR is: an address of this portal to go to, or why it is refused. */
export function judgeQr(
  text: string,
  domain: string,
): { readonly go: string } | { readonly refused: string } {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return { refused: words("qr-no-address") };
  }
  if (url.origin !== new URL(domain).origin)
    return { refused: words("qr-other", url.host || url.protocol, new URL(domain).host) };
  if (!/^\/v\/[0-9A-Za-z-]{4,40}$/.test(url.pathname)) return { refused: words("qr-no-code") };
  return { go: url.origin + url.pathname };
}

/** Show the camera in `place` until a QR was read or the visitor stops. */
export async function openCamera(
  place: HTMLElement,
  domain: string,
  go: (address: string) => void = address => location.assign(address),
): Promise<void> {
  const told = h("p", { class: "camera-told", role: "status" }, words("scanning"));
  const video = h("video", { playsinline: true, muted: true, "aria-label": words("scan") });
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment" },
      audio: false,
    });
  } catch {
    place.replaceChildren(h("p", { class: "camera-told", role: "alert" }, words("no-camera")));
    return;
  }
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
    video.remove();
  };
  place.replaceChildren(
    video,
    told,
    button(words("stop"), () => {
      stop();
      place.replaceChildren();
    }),
  );
  video.srcObject = stream;
  await video.play();
  const read = await chooseReader();
  while (video.isConnected) {
    const text = await read(video);
    if (text !== null) {
      const found = judgeQr(text, domain);
      stop();
      if ("go" in found) {
        told.textContent = words("qr-found");
        go(found.go);
      } else {
        place.replaceChildren(h("p", { class: "camera-told refused", role: "alert" }, found.refused));
      }
      return;
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE));
  }
}

async function chooseReader(): Promise<Reader> {
  const native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  const formats: string[] = (await native?.getSupportedFormats().catch(() => [])) ?? [];
  if (native && formats.includes("qr_code")) {
    const detector = new native({ formats: ["qr_code"] });
    return async video => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  const { readQr } = await import("./zxing.ts");
  return async video => {
    const { videoWidth: width, videoHeight: height } = video;
    const context = new OffscreenCanvas(width || 1, height || 1).getContext("2d", {
      willReadFrequently: true,
    });
    if (!context || !width) return null;
    context.drawImage(video, 0, 0, width, height);
    return readQr(context.getImageData(0, 0, width, height));
  };
}
