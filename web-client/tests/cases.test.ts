/** What becomes of dropped files, what a QR leads to, how nodes are asked, what a browser keeps. */

import "fake-indexeddb/auto";
import { beforeAll, describe, expect, it } from "vitest";
import { hex, unurl64, utf8 } from "../src/bytes.ts";
import { judgeFiles } from "../src/cases.ts";
import { keepOffer, keptOffers, makePartyKey, partySigner } from "../src/keys.ts";
import { nodeAddress, RpcNode } from "../src/nodes.ts";
import * as trusts from "../src/proof/trust.ts";
import { reason } from "../src/proof/verdict.ts";
import * as act from "../src/records/act.ts";
import { isRuc, limaDate, offerCode } from "../src/records/identifiers.ts";
import { remaining } from "../src/ui/countdown.ts";
import { judgeQr } from "../src/ui/scan.ts";
import { type Case, load } from "./vectors.ts";

beforeAll(() => {
  Object.assign(globalThis, { document: { documentElement: { lang: "es" } } });
});

const evidence: Case = load("evidence.json");
const trust = trusts.parse(utf8(JSON.stringify(evidence.trust)));
const good = utf8(evidence.cases[0].evidence);

describe("dropped files", () => {
  it("an evidence file alone has its verdict and what it speaks of", async () => {
    const [one] = await judgeFiles([{ name: "a.json", bytes: good }], trust);
    expect(one?.verdict.overall).toBe("authentic");
    expect(one?.about?.subject).toBe("OCAM-2026-1335-17-0");
  });
  it("a PDF beside its evidence is the document that is asked about", async () => {
    const pdf = utf8("%PDF-1.7 another order\n");
    const [one] = await judgeFiles(
      [
        { name: "a.json", bytes: good },
        { name: "a.pdf", bytes: pdf },
      ],
      trust,
    );
    // the record seals a document that is not disclosed: it may be this one
    expect([one?.verdict.overall, one?.verdict.checks[3]?.code]).toEqual(["unknown", "document-sealed"]);
  });
  it("a PDF that brings no evidence is not compared with anything", async () => {
    const [one] = await judgeFiles([{ name: "a.pdf", bytes: utf8("%PDF-1.7\n/ByteRange\n%%EOF\n") }], trust);
    expect([one?.verdict.overall, one?.verdict.checks.length]).toEqual(["unknown", 11]);
    expect(reason(one?.verdict.checks[10] as never, "es")).toContain("huella verify");
  });
  it("two signed heads of one size are a fork proof", async () => {
    const heads = JSON.parse(load("fork.json").cases[0].evidence).heads as string[];
    const files = heads.map((text, at) => ({ name: `${at}`, bytes: utf8(text) }));
    expect((await judgeFiles(files, trust))[0]?.verdict.overall).toBe("forked");
  });
  it("a fork proof is known by its format, wherever that member stands", async () => {
    const { format, ...rest } = JSON.parse(load("fork.json").cases[0].evidence);
    const [one] = await judgeFiles([{ name: "f", bytes: utf8(JSON.stringify({ ...rest, format })) }], trust);
    expect(one?.verdict.overall).toBe("forked");
  });
  it("garbage is unknown, not altered", async () => {
    const [one] = await judgeFiles([{ name: "x", bytes: new Uint8Array([0xff, 0xfe]) }], trust);
    expect(one?.verdict.overall).toBe("unknown");
  });
});

describe("a QR", () => {
  const domain = "https://huella.example.pe";
  it("of this site with a code is followed", () => {
    expect(judgeQr("https://huella.example.pe/v/7K3M-09QX-ZZ4T-B1C8", domain)).toEqual({
      go: "https://huella.example.pe/v/7K3M-09QX-ZZ4T-B1C8",
    });
  });
  it.each([
    [
      "https://huella.example.pe.estafa.example/v/7K3M-09QX-ZZ4T-B1C8",
      "estafa.example, que no es huella.example.pe",
    ],
    ["https://huella.example.pe@estafa.example/v/7K3M-09QX-ZZ4T-B1C8", "estafa.example"],
    ["http://huella.example.pe/v/7K3M-09QX-ZZ4T-B1C8", "no es"],
    ["javascript:alert(1)//huella.example.pe/v/AAAA", "no es"],
    ["7K3M-09QX-ZZ4T-B1C8", "ninguna dirección"],
    ["https://huella.example.pe/otra/cosa", "código de verificación"],
  ])("%s is refused in words", (text, words) => {
    expect((judgeQr(text, domain) as { refused: string }).refused).toContain(words);
  });
});

