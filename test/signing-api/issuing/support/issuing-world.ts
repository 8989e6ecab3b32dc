import { readDocumentSigners, documentSignersFile } from '#certs-test/document-signers';
import { replaceFile } from '#certs-test/pki';
import type { Row } from '#core/record/row';
import { utf8 } from '#core/bytes';
import type { DocumentSigners } from '#core/sign/document-signers';
import type { UnitKind } from '#core/sign/fields';
import type { CertificateView, NewOrders } from '#core/wire/issuing';
import { RawDevice } from '../../../flow/support/raw-device.ts';
import { freeze, makeWorld, verifyIdentities, waitFor, type World } from '../../../support/world.ts';
import { knownAs, personRow, take } from '../../rows-in.ts';
import { openTokens, type TokenSigner } from '../../support/token-signer.ts';
import { newKey, rowOf, Worker, type Key } from './ministry.ts';

/** A world whose units sign with their tokens, and whose Ministry's keys are in the test's hands. */
export class IssuingWorld {
  readonly world: World;
  readonly ministry: string;
  readonly key: Key;
  readonly worker: Worker;
  readonly #tokens: ReturnType<typeof openTokens>;
  readonly #signers = new Map<string, TokenSigner>();

  private constructor(world: World, ministry: string, key: Key) {
    this.world = world;
    this.ministry = ministry;
    this.key = key;
    this.worker = new Worker(world, ministry, [key]);
    this.#tokens = openTokens(world.pki);
  }

  static async make(settings: Readonly<Record<string, string>> = {}): Promise<IssuingWorld> {
    const world = await makeWorld({ KYSO_LEASE_SECONDS: '300', ...settings });
    const made = new IssuingWorld(world, await world.key('ministry'), await newKey('P-256'));
    await made.publish([rowOf(made.key)]);
    return made;
  }

  async close(): Promise<void> {
    this.#tokens.close();
    await this.world.close();
  }

  workerWith(...keys: readonly Key[]): Worker {
    return new Worker(this.world, this.ministry, keys);
  }

  /** The next list of document signers. */
  async publish(
    signers: DocumentSigners['signers'],
    change: Partial<DocumentSigners> = {},
  ): Promise<DocumentSigners> {
    const { pki } = this.world;
    const present = await readDocumentSigners(pki);
    const list = { ...present, signers, sequence: present.sequence + 1, ...change };
    await replaceFile(pki.files.documentSigners, await documentSignersFile(pki, list));
    return list;
  }

  /** Takes rows in, has the register answer, and has the units sign. @returns the record ids */
  async signed(
    rows: readonly Row[],
    kinds: readonly (readonly [UnitKind, string])[] = [['district', '760']],
  ): Promise<string[]> {
    const ids = await this.bringIn(rows);
    for (const [kind, unit] of kinds) await this.collect(kind, unit);
    return ids;
  }

  async bringIn(rows: readonly Row[]): Promise<string[]> {
    for (const row of rows) knownAs(this.world, row);
    const { ids, answer } = await take(this.world, rows);
    if (answer.status !== 201) throw new Error(answer.text);
    await verifyIdentities(this.world);
    return ids.map(String);
  }

  /** A unit signs everything of its own that is eligible. @returns the batch's id */
  async collect(kind: UnitKind, unit: string): Promise<string> {
    const { world } = this;
    const key = await world.key(kind, unit);
    const batch = await freeze(world, key);
    const signer = this.signerOf(`${kind}-${unit}`);
    const { body } = await world.call('POST', '/v1/enrolments', { key, body: {} });
    const device = await new RawDevice(world, signer.certificate).enrol(String(body['code']));
    const ticket = await world.call('POST', `/v1/batches/${String(batch['batchId'])}/tickets`, {
      key,
      body: { deviceId: device.deviceId },
    });
    const session = await device.mustOpen(String(ticket.body['ticket']));
    const cms = signer.sign(utf8(String(batch['statement'])), { item: false });
    const { status, text } = await device.submit(session, cms);
    if (status !== 201) throw new Error(`collect: ${text}`);
    return String(batch['batchId']);
  }

  /** Orders and waits until everything is ordered. */
  async order(orders: NewOrders = { scope: 'newest' }): Promise<void> {
    const { world, ministry: key } = this;
    const { status, body, text } = await world.call('POST', '/v1/issuing/orders', { key, body: orders });
    if (status !== 202) throw new Error(`orders: ${text}`);
    await waitFor(async () => {
      const job = await world.call('GET', `/v1/jobs/${String(body['jobId'])}`, { key });
      if (job.body['state'] === 'failed') throw new Error(`order: ${job.text}`);
      return job.body['state'] === 'done';
    });
  }

  /** What an office sees of a record's certificates. */
  async certificates(recordId: string, district = '760'): Promise<CertificateView[]> {
    const key = await this.world.key('district', district);
    const path = `/v1/districts/${district}/records/${recordId}/certificates`;
    const { status, body, text } = await this.world.call('GET', path, { key });
    if (status !== 200) throw new Error(`certificates: ${text}`);
    return body['certificates'] as CertificateView[];
  }

  /** A new person with one signed dose and its certificate. */
  async issued(changes: Row = {}): Promise<{ row: Row; recordId: string; view: CertificateView }> {
    const row = personRow(changes);
    const [recordId = ''] = await this.signed([row]);
    await this.order({ scope: 'records', records: [{ district: '760', recordId }] });
    await this.worker.run();
    const [view] = await this.certificates(recordId);
    if (view?.state !== 'issued') throw new Error(`not issued: ${JSON.stringify(view)}`);
    return { row, recordId, view };
  }

  /** A unit's signer, as `district-760`. */
  signerOf(name: string): TokenSigner {
    const known = this.#signers.get(name) ?? this.#tokens.signer(name);
    this.#signers.set(name, known);
    return known;
  }
}

let person = 0;

/** Rows of one new person, a dose each. */
export function dosesOf(...doses: readonly Row[]): Row[] {
  const first = personRow();
  person++;
  return doses.map((dose, i) => ({
    ...first,
    doseId: `D-${person}-${i}`,
    doseNumber: String(i + 1),
    ...dose,
  }));
}
