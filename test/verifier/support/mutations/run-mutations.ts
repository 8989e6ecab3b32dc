import { base64, fromBase64 } from '#core/bytes';
import { canonicalBytes, type Json } from '#core/record/canonical-bytes';
import { isRefusal } from '#core/refusal';
import { evidenceBytes, type Evidence } from '#core/sign/evidence';
import { judgeOcspCase } from '#verifier/cli/conformance/ocsp';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCrl } from '#verifier/der/crl';
import { verifyEvidence, type VerifyOptions } from '#verifier/index';
import { prepareTrust } from '#verifier/trust/trust';
import { verifySignature } from '#verifier/verify-signature';
import { Random } from '../../../../scripts/demo/random.ts';
import { AT } from '../world.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateDer } from './mutate-der.ts';
import { at, mutateJson, pathsIn, put, swapPart } from './mutate-json.ts';
import * as good from './originals.ts';

export type Mutated = {
  readonly kind: 'evidence' | 'cms' | 'ocsp';
  readonly isAccepted: boolean;
  readonly bytes: Uint8Array;
};
type Attempt = Mutated | null;

/** Changed things with what became of them, `count` of them, the same for the same seed but for the keys. */
export async function* mutations(count: number, seed: number): AsyncGenerator<Mutated> {
  const random = new Random(seed);
  const options = await good.verifyOptions();
  const trust = prepareTrust(good.trusted);
  const crls = good.crls.map(readCrl);
  for (let done = 0; done < count;) {
    const attempt = await random.pick([
      () => evidenceAttempt(random, options),
      () => evidenceAttempt(random, options),
      () => cmsAttempt(random, trust, crls),
      () => ocspAttempt(random),
    ])();
    if (!attempt) continue;
    done++;
    yield attempt;
  }
}

/** What must hold before any of it: everything is good as it stands. */
export async function originalsHold(): Promise<boolean> {
  const options = await good.verifyOptions();
  const trust = prepareTrust(good.trusted);
  for (const one of good.evidences)
    if ((await verifyEvidence(evidenceBytes(one), options)).verdict !== 'valid') return false;
  for (const { statement, cms } of good.signatures)
    if (!(await isSigned(statement, cms, trust, good.crls.map(readCrl)))) return false;
  for (const one of good.ocspAnswers)
    if (((await judgeOcspCase(one)).verdict === 'valid') !== one.isGood) return false;
  return true;
}

/** @returns null where what came out is one of the good ones again */
async function evidenceAttempt(random: Random, options: VerifyOptions): Promise<Attempt> {
  const [one, other] = [random.pick(good.evidences), random.pick(good.evidences)];
  const bytes = random.pick([
    () => mutateBytes(evidenceBytes(one), evidenceBytes(other), random),
    () => written(mutateJson(one as Json, other as Json, random)),
    () => written(swapPart(one as Json, other as Json, random)),
    () => written(withinDer(one, other, random)),
    () => written(withinDer(one, other, random)),
  ])();
  if (!bytes || good.goodBytes.has(base64(bytes))) return null;
  const { verdict } = await verifyEvidence(bytes, options);
  return { kind: 'evidence', isAccepted: verdict === 'valid', bytes };
}

function written(value: Json): Uint8Array | null {
  try {
    return canonicalBytes(value);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** A signature, certificate or CRL inside of evidence. */
function withinDer(one: Evidence, other: Evidence, random: Random): Json {
  const ders = (of: Evidence) =>
    pathsIn(of as Json).filter(
      (path) => path.includes('signature') || (path[0] === 'material' && path.length === 3),
    );
  const path = random.pick(ders(one));
  const foreign = der(at(other, random.pick(ders(other))));
  return put(one, path, (text) => base64(mutate(der(text), foreign, random)));
}

function der(text: Json): Uint8Array {
  return (typeof text === 'string' && fromBase64(text)) || new Uint8Array();
}

function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  return random.chance(0.3) ? mutateBytes(bytes, other, random) : mutateDer(bytes, other, random);
}

type Crls = Parameters<typeof verifySignature>[0]['crls'];
type Trust = Parameters<typeof verifySignature>[0]['trust'];

async function cmsAttempt(random: Random, trust: Trust, crls: Crls): Promise<Attempt> {
  const [one, other] = [random.pick(good.signatures), random.pick(good.signatures)];
  const isCrossed = random.chance(0.1);
  const bytes = isCrossed ? other.cms : mutate(one.cms, other.cms, random);
  const isGood = good.signatures.some(
    ({ statement, cms }) =>
      Buffer.compare(statement, one.statement) === 0 && Buffer.compare(cms, bytes) === 0,
  );
  if (isGood) return null;
  return { kind: 'cms', isAccepted: await isSigned(one.statement, bytes, trust, crls), bytes };
}

async function isSigned(
  statementBytes: Uint8Array,
  cms: Uint8Array,
  trust: Trust,
  crls: Crls,
): Promise<boolean> {
  const extraCertificates = good.intermediates;
  const asked = { statementBytes, cms, extraCertificates, crls, trust, at: AT, crypto: nodeCrypto };
  return (await verifySignature(asked)).verdict === 'valid';
}

async function ocspAttempt(random: Random): Promise<Attempt> {
  const [one, other] = [random.pick(good.ocspAnswers), random.pick(good.ocspAnswers)];
  const response = random.chance(0.1) ? other.response : mutate(one.response, other.response, random);
  const isGood = good.ocspAnswers.some(
    ({ certificate, response: known, isGood }) =>
      isGood && certificate === one.certificate && Buffer.compare(known, response) === 0,
  );
  if (isGood) return null;
  return { kind: 'ocsp', isAccepted: await isProvedGood({ ...one, response }), bytes: response };
}

async function isProvedGood(asked: Parameters<typeof judgeOcspCase>[0]): Promise<boolean> {
  try {
    return (await judgeOcspCase(asked)).verdict === 'valid';
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
