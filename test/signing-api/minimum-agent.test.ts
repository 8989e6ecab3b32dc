import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefusal } from '#core/refusal';
import { demandAgent } from '#signing-api/minimum-agent';
import { makeWorld, type World } from '../support/world.ts';

const id = '0180726f-2c00-7abc-8def-0123456789ab';
const tooOld = expect.toSatisfy((error) => isRefusal(error, 'AGENT_TOO_OLD')) as Error;

describe('an agent', () => {
  it.each(['kyso-agent/1.2.3', 'kyso-agent/1.2.10', 'kyso-agent/1.3.0', 'kyso-agent/10.0.0 node/20'])(
    'that calls itself %s is new enough for 1.2.3',
    (userAgent) => {
      expect(() => demandAgent(userAgent, [1, 2, 3])).not.toThrow();
    },
  );

  it.each([
    'kyso-agent/1.2.2',
    'kyso-agent/1.1.9',
    'kyso-agent/0.9.9',
    'kyso-agent/1.2',
    'kyso-agent/1.2.3.4',
    'kyso-agent/9999999.0.0',
    'kyso-agent/',
    'other/9.9.9',
    'other kyso-agent/9.9.9',
    '',
    undefined,
  ])('that calls itself %s is not', (userAgent) => {
    expect(() => demandAgent(userAgent, [1, 2, 3])).toThrow(tooOld);
  });

  it.each(['kyso-agent/0.0.1', 'curl/8', undefined])('may be %s where no minimum is set', (userAgent) => {
    expect(() => demandAgent(userAgent, undefined)).not.toThrow();
  });
});

describe('where a minimum is set', () => {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld({ KYSO_MINIMUM_AGENT: '0.2.0' });
  });
  afterAll(() => world.close());

  it('anyone may read it beforehand', async () => {
    const { headers } = await fetch(`${world.url}/healthz`);
    expect(headers.get('kyso-minimum-agent')).toBe('0.2.0');
  });

  const digest = 'A'.repeat(43);
  it.each([
    ['/v1/signing-sessions/challenges', { deviceId: id, ticketSha256: digest }],
    ['/v1/signing-sessions', { deviceId: id, ticket: digest, proof: 'MAAA' }],
  ])('%s refuses an older agent and hears a newer one', async (path, body) => {
    const ask = async (agent: string) => {
      const response = await fetch(world.url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `key-${agent}`,
          'user-agent': agent,
        },
        body: JSON.stringify(body),
      });
      expect(response.headers.get('date')).not.toBeNull();
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await ask('kyso-agent/0.1.0')).toEqual([409, 'AGENT_TOO_OLD']);
    expect(await ask('node')).toEqual([409, 'AGENT_TOO_OLD']);
    expect(await ask('kyso-agent/0.2.0')).toEqual([403, 'DEVICE_UNKNOWN']);
  });
});