describe("a node", () => {
  const answers: Record<string, unknown> = {
    eth_chainId: "0x9e55b",
    eth_getBlockByNumber: { hash: `0x${"ab".repeat(32)}` },
    eth_call: `0x${"cd".repeat(32)}${"00".repeat(31)}01`,
  };
  const asked: { method: string; params: unknown[] }[] = [];
  const ask = (async (_address: string, init: { body: string }) => {
    const call = JSON.parse(init.body);
    asked.push(call);
    return { json: async () => ({ result: answers[call.method] }) };
  }) as unknown as typeof fetch;
  const node = new RpcNode("https://nodo.example/", trust, ask);

  it("is asked for chain, block and root in Ethereum's spelling", async () => {
    expect(await node.chainId()).toBe(648539);
    expect(hex((await node.blockHash(77)) as Uint8Array)).toBe("ab".repeat(32));
    expect(hex((await node.rootAt(5)) as Uint8Array)).toBe("cd".repeat(32));
    const [, block, call] = asked;
    expect(block?.params).toEqual(["0x4d", false]);
    const { data, to } = (call?.params[0] ?? {}) as { data: string; to: string };
    expect([to, data.length, data.endsWith("05")]).toEqual([`0x${"11".repeat(20)}`, 74, true]);
  });
  it("that holds no root says none, and one that talks nonsense has no answer", async () => {
    answers.eth_call = `0x${"00".repeat(64)}`;
    expect(await node.rootAt(5)).toBeNull();
    answers.eth_getBlockByNumber = null;
    expect(await node.blockHash(5)).toBeNull();
    answers.eth_chainId = "hola";
    await expect(node.chainId()).rejects.toThrow();
  });
  it.each(["ftp://x", "javascript:alert(1)", "https://user:pass@x/", "x"])(
    "%s is no address of one",
    text => {
      expect(nodeAddress(text)).toBeNull();
    },
  );
});

describe("what this browser keeps", () => {
  it("a key that signs acts and cannot be read out", async () => {
    expect(await partySigner()).toBeNull();
    const made = await makePartyKey();
    const signer = await partySigner();
    expect(signer?.key).toBe(made.key);
    const message = utf8("un hecho") as Uint8Array<ArrayBuffer>;
    const sig = await made.sign(message);
    const by = { alg: made.alg, key: made.key, sig: Buffer.from(sig).toString("base64url") };
    expect(act.verify(by, message)).toBe(true);
    expect(act.verify(by, utf8("otro hecho"))).toBe(false);
    expect(JSON.stringify(made)).not.toContain("private");
  });
  it("ES256 keys of WebCrypto make acts too", async () => {
    const how = { name: "ECDSA", namedCurve: "P-256" };
    const pair = (await crypto.subtle.generateKey(how, false, ["sign", "verify"])) as CryptoKeyPair;
    const key = Buffer.from(await crypto.subtle.exportKey("raw", pair.publicKey)).toString("base64url");
    const message = utf8("un hecho") as Uint8Array<ArrayBuffer>;
    const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, message);
    const by = { alg: "es256", key, sig: Buffer.from(raw).toString("base64url") };
    expect(act.verify(by, message)).toBe(true);
  });
  it("offers with their copies, by code", async () => {
    const one = {
      code: "OFE-1",
      requirement: "REQ-2026-1335-42",
      sealedAt: "2026-11-25T10:00:00Z",
      copy: "{}",
      file: "{}",
    };
    await keepOffer(one);
    await keepOffer({ ...one, answer: { index: 7 } });
    expect(await keptOffers()).toEqual([{ ...one, answer: { index: 7 } }]);
  });
});

describe("numbers and times", () => {
  it("a closing moment's Lima date", () => {
    expect(limaDate("2026-11-26T04:59:59.000Z")).toBe("2026-11-25");
    expect(limaDate("2026-11-26T05:00:00.000Z")).toBe("2026-11-26");
  });
  it("a RUC by its check digit", () => {
    expect(["20100186170", "10417844398", "20100186171", "30100186170", "2010018617"].map(isRuc)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
  it("an offer's code out of 16 bytes", () => {
    expect(offerCode(new Uint8Array(16).fill(255))).toBe("OFE-7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  });
  it("the time that is left", () => {
    expect([remaining(3661), remaining(90_061)]).toEqual(["01:01:01", "1 d 1 h 1 min"]);
  });
  it("base64url in its one spelling only", () => {
    expect([unurl64("AB"), unurl64("AQ")].map(each => each && hex(each))).toEqual([null, "01"]);
  });
});
