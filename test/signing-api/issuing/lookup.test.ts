import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODE } from '#core/wire/certificates';
import { IssuingWorld } from './support/issuing-world.ts';

const PER_MINUTE = 5;
let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make({ KYSO_LOOKUPS_PER_MINUTE: String(PER_MINUTE) });
});
afterAll(() => issuing.close());

let address = 0;

/** Asks as a client of its own, as the reverse proxy names it. */
async function ask(body: object, from = `198.51.100.${++address}`) {
  const answer = await fetch(`${issuing.world.url}/v1/certificates/lookup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify(body),
  });
  const parsed = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, body: parsed };
}

/** An answer without what is each request's own. */
function plain({ status, body }: Awaited<ReturnType<typeof ask>>) {
  return { status, body: { ...body, requestId: '' } };
}

async function verdictOf(text: unknown) {
  const { body } = await issuing.world.call('POST', '/v1/verify', { body: { text } });
  return body['certificate'];
}

describe('a holder', () => {
  it('gets the certificate by its code and birth date', async () => {
    const { row, view } = await issuing.issued({ birthDate: '1980-01-02' });
    expect(view.code).toMatch(CODE);
    const { status, headers, body } = await ask({ code: view.code, birthDate: row.birthDate });
    expect({ status, issuedAt: body['issuedAt'], expiresAt: body['expiresAt'] }).toEqual({
      status: 200,
      issuedAt: view.issuedAt,
      expiresAt: view.expiresAt,
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await verdictOf(body['text'])).toMatchObject({
      verdict: 'valid',
      payload: { dob: '1980-01-02', v: [{ ci: view.uvci }] },
    });
  });

  it('of whom only the year is known gets it by any date of that year', async () => {
    const { view } = await issuing.issued({ birthDate: '1980', idType: 'CCCD' });
    expect((await ask({ code: view.code, birthDate: '1980-05-05' })).status).toBe(200);
    expect((await ask({ code: view.code, birthDate: '1980' })).status).toBe(200);
    expect((await ask({ code: view.code, birthDate: '1981' })).status).toBe(404);
  });

  it('is told the same of an unknown code, a wrong birth date and a certificate taken back', async () => {
    const { row, view } = await issuing.issued();
    const wrongDate = plain(await ask({ code: view.code, birthDate: '1999-09-09' }));
    const unknown = plain(await ask({ code: '0000000000', birthDate: row.birthDate }));
    await issuing.world.call('POST', `/v1/certificates/${view.certificateId}/revocations`, {
      key: issuing.ministry,
      body: { reason: 'request' },
    });
    const revoked = plain(await ask({ code: view.code, birthDate: row.birthDate }));
    expect(wrongDate).toMatchObject({ status: 404, body: { code: 'CERTIFICATE_UNKNOWN' } });
    expect(unknown).toEqual(wrongDate);
    expect(revoked).toEqual(wrongDate);
  });

  it('finds nothing of another with the same code', async () => {
    const [one, two] = [
      await issuing.issued({ birthDate: '1980-01-02' }),
      await issuing.issued({ birthDate: '1980-03-04' }),
    ];
    expect((await ask({ code: one.view.code, birthDate: two.row.birthDate })).status).toBe(404);
  });
});

describe('an address that asks too often', () => {
  it('gets TOO_MANY_REQUESTS as a problem document, and no other address does', async () => {
    const body = { code: '0000000000', birthDate: '1980' };
    const answers = [];
    for (let i = 0; i < PER_MINUTE + 2; i++) answers.push(await ask(body, '203.0.113.1'));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 429, 429]);
    const last = answers.at(-1);
    expect(last?.body).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429, fixable: true });
    expect(last?.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(body, '203.0.113.2')).status).toBe(404);
  });

  it('is its whole network, where it has one of IPv6', async () => {
    const body = { code: '0000000000', birthDate: '1980' };
    for (let i = 0; i < PER_MINUTE; i++) await ask(body, `2001:db8:1:2::${i + 1}`);
    expect((await ask(body, '2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await ask(body, '2001:db8:1:3::1')).status).toBe(404);
  });

  it('is one address of IPv4 also where it is written as IPv6, and no others are counted with it', async () => {
    const body = { code: '0000000000', birthDate: '1980' };
    for (let i = 0; i < PER_MINUTE; i++) await ask(body, i % 2 === 0 ? '::ffff:203.0.113.9' : '203.0.113.9');
    expect((await ask(body, '::ffff:203.0.113.9')).status).toBe(429);
    for (const other of ['::ffff:203.0.113.10', '::1']) expect((await ask(body, other)).status).toBe(404);
  });

  it('cannot name itself another through the proxy: the last address counts', async () => {
    const body = { code: '0000000000', birthDate: '1980' };
    for (let i = 0; i < PER_MINUTE; i++) await ask(body, `10.9.8.${i}, 203.0.113.77`);
    expect((await ask(body, '10.9.8.100, 203.0.113.77')).status).toBe(429);
  });
});

it('neither code nor identifier nor certificate stands in the database in the clear', async () => {
  const { view } = await issuing.issued();
  const { world } = issuing;
  const tables = [
    'certificates',
    'certificate_claims',
    'certificate_orders',
    'uvci_index',
    'certificate_jobs',
  ];
  for (const table of tables) {
    const rows = await world.sql<{ text: string }>(`select t::text as text from ${table} t`);
    const text = rows.map((row) => row.text).join('\n');
    for (const secret of [view.code ?? '', view.uvci ?? '']) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
    }
  }
});

it('the code is shown to the offices that hand it out, and to nobody else', async () => {
  const { recordId, view } = await issuing.issued();
  const path = `/v1/districts/760/records/${recordId}/certificates`;
  const seen = async (key: string) => {
    const { body } = await issuing.world.call('GET', path, { key });
    return (body['certificates'] as { code?: string }[]).map(({ code }) => code);
  };
  expect(await seen(await issuing.world.key('ward', '26734'))).toEqual([view.code]);
  expect(await seen(await issuing.world.key('facility', '79-00123'))).toEqual([view.code]);
  expect(await seen(await issuing.world.key('cdc'))).toEqual([undefined]);
  expect(await seen(issuing.ministry)).toEqual([undefined]);
  const other = await issuing.world.call('GET', path, { key: await issuing.world.key('ward', '26737') });
  expect(other).toMatchObject({ status: 404, body: { code: 'RECORD_UNKNOWN' } });
});
