import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAccess } from '#signing-api/access';
import { buildApp } from '#signing-api/app';
import { ROLES, type Role } from '#signing-api/caller';
import { endApiKey } from '#signing-api/steps/end-access';
import { makeWorld, type World } from '../support/world.ts';
import { personRow, take } from './rows-in.ts';

const id = '0180726f-2c00-7abc-8def-0123456789ab';
const uploaders = ['ward', 'district', 'facility', 'cdc', 'operator'] as const;
const signers = ['district', 'facility'] as const;

type Rule = {
  readonly route: string;
  readonly may: readonly Role[] | 'public' | 'session';
  readonly body?: object;
};
/** Who may call what: the policy, written once more. */
const rules: readonly Rule[] = [
  { route: 'POST /v1/imports', may: uploaders },
  { route: 'GET /v1/imports/{importId}/rows', may: uploaders },
  { route: 'GET /v1/districts/{district}/records', may: ROLES },
  { route: 'GET /v1/districts/{district}/records/{recordId}', may: ROLES },
  { route: 'POST /v1/districts/{district}/records/{recordId}/attestations', may: ['facility'], body: {} },
  {
    route: 'POST /v1/districts/{district}/records/{recordId}/withdrawals',
    may: ['ward', 'facility', 'district'],
    body: { reason: 'x' },
  },
  { route: 'GET /v1/reports/stages', may: ROLES },
  { route: 'POST /v1/identity-checks', may: uploaders, body: {} },
  { route: 'GET /v1/jobs/{jobId}', may: ROLES },
  { route: 'POST /v1/batches', may: signers, body: { mode: 'list' } },
  { route: 'GET /v1/batches', may: signers },
  { route: 'GET /v1/batches/{batchId}', may: signers },
  { route: 'POST /v1/batches/{batchId}/withdrawals', may: signers, body: { reason: 'x' } },
  { route: 'POST /v1/batches/{batchId}/tickets', may: signers, body: { deviceId: id } },
  { route: 'POST /v1/enrolments', may: signers, body: {} },
  { route: 'POST /v1/devices', may: 'public' },
  { route: 'GET /v1/devices', may: signers },
  { route: 'POST /v1/signing-sessions/challenges', may: 'public' },
  { route: 'POST /v1/signing-sessions', may: 'public' },
  { route: 'POST /v1/signing-sessions/{sessionId}/heartbeats', may: 'session' },
  { route: 'GET /v1/signing-sessions/{sessionId}/leaves', may: 'session' },
  { route: 'GET /v1/signing-sessions/{sessionId}/leaves/{leafIndex}', may: 'session' },
  { route: 'POST /v1/signing-sessions/{sessionId}/signatures', may: 'session', body: { cms: 'MAAA' } },
  { route: 'GET /v1/signing-sessions/{sessionId}/signatures', may: 'session' },
  { route: 'DELETE /v1/signing-sessions/{sessionId}', may: 'session' },
  {
    route: 'GET /v1/evidence/{district}/{recordId}',
    may: ['ward', 'facility', 'district', 'cdc', 'ministry'],
  },
  { route: 'GET /v1/trust', may: 'public' },
  { route: 'GET /v1/status', may: 'public' },
  { route: 'GET /v1/status/{district}', may: 'public' },
  { route: 'GET /v1/crls/{issuerKey}', may: 'public' },
  { route: 'GET /v1/issuers/{nameSha256}', may: 'public' },
  { route: 'GET /v1/units', may: ROLES },
  { route: 'POST /v1/units', may: ['operator'], body: { units: [] } },
  { route: 'POST /v1/certificates/paper', may: 'public' },
  { route: 'GET /v1/certificates/sample', may: 'public' },
  { route: 'GET /v1/certificates/{certificateId}/paper', may: ['ward', 'facility', 'district'] },
  { route: 'POST /v1/paper-jobs', may: ['ward', 'facility', 'district'], body: { district: '760' } },
  { route: 'GET /v1/paper-jobs/{jobId}', may: ['ward', 'facility', 'district'] },
  { route: 'GET /v1/paper-jobs/{jobId}/zip', may: ['ward', 'facility', 'district'] },
  { route: 'GET /healthz', may: 'public' },
  { route: 'GET /v1/issuing', may: ['ministry', 'operator', 'cdc', 'doh'] },
  { route: 'POST /v1/issuing/orders', may: ['ministry'], body: { scope: 'newest' } },
  { route: 'GET /v1/issuing/refused', may: ['ministry'] },
  {
    route: 'POST /v1/issuing/leases',
    may: ['ministry'],
    body: { workerId: id, kids: ['AAAAAAAAAAA'], max: 1 },
  },
  {
    route: 'POST /v1/issuing/leases/{leaseId}/results',
    may: ['ministry'],
    body: { results: [{ certificateId: id, refusal: 'CERTIFICATE_LIMIT' }] },
  },
  {
    route: 'POST /v1/certificates/{certificateId}/revocations',
    may: ['ministry'],
    body: { reason: 'request' },
  },
  {
    route: 'GET /v1/districts/{district}/records/{recordId}/certificates',
    may: ['ward', 'facility', 'district', 'cdc', 'ministry', 'operator'],
  },
  { route: 'GET /v1/document-signers', may: 'public' },
  { route: 'GET /v1/certificate-revocations', may: 'public' },
  { route: 'GET /v1/certificate-revocations/{sha256}', may: 'public' },
  { route: 'POST /v1/certificates/lookup', may: 'public', body: { code: '0000000000', birthDate: '1980' } },
  { route: 'POST /v1/verify', may: 'public', body: { text: 'HC1:' } },
];

