import { instant } from '#core/dates';
import type { Certificate } from '#verifier/der/certificate';
import { CmsForms } from '#verifier/evidence/cms-forms';
import type { Cms } from '#verifier/evidence/read-cms';
import { read } from '#verifier/finding';
import { knownCertificate } from '#verifier/known-certificate';
import { PathSearch } from '#verifier/path/candidate-paths';
import { distinct } from '#verifier/path/distinct';
import { signerPolicy } from '#verifier/path/path-policy';
import { rootsAt } from '#verifier/trust/trust';
import type { Link } from '../outside/fetched-ocsp.ts';
import type { Answers, Question } from '../outside/revocation-fetcher.ts';
import type { Service } from '../service.ts';

/** Signers of one window, and paths of one signer: more are not asked about. */
const MAX_SIGNERS = 8;
const MAX_PATHS = 4;

/**
 * What the outside world says about the signers of these signatures and those who certified them. Nothing where no host is listed.
 * @param signatures CMS, DER; what cannot be read is passed over, judging says why
 * @param extraCertificates DER
 */
export async function fetchedAnswers(
  service: Service,
  signatures: readonly Uint8Array[],
  extraCertificates: readonly Uint8Array[],
): Promise<Answers> {
  if (!service.fetcher.isOn) return { crls: [], ocsp: [] };
  const forms = new CmsForms();
  const bySigner = new Map<Certificate, Cms>();
  for (const der of signatures) {
    const cms = read(() => forms.read(der), []);
    if (cms && bySigner.size < MAX_SIGNERS) bySigner.set(cms.signer, cms);
  }
  const vouched = extraCertificates.flatMap((der) => read(() => knownCertificate(der), []) ?? []);
  const others = [...bySigner.values()].flatMap((cms) => cms.others);
  const question = await questionAbout(service, [...bySigner.keys()], { others, vouched });
  return service.fetcher.ask(question);
}

/**
 * The certificates on every path whose signatures hold: only what a root stands behind may say which address is asked.
 * @param others intermediates from anywhere; `vouched` those of the service's own folder, which may also have signed CRLs
 */
export async function questionAbout(
  service: Service,
  ends: readonly Certificate[],
  { others = [], vouched }: { others?: readonly Certificate[]; vouched: readonly Certificate[] },
): Promise<Question> {
  const at = service.clock();
  const trust = await service.trust.trust(at);
  const { signatures, minRsaBits } = trust.list.algorithms;
  const policy = signerPolicy({ signatures, minRsaBits });
  const roots = rootsAt(trust, instant(at));
  const pool = distinct([...others, ...vouched]);
  const search = new PathSearch({ roots, pool }, policy.maxLength, service.crypto);
  const links: Link[] = [];
  for (const end of ends) {
    let paths = 0;
    for await (const path of search.paths(end)) {
      for (const [i, issuer] of path.slice(1).entries()) {
        const certificate = path[i] as Certificate;
        if (!links.some((link) => link.certificate === certificate && link.issuer === issuer))
          links.push({ certificate, issuer });
      }
      if (++paths === MAX_PATHS) break;
    }
  }
  const issuers = links.map(({ issuer }) => issuer);
  return { links, signers: distinct([...roots, ...issuers, ...vouched]), policy };
}
