import { constants, verify, X509Certificate, type VerifyKeyObjectInput } from 'node:crypto';
import { cpus } from 'node:os';
import { inflateSync } from 'node:zlib';
import { parseCoseSign1, sigStructure } from '#core/certificate/cose';
import { decodeHc1 } from '#core/certificate/hc1';
import { makeText, newSigner, usualClaims } from '#test/verifier/certificate/support/make';
import { peerKey, readByPeer } from '#test/verifier/certificate/support/peer';
import { trustedSigners } from '#verifier/certificate/document-signers';
import { verifyCertificate, type CertificateOptions } from '#verifier/certificate/verify-certificate';
import { nodeCrypto } from '#verifier/crypto-node';

/**
 * A certificate from its text to its verdict, one after the other on one thread, against node:crypto's verification of the same
 * signatures with nothing else done, and against a reading by other packages (base45, @auth0/cose, cbor-x) that checks less. `node dist/bench/certificate.js 2000` sets how many.
 */

/** the best of them is taken: what else the machine does only ever costs time */
const ROUNDS = 9;
const AT = new Date('2022-05-01T00:00:00Z');

const count = Number(process.argv[2] ?? 2000);
const kinds = { p256: 'ES256', rsa: 'PS256 (RSA-2048)' } as const;
const lines = [
  '| signature | certificates | bare verify/s | whole certificate/s | ÷ bare | in single rounds | other packages/s | ÷ other |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
];

for (const kind of ['p256', 'rsa'] as const) {
  const { bare, whole, other } = prepare(kind);
  const rounds: { bare: number; whole: number; other: number }[] = [];
  for (let round = -3; round < ROUNDS; round++) {
    const rates = { bare: await rate(bare), whole: await rate(whole), other: await rate(other) };
    // the first ones warm up
    if (round >= 0) rounds.push(rates);
  }
  const best = {
    bare: Math.max(...rounds.map((rates) => rates.bare)),
    whole: Math.max(...rounds.map((rates) => rates.whole)),
    other: Math.max(...rounds.map((rates) => rates.other)),
  };
  const ratios = rounds.map((rates) => rates.whole / rates.bare);
  lines.push(
    `| ${kinds[kind]} | ${count} | ${best.bare.toFixed(0)} | ${best.whole.toFixed(0)} | ${(best.whole / best.bare).toFixed(2)} | ` +
      `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} | ${best.other.toFixed(0)} | ${(best.whole / best.other).toFixed(1)} |`,
  );
}
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, best of ${ROUNDS} rounds.\n\n${lines.join('\n')}\n`,
);

type Work = () => Promise<void> | void;

function prepare(kind: 'p256' | 'rsa'): { bare: Work; whole: Work; other: Work } {
  const signer = newSigner(kind);
  const texts = Array.from({ length: count }, (_, i) => makeText({ signer, claims: usualClaims(i + 1) }));
  const options: CertificateOptions = {
    crypto: nodeCrypto,
    at: AT,
    trust: null,
    documentSigners: trustedSigners([signer.certificate], nodeCrypto),
    revocations: null,
    offline: true,
  };
  const key = new X509Certificate(signer.certificate).publicKey;
  const how: VerifyKeyObjectInput =
    kind === 'p256'
      ? { key, dsaEncoding: 'ieee-p1363' }
      : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signed = texts.map((text) => {
    const cose = parseCoseSign1(decodeHc1(text, (bytes) => inflateSync(bytes)));
    return { message: sigStructure(cose.protectedBytes, cose.payload), signature: cose.signature };
  });
  const others = peerKey(signer.certificate);
  return {
    bare: () => {
      for (const { message, signature } of signed)
        if (!verify('sha256', message, how, signature)) throw new Error('bare');
    },
    whole: async () => {
      for (const text of texts)
        if ((await verifyCertificate({ text }, options)).verdict !== 'valid') throw new Error('whole');
    },
    other: async () => {
      for (const text of texts) await readByPeer(text, others);
    },
  };
}

/** @returns certificates a second of processor time, all threads together: what else the machine does is left out */
async function rate(work: Work): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return count / ((user + system) / 1_000_000);
}
