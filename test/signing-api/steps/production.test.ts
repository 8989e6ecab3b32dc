import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '#signing-api/caller';
import { readConfig } from '#signing-api/config';
import { openService } from '#signing-api/open-service';
import type { Service } from '#signing-api/service';
import { makeEnrolmentCode } from '#signing-api/steps/enrol-device';
import { makeTicket } from '#signing-api/steps/make-ticket';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.close());

const caller: Caller = { keyId: '01a2050d-6ec4-7392-9cfd-72fe9dd3fa1a', role: 'district', unit: '760' };

function inProduction(): Service {
  return { ...world.service, config: { ...world.service.config, instance: 'production' } };
}

it("lets no unit's key make an enrolment code in production", async () => {
  await expect(makeEnrolmentCode(inProduction(), caller)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it("lets no unit's key make a ticket in production", async () => {
  const ticket = makeTicket(inProduction(), caller, caller.keyId, caller.keyId);
  await expect(ticket).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('refuses a production configuration with a plain register, without keys of its own, or with other times, all at once', () => {
  const env = { ...world.env, KYSO_INSTANCE: 'production', KYSO_TICKET_SECONDS: '60' };
  expect(() => readConfig(env)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      faults: [
        'KYSO_REGISTER_URL',
        'KYSO_REGISTER_CERT',
        'KYSO_REGISTER_KEY',
        'KYSO_MASTER_KEY',
        'KYSO_TICKET_SECONDS',
        'KYSO_LEASE_SECONDS',
      ].map((name) => expect.objectContaining({ at: `/${name}` }) as unknown),
    }),
  );
});

it('refuses to start beside a trust list of another instance', async () => {
  const opening = openService(readConfig({ ...world.env, KYSO_INSTANCE: 'elsewhere' }));
  await expect(opening).rejects.toMatchObject({ code: 'TRUST_OF_OTHER_INSTANCE' });
});
