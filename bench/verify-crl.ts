import { verify, X509Certificate } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fromHex } from '#test/verifier/support/der-write';
import { newKey } from '#test/verifier/support/keys';
import { issue, issueCrl, manyEntries, type Holder } from '#test/verifier/support/x509';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl } from '#verifier/der/crl';
import { nameKey } from '#verifier/der/name';
import { RFC_5280 } from '#verifier/path/path-policy';
import { isSignedBy } from '#verifier/revocation/crl-signer';
import { pkijsCertificate, pkijsCrl, pkijsLongCrl } from './peers.ts';

const LARGE = 200_000;
const SMALL = 3000;
const PKIJS = 'pkijs, its limit lifted';

/** Milliseconds for one CRL from DER to answers: read, signature checked, looked up; in the best round and in the first of the process. */
export async function measureCrl(rounds: number): Promise<string[][]> {
  const issuer = issue({ name: 'crl issuer', key: newKey('rsa'), ca: true });
  const large = crlOf(issuer, LARGE);
  const small = crlOf(issuer, SMALL);
  const publicKey = new X509Certificate(issuer.certificate).publicKey;
  // the tail: an AlgorithmIdentifier of 15 octets and a BIT STRING of 261
  const tbs = large.subarray(5, large.length - 15 - 261);
  const signature = large.subarray(large.length - 256);
  const works: readonly (readonly [string, number, Uint8Array, () => boolean | Promise<boolean>])[] = [
    ['`crypto.verify` alone', LARGE, large, () => verify('sha256', tbs, publicKey, signature)],
    ['kyso', LARGE, large, () => kysoAnswers(large, issuer)],
    ['kyso', SMALL, small, () => kysoAnswers(small, issuer)],
    [PKIJS, SMALL, small, () => pkijsAnswers(small, issuer)],
  ];
  const rows: string[][] = [];
  const times = works.map((): number[] => []);
  for (let round = 0; round <= rounds; round++)
    for (const [i, [name, , , ask]] of works.entries()) {
      const start = performance.now();
      if (!(await ask())) throw new Error(`${name}: refused`);
      times[i]?.push(performance.now() - start);
    }
  for (const [i, [name, entries, der]] of works.entries()) {
    const [first = 0, ...later] = times[i] ?? [];
    rows.push([
      String(entries),
      megabytes(der.length),
      name,
      Math.min(...later).toFixed(1),
      first.toFixed(1),
      await kept(name, der),
    ]);
  }
  for (const [entries, der] of [
    [SMALL, small],
    [LARGE, large],
  ] as const)
    rows.push([String(entries), megabytes(der.length), 'pkijs as it is', '', '', pkijsFault(der)]);
  return rows;
}

function crlOf(issuer: Holder, entries: number): Uint8Array {
  const reason = ['2.5.29.21', false, fromHex('0a0101')] as const;
  return issueCrl({
    issuer,
    from: '2025-12-31T00:00:00Z',
    manyEntries: manyEntries(entries, '2025-06-01T00:00:00Z', [reason]),
  });
}

async function kysoAnswers(der: Uint8Array, issuer: Holder): Promise<boolean> {
  const crl = readCrl(der);
  const own = nameKey(issuer.name);
  const isSigned = await isSignedBy(crl, readCertificate(issuer.certificate), {
    policy: RFC_5280,
    crypto: nodeCrypto,
  });
  // serial numbers of three octets: the second entry, and one that is not there
  return isSigned && crl.entries.find(own, '0f4241') !== null && crl.entries.find(own, '0f423f') === null;
}

async function pkijsAnswers(der: Uint8Array, issuer: Holder): Promise<boolean> {
  const crl = pkijsLongCrl(der);
  const issuerCertificate = pkijsCertificate(issuer.certificate);
  const isThere = (octets: string) =>
    crl.revokedCertificates?.some(({ userCertificate }) =>
      Buffer.from(userCertificate.valueBlock.valueHexView).equals(Buffer.from(octets, 'hex')),
    ) ?? false;
  return (await crl.verify({ issuerCertificate })) && isThere('0f4241') && !isThere('0f423f');
}

/** What pkijs says to a CRL that is too long for it. */
function pkijsFault(der: Uint8Array): string {
  try {
    pkijsCrl(der);
    return 'read';
  } catch (error) {
    return error instanceof Error ? 'refused' : String(error);
  }
}

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory that a CRL that was read keeps beside its DER. */
async function kept(name: string, der: Uint8Array): Promise<string> {
  if (name.startsWith('`')) return '';
  await collectAll();
  const before = inUse();
  const crl = name === PKIJS ? pkijsLongCrl(der) : readCrl(der);
  await collectAll();
  const grown = inUse() - before;
  // used once more, so that it is in use until here
  return 'signature' in crl || 'signatureValue' in crl ? megabytes(grown) : '';
}

/** Buffers are given back a turn after they were collected. */
async function collectAll(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function inUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
