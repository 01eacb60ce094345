/** The words of the pages' own elements, Spanish first. What the verifier says stands in texts.json. */

import { fill, type Word } from "../errors.ts";
import type { Language } from "../proof/verdict.ts";

const WORDS = {
  closed: ["cerrado", "closed"],
  "days-hours": ["{} d {} h {} min", "{} d {} h {} min"],
  // verification
  drop: [
    "Suelte aquí el PDF, la evidencia o la constancia, o toque para elegir",
    "Drop the PDF, the evidence file or the receipt here, or tap to choose",
  ],
  "never-uploaded": [
    "El archivo se comprueba en su equipo y no se envía a ninguna parte.",
    "The file is checked on your device and is sent nowhere.",
  ],
  checking: ["Comprobando…", "Checking…"],
  checks: ["Las comprobaciones, una por una", "The checks, one by one"],
  passed: ["se cumple", "passed"],
  failed: ["no se cumple", "failed"],
  unknown: ["no se sabe", "unknown"],
  "not-asked": ["no se preguntó", "not asked"],
  about: [
    "Habla de {}: asiento n.º {} del registro {}. Compare ese número con el de su documento.",
    "It speaks of {}: entry no. {} of the register {}. Compare that number with the one on your document.",
  ],
  "give-trust": [
    "Elija un archivo de confianza de alguien distinto de quien le dio el documento.",
    "Choose a trust file from somebody other than who gave you the document.",
  ],
  "use-command": ["Para comprobarlo por completo:", "To check it completely:"],
  trust: ["¿En quién confía esta comprobación?", "Whom does this check trust?"],
  "trust-served": [
    "En el archivo de confianza que entrega este mismo sitio. Quien no confía en este sitio elige otro, de otra fuente.",
    "The trust file that this very site hands out. Who does not trust this site chooses another, from another source.",
  ],
  "trust-own": ["Su archivo {}, del registro {}.", "Your file {}, of the register {}."],
  "trust-choose": ["Elegir otro archivo de confianza", "Choose another trust file"],
  "trust-bad": ["No es un archivo de confianza.", "This is no trust file."],
  // camera
  scan: ["Escanear el QR con la cámara", "Scan the QR with the camera"],
  scanning: ["Ponga el QR delante de la cámara", "Hold the QR before the camera"],
  stop: ["Cerrar la cámara", "Close the camera"],
  "no-camera": [
    "No se pudo usar la cámara. Escriba el código que está impreso junto al QR.",
    "The camera cannot be used. Type the code that is printed beside the QR.",
  ],
  "qr-found": ["QR leído, abriendo…", "QR read, opening…"],
  "qr-other": [
    "Cuidado: este QR lleva a {}, que no es {}. No se abrió. Puede ser un documento falso.",
    "Careful: this QR leads to {}, which is not {}. It was not opened. The document may be forged.",
  ],
  "qr-no-address": [
    "Este QR no lleva a ninguna dirección de este registro.",
    "This QR leads to no address of this register.",
  ],
  "qr-no-code": [
    "Este QR es de este sitio, pero no de una orden: no lleva código de verificación.",
    "This QR is of this site, but of no order: it has no verification code.",
  ],
  // check it yourself
  "check-here": ["Comprobar en este equipo", "Check on this device"],
  keep: ["Guardar la evidencia", "Save the evidence"],
  "no-evidence": [
    "No se pudo obtener la evidencia; intente otra vez.",
    "The evidence could not be fetched; try again.",
  ],
  "ask-nodes": ["Preguntar además a los nodos que usted elija", "Ask nodes of your own choice too"],
  "nodes-label": ["Direcciones de nodos, una por línea", "Addresses of nodes, one a line"],
  ask: ["Preguntar a estos nodos", "Ask these nodes"],
  "bad-node": [
    "Cada dirección comienza con https:// o http://",
    "Each address begins with https:// or http://",
  ],
  "offline-command": [
    "Lo mismo sin conexión y sin este sitio:",
    "The same without a network and without this site:",
  ],
  // charts
  "chart-of": ["Gráfico: {}. Los mismos datos están en la tabla.", "Chart: {}. The table has the same data."],
} as const satisfies Record<string, readonly [string, string]>;

export type Key = keyof typeof WORDS;

/** The page's language. */
export function language(): Language {
  return document.documentElement.lang.startsWith("en") ? "en" : "es";
}

/** A text in the page's language, with its values. */
export function words(key: Key, ...values: Word[]): string {
  return fill(WORDS[key][language() === "es" ? 0 : 1], values);
}
