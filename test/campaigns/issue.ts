import { createPublicKey, verify as verifyBare } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseCoseSign1, sigStructure } from '#core/certificate/cose';
import { parseTrustKeys } from '#core/sign/trust-list';
import { Random } from '#scripts/demo/random';
import { readConfig } from '#signing-api/config';
import { openService } from '#signing-api/open-service';
import { coseRowId } from '#signing-api/steps/issuing/secrets';
import { readDocumentSigners } from '#verifier/certificate/read-document-signers';
import { verifyCertificate } from '#verifier/certificate/verify-certificate';
import { nodeCrypto } from '#verifier/crypto-node';
import { readTrust } from '#verifier/trust/read-trust';
import { demandIssuedOnce, issuing, orderAll, signedPeople } from '../flow/support/issuing-stage.ts';
import { IssuingWorker } from '../flow/support/issuing-worker.ts';
import { KillStage } from '../flow/support/kill-stage.ts';

/** `npm run campaign -- issue [--certificates 100000] [--kills 40] [--seed N]`: see docs/campaigns.md. */

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    certificates: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '40' },
    workers: { type: 'string', default: '2' },
    sessions: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);
const wanted = Number(values.kills);
const random = new Random(seed);
const VICTIMS = ['worker', 'driver', 'api', 'backends', 'postmaster', 'api and postmaster'] as const;

const stage = await KillStage.set({ KYSO_LOG_LEVEL: 'warn' });
const key = stage.keyOf('ministry');
const workers = Array.from(
  { length: Number(values.workers) },
  () => new IssuingWorker(stage.pki, stage.proxy.origin, key, Number(values.sessions)),
);
const killed: Partial<Record<(typeof VICTIMS)[number], number>> = {};
let kills = 0;

try {
  say(`${values.certificates} people: import, identities, one list, one signature …`);
  await signedPeople(stage, Number(values.certificates));
  const ordered = await orderAll(stage);
  say(`${ordered} certificates are ordered`);
  const start = performance.now();
  for (const worker of workers) worker.start();
  let left = await leftToDo();
  for (let saidAt = 0; left > 0; left = await leftToDo()) {
    if (kills < wanted) await killOne();
    else await wait(500);
    for (const worker of workers) worker.start();
    if (Date.now() - saidAt > 10_000) say(`${left} left, ${kills} kills`);
    if (Date.now() - saidAt > 10_000) saidAt = Date.now();
  }
  const seconds = (performance.now() - start) / 1000;
  for (const worker of workers) await worker.stop();
  await demandIssuedOnce(stage, ordered);
  const checked = await verifyAll(ordered);
  process.stdout.write(JSON.stringify(report(ordered, seconds, checked)) + '\n');
} catch (error) {
  for (const worker of workers) say(worker.said);
  throw error;
} finally {
  for (const worker of workers) await worker.kill();
  await stage.close();
  for (const worker of workers) worker.remove();
}

async function leftToDo(): Promise<number> {
  const { waiting, leased } = await issuing(stage);
  return waiting + leased;
}

async function killOne(): Promise<void> {
  await wait(300 + random.below(3000));
  const victim = random.pick(VICTIMS);
  const worker = random.pick(workers);
  if (victim === 'worker' && !(await worker.kill())) return;
  if (victim === 'driver' && !worker.killDriver()) return;
  if (victim === 'backends') stage.killBackends();
  if (victim === 'postmaster' || victim === 'api and postmaster') stage.killPostmaster();
  if (victim === 'api' || victim === 'api and postmaster') await stage.killApi();
  if (victim === 'api' || victim === 'postmaster' || victim === 'api and postmaster') {
    await wait(random.below(400));
    await stage.restartApi();
  }
  kills++;
  killed[victim] = (killed[victim] ?? 0) + 1;
}

/** Every certificate, by a verifier that has only what is public, and its signature alone. @returns both rates, a second */
async function verifyAll(ordered: number): Promise<{ verified: number; bare: number }> {
  const at = new Date();
  const { files } = stage.pki;
  const trust = await readTrust({
    envelopeBytes: await readFile(files.trust),
    pins: parseTrustKeys(await readFile(files.trustKeys)),
    at,
    crypto: nodeCrypto,
  });
  if (!trust.trust) throw new Error('trust');
  const documentSigners = await readDocumentSigners({
    fileBytes: await readFile(files.documentSigners),
    trust: trust.trust,
    at,
    crypto: nodeCrypto,
  });
  const options = { crypto: nodeCrypto, at, trust, documentSigners, revocations: null, offline: true };
  const { service, close } = await openService(readConfig(await stage.environment()));
  try {
    let seen = 0;
    let fullMs = 0;
    let bareMs = 0;
    const publicKeys = new Map(
      stage.pki.documentSigners.map(({ kid, certificate }) => [
        kid,
        createPublicKey({ key: pem(certificate), format: 'pem' }),
      ]),
    );
    for (let last = ''; ;) {
      const rows = await stage.sql<{ id: string; sealed: Buffer }>(
        `select certificate_id as id, sealed_cose as sealed from certificates where $1 = '' or certificate_id::text > $1
         order by certificate_id::text limit 2000`,
        [last],
      );
      if (rows.length === 0) break;
      last = rows.at(-1)?.id ?? '';
      const coses = rows.map(({ id, sealed }) => service.sealer.open(sealed, coseRowId(id)));
      const full = performance.now();
      for (const cose of coses) {
        const { verdict, reasons } = await verifyCertificate({ cose }, options);
        if (verdict !== 'valid') throw new Error(`a certificate is ${verdict}: ${reasons.join(', ')}`);
      }
      fullMs += performance.now() - full;
      const parsed = coses.map((cose) => parseCoseSign1(cose));
      const bare = performance.now();
      for (const { protectedBytes, payload, signature, kid } of parsed) {
        const publicKey = publicKeys.get(Buffer.from(kid ?? []).toString('base64url'));
        if (!publicKey) throw new Error('a key that nobody has');
        const isEc = publicKey.asymmetricKeyType === 'ec';
        const how = isEc
          ? { key: publicKey, dsaEncoding: 'ieee-p1363' as const }
          : { key: publicKey, padding: 6, saltLength: 32 };
        if (!verifyBare('sha256', sigStructure(protectedBytes, payload), how, signature))
          throw new Error('signature');
      }
      bareMs += performance.now() - bare;
      seen += rows.length;
    }
    if (seen !== ordered) throw new Error(`${seen} of ${ordered} were verified`);
    return { verified: Math.round((seen / fullMs) * 1000), bare: Math.round((seen / bareMs) * 1000) };
  } finally {
    await close();
  }
}

function pem(der: string): string {
  return `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;
}

function report(
  certificates: number,
  seconds: number,
  { verified, bare }: { verified: number; bare: number },
): object {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  const rate = Math.round(certificates / seconds);
  return {
    ...{ campaign: 'issue', seed, certificates, kills, killed, seconds: Math.round(seconds), rate },
    ...{ verifiedPerSecond: verified, bareSignaturesPerSecond: bare, machine },
  };
}

function say(text: string): void {
  process.stderr.write(text + '\n');
}
