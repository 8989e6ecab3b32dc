import { X509Certificate } from 'node:crypto';
import { NOW } from '#test/verifier/support/ask-path';
import { newKey } from '#test/verifier/support/keys';
import { issue, issueCrl } from '#test/verifier/support/x509';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate, type Certificate } from '#verifier/der/certificate';
import { readCrl, type Crl } from '#verifier/der/crl';
import { findPath } from '#verifier/path/find-path';
import { RFC_5280 } from '#verifier/path/path-policy';
import { NO_ANSWERS } from '#verifier/revocation/check-revocation';
import { forgeCertificate, forgeChecksChain, pkijsCertificate, pkijsChecksChain, pkijsCrl } from './peers.ts';
import { bestOf, rowsOf, type Contender } from './rounds.ts';

/** DER */
type Chain = {
  readonly root: Uint8Array;
  readonly ca: Uint8Array;
  readonly end: Uint8Array;
  readonly crls: readonly Uint8Array[];
};

/** every so many a round: end certificates of one authority, which the peers take a while for */
const CHAINS = 100;
const at = new Date(NOW);

/** Root, intermediate, end certificate: the answer whether the end is good, from DER and from what was read before, with CRLs and without. */
export async function measurePaths(rounds: number): Promise<string[][]> {
  const rows: string[][] = [];
  for (const kind of ['rsa', 'p256'] as const) {
    const chains = makeChains(kind);
    const name = kind === 'rsa' ? 'RSA-2048' : 'P-256';
    for (const isParsed of [false, true]) {
      const form = isParsed ? 'read before' : 'from DER';
      const contenders = isParsed ? parsedContenders(chains, kind) : derContenders(chains, kind);
      rows.push(...rowsOf(`path, ${name}, ${form}`, await bestOf(rounds, contenders)));
    }
  }
  return rows;
}

function makeChains(keyKind: 'rsa' | 'p256'): Chain[] {
  const root = issue({ name: 'bench root', keyKind, ca: true });
  const ca = issue({ name: 'bench ca', keyKind, ca: true, issuer: root });
  const key = newKey(keyKind);
  const from = '2025-12-31T00:00:00Z';
  const crls = [issueCrl({ issuer: root, from }), issueCrl({ issuer: ca, from })];
  return Array.from({ length: CHAINS }, (_, i) => ({
    root: root.certificate,
    ca: ca.certificate,
    end: issue({ name: `end ${i}`, key, issuer: ca }).certificate,
    crls,
  }));
}

function contender<T>(
  name: string,
  things: readonly T[],
  times: number,
  ask: (thing: T) => boolean | Promise<boolean>,
): Contender {
  return {
    name,
    count: things.length * times,
    run: async () => {
      for (let i = 0; i < times; i++)
        for (const thing of things) {
          const answer = ask(thing);
          if (!(typeof answer === 'boolean' ? answer : await answer)) throw new Error(`${name}: refused`);
        }
    },
  };
}

function derContenders(chains: readonly Chain[], kind: 'rsa' | 'p256'): Contender[] {
  const bare = chains.map((chain) => ({ ...chain, crls: [] }));
  return [
    contender('`X509Certificate`, signatures and names only', chains, 10, (chain) =>
      nodeHolds(nodeRead(chain)),
    ),
    contender('kyso', bare, 10, (chain) => kysoHolds(kysoRead(chain))),
    contender('kyso with CRLs', chains, 10, (chain) => kysoHolds(kysoRead(chain))),
    contender('pkijs', bare, 1, (chain) => pkijsChecksChain(pkijsRead(chain), at)),
    contender('pkijs with CRLs', chains, 1, (chain) => pkijsChecksChain(pkijsRead(chain), at)),
    ...(kind === 'rsa' ? [contender('node-forge', bare, 1, (chain) => forgeHolds(forgeRead(chain)))] : []),
  ];
}

function parsedContenders(chains: readonly Chain[], kind: 'rsa' | 'p256'): Contender[] {
  const bare = chains.map((chain) => ({ ...chain, crls: [] }));
  return [
    contender('`X509Certificate`, signatures and names only', chains.map(nodeRead), 10, nodeHolds),
    contender('kyso', bare.map(kysoRead), 10, kysoHolds),
    contender('kyso with CRLs', chains.map(kysoRead), 10, kysoHolds),
    contender('pkijs', bare.map(pkijsRead), 1, (chain) => pkijsChecksChain(chain, at)),
    contender('pkijs with CRLs', chains.map(pkijsRead), 1, (chain) => pkijsChecksChain(chain, at)),
    ...(kind === 'rsa' ? [contender('node-forge', bare.map(forgeRead), 1, forgeHolds)] : []),
  ];
}

type KysoChain = {
  readonly root: Certificate;
  readonly ca: Certificate;
  readonly end: Certificate;
  readonly crls: readonly Crl[];
};

function kysoRead({ root, ca, end, crls }: Chain): KysoChain {
  return {
    root: readCertificate(root),
    ca: readCertificate(ca),
    end: readCertificate(end),
    crls: crls.map(readCrl),
  };
}

async function kysoHolds({ root, ca, end, crls }: KysoChain): Promise<boolean> {
  const { path, findings } = await findPath({
    end,
    roots: [root],
    pool: [ca],
    policy: RFC_5280,
    at: NOW,
    claimedTime: NOW,
    revocation: crls.length > 0 ? 'require' : 'off',
    answers: { embedded: NO_ANSWERS, handedIn: { crls, ocsp: [] } },
    crypto: nodeCrypto,
  });
  return path !== null && findings.length === 0;
}

function nodeRead({ root, ca, end }: Chain) {
  const certificates = [root, ca, end].map((der) => new X509Certificate(der));
  const keys = certificates.map(({ publicKey }) => publicKey);
  return { certificates, keys };
}

function nodeHolds({ certificates, keys }: ReturnType<typeof nodeRead>): boolean {
  const [root, ca, end] = certificates;
  const [rootKey, caKey] = keys;
  if (!root || !ca || !end || !rootKey || !caKey) return false;
  return end.checkIssued(ca) && ca.checkIssued(root) && end.verify(caKey) && ca.verify(rootKey);
}

function pkijsRead({ root, ca, end, crls }: Chain) {
  return {
    root: pkijsCertificate(root),
    ca: pkijsCertificate(ca),
    end: pkijsCertificate(end),
    crls: crls.map(pkijsCrl),
  };
}

function forgeRead({ root, ca, end }: Chain) {
  return { root: forgeCertificate(root), ca: forgeCertificate(ca), end: forgeCertificate(end) };
}

function forgeHolds({ root, ca, end }: ReturnType<typeof forgeRead>): boolean {
  return forgeChecksChain(root, ca, end, at);
}
