import { sameBytes } from '#core/bytes';
import type { Certificate } from '#verifier/der/certificate';
import type { Crl } from '#verifier/der/crl';
import { sameName } from '#verifier/der/name';
import { read } from '#verifier/finding';
import { knownCertificate } from '#verifier/known-certificate';
import type { Question, RevocationFetcher } from '../outside/revocation-fetcher.ts';
import type { Service } from '../service.ts';
import { signerCertificates } from '../store/devices.ts';
import { questionAbout } from './fetched-answers.ts';

/** Certificates of one issuer that are asked where its CRL is. */
const MAX_NAMING = 8;
const REMEMBERED_MS = 60_000;

type Remembered = { readonly until: number; readonly question: Question };
const questions = new WeakMap<RevocationFetcher, Map<string, Remembered>>();

/**
 * CRLs from where certificates of an issuer say they are: those of the authorities, and of the newest machines' signers. Asked by anyone,
 * so whose addresses these are is looked up once a minute.
 * @param authorities every one that is known
 */
export async function fetchedCrlsOf(
  service: Service,
  issuer: Certificate,
  authorities: readonly Certificate[],
): Promise<readonly Crl[]> {
  const { fetcher } = service;
  if (!fetcher.isOn) return [];
  const known = questions.get(fetcher) ?? new Map<string, Remembered>();
  questions.set(fetcher, known);
  const key = Buffer.from(issuer.der).toString('base64');
  const now = service.clock().getTime();
  const before = known.get(key);
  const question = before && now < before.until ? before.question : await ask(service, issuer, authorities);
  if (question !== before?.question) known.set(key, { until: now + REMEMBERED_MS, question });
  return fetcher.crlsFor(question);
}

async function ask(
  service: Service,
  issuer: Certificate,
  authorities: readonly Certificate[],
): Promise<Question> {
  const enrolled = await signerCertificates(service.db);
  const signers = enrolled.flatMap((der) => read(() => knownCertificate(der), []) ?? []);
  const naming = [...authorities, ...signers].filter((one) => sameName(one.issuer, issuer.subject));
  const question = await questionAbout(service, naming.slice(0, MAX_NAMING), { vouched: authorities });
  return { ...question, links: question.links.filter((link) => sameBytes(link.issuer.der, issuer.der)) };
}
