import { canonicalBytes, type Json } from '#core/record/canonical-bytes';
import type { TrustList } from '#core/sign/trust-list';

/** Changes one member (`a.b.0.c`) of a JSON value; `undefined` takes it out. */
export function changed(value: object, path: string, to: unknown): Json {
  const copy = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.reduce<Record<string, unknown>>(
    (at, step) => at[step] as Record<string, unknown>,
    copy,
  );
  holder[last] = to;
  return copy as Json;
}

export const bytesOf = (value: unknown) => canonicalBytes(value as Json);

const digest = (n: number) => Buffer.alloc(32, n).toString('base64url');

export const status = {
  type: 'kyso/status/v1',
  instance: 'test',
  district: '760',
  sequence: 1,
  issuedAt: '2022-04-29T08:15:00Z',
  nextUpdate: '2022-04-30T08:15:00Z',
  superseded: [digest(0), digest(1), digest(2)],
  withdrawn: [] as string[],
  batchesWithdrawn: ['0180726f-2c00-7abc-8def-0123456789ab', '0180726f-2c00-7abc-8def-0123456789ac'],
};

export const trust: TrustList = {
  type: 'kyso/trust/v1',
  instance: 'test',
  sequence: 1,
  issuedAt: '2022-04-29T08:15:00Z',
  nextUpdate: '2022-05-29T08:15:00Z',
  roots: [{ family: 'government', certificate: 'MAAA', from: '2022-01-01T00:00:00Z' }],
  signers: [
    {
      issuerKey: digest(3),
      certificate: digest(4),
      kind: 'district',
      unit: '760',
      keyStorage: 'token',
      from: '2022-01-01T00:00:00Z',
    },
    {
      issuerKey: digest(3),
      subject: 'MAAA',
      kind: 'facility',
      unit: '79-00123',
      keyStorage: 'software',
      from: '2022-01-01T00:00:00Z',
      to: '2022-06-01T00:00:00Z',
    },
  ],
  services: [{ service: 'status', key: 'MAAA', from: '2022-01-01T00:00:00Z' }],
  algorithms: { signatures: ['RSA-PKCS1-SHA256', 'ECDSA-P256-SHA256'], minRsaBits: 2048 },
};
