import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addStrictness } from '#signing-api/strict-routes';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let key: string;
beforeAll(async () => {
  world = await makeWorld();
  key = await world.key('district', '760');
});
afterAll(() => world.close());

describe('every route', () => {
  it('says which query and which body it takes, or the program does not start', () => {
    const app = fastify();
    addStrictness(app);
    expect(() => app.get('/a', () => 'x')).toThrow(/does not say which query it takes/);
    expect(() => app.post('/b', { schema: { querystring: {} } }, () => 'x')).toThrow(
      /does not say which body it takes/,
    );
    expect(() => app.delete('/c', { schema: { querystring: {} } }, () => 'x')).toThrow(
      /does not say which body it takes/,
    );
  });

  it.each([
    '/v1/batches',
    '/v1/devices',
    '/v1/units',
    '/v1/trust',
    '/v1/status',
    '/v1/status/760',
    '/healthz',
  ])('GET %s refuses a query that it does not know', async (path) => {
    expect((await world.call('GET', path, { key })).status).toBe(200);
    expect(await world.call('GET', `${path}?after=1`, { key })).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_MALFORMED' },
    });
  });

  it('POST refuses a query that it does not know, before it does anything', async () => {
    const body = { mode: 'list' };
    expect(await world.call('POST', '/v1/batches?mode=each', { key, body })).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_MALFORMED' },
    });
    expect(
      await world.call('POST', '/v1/imports?dry=1', { key, raw: '', type: 'application/x-ndjson' }),
    ).toMatchObject({ status: 400, body: { code: 'REQUEST_MALFORMED' } });
  });
});
