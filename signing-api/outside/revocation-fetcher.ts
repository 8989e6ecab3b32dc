import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { read } from '#verifier/finding';
import { ocspAddressesOf } from '#verifier/der/authority-information';
import type { Certificate } from '#verifier/der/certificate';
import type { Crl } from '#verifier/der/crl';
import { distributionPointsOf } from '#verifier/der/distribution-points';
import type { OcspResponse } from '#verifier/der/ocsp';
import type { Crypto } from '#verifier/crypto-port';
import type { PathPolicy } from '#verifier/path/path-policy';
import { isSignedBy } from '#verifier/revocation/crl-signer';
import type { Chance } from './back-off.ts';
import { fetchBytes, type Asked } from './fetch-bytes.ts';
import { FetchedCrls, type CrlPlace } from './fetched-crls.ts';
import { FetchedOcsp, type Link } from './fetched-ocsp.ts';
import { allowedAddress, hostOf } from './revocation-hosts.ts';
import { LIMITS, type RevocationLimits } from './revocation-limits.ts';

/** For a log line: who did not answer or may not be asked, and why. */
export type RevocationFault = { readonly host: string; readonly reason: string };

export type Answers = { readonly crls: readonly Crl[]; readonly ocsp: readonly OcspResponse[] };

/** What is asked about: certificates that a root is known to stand behind, so that no stranger says which address is asked. */
export type Question = {
  readonly links: readonly Link[];
  /** who may have signed CRLs: a CRL of anybody else is not kept */
  readonly signers: readonly Certificate[];
  readonly policy: PathPolicy;
};

/**
 * Asks the CRL and OCSP addresses that certificates name, those at listed hosts alone. It hands out data; the verifier judges. Where an
 * answer cannot be had in time there is none.
 */
export type RevocationFetcher = {
  /** whether any host is listed */
  readonly isOn: boolean;
  readonly ask: (question: Question) => Promise<Answers>;
  /** as ask, for CRLs alone */
  readonly crlsFor: (question: Question) => Promise<readonly Crl[]>;
  readonly onFault: (told: (fault: RevocationFault) => void) => void;
  /** breaks off what is under way */
  readonly close: () => void;
};

export type FetcherNeeds = {
  /** KYSO_REVOCATION_HOSTS */
  readonly hosts: readonly string[];
  /** where CRLs are kept */
  readonly folder: string;
  readonly crypto: Crypto;
  readonly clock: () => Date;
  readonly limits?: Partial<RevocationLimits>;
  readonly random?: Chance['random'];
  readonly wait?: Chance['wait'];
};

/** Of one certificate, its points and the addresses of one point or of its OCSP responders: more are not looked at. */
const MAX_ADDRESSES = 4;
/** Told of once each. */
const MAX_UNLISTED = 64;
const NONCE_BYTES = 32;

export function revocationFetcher(needs: FetcherNeeds): RevocationFetcher {
  const { hosts, crypto, clock } = needs;
  const limits = { ...LIMITS, ...needs.limits };
  const chance = { clock, random: needs.random ?? Math.random, wait: needs.wait ?? pause };
  const crls = new FetchedCrls(needs.folder, limits, chance);
  const ocsp = new FetchedOcsp({ crypto, nonce: () => randomBytes(NONCE_BYTES) }, limits, chance);
  const closing = new AbortController();
  // as many as ask at one time
  setMaxListeners(0, closing.signal);
  let tell: (fault: RevocationFault) => void = () => undefined;

  const get = (url: URL, asked: Pick<Asked, 'maxBytes' | 'post'>) =>
    fetchBytes({ url, ...asked, timeoutMs: limits.timeoutMs, signal: closing.signal });
  const failed = (url: URL) => (reason: string) => {
    if (!closing.signal.aborted) tell({ host: url.host, reason });
  };
  const unlisted = new Set<string>();
  const listed = (addresses: readonly string[]) =>
    addresses
      .flatMap((address) => {
        const url = allowedAddress(address, hosts);
        const host = url ? null : hostOf(address);
        if (host !== null && !unlisted.has(host) && unlisted.size < MAX_UNLISTED) {
          unlisted.add(host);
          tell({ host, reason: 'not listed' });
        }
        return url ?? [];
      })
      .slice(0, MAX_ADDRESSES);

  /** Each point of the certificate names one CRL, which may lie at several addresses. */
  const pointsOf = (certificate: Certificate): CrlPlace[][] =>
    (read(() => distributionPointsOf(certificate), []) ?? []).slice(0, MAX_ADDRESSES).map((point) => {
      const urls = listed(point.name && 'full' in point.name ? point.name.full.uris : []);
      return urls.map((url) => ({ url, point, certificate }));
    });
  const respondersOf = (certificate: Certificate): URL[] =>
    listed(read(() => ocspAddressesOf(certificate), []) ?? []);

  const refreshCrl = (place: CrlPlace, { signers, policy }: Question) =>
    crls.refresh({
      ...place,
      get: () => get(place.url, { maxBytes: limits.crlBytes }),
      isSigned: (crl) => some(signers, (signer) => isSignedBy(crl, signer, { policy, crypto })),
      failed: failed(place.url),
    });
  const refreshOcsp = (url: URL, link: Link, { policy }: Question) =>
    ocsp.refresh({
      ...{ address: url.href, link, policy, failed: failed(url) },
      post: (body) =>
        get(url, { maxBytes: limits.ocspBytes, post: { type: 'application/ocsp-request', body } }),
    });

  const crlsFor = async (question: Question): Promise<Crl[]> => {
    const points = question.links.flatMap(({ certificate }) => pointsOf(certificate));
    const asking = points.map((places) =>
      some(places, async (place) => (await refreshCrl(place, question)) !== null),
    );
    await patiently(Promise.all(asking));
    return [...new Set(points.flatMap((places) => first(places, (place) => crls.peek(place))))];
  };
  const ocspFor = async (question: Question): Promise<OcspResponse[]> => {
    const asked = question.links.map((link) => ({ link, urls: respondersOf(link.certificate) }));
    const asking = asked.map(({ link, urls }) =>
      some(urls, async (url) => (await refreshOcsp(url, link, question)) !== null),
    );
    await patiently(Promise.all(asking));
    return asked.flatMap(({ link, urls }) => first(urls, (url) => ocsp.peek(url.href, link)));
  };
  /** What takes longer goes on, for those who ask next. */
  const patiently = async (asking: Promise<unknown>) => {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, limits.patienceMs)));
    await Promise.race([asking, enough]);
    clearTimeout(timer);
  };

  return {
    isOn: hosts.length > 0,
    crlsFor,
    ask: async (question) => {
      const [fetchedCrls, fetchedOcsp] = await Promise.all([crlsFor(question), ocspFor(question)]);
      return { crls: fetchedCrls, ocsp: fetchedOcsp };
    },
    onFault: (told) => {
      tell = told;
    },
    close: () => {
      closing.abort();
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** One after the other, until it holds. */
async function some<T>(things: readonly T[], holds: (thing: T) => Promise<boolean>): Promise<boolean> {
  for (const thing of things) if (await holds(thing)) return true;
  return false;
}

function first<T, U extends object>(things: readonly T[], find: (thing: T) => U | null): U[] {
  for (const thing of things) {
    const found = find(thing);
    if (found) return [found];
  }
  return [];
}
