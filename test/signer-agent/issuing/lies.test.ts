import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { base64 } from '#core/bytes';
import { claimsOf, claimsValue, encodeClaims } from '#core/certificate/claims';
import { encodeCbor } from '#core/certificate/cbor';
import type { RecordLeaf } from '#core/record/record';
import type { RefusalCode } from '#core/refusal';
import { statusKey, statusFile, statusList } from '#test/verifier/support/world';
import { newKey } from '#test/verifier/support/keys';
import { IssuingApi } from '#signer-agent/issuing/issuing-api';
import { SeenSequences } from '#signer-agent/issuing/seen-sequences';
import type { IssuingOrder } from '#signer-agent/issuing/run-issuing';
import { caName, jobOf, lyingApi } from './support/lying-api.ts';
import { standingWorker, type Outcome, type StandingWorker } from './support/standing-worker.ts';
import {
  crlInForce,
  crlRevoking,
  days,
  district,
  evidenceOf,
  leafOf,
  person,
  stampedAgo,
  statusToday,
  stranger,
  trustFolder,
  trustToday,
} from './support/signed-world.ts';
import {
  claimsFor,
  dropMinistryTokens,
  issueNow,
  kidNamed,
  ministryTokens,
  newHome,
  placesOf,
  seconds,
  work,
  type Scene,
} from './support/worker.ts';

/** An API that was taken over: whatever it says, nothing becomes signed that the worker did not verify itself. */

const DAY = 86_400;
let scene: Scene;
let kid: string;
let worker: StandingWorker;
beforeAll(async () => {
  scene = { pki: await ministryTokens(), api: await lyingApi(), trust: trustFolder() };
  kid = kidNamed(scene.pki, 'ministry-ec');
  worker = standingWorker(scene, kid);
});
afterEach(() => {
  scene.api.status = statusToday();
  scene.api.more = {};
  scene.api.crls.clear();
  scene.api.jobs.splice(0);
  scene.api.taken.splice(0);
});
afterAll(async () => {
  await worker.end();
  await scene.api.close();
  scene.trust.remove();
  dropMinistryTokens(scene.pki);
});

const record = person(1);
type Change = { readonly claims?: Uint8Array; readonly evidence?: string };

const dosed = (dose: Partial<RecordLeaf['dose']>) => ({ ...record, dose: { ...record.dose, ...dose } });

/** Claims as the API makes them of other facts than were signed. */
const ofOther: Record<string, () => Uint8Array> = {
  'another name': () => claimsFor(person(1, { person: { ...record.person, name: 'Trần Thị Bình' } })),
  'another birth date': () => claimsFor({ ...record, person: { ...record.person, birthDate: '1990-05-06' } }),
  'another dose number': () => claimsFor(dosed({ number: 2 })),
  'another day': () => claimsFor(dosed({ date: '2021-09-01' })),
  'another product': () => claimsFor(dosed({ product: 'EU/1/20/1507', manufacturer: 'ORG-100031184' })),
  'the claims of another person': () => claimsFor(person(2)),
  'another issuer': () => encodeClaims(claimsOf(record, issueNow({ issuer: 'Somebody' }))),
  'an iat of eight days ago': () => claimsFor(record, { issuedAt: seconds() - 8 * DAY }),
  'an exp one day earlier': () => {
    const issue = issueNow();
    return encodeClaims(claimsOf(record, { ...issue, expiresAt: issue.expiresAt - DAY }));
  },
};

const changed = ({ claims, evidence }: Change) =>
  jobOf(kid, evidence ?? evidenceOf(record), claims ?? claimsFor(record));

function refusalOf(change: Change): Promise<Outcome> {
  return worker.ask(changed(change));
}

/** Of a worker of its own, once the standing one has ended: soft tokens have one user. */
async function refusalOfOther(changes: Partial<IssuingOrder> = {}, change: Change = {}): Promise<Outcome> {
  await worker.end();
  const { taken, jobs } = scene.api;
  jobs.push(changed(change));
  const { refused } = await work(scene, { places: () => placesOf(scene.pki, 'ministry-ec'), ...changes });
  expect(taken.filter((one) => 'signature' in one)).toEqual([]);
  return { refused, told: taken.map((one) => ('refusal' in one ? one.refusal : '')) };
}

const both = (code: RefusalCode) => ({ refused: [code], told: [code] });
/** not the job's fault: the API is not told, the job comes again */
const untold = (code: RefusalCode) => ({ refused: [code], told: [] });