const unitOf: Partial<Record<Role, string>> = {
  ward: '26734',
  police: '26734',
  district: '760',
  facility: '79-00123',
};
let world: World;
const keys = new Map<Role, string>();
beforeAll(async () => {
  world = await makeWorld();
  for (const role of ROLES) keys.set(role, await world.key(role, unitOf[role]));
});
afterAll(() => world.close());

async function ask(
  { route, body }: Rule,
  key?: string,
  district = '760',
): Promise<{ status: number; code: unknown }> {
  const [method = '', path = ''] = route.split(' ');
  const filled = path
    .replace('{district}', district)
    .replace('{leafIndex}', '0')
    .replace(/\{\w+\}/g, id);
  const answer = await world.call(method, filled, {
    ...(key === undefined ? {} : { key }),
    ...(body ? { body } : {}),
  });
  return { status: answer.status, code: answer.body['code'] };
}

describe('every route', () => {
  it('is in the policy, and the policy names no other', async () => {
    const app = await buildApp(world.service);
    const paths = Object.entries(app.swagger().paths ?? {}) as [string, object][];
    const routes = paths.flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    await app.close();
    expect(routes.sort()).toEqual(rules.map(({ route }) => route).sort());
  });

  it('says who may call it, or the program does not start', () => {
    const app = fastify();
    addAccess(app, world.service);
    expect(() => app.get('/open', () => 'x')).toThrow(/does not say who may call it/);
  });

  it.each(rules.filter(({ may }) => may !== 'public'))('$route needs a key that is known', async (rule) => {
    for (const key of [undefined, 'x'.repeat(40), 'kyso_short', `${keys.get('operator') ?? ''}x`])
      expect(await ask(rule, key)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it.each(rules.filter(({ may }) => may === 'session'))(
    "$route is no business of any unit's key",
    async (rule) => {
      for (const key of keys.values())
        expect(await ask(rule, key)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    },
  );

  it.each(rules.filter(({ may }) => may === 'public'))('$route is open to all', async (rule) => {
    expect([401, 403]).not.toContain((await ask(rule)).status);
  });
});

/** Roles that a step refuses although the route lets them pass: they count no city, and a job or import of nobody is nobody's. */
const refusedInside = (route: string, role: Role) =>
  /\/v1\/(jobs|paper-jobs\/|imports\/)/.test(route) ||
  (route === 'GET /v1/reports/stages' && (role === 'ward' || role === 'police'));

describe.each(rules.filter(({ may }) => typeof may !== 'string'))('$route', (rule) => {
  it.each(ROLES)('as %s', async (role) => {
    const answer = await ask(rule, keys.get(role));
    if (typeof rule.may === 'string' || !rule.may.includes(role))
      expect(answer).toEqual({ status: 403, code: 'FORBIDDEN' });
    else if (refusedInside(rule.route, role)) expect(answer).toEqual({ status: 403, code: 'FORBIDDEN' });
    else expect([200, 201, 202, 400, 404, 409]).toContain(answer.status);
  });
});

describe('a key of another unit', () => {
  const others: readonly (readonly [Role, string])[] = [
    ['district', '769'],
    ['facility', '79-00208'],
    ['ward', '26737'],
    ['police', '26737'],
  ];

  it.each(others)(
    '%s %s sees nothing of a record, counts it nowhere, and changes nothing',
    async (role, unit) => {
      const { ids, answer } = await take(world, [personRow()], keys.get('district'));
      const key = await world.key(role, unit);
      const record = `/v1/districts/760/records/${String(ids[0])}`;
      expect(await world.call('GET', record, { key })).toMatchObject({
        status: 404,
        body: { code: 'RECORD_UNKNOWN' },
      });
      const list = await world.call('GET', '/v1/districts/760/records', { key });
      if (role === 'district') expect(list).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      else expect(list).toMatchObject({ status: 200, body: { records: [], next: null } });
      const counts = await world.call('GET', '/v1/reports/stages?district=760', { key });
      expect(counts.body['records'] ?? 0).toBe(0);
      const refusals = await Promise.all([
        world.call('POST', `${record}/withdrawals`, { key, body: { reason: 'x' } }),
        world.call('POST', `${record}/attestations`, { key, body: {} }),
        world.call('GET', `/v1/evidence/760/${String(ids[0])}`, { key }),
        world.call('GET', `${record}/certificates`, { key }),
        world.call('GET', `/v1/imports/${String(answer.body['importId'])}/rows`, { key }),
      ]);
      expect(
        refusals.map(({ status }) => status).filter((status) => status !== 403 && status !== 404),
      ).toEqual([]);
    },
  );

  it('learns nothing of a job', async () => {
    const { body } = await world.call('POST', '/v1/identity-checks', {
      key: keys.get('district') ?? '',
      body: {},
    });
    const path = `/v1/jobs/${String(body['jobId'])}`;
    expect((await world.call('GET', path, { key: keys.get('district') ?? '' })).status).toBe(200);
    for (const [role, unit] of [...others, ['operator', undefined]] as const)
      expect(await world.call('GET', path, { key: await world.key(role, unit) })).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
  });

  it('that has ended is refused', async () => {
    const key = await world.key('operator');
    expect((await world.call('GET', '/v1/units', { key })).status).toBe(200);
    const [made] = await world.sql<{ id: string }>(
      'select key_id as id from api_keys order by made_at desc limit 1',
    );
    await endApiKey(world.service, made?.id ?? '');
    expect(await world.call('GET', '/v1/units', { key })).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHENTICATED' },
    });
  });
});
