// Runs the browser's library in node: one JSON array of jobs on standard input, one of answers on standard output.
import { pathToFileURL } from "node:url";

const library = await import(pathToFileURL(process.argv[2]).href);
const { bundle, compare, offer, procedure, trust, verify } = library;
const bytes = text => new Uint8Array(Buffer.from(text, "base64"));
const text = raw => Buffer.from(raw).toString("utf8");

const JOBS = {
  async bundle({ raw, trusted }) {
    const found = await bundle.check(bundle.parse(bytes(raw)), trusted ? trust.parse(bytes(trusted)) : null);
    const { overall, award, faults } = found;
    return { overall, award, faults: faults.map(each => `${each.place} ${each.rule}`) };
  },
  async paper({ raw, size }) {
    return (await compare(bytes(raw), size)).status;
  },
  async verify({ raw, trusted, document }) {
    const options = { document: document ? bytes(document) : null };
    const found = await verify(bytes(raw), trusted ? trust.parse(bytes(trusted)) : null, options);
    return { overall: found.overall, checks: found.checks.map(each => each.status) };
  },
  async offer({ raw, party, seed, quotation }) {
    const request = procedure.quotationRequest(procedure.placed(bundle.parse(bytes(raw)).procedure));
    const salt = () => crypto.getRandomValues(new Uint8Array(16));
    const by = { party, signer: offer.seedSigner(bytes(seed)), salt };
    const copy = await offer.compose(request, by, quotation);
    return { copy: text(offer.write(copy)), file: text(await offer.offerFile(copy, request)) };
  },
  async open({ identity, file }) {
    return offer.openWith(identity, bytes(file));
  },
};

let given = "";
for await (const part of process.stdin) given += part;
const answers = [];
for (const job of JSON.parse(given)) {
  answers.push(await JOBS[job.do](job).catch(error => ({ error: error.name, message: error.message })));
}
console.log(JSON.stringify(answers));