/** Claims with something in their CBOR that the code for making them would not let through. */
function forged(change: (hcert: Map<string, unknown>, claims: Map<number, unknown>) => unknown): Uint8Array {
  const value = claimsValue(claimsOf(record, issueNow())) as Map<number, unknown>;
  const hcert = (value.get(-260) as Map<number, Map<string, unknown>>).get(1);
  if (!hcert) throw new Error('no certificate');
  change(hcert, value);
  return encodeCbor(value as Parameters<typeof encodeCbor>[0]);
}

function doseIn(hcert: Map<string, unknown>): Map<string, unknown> {
  const [dose] = hcert.get('v') as Map<string, unknown>[];
  if (!dose) throw new Error('no dose');
  return dose;
}

describe('claims that the signed record does not give', () => {
  it.each(Object.keys(ofOther))('are refused with %s', async (what) => {
    const claims = ofOther[what]?.() ?? new Uint8Array();
    expect(await refusalOf({ claims })).toEqual(both('CERTIFICATE_CLAIMS_DIFFER'));
  });

  it.each([
    ['of another form', 'urn:uvci:01:vn:0123'],
    ['of another country', `URN:UVCI:01:NL:${'A'.repeat(32)}`],
    ['with a wrong check character', `URN:UVCI:01:VN:${'A'.repeat(32)}#A`],
  ])('are refused with an identifier %s', async (_, ci) => {
    const claims = forged((hcert) => doseIn(hcert).set('ci', ci));
    expect(await refusalOf({ claims })).toEqual(both('CLAIMS_MALFORMED'));
  });

  it('are refused with a validity of two years', async () => {
    const claims = forged((_, all) => all.set(4, seconds() + 730 * DAY));
    expect(await refusalOf({ claims })).toEqual(both('CLAIMS_VALIDITY_TOO_LONG'));
  });

  it('are refused with a member that no certificate has', async () => {
    const claims = forged((hcert) => hcert.set('note', 'x'));
    expect(await refusalOf({ claims })).toEqual(both('CLAIMS_MALFORMED'));
  });

  it('are refused where they are a digest', async () => {
    const { refused, told } = await refusalOf({ claims: randomBytes(32) });
    expect(refused).toEqual(told);
    expect(['HC1_UNREADABLE', 'CLAIMS_MALFORMED']).toContain(refused[0]);
  });
});

describe('evidence that does not prove the record', () => {
  it.each([
    ['that is of another person', evidenceOf(person(2)), 'CERTIFICATE_CLAIMS_DIFFER'],
    [
      'signed by somebody whom the trust list does not name',
      evidenceOf(record, { signer: stranger }),
      'SIGNER_UNTRUSTED',
    ],
    ['whose record was changed', evidenceOf(record).replace('FF1234', 'FF1235'), 'PROOF_INVALID'],
    ['that is no evidence', '{}', 'EVIDENCE_MALFORMED'],
  ] as const)('is refused: %s', async (_, evidence, code) => {
    const expected = code === 'SIGNER_UNTRUSTED' ? untold(code) : both(code);
    expect(await refusalOf({ evidence })).toEqual(expected);
  });

  it.each([
    ['superseded', 'RECORD_SUPERSEDED'],
    ['withdrawn', 'RECORD_WITHDRAWN'],
  ] as const)('is refused of a record version that is %s', async (member, code) => {
    scene.api.status = statusToday({ [member]: [leafOf(record)] });
    expect(await refusalOf({})).toEqual(both(code));
  });

  it('is refused where the newest CRL takes the signer back', async () => {
    scene.api.crls.set(caName, crlRevoking(district));
    expect((await refusalOf({})).refused[0]).toMatch(/^(SIGNER_REVOKED|REVOKED_NO_POE)$/);
  });

  it('is passed over for a key that is not the worker’s', async () => {
    const job = jobOf(kidNamed(scene.pki, 'ministry-ec-2'), evidenceOf(record), claimsFor(record));
    expect(await worker.ask(job)).toEqual(untold('DOCUMENT_SIGNER_UNKNOWN'));
  });

  it('is passed over where it is stamped and the newest CRL is withheld', async () => {
    const other = person(7);
    const { evidence, services } = stampedAgo(other);
    const today = trustToday();
    scene.trust.write({ ...today, services: [...today.services, ...services] });
    const ask = () => worker.ask(changed({ evidence, claims: claimsFor(other) }));
    expect(await ask()).toEqual(untold('REVOCATION_UNKNOWN'));
    // unreadable, and of nobody
    scene.api.crls.set(caName, new Uint8Array(8));
    expect(await ask()).toEqual(untold('REVOCATION_UNKNOWN'));
    scene.api.crls.set(caName, crlInForce());
    expect(await ask()).toEqual({ refused: [], told: ['signed'] });
  });
});

