/** The words of the pages' own elements, Spanish first. What the verifier says stands in texts.json. */

import { fill, type Word } from "../fill.ts";
import type { Language } from "../proof/verdict.ts";

const WORDS = {
  closed: ["cerrado", "closed"],
  "days-hours": ["{} d {} h {} min", "{} d {} h {} min"],
  // passkeys
  "passkey-enter": ["Ingresar con una llave de acceso (passkey)", "Sign in with a passkey"],
  "passkey-add": ["Registrar una llave de acceso (passkey)", "Register a passkey"],
  "passkey-none": [
    "El dispositivo no dio una llave de acceso. Puede intentarlo otra vez.",
    "The device gave no passkey. You can try again.",
  ],
  "passkey-unknown": [
    "Este registro no conoce esa llave de acceso.",
    "This register does not know that passkey.",
  ],
  "passkey-failed": [
    "No se pudo. Cargue la página otra vez, o use su código de un solo uso.",
    "That did not work. Load the page again, or use your one-time code.",
  ],
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
  // the award
  recompute: ["Volver a calcular la adjudicación", "Compute the award again"],
  computing: ["Comprobando cada asiento y calculando…", "Checking every record and computing…"],
  "no-bundle": [
    "No se pudieron obtener los asientos del procedimiento.",
    "The procedure's records could not be fetched.",
  ],
  "award-same": [
    "La regla anunciada da la misma adjudicación, byte por byte.",
    "The announced rule gives the same award, byte for byte.",
  ],
  "award-differs": [
    "La regla anunciada da otra adjudicación que la registrada.",
    "The announced rule gives another award than the one on record.",
  ],
  "award-none": ["Todavía no hay adjudicación registrada.", "No award is on record yet."],
  "records-sound": [
    "{} de {} asientos son auténticos según este equipo.",
    "{} of {} records are authentic as this device sees it.",
  ],
  "ranking-of": ["Productos {}, totales en {}", "Products {}, totals in {}"],
  rank: ["Puesto", "Rank"],
  offer: ["Oferta", "Offer"],
  total: ["Total", "Total"],
  why: ["Por qué no cuenta", "Why it does not count"],
  "excluded-withdrawn": ["retirada", "withdrawn"],
  "excluded-superseded": ["el mismo postor hizo otra después", "the same bidder made a later one"],
  "excluded-not_opened": ["no fue abierta", "not opened"],
  "excluded-restricted": ["el proveedor restringió la cotización", "the supplier restricted the quotation"],
  "excluded-bidder_unknown": ["no consta de quién es", "whose it is is not proven"],
  "excluded-malformed": ["no se puede leer como oferta", "cannot be read as an offer"],
  "excluded-no_exchange_rate": ["falta el tipo de cambio", "no exchange rate"],
  "excluded-not_quoted": ["no cotizó un producto", "a product is not quoted"],
  "excluded-quantity_differs": ["otra cantidad que la pedida", "another quantity than asked for"],
  "excluded-freight_not_quoted": ["falta un flete", "a freight is missing"],
  "excluded-price_not_positive": ["precio de cero o menos", "a price of zero or less"],
  "excluded-total_too_large": ["total demasiado grande", "total too large"],
  "excluded-below_minimum": ["menos que el mínimo del proveedor", "below the supplier's own minimum"],
  // offers
  "who-offers": ["Quién ofrece", "Who offers"],
  ruc: ["RUC", "RUC"],
  name: ["Razón social o nombre", "Name"],
  "unit-price": [
    "Precio unitario sin IGV, en {} (vacío: no cotiza)",
    "Unit price without IGV, in {} (empty: not quoted)",
  ],
  sheet: ["Ficha-producto", "Product sheet"],
  "freight-to": ["Flete a {}", "Freight to {}"],
  minimum: ["Monto mínimo de atención, en {} (opcional)", "Minimum amount, in {} (optional)"],
  "seal-hint": [
    "Precio y nombre se sellan y cifran en este equipo. Nadie los lee antes del cierre, tampoco este registro.",
    "Prices and name are sealed and encrypted on this device. Nobody reads them before the close, nor does this register.",
  ],
  seal: ["Sellar la oferta en este equipo", "Seal the offer on this device"],
  "sealed-as": ["Oferta sellada: {}", "Offer sealed: {}"],
  "keep-copy": [
    "Guarde la copia en un lugar seguro: con ella usted abre su oferta y demuestra qué selló. Quien la tenga puede leerla.",
    "Keep the copy in a safe place: with it you open your offer and show what you sealed. Whoever has it can read it.",
  ],
  "save-copy": ["Guardar mi copia", "Save my copy"],
  "save-file": ["Guardar el archivo sellado", "Save the sealed file"],
  send: ["Presentar la oferta", "Hand the offer in"],
  "not-sent": ["La oferta no fue recibida.", "The offer was not received."],
  "your-key": [
    "Su clave pública ({}), que debe estar autorizada en el registro:",
    "Your public key ({}), which must be authorised on the register:",
  ],
  "no-key": ["Este navegador todavía no tiene una clave suya.", "This browser has no key of yours yet."],
  "make-key": ["Crear mi clave en este navegador", "Make my key in this browser"],
  "no-offers": ["En este navegador no hay ofertas.", "There are no offers in this browser."],
  received: [
    "Recibida: asiento n.º {}. Guarde la constancia; también queda en este navegador.",
    "Received: entry no. {}. Save the receipt; it stays in this browser too.",
  ],
  "save-receipt": ["Guardar la constancia", "Save the receipt"],
  "save-receipt-pdf": ["Constancia en PDF", "Receipt as PDF"],
  "no-receipt-pdf": ["El PDF no se pudo hacer ahora: {}", "The PDF cannot be made now: {}"],
  "receipt-checked": ["La constancia, comprobada en este equipo", "The receipt, checked on this device"],
  "refused-late": [
    "El plazo terminó: la oferta llegó tarde y el rechazo quedó registrado.",
    "The deadline has passed: the offer came late, and the refusal is on record.",
  ],
  "no-network": [
    "No hubo respuesta del registro. La oferta sigue guardada aquí: preséntela otra vez, no se duplica.",
    "The register did not answer. The offer is kept here: hand it in again, it is not doubled.",
  ],
  "not-handed-in": ["sin presentar", "not handed in"],
  "handed-in": ["recibida, asiento {}", "received, entry {}"],
  // the party's key
  "key-title": ["La clave que firma por su parte", "The key that signs for your party"],
  "key-live": [
    "La clave de este navegador está autorizada en el registro: firma lo que usted presenta.",
    "This browser's key is authorised on the register: it signs what you hand in.",
  ],
  "key-unknown": [
    "La clave de este navegador todavía no está autorizada. Copie la clave pública y entréguela a quien administra el registro, con el documento que acredita su representación. Mientras su parte no tenga ninguna clave autorizada, sus ofertas valen igual.",
    "This browser's key is not authorised yet. Copy the public key and give it to who runs the register, with the document that shows whom you represent. While your party has no authorised key at all, its offers count all the same.",
  ],
  "key-other": [
    "Su parte tiene otra clave autorizada, y esta no lo está: lo que se firme aquí no contaría como suyo. Use el navegador o la línea de órdenes donde está la clave autorizada, o pida autorizar esta.",
    "Your party has another authorised key, and this one is not: what is signed here would not count as yours. Use the browser or command line that has the authorised key, or ask for this one to be authorised.",
  ],
  "key-revoked": [
    "La clave de este navegador fue revocada: haga una nueva y pida que la autoricen.",
    "This browser's key was revoked: make a new one and ask for it to be authorised.",
  ],
  "key-copy": ["Copiar la clave pública", "Copy the public key"],
  "key-copied": ["Copiada", "Copied"],
  "key-stays": [
    "Si borra los datos de este navegador, la clave se pierde; entonces se autoriza otra.",
    "If you clear this browser's data the key is lost; then another one is authorised.",
  ],
  "will-sign": [
    "Al enviar, este navegador sella lo reservado y firma el acto con la clave de su parte; la foto no sale de aquí.",
    "On sending, this browser seals what is reserved and signs the act with your party's key; the photo does not leave it.",
  ],
  "cannot-sign": [
    "Este acto lo firma la clave de una persona autorizada, y en este navegador no hay ninguna.",
    "This act is signed with an authorised person's key, and this browser has none.",
  ],
  "bad-photo": ["La foto es JPEG, PNG o PDF, hasta {} MB.", "The photo is JPEG, PNG or PDF, up to {} MB."],
  "not-accepted": ["El registro no lo aceptó.", "The register did not take it."],
  // the opening key
  "opening-make": ["Crear la clave de apertura aquí", "Make the opening key here"],
  "opening-made": [
    "La parte secreta se guardó en un archivo de su equipo: con ella se abren las ofertas. Llévela fuera de este equipo; si se pierde, solo las copias de los proveedores las abren.",
    "The secret half was saved in a file on your device: it opens the offers. Keep it off this device; if it is lost, only the suppliers' own copies open them.",
  ],
  // lodged digests
  "digest-choose": ["O elija el archivo de la oferta", "Or choose the offer's file"],
  "digest-here": [
    "La huella se calcula en su equipo; el archivo no se envía.",
    "The digest is computed on your device; the file is not sent.",
  ],
  "digest-offer": ["Es la huella de la oferta de ese archivo.", "This is the digest of that file's offer."],
  "digest-file": [
    "No es el archivo de una oferta: es la huella (SHA-256) del archivo mismo.",
    "It is no offer's file: this is the digest (SHA-256) of the file itself.",
  ],
  "digest-large": ["El archivo es demasiado grande.", "The file is too large."],
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