describe('a dose that was certified', () => {
  const other = person(6);
  const renewal = (number: number) => jobOf(kid, evidenceOf(other), claimsFor(other), { renewal: number });

  it('gets no more than three certificates, however renewals are counted up', async () => {
    expect((await worker.ask(renewal(0))).told).toEqual(['signed']);
    expect(await worker.ask(renewal(2))).toEqual(untold('CERTIFICATE_LIMIT'));
    for (const number of [1, 2]) expect((await worker.ask(renewal(number))).told).toEqual(['signed']);
    for (const number of [3, 4, 900])
      expect(await worker.ask(renewal(number))).toEqual(untold('CERTIFICATE_LIMIT'));
  });

  it('gets none by an older version, whatever the status list says', async () => {
    const next = { ...person(5), version: 2 };
    const [newer, older] = [next, person(5)].map((one) => jobOf(kid, evidenceOf(one), claimsFor(one)));
    if (!newer || !older) throw new Error('no jobs');
    expect((await worker.ask(newer)).told).toEqual(['signed']);
    expect(await worker.ask(older)).toEqual(both('RECORD_SUPERSEDED'));
  });
});

// from here on each has a worker of its own

describe('evidence that is signed by others than the policy wants', () => {
  it.each([
    ['facility', 'district'],
    ['district', 'facility'],
    ['both', 'district'],
  ] as const)('is passed over where the policy wants %s and only the %s signed', async (policy, kind) => {
    const evidence = evidenceOf(record, { kinds: [kind] });
    expect(await refusalOfOther({ policy }, { evidence })).toEqual(untold('POLICY_NOT_MET'));
  });
});

describe('without a status list that can be believed nothing is signed', () => {
  const list = (changes = {}) => statusList({ issuedAt: days(-0.1), nextUpdate: days(0.9), ...changes });

  it.each([
    ['none is given', null, 'STATUS_UNKNOWN'],
    ['it is two days old', statusToday({ issuedAt: days(-2) }), 'STATUS_STALE'],
    ['it is of another key', statusFile([list()], newKey('p256')), 'STATUS_UNTRUSTED'],
    ['it is of another district', statusToday({ district: '769' }), 'STATUS_UNKNOWN'],
    ['it cannot be read', new Uint8Array(8), 'STATUS_MALFORMED'],
  ] as const)('where %s', async (_, status, code) => {
    scene.api.status = status;
    expect(await refusalOfOther()).toEqual(untold(code));
  });

  it('where its sequence is lower than one that was seen, over a restart, too', async () => {
    await worker.end();
    const home = newHome();
    new SeenSequences({ folder: home }).sawStatus('760', 9);
    scene.api.status = statusFile([list({ sequence: 8 })], statusKey);
    scene.api.jobs.push(jobOf(kid, evidenceOf(record), claimsFor(record)));
    expect(await work(scene, {}, home)).toEqual({ refused: ['STATUS_STALE'] });
    expect(scene.api.taken).toEqual([]);
  });
});

describe('a job that is none', () => {
  it.each([
    ['has a member besides', { digest: base64(randomBytes(32)) }],
    ['has a digest in place of evidence', { evidence: undefined, digest: base64(randomBytes(32)) }],
  ])('spoils its lease where it %s: nothing of it is read', async (_, members) => {
    await worker.end();
    const honest = jobOf(kid, evidenceOf(record), claimsFor(record));
    scene.api.jobs.push({ ...honest, ...members }, honest);
    expect(await work(scene)).toEqual({ refused: [] });
    expect(scene.api.taken).toEqual([]);
    // the broken lease was asked for again, for fewer jobs
    expect(scene.api.leases.slice(-2).map(({ max }) => max)).toEqual([256, 128]);
    scene.api.jobs.push({ ...honest, ...members });
    await expect(
      new IssuingApi(scene.api.origin, scene.api.apiKey).lease(
        { workerId: honest.certificateId, kids: [kid], max: 1 },
        AbortSignal.timeout(20_000),
      ),
    ).rejects.toMatchObject({ code: 'API_ANSWER_INVALID' });
  });
});
